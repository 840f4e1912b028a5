"""Writing through the API, with and without workspaces."""

from __future__ import annotations

import pytest

POLICIES = "/pm/config/adom/branch/pkg/hq/firewall/policy"
ADDRESSES = "/pm/config/adom/branch/obj/firewall/address"
WORKSPACE = "/dvmdb/adom/branch/workspace/"
HOST = {"name": "h1", "subnet": "10.0.0.1/32", "type": "ipmask"}


def test_add_set_update_delete(desk) -> None:
    assert desk.ask("add", ADDRESSES, data=HOST)["data"] == {"name": "h1"}
    assert desk.code("add", ADDRESSES, data=HOST) == -2
    assert desk.code("set", ADDRESSES, data={**HOST, "comment": "x"}) == 0
    assert desk.code("update", ADDRESSES + "/h1", data={"color": 3}) == 0
    row = desk.get(ADDRESSES + "/h1", option="extra info")
    assert [row[name] for name in ("subnet", "comment", "color", "obj ver", "_created-by")] == [
        ["10.0.0.1", "255.255.255.255"], "x", 3, 3, "admin",
    ]  # fmt: skip
    assert desk.code("update", ADDRESSES + "/h2", data={"color": 3}) == -3
    assert desk.code("set", ADDRESSES, data={**HOST, "name": "h2"}) == 0
    assert desk.code("delete", ADDRESSES + "/h1") == 0
    assert desk.code("delete", ADDRESSES + "/h1") == -3
    assert desk.code("delete", ADDRESSES + "/dc1") == -10015
    assert desk.code("add", ADDRESSES, data="h3") == -10


def test_several_rows_at_once_and_integers_written(desk) -> None:
    rows = [{"name": "a", "type": 1, "start-ip": "10.0.0.1", "end-ip": "10.0.0.2"}, {"name": "b"}]
    assert "data" not in desk.ask("add", ADDRESSES, data=rows)
    assert desk.get(ADDRESSES + "/a")["type"] == "iprange"


def test_policies_add_clone_move_unset(desk) -> None:
    data = {"name": "n", "srcintf": "lan", "dstintf": ["wan"], "srcaddr": ["all"], "action": 1}
    assert desk.ask("add", POLICIES, data=data)["data"] == {"policyid": 14}
    row = desk.get(POLICIES + "/14")
    assert (row["srcintf"], row["action"], len(row["uuid"]), row["obj seq"]) == (
        ["lan"], "accept", 36, 14,
    )  # fmt: skip
    assert desk.ask("clone", POLICIES + "/1", data={"name": "web in 2"})["data"] == {"policyid": 15}
    assert desk.get(POLICIES + "/15")["uuid"] != desk.get(POLICIES + "/1")["uuid"]
    assert desk.code("move", POLICIES + "/15", option="after", target="1") == 0
    assert desk.get(POLICIES + "/15")["obj seq"] == 2
    inside_data = {"option": "after", "target": "1"}
    refused = desk.ask("move", POLICIES + "/15", data=inside_data)["status"]
    assert refused == {"code": -7, "message": "Invalid option"}
    assert desk.code("move", POLICIES + "/15", option="after", target="99") == -3
    assert desk.code("unset", POLICIES + "/6", attrs=["srcaddr-negate"]) == 0
    assert desk.get(POLICIES + "/6")["srcaddr-negate"] == "disable"
    assert desk.code("delete", POLICIES, filter=["policyid", "in", 14, 15], confirm=1) == 0
    assert desk.get(POLICIES, option="count") == 13


def test_lists_inside_a_row(desk) -> None:
    url = ADDRESSES + "/local-lan/dynamic_mapping"
    mapping = {"_scope": [{"name": "fgt-hq", "vdom": "guest"}], "subnet": "10.99.0.0/24"}
    assert desk.ask("add", url, data=[mapping])["data"] == {"_scope": None}
    assert desk.get(url + "/fgt-hq/guest")["subnet"] == ["10.99.0.0", "255.255.255.0"]
    assert desk.code("delete", url + "/fgt-hq/guest") == 0
    assert desk.code("get", url + "/fgt-hq/guest") == -3
    target = {"name": "fgt-hq", "vdom": "root"}
    assert desk.code("add", POLICIES + "/1/scope member", data=[target]) == 0
    assert desk.get(POLICIES + "/1", option="scope member")["scope member"] == [target]


def test_packages_folders_and_targets(desk) -> None:
    url = "/pm/pkg/adom/branch"
    assert desk.ask("add", url, data={"name": "p1", "type": "pkg"})["data"]["name"] == "p1"
    assert desk.code("add", url, data={"name": "p1", "type": "pkg"}) == -2
    tree = {"name": "f1", "type": "folder", "subobj": [{"name": "p2", "type": "pkg"}]}
    assert desk.code("set", url, data=[tree]) == 0
    assert desk.get(url + "/f1/p2")["type"] == "pkg"
    member = {"name": "fgt-berlin", "vdom": "root"}
    assert desk.code("add", url + "/f1/p2/scope member", data=member) == 0
    assert desk.get(url + "/f1/p2")["scope member"] == [member]
    assert (
        desk.code("update", url + "/p1", data={"name": "p3", "package settings": {"ngfw-mode": 1}})
        == 0
    )
    assert desk.get(url + "/p3")["package settings"]["ngfw-mode"] == "policy-based"
    assert desk.code("delete", url + "/f1/p2/scope member", data=[member]) == 0
    assert "scope member" not in desk.get(url + "/f1/p2")
    assert desk.code("delete", url + "/f1") == 0
    assert desk.code("get", url + "/f1/p2") == -3


def test_adoms_and_groups(desk) -> None:
    assert desk.code("add", "/dvmdb/adom", data={"name": "new"}) == 0
    assert desk.get("/pm/pkg/adom/new")[0]["name"] == "default"
    assert desk.code("delete", "/dvmdb/adom/new") == 0
    assert desk.code("delete", "/dvmdb/adom/branch") == -20063
    groups = "/dvmdb/adom/branch/group"
    assert desk.code("add", groups, data={"name": "g"}) == 0
    member = {"name": "fgt-hq", "vdom": "root"}
    assert desk.code("add", groups + "/g/object member", data=[member]) == 0
    assert desk.get(groups + "/g", option="object member")["object member"] == [member]
    assert desk.code("delete", groups + "/g/object member", data=member) == 0
    assert desk.code("delete", groups + "/g") == 0


def test_without_workspaces_there_is_nothing_to_lock(desk) -> None:
    assert desk.code("exec", WORKSPACE + "lock/") == -9


@pytest.fixture(name="shared")
def _shared(desk):
    desk.fm.workspace_mode = "normal"
    desk.boris = desk.login("boris")
    return desk


def test_writing_needs_the_lock_and_reading_does_not(shared) -> None:
    assert shared.get(ADDRESSES, option="count") == 15
    assert shared.ask("add", ADDRESSES, data=HOST)["status"] == {
        "code": -10147, "message": "no write permission",
    }  # fmt: skip
    assert shared.get(WORKSPACE + "lockinfo") == "no data"
    assert shared.code("exec", WORKSPACE + "lock/") == 0
    [info] = shared.get(WORKSPACE + "lockinfo")
    assert (info["lock_user"], info["type"], info["dirty"]) == ("admin", 1, 0)
    assert shared.code("exec", WORKSPACE + "lock", session=shared.boris) == -20055
    assert shared.code("add", ADDRESSES, data=HOST, session=shared.boris) == -20055
    assert shared.code("add", ADDRESSES, data=HOST) == 0
    assert shared.get(WORKSPACE + "dirty") == {"dirty": 1}
    assert "taskid" in shared.ask("exec", WORKSPACE + "commit")
    assert shared.code("exec", WORKSPACE + "unlock/") == 0
    assert shared.get(ADDRESSES + "/h1")["name"] == "h1"


@pytest.mark.parametrize("ending", ["unlock", "logout", "timeout"])
def test_what_was_not_committed_is_undone(shared, ending) -> None:
    truth = (
        shared.doors.truth({"adom": "branch"}),
        shared.doors.truth({"adom": "branch", "package": "hq"}),
    )
    shared.code("exec", WORKSPACE + "lock")
    assert shared.code("add", ADDRESSES, data=HOST) == 0
    assert shared.code("set", POLICIES + "/1", data={"comments": "lost"}) == 0
    assert shared.code("move", POLICIES + "/1", option="after", target="2") == 0
    if ending == "unlock":
        assert shared.code("exec", WORKSPACE + "unlock") == 0
    elif ending == "logout":
        shared.code("exec", "/sys/logout")
    else:
        shared.clock.now += 2000
    shared.session = shared.login("admin")
    assert shared.get(WORKSPACE + "lockinfo") == "no data"
    assert truth == (
        shared.doors.truth({"adom": "branch"}),
        shared.doors.truth({"adom": "branch", "package": "hq"}),
    )


def test_a_package_can_be_locked_alone(shared) -> None:
    assert shared.code("exec", WORKSPACE + "lock/pkg/hq") == 0
    assert shared.code("set", POLICIES + "/1", data={"comments": "x"}) == 0
    assert shared.code("add", ADDRESSES, data=HOST) == -10147
    assert shared.code("exec", WORKSPACE + "lock/pkg/hq-guest", session=shared.boris) == 0
    assert shared.code("exec", WORKSPACE + "lock", session=shared.boris) == -20055
    assert shared.get(WORKSPACE + "lockinfo/pkg/hq")[0]["obj_url"] == "adom/branch/pkg/hq"


def test_where_a_new_policy_goes(desk) -> None:
    def place(number):
        return desk.get(f"{POLICIES}/{number}")["obj seq"]

    data = {"name": "n", "srcintf": ["lan"]}
    assert desk.ask("add", POLICIES, data=data, before="3")["data"] == {"policyid": 14}
    assert desk.code("add", POLICIES, data={"object position": ["after", "13"]}) == 0
    assert desk.code("add", POLICIES, data={"_policy_block": "block-threats"}, after="1") == 0
    assert [place(14), place(15), place(16)] == [4, 16, 2]
    assert desk.get(POLICIES + "/16")["_policy_block"] == "block-threats"
    assert desk.ask("move", POLICIES + "/16", option="after", target="2")["data"] == {
        "policyid": 16
    }


def test_install_on_and_section_titles(desk) -> None:
    url = POLICIES + "/1/scope member"

    def scope():
        return desk.get(POLICIES + "/1", option="scope member").get("scope member", "default")

    assert desk.code("set", url, data=[{}]) == 0
    assert scope() == []
    assert desk.code("unset", url) == 0
    assert scope() == "default"
    assert desk.code("set", POLICIES + "/2/section value", data={"name": "Mail"}) == 0
    assert desk.get(POLICIES + "/2")["global-label"] == "Mail"
    assert desk.code("add", POLICIES + "/2/srcaddr", data=["dc1", "dc2"]) == 0
    assert desk.get(POLICIES + "/2")["srcaddr"] == ["all", "dc1", "dc2"]


def test_installing_previewing_and_cloning_packages(desk) -> None:
    data = {"adom": "branch", "pkg": "sites/branches", "scope": [{"name": "Branches"}]}
    statuses = "/pm/config/adom/branch/pkg/sites/branches/_package/status"
    for flags, states in ((["preview"], {"installed", "modified"}), (["none"], {"installed"})):
        answer = desk.ask("exec", "/securityconsole/install/package", data={**data, "flags": flags})
        desk.clock.now += 5
        task = desk.get(f"/task/task/{answer['data']['task']}")
        assert (task["state"], [line["name"] for line in task["line"]]) == (
            "done", ["fgt-berlin", "fgt-lyon"],
        )  # fmt: skip
        assert {row["status"] for row in desk.get(statuses)} == states
    copy = {"adom": "branch", "pkg": "hq", "dst_parent": "sites", "dst_name": "hq2"}
    assert desk.code("exec", "/securityconsole/package/clone", data=copy) == 0
    assert desk.get("/pm/config/adom/branch/pkg/sites/hq2/firewall/policy", option="count") == 13
    move = {"adom": "branch", "pkg": "sites/hq2", "dst_parent": "", "dst_name": "hq3"}
    assert desk.code("exec", "/securityconsole/package/move", data=move) == 0
    assert desk.get("/pm/pkg/adom/branch/hq3")["type"] == "pkg"
    assert desk.code("exec", "/securityconsole/package/clone", data={**copy, "pkg": "no"}) == -3


def test_defining_a_meta_field(desk) -> None:
    url = "/pm/config/_meta_fields/firewall/policy"
    assert desk.code("add", url, data={"name": "zone", "importance": 1, "length": 20}) == 0
    assert desk.get(url, verbose=0)[-1] == {"name": "zone", "importance": 1, "length": 20}
    assert desk.code("set", POLICIES + "/1", data={"meta fields": {"zone": "red"}}) == 0
    row = desk.get(POLICIES + "/1", option="get meta")
    assert row["meta fields"] == {"owner": "team-web", "ticket": "CHG-1001", "zone": "red"}


def test_a_policy_or_an_object_can_be_locked_alone(shared) -> None:
    for part in ("pkg/hq/firewall/policy/1", "obj/firewall/address/dc1"):
        assert shared.code("exec", WORKSPACE + "lock/" + part) == 0
    assert shared.code("set", POLICIES + "/1", data={"comments": "x"}) == 0
    assert shared.code("set", POLICIES + "/2", data={"comments": "x"}) == -10147
    assert shared.code("set", ADDRESSES + "/dc1", data={"comment": "x"}) == 0
    assert shared.code("set", ADDRESSES + "/dc2", data={"comment": "x"}) == -10147
    assert "taskid" not in shared.ask("exec", WORKSPACE + "commit/pkg/hq/firewall/policy/1")


def test_deleting_a_platform_mapping(desk) -> None:
    url = "/pm/config/adom/branch/obj/dynamic/interface/wan-default/platform_mapping"
    assert desk.code("delete", url + "/FortiGate-40F") == -3
    assert desk.code("delete", url + "/FortiGate-200F") == 0
    assert desk.get(url) == []


def test_renaming_a_device_renames_it_everywhere(desk) -> None:
    url = "/dvmdb/adom/branch/device/"
    assert desk.code("update", url + "fgt-berlin", data={"name": "fgt-lyon"}) == -2
    assert desk.ask("update", url + "fgt-berlin", data={"name": "fgt-b"})["data"] == {
        "name": "fgt-b"
    }
    assert desk.names("/dvmdb/adom/branch/device") == ["fgt-hq", "fgt-b", "fgt-lyon"]
    statuses = desk.get("/pm/config/adom/branch/_package/status")
    assert [row["dev"] for row in statuses] == ["fgt-hq", "fgt-hq", "fgt-b", "fgt-lyon"]
    assert desk.get(ADDRESSES + "/local-lan/dynamic_mapping/fgt-b/root")["subnet"][0] == "10.11.0.0"
    sites = "/pm/config/adom/branch/pkg/sites/branches/firewall/policy/2"
    assert desk.get(sites, option="scope member")["scope member"][0]["name"] == "fgt-b"
    started = desk.ask("exec", "/dvm/cmd/update/device", data={"adom": "branch", "device": "fgt-b"})
    assert desk.get(f"/task/task/{started['data']['taskid']}")["line"][0]["name"] == "fgt-b"
