"""Envelopes, urls, tables by version, refusals, sessions."""

from __future__ import annotations

import pytest

POLICIES = "/pm/config/adom/branch/pkg/hq/firewall/policy"
OBJECTS = "/pm/config/adom/branch/obj/"


def test_many_params_are_answered_in_order_and_urls_echoed(desk) -> None:
    answer = desk.send(
        "get",
        {"url": "dvmdb/adom/", "option": "count"},
        {"url": "/no/such"},
        {"url": "/sys/status"},
        id=51,
    )  # fmt: skip
    assert answer["id"] == 51
    assert [one["url"] for one in answer["result"]] == ["dvmdb/adom/", "/no/such", "/sys/status"]
    assert [one["status"]["code"] for one in answer["result"]] == [0, -6, 0]
    assert answer["result"][0]["data"] == 5
    assert answer["result"][2]["data"]["Version"].startswith("v7.4.5-build")


def test_an_answer_has_no_id_when_the_request_has_none(desk) -> None:
    request = {"method": "get", "params": [{"url": "/sys/status"}], "session": desk.session}
    assert "id" not in desk.rpc.answer(request, desk.rpc.caller(request, None))


@pytest.mark.parametrize(("version", "has"), [("7.4.5", False), ("7.6.0", True), ("8.0.0", True)])
def test_cid_from_7_6(desk_of, version, has) -> None:
    assert ("cid" in desk_of(version).send("get", {"url": "/sys/status"})) is has


def test_a_bare_number_session_comes_with_an_unknown_url(desk) -> None:
    answer = desk.send("get", {"url": "/pm/config/adom/branch/pkg/wrong/x/_package/status"})
    assert (answer["result"][0]["status"]["code"], answer["session"]) == (-6, 34001)


@pytest.mark.parametrize(
    ("code", "method", "url"),
    [
        (-3, "get", "/dvmdb/adom/nope"),
        (-3, "get", "/dvmdb/adom/branch/device/nope"),
        (-3, "get", "/dvmdb/adom/root/device/fgt-hq"),
        (-3, "get", OBJECTS + "firewall/address/nope"),
        (-3, "get", "/pm/pkg/adom/branch/nope"),
        (-6, "get", "/pm/config/adom/branch/pkg/sites/firewall/policy"),
        (-6, "get", "/pm/config/adom/branch/pkg/nope/firewall/policy"),
        (-6, "get", OBJECTS + "no/such/table"),
        (-6, "get", "/nowhere"),
        (-5, "fetch", "/sys/status"),
        (-10, "exec", "/sys/task/result"),
    ],
)
def test_refusals(desk, code, method, url) -> None:
    assert desk.code(method, url) == code


def test_names_with_a_slash(desk) -> None:
    assert desk.get(OBJECTS + "firewall/address/net\\/24")["name"] == "net/24"
    assert desk.code("get", OBJECTS + "firewall/address/net/24") != 0


def test_empty_tables_answer_in_three_ways(desk) -> None:
    tables = ("firewall/ippool6", "firewall/vip6", "firewall/wildcard-fqdn/custom")
    results = [desk.ask("get", OBJECTS + table) for table in tables]
    assert all(one["status"]["code"] == 0 for one in results)
    forms = {table: one.get("data", "missing") for table, one in zip(tables, results, strict=True)}
    again = {table: desk.ask("get", OBJECTS + table).get("data", "missing") for table in tables}
    assert forms == again
    every = {
        str(spec.empty)
        for spec in desk.fm.catalogue(desk.fm.adoms["branch"].objects).specs.values()
    }
    assert every == {"missing", "list", "null"}


def test_packages_and_folders(desk) -> None:
    rows = desk.get("/pm/pkg/adom/branch")
    assert [(row["name"], row["type"]) for row in rows] == [
        ("default", "pkg"), ("hq", "pkg"), ("hq-guest", "pkg"), ("sites", "folder"),
    ]  # fmt: skip
    assert "scope member" not in rows[0]
    assert rows[3]["subobj"][0]["scope member"] == [{"name": "Branches"}]
    one = desk.get("/pm/pkg/adom/branch/sites/branches")
    assert (one["name"], one["obj ver"]) == ("branches", 9)
    assert desk.get("/pm/pkg/adom/branch", range=[0, 1], fields=["name"]) == [
        {"name": row["name"], "oid": row["oid"]} for row in rows
    ]


@pytest.mark.parametrize(
    ("version", "url", "code"),
    [
        ("7.0.4", "pkg/hq/global/header/policy", -6),
        ("7.0.4", "obj/global/header/policy", 0),
        ("7.0.5", "pkg/hq/global/header/policy", 0),
        ("7.0.5", "obj/global/header/policy", -6),
        ("7.2.1", "pkg/hq/global/footer/policy", -6),
        ("7.2.2", "pkg/hq/global/footer/policy", 0),
        ("7.6.2", "pkg/hq/firewall/policy6", 0),
        ("7.6.3", "pkg/hq/firewall/policy6", -6),
        ("6.4.0", "pblock/block-threats/firewall/policy", -6),
        ("7.0.3", "pblock/block-threats/firewall/policy", 0),
        ("7.2.0", "obj/fmg/variable", 0),
        ("7.0.9", "obj/fmg/variable", -6),
    ],
)
def test_tables_by_version(desk_of, version, url, code) -> None:
    assert desk_of(version).code("get", f"/pm/config/adom/branch/{url}") == code


def test_package_status(desk) -> None:
    url = "/pm/config/adom/branch/_package/status"
    assert desk.get(url)[2:] == [
        {"dev": "fgt-berlin", "pkg": "sites/branches", "status": "installed", "vdom": "root"},
        {"dev": "fgt-lyon", "pkg": "sites/branches", "status": "modified", "vdom": "root"},
    ]
    assert [row["dev"] for row in desk.get(url, filter=["status", "==", "modified"])] == [
        "fgt-lyon"
    ]
    assert len(desk.get(url, filter=["pkg", "==", ["sites", "branches"]])) == 2
    assert desk.get(url + "/fgt-hq/guest")["pkg"] == "hq-guest"
    assert len(desk.get("/pm/config/adom/branch/pkg/sites/branches/_package/status")) == 2
    assert desk.get("/pm/config/adom/branch/pkg/default/_package/status") == "no data"
    assert desk.get("/pm/config/global/_package/status") == [
        {"adom": "branch", "pkg": "corporate", "status": "installed"}
    ]


def test_secrets_are_there_to_be_stripped(desk) -> None:
    row = desk.get("/dvmdb/device/fgt-hq")
    assert {row["adm_pass"][0], bool(row["psk"]), bool(row["private_key"])} == {"ENC", True}
    asked = desk.get("/dvmdb/device/fgt-hq", fields=["name", "adm_pass"], loadsub=0)
    assert asked.keys() == {"name", "adm_pass", "oid"}
    assert desk.get(OBJECTS + "user/local/alice")["passwd"][0] == "ENC"


def test_ha_members_and_vdoms(desk) -> None:
    members = desk.get("/dvmdb/adom/branch/device/fgt-hq/ha_slave")
    assert [(one["sn"], one["role"]) for one in members] == [
        ("FG200FT922900001", "master"), ("FG200FT922900002", "slave"),
    ]  # fmt: skip
    assert desk.names("/dvmdb/adom/branch/device/fgt-hq/vdom") == ["root", "guest"]
    assert desk.get("/dvmdb/adom/branch/device/fgt-berlin/ha_slave") == []
    assert desk.get("/dvmdb/device/fgt-berlin")["ha_slave"] is None


def test_sessions_expire_and_the_answer_is_minus_11(desk) -> None:
    desk.clock.now += 899
    assert desk.code("get", "/sys/status") == 0
    desk.clock.now += 899
    assert desk.get("/sys/session")["time_left"] == 900
    desk.clock.now += 901
    assert desk.ask("get", "/sys/status")["status"] == {
        "code": -11, "message": "No permission for the resource",
    }  # fmt: skip
    assert desk.code("get", "/sys/status", session=None) == -11


def test_a_call_that_keeps_the_session_idle(desk) -> None:
    desk.clock.now += 800
    desk.send("get", {"url": "/sys/status"}, keep_session_idle=1)
    desk.clock.now += 101
    assert desk.code("get", "/sys/status") == -11


def test_log_in_and_out(desk_of) -> None:
    desk = desk_of(login_max=2)
    refused = desk.send(
        "exec", {"url": "sys/login/user", "data": [{"user": "admin", "passwd": "x"}]}
    )
    assert refused["result"] == [
        {"status": {"code": -22, "message": "Login fail"}, "url": "sys/login/user"}
    ]
    assert "session" not in refused
    second = desk.login("admin")
    assert len(second) == 88
    assert desk.login("admin") is None
    assert desk.login("boris") is not None
    assert desk.code("exec", "sys/logout", session=second) == 0
    assert desk.code("get", "/sys/status", session=second) == -11
    assert desk.login("admin") is not None
    assert desk.sessions.peak == 3


def test_a_token_needs_no_session_and_a_wrong_one_is_refused(desk) -> None:
    request = {"method": "get", "params": [{"url": "/sys/status"}], "session": "nonsense"}
    codes = [
        desk.rpc.answer(request, desk.rpc.caller(request, token))["result"][0]["status"]["code"]
        for token in ("tok", "bad")
    ]
    assert codes == [0, -11]


@pytest.mark.parametrize(("version", "code"), [("7.2.1", -11), ("7.2.2", 0)])
def test_tokens_came_with_7_2_2(desk_of, version, code) -> None:
    desk, request = desk_of(version), {"method": "get", "params": [{"url": "/sys/status"}]}
    answer = desk.rpc.answer(request, desk.rpc.caller(request, "tok"))
    assert answer["result"][0]["status"]["code"] == code


def test_hit_counts(desk) -> None:
    started = desk.ask("exec", "/sys/hitcount", data={"adom": "branch", "pkg": "hq"})
    task = started["taskid"]
    assert desk.code("exec", "/sys/task/result", data={"taskid": task}) == -10
    assert desk.get(f"/task/task/{task}")["state"] == "running"
    desk.clock.now += 10
    done = desk.get(f"/task/task/{task}")
    assert (done["state"], done["num_err"], done["num_done"], done["line"][0]["percent"]) == (
        "done", 0, 1, 100,
    )  # fmt: skip
    result = desk.ask("exec", "/sys/task/result", data={"taskid": task})["data"]
    first, *_others, last = result["firewall policy"]
    assert (first["hitcount"], first["srcintf"], first["last_hit"]) == (137, "wan", 1735603200)
    assert (last["policyid"], last["name"]) == (0, "Implicit Deny")
    assert result["firewall policy6"] == []
    assert desk.get(POLICIES + "/1")["_hitcount"] == 137
    assert desk.get("/pm/pkg/adom/branch/hq")["package settings"]["hitc-taskid"] == task


def test_the_proxy(desk) -> None:
    body = {
        "action": "get",
        "resource": "/api/v2/monitor/firewall/policy?vdom=root",
        "target": ["adom/branch/device/fgt-hq", "adom/branch/device/fgt-lyon", "no-such"],
    }
    good, down = desk.ask("exec", "/sys/proxy/json", data=body)["data"]
    rows = {row["policyid"]: row for row in good["response"]["results"]}
    assert (rows[1]["hit_count"], "hit_count" in rows[5]) == (137, False)
    assert good["response"]["serial"] == "FG200FT922900001"
    assert (down["status"]["code"], down["target"]) == (-1, "fgt-lyon")
    assert desk.code("exec", "/sys/proxy/json", data={**body, "target": ["no-such"]}) == -11
    for target in ("/group/Branches", "adom/branch/group/Branches"):
        both = desk.ask("exec", "/sys/proxy/json", data={**body, "target": [target]})["data"]
        assert [one["target"] for one in both] == ["fgt-berlin", "fgt-lyon"]


def test_what_keeps_an_adom(desk) -> None:
    used = desk.get("/dvmdb/adom/branch/where used")
    assert [one["mkey"] for one in used["dvmdb"]] == [
        "All_FortiGate", "Branches", "fgt-hq", "fgt-berlin", "fgt-lyon",
    ]  # fmt: skip
    assert [one["mkey"] for one in used["provider"]] == ["corporate"]


def test_internet_services_carry_a_version(desk) -> None:
    result = desk.ask("get", "/pm/config/adom/branch/_fdsdb/internet-service", fields=["name"])
    assert (result["data"], result["version"]) == (
        [{"name": "Google-Gmail", "id": 65646}],
        "7.3783",
    )


def test_what_is_assigned_to_devices_and_vdoms(desk) -> None:
    options = ["extra info", "assignment info"]
    row = desk.get("/dvmdb/adom/branch/device", option=options)[0]
    assert (row["extra info"], row["assignment info"]) == ({"adom": "branch"}, [])
    installed = {"status": "installed", "type": "policy"}
    assert [(one["name"], one["extra info"], one["assignment info"]) for one in row["vdom"]] == [
        ("root", {"adom": "branch"}, [{"name": "hq", **installed}]),
        ("guest", {"adom": "branch"}, [{"name": "hq-guest", **installed}]),
    ]
    assert "assignment info" not in desk.get("/dvmdb/adom/branch/device")[0]["vdom"][0]


def test_interfaces_and_ha_settings_of_a_device(desk) -> None:
    url = "/pm/config/device/fgt-hq/global/system/"
    assert desk.names(url + "interface") == [
        "port2", "port1", "port7", "port3", "port6", "port4", "port5",
    ]  # fmt: skip
    assert desk.get(url + "ha")["mode"] == "a-p"
    assert desk.get(url.replace("hq", "lyon") + "ha", verbose=0)["mode"] == 0


def test_zones_and_sdwan_of_a_device(desk) -> None:
    url = "/pm/config/device/fgt-hq/vdom/root/system/"
    zones = desk.get(url + "zone", fields=["name", "interface"], loadsub=0)
    assert [(one["name"], one["interface"]) for one in zones] == [
        ("dmz-servers", ["port3", "port6"]), ("zone-inside", ["port4", "port5"]),
        ("spare", ["port9"]),
    ]  # fmt: skip
    members = desk.get(url + "sdwan/members", fields=["interface", "zone", "status"])
    assert [(one["interface"], one["zone"], one["status"]) for one in members] == [
        (["port1"], ["virtual-wan-link"], "enable"), (["port7"], ["virtual-wan-link"], "enable"),
    ]  # fmt: skip
    alone = desk.get(url + "sdwan", fields=["status"], loadsub=0)
    assert (alone["status"], set(alone)) == ("enable", {"oid", "status"})
    whole = desk.get(url + "sdwan")
    assert [one["interface"] for one in whole["members"]] == [["port1"], ["port7"]]
    assert desk.get(url + "sdwan", verbose=0, loadsub=0)["status"] == 1
    elsewhere = url.replace("hq", "lyon")
    assert desk.get(elsewhere + "sdwan", fields=["status"], loadsub=0)["status"] == "disable"
