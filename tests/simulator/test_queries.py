"""fields, filter, range, sortings, options, verbose."""

from __future__ import annotations

import pytest

POLICIES = "/pm/config/adom/branch/pkg/hq/firewall/policy"
ADDRESSES = "/pm/config/adom/branch/obj/firewall/address"
SITES = "/pm/config/adom/branch/pkg/sites/branches/firewall/policy"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (["name", "==", "dc1"], ["dc1"]),
        ([["name", "==", "dc1"]], ["dc1"]),
        (["name", "in", "dc1", "dc2"], ["dc1", "dc2"]),
        (["name", "!in", "dc1", "dc2", "all", "none"], 11),
        (["name", "like", "dc%"], ["dc1", "dc2"]),
        (["name", "like", "DC_"], ["dc1", "dc2"]),
        (["name", "!like", "%"], []),
        (["type", "!=", "ipmask"], 7),
        ([["type", "==", "fqdn"], "||", ["type", "==", "geography"]],
         ["updates.example.com", "geo-kp"]),
        ([["type", "==", "ipmask"], "&&", ["name", "like", "h%"]], ["hq-lan", "hq-servers"]),
        ([["name", "==", "dc1"], "||", [["name", "like", "dc%"], "&&", ["name", "==", "dc2"]]],
         ["dc1", "dc2"]),
        (["subnet", "<=", "10.1.10.0/24"], ["hq-servers", "dc1", "dc2"]),
        (["subnet", ">=", "10.1.10.11/32"], ["all", "hq-lan", "hq-servers", "dc1"]),
        (["oid", ">", 0], 15),
        (["!", ["name", "like", "%"]], []),
    ],
)  # fmt: skip
def test_filter_on_addresses(desk, expression, names) -> None:
    data = desk.get(ADDRESSES, filter=expression, fields=["name"])
    found = [row["name"] for row in data or []] if data != "no data" else []
    assert (len(found) if isinstance(names, int) else found) == names


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        (["policyid", ">=", 12], [12, 13]),
        (["policyid", "<", 3], [1, 2]),
        (["policyid", "<=", 2], [1, 2]),
        (["policyid", ">", 12], [13]),
        (["srcaddr", "contain", "hq-lan"], [4, 5, 10]),
        (["service", "!contain", "ALL"], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        (["status", "==", "disable"], [8]),
        (["policyid", "&", 8], [8, 9, 10, 11, 12, 13]),
    ],
)
def test_filter_on_policies(desk, expression, numbers) -> None:
    rows = desk.get(POLICIES, filter=expression, fields=["policyid"])
    assert [row["policyid"] for row in rows] == numbers


@pytest.mark.parametrize("bad", ["name", [["a", "=="]], [["a", "==", 1], "or", ["b", "==", 2]]])
def test_a_filter_of_another_form_is_refused(desk, bad) -> None:
    assert desk.code("get", ADDRESSES, filter=bad) == -8


def test_fields_leave_out_what_is_empty_and_always_carry_oid_and_place(desk) -> None:
    fields = ["policyid", "name", "srcaddr", "comments"]
    rows = desk.get(POLICIES, fields=fields, range=[0, 3], loadsub=0)
    assert [sorted(row) for row in rows] == [
        ["comments", "name", "obj seq", "oid", "policyid", "srcaddr"],
        ["name", "obj seq", "oid", "policyid", "srcaddr"],
        ["obj seq", "oid", "policyid"],
    ]
    assert [row["obj seq"] for row in rows] == [1, 2, 3]


def test_nested_fields_as_one_client_sends_them(desk) -> None:
    assert desk.get(ADDRESSES + "/dc1", fields=[["name", "subnet"]], loadsub=0).keys() == {
        "name", "subnet", "oid",
    }  # fmt: skip


def test_pages_follow_one_another_and_end(desk) -> None:
    pages = [desk.get(POLICIES, fields=["policyid"], range=[at, 5]) for at in (0, 5, 10, 15)]
    numbers = [
        [row["policyid"] for row in page or ()] if page != "no data" else [] for page in pages
    ]
    assert numbers == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12, 13], []]


def test_range_counts_and_does_not_name_the_last(desk) -> None:
    assert [row["policyid"] for row in desk.get(POLICIES, range=[2, 2])] == [3, 4]


def test_sortings(desk) -> None:
    rows = desk.get(POLICIES, sortings=[{"policyid": -1}], range=[0, 2], fields=["policyid"])
    assert [(row["policyid"], row["obj seq"]) for row in rows] == [(13, 13), (12, 12)]
    by_type = desk.names(ADDRESSES, sortings=[{"type": 1}, {"name": -1}], fields=["name", "type"])
    assert by_type[:3] == ["quarantine", "updates.example.com", "geo-kp"]


def test_count_and_chksum_are_integers(desk) -> None:
    assert desk.get(POLICIES, option="count") == 13
    assert desk.get(POLICIES, option=["count"], filter=["action", "==", "deny"]) == 1
    assert desk.get(POLICIES, option="chksum") == 1
    assert desk.get("/dvmdb/adom/branch/device", option="count") == 3


def test_devinfo_is_a_uuid(desk) -> None:
    assert len(desk.get("/pm/config/adom/branch/obj", option=["devinfo"])["uuid"]) == 36


def test_install_on_is_absent_empty_or_a_list(desk) -> None:
    rows = desk.get(SITES, fields=["policyid"], option=["scope member"])
    assert [row.get("scope member", "absent") for row in rows] == [
        "absent", [{"name": "fgt-berlin", "vdom": "root"}], [], "absent", [{"name": "Branches"}],
        "absent",
    ]  # fmt: skip
    assert "scope member" not in desk.get(SITES)[1]


def test_extra_info_and_meta_fields(desk) -> None:
    options = ["extra info", "get meta"]
    row = desk.get(POLICIES, fields=["policyid"], option=options, loadsub=0)[0]
    assert row == {
        "policyid": 1, "oid": row["oid"], "obj seq": 1, "obj ver": 1,
        "_created timestamp": 1735689600, "_modified timestamp": 1735689600,
        "_created-by": "admin", "_last-modified-by": "admin",
        "meta fields": {"owner": "team-web", "ticket": "CHG-1001"},
    }  # fmt: skip


def test_object_members_of_groups(desk) -> None:
    rows = desk.get("/dvmdb/adom/branch/group", option="object member")
    assert {row["name"]: row["object member"] for row in rows}["Branches"] == [
        {"name": "fgt-berlin", "vdom": "root"}, {"name": "fgt-lyon", "vdom": "root"},
    ]  # fmt: skip


def test_expand_member_gives_adoms_with_their_devices(desk) -> None:
    rows = desk.get(
        "/dvmdb/adom", fields=["name"], filter=["name", "==", "branch"],
        **{"expand member": [{"url": "device", "fields": ["name", "sn"]}]},
    )  # fmt: skip
    devices = rows[0]["expand member"]["device"]
    assert [(one["name"], one["sn"]) for one in devices] == [
        ("fgt-hq", "FG200FT922900001"),
        ("fgt-berlin", "FGT60FTK21000011"),
        ("fgt-lyon", "FGT60FTK21000012"),
    ]


def test_loadsub_leaves_sub_tables_out(desk) -> None:
    with_them = desk.get(ADDRESSES + "/local-lan")
    assert len(with_them["dynamic_mapping"]) == 3
    assert "dynamic_mapping" not in desk.get(ADDRESSES + "/local-lan", loadsub=0)
    assert "dynamic_mapping" not in desk.get(ADDRESSES + "/local-lan", option="no loadsub")
    assert "vdom" not in desk.get("/dvmdb/device/fgt-hq", loadsub=0)


def test_integers_without_verbose(desk) -> None:
    words = desk.get(POLICIES, range=[0, 9])
    numbers = desk.get(POLICIES, range=[0, 9], verbose=0)
    some = ("action", "status", "logtraffic", "nat", "srcaddr-negate", "tcp-session-without-syn")
    assert [words[5][name] for name in some] == [
        "accept", "enable", "utm", "enable", "enable", "disable",
    ]  # fmt: skip
    assert [numbers[5][name] for name in some] == [1, 1, 3, 1, 1, 2]
    assert [row["status"] for row in numbers] == [1, 1, 1, 1, 1, 1, 1, 0, 1]
    block = desk.get("/pm/pblock/adom/branch/block-threats")["oid"]
    assert (words[2]["_policy_block"], numbers[2]["_policy_block"]) == ("block-threats", block)


def test_integers_of_devices_and_objects(desk) -> None:
    words, numbers = (desk.get("/dvmdb/device/fgt-hq", verbose=one) for one in (1, 0))
    some = ("conn_status", "ha_mode", "mgmt_mode", "os_type", "os_ver", "mr", "conf_status")
    assert [words[name] for name in some] == ["up", "AP", "fmg", "fos", "7.0", 4, "insync"]
    assert [numbers[name] for name in some] == [1, 1, 1, 0, 7, 4, 1]
    flags = [one["flags"] for one in (words, numbers)]
    assert flags == [["has_hdd", "vdom_enabled", "reload"], 11]
    assert desk.get("/dvmdb/adom/branch", verbose=0)["flags"] == 8
    types = {row["name"]: row["type"] for row in desk.get(ADDRESSES, verbose=0)}
    assert (types["db-range"], types["geo-kp"], types["quarantine"]) == (1, 4, 15)
    schedules = "/pm/config/adom/branch/obj/firewall/schedule/recurring/office-hours"
    assert (desk.get(schedules, verbose=0)["day"], desk.get(schedules)["day"][0]) == (62, "monday")


@pytest.mark.parametrize(("version", "number"), [("7.4.5", 5), ("7.6.7", 15), ("8.0.0", 15)])
def test_the_protocol_number_that_changed(desk_of, version, number) -> None:
    services = "/pm/config/adom/branch/obj/firewall/service/custom/HTTPS"
    assert desk_of(version).get(services, verbose=0)["protocol"] == number


def test_meta_fields_are_all_there_and_empty_when_nobody_filled_them(desk) -> None:
    rows = desk.get(POLICIES, fields=["policyid"], option="get meta", range=[0, 2])
    assert [row["meta fields"] for row in rows] == [
        {"owner": "team-web", "ticket": "CHG-1001"}, {"owner": "", "ticket": ""},
    ]  # fmt: skip
    asked = {"option": "get meta", "meta fields": ["ticket"]}
    assert desk.get(POLICIES + "/1", **asked)["meta fields"] == {"ticket": "CHG-1001"}


@pytest.mark.parametrize("version", ["7.0.10", "7.2.4", "7.4.2"])
def test_before_its_fix_nowhere_is_only_a_flag(desk_of, version) -> None:
    rows = desk_of(version).get(SITES, fields=["policyid"], option=["scope member"], range=[0, 3])
    assert [(row.get("obj flags"), row.get("scope member")) for row in rows] == [
        (None, None), (16, [{"name": "fgt-berlin", "vdom": "root"}]), (16, None),
    ]  # fmt: skip


def test_expand_datasrc_shows_the_objects_behind_the_names(desk) -> None:
    source = {"obj type": "firewall address", "fields": ["name", "subnet", "comment"]}
    [row] = desk.get(
        POLICIES, fields=["policyid", "srcaddr"], filter=["policyid", "==", 4],
        **{"expand datasrc": [{"name": "srcaddr", "datasrc": [source]}]},
    )  # fmt: skip
    [address] = row["srcaddr"]
    assert address == {
        "name": "hq-lan", "subnet": ["10.1.0.0", "255.255.0.0"], "comment": "Head office LAN",
        "obj type": "firewall address", "oid": address["oid"],
    }  # fmt: skip


def test_where_used(desk) -> None:
    [used] = desk.get(ADDRESSES + "/hq-lan", option="where_used")["where_used"]
    assert [
        (one["mapping_name"], one["mkey"], one.get("pkg", {}).get("name")) for one in used["data"]
    ] == [
        ("firewall addrgrp", "all-but-dc", None),
        ("firewall policy", "4", "hq"),
        ("firewall policy", "5", "hq"),
        ("firewall policy", "10", "hq"),
        ("firewall proxy-policy", "1", "hq"),
    ]
    block = desk.get("/pm/pblock/adom/branch/block-threats", option=["where_used"])
    assert [one["mkey"] for one in block["where_used"][0]["data"]] == ["3", "4"]


def test_device_manager_rows_always_carry_name_and_oid(desk) -> None:
    row = desk.get("/dvmdb/adom/branch", fields=["mr"])
    assert row == {"mr": 4, "name": "branch", "oid": row["oid"]}


def test_expand_member_is_absent_without_a_match(desk) -> None:
    member = {"url": "/device", "fields": ["name"], "filter": ["name", "==", "fgt-hq"]}
    rows = desk.get("/dvmdb/adom", fields=["name"], **{"expand member": [member]})
    assert [row["name"] for row in rows if "expand member" in row] == ["branch"]


def test_syntax_of_a_table_and_of_all_tables(desk) -> None:
    [(name, table)] = desk.get(POLICIES, option="syntax").items()
    assert (name, table["attr"]["action"]["opts"]["accept"]) == ("firewall policy", 1)
    assert table["attr"]["srcaddr"]["ref"][0] == {"category": "firewall address", "mkey": "name"}
    every = desk.get("/pm/config/adom/branch/obj", option=["syntax"])
    assert every["firewall address"]["attr"]["type"]["opts"]["dynamic"] == 15


def test_defaults_of_a_new_object_and_what_an_attribute_may_name(desk) -> None:
    new = desk.get(POLICIES, **{"object template": 1})
    assert (new["action"], new["logtraffic"], "srcaddr" in new) == ("deny", "utm", False)
    groups = "/pm/config/adom/branch/obj/firewall/addrgrp"
    known = desk.get(groups, option="datasrc", attr="member")
    assert {name: len(rows) for name, rows in known.items()} == {
        "firewall address": 15, "firewall addrgrp": 3,
    }  # fmt: skip


def test_tables_inside_rows_come_unasked_and_empty_ones_are_null(desk) -> None:
    assert desk.get(ADDRESSES + "/dc1", fields=["name"]) == {
        "name": "dc1", "dynamic_mapping": None, "list": None, "tagging": None,
        "oid": desk.get(ADDRESSES + "/dc1")["oid"],
    }  # fmt: skip
    row = desk.get("/dvmdb/device/fgt-berlin", fields=["name"])
    assert (row["ha_slave"], [vdom["name"] for vdom in row["vdom"]]) == (None, ["root"])


def test_sub_fetch_hides_shortens_and_filters(desk) -> None:
    hidden = {"vdom": {"subfetch hidden": 1}}
    row = desk.get("/dvmdb/device/fgt-berlin", fields=["name"], **{"sub fetch": hidden})
    assert row.keys() == {"name", "oid", "ha_slave"}
    some = {"dynamic_mapping": {"fields": ["subnet"]}}
    rows = desk.get(ADDRESSES, fields=["name"], **{"sub fetch": some, "subfetch filter": 1})
    assert [(one["name"], [sorted(entry) for entry in one["dynamic_mapping"]]) for one in rows] == [
        ("local-lan", [["oid", "subnet"]] * 3)
    ]
    member = {"dynamic_mapping": {"scope member": [{"name": "fgt-lyon", "vdom": "root"}]}}
    interfaces = "/pm/config/adom/branch/obj/dynamic/interface"
    rows = desk.get(interfaces, **{"sub fetch": member, "subfetch filter": 1})
    assert [(one["name"], len(one["dynamic_mapping"])) for one in rows] == [("lan", 1)]


def test_every_mapping_is_a_whole_object(desk) -> None:
    mappings = desk.get(ADDRESSES + "/local-lan")["dynamic_mapping"]
    some = [(one["type"], one["subnet"], one["start-ip"]) for one in mappings]
    assert some == [
        ("ipmask", ["10.1.0.0", "255.255.0.0"], "0.0.0.0"),
        ("ipmask", ["10.11.0.0", "255.255.255.0"], "0.0.0.0"),
        ("iprange", ["0.0.0.0", "0.0.0.0"], "10.12.0.10"),
    ]
    assert len({one["oid"] for one in mappings}) == 3
