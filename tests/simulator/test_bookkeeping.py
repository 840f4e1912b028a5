"""What moves when something is changed, and what must not move."""

from __future__ import annotations

import json

import pytest

from simulator.refusal import Refused

POLICIES = "/pm/config/adom/branch/pkg/hq/firewall/policy"
SITES = "/pm/config/adom/branch/pkg/sites/branches/firewall/policy"
ADDRESSES = "/pm/config/adom/branch/obj/firewall/address"
HISTORY = "/pm/config/adom/branch/_objrev/"


def books(desk) -> dict[str, object]:
    """Everything a client can ask to learn what moved."""
    statuses = desk.get("/pm/config/adom/branch/_package/status")
    return {
        "hq": desk.get("/pm/pkg/adom/branch/hq")["obj ver"],
        "sites": desk.get("/pm/pkg/adom/branch/sites/branches")["obj ver"],
        "policies": desk.get(POLICIES, option="chksum"),
        "addresses": desk.get(ADDRESSES, option="chksum"),
        "objects": desk.get("/pm/config/adom/branch/obj", option="devinfo")["uuid"],
        "modified": [
            row["dev"] + "/" + row["vdom"] for row in statuses if row["status"] != "installed"
        ],
    }


def moved(desk, door, body) -> set[str]:
    before = books(desk)
    getattr(desk.doors, door)({"adom": "branch", "user": "anna", "note": "CHG-7", **body})
    after = books(desk)
    return {name for name in before if before[name] != after[name]}


def test_editing_a_policy(desk) -> None:
    desk.clock.now += 100
    body = {"package": "hq", "policyid": 1, "set": {"comments": "new", "status": 0}}
    assert moved(desk, "policy_edit", body) == {"hq", "policies", "modified"}
    row = desk.get(POLICIES + "/1", option=["extra info"])
    assert [row[name] for name in ("comments", "status", "obj ver", "_last-modified-by")] == [
        "new", "disable", 2, "anna",
    ]  # fmt: skip
    assert (row["_modified timestamp"], row["_created timestamp"]) == (1750000100, 1735689600)
    made, entry = desk.get(HISTORY + "pkg/hq/firewall/policy/1")
    assert [made["act"], made["timestamp"], json.loads(made["config"])["comments"]] == [
        1, 1735689600, "public web server",
    ]  # fmt: skip
    some = ("act", "category", "key", "user", "note", "timestamp")
    assert [entry[name] for name in some] == [3, 181, "1", "anna", "CHG-7", 1750000100]
    config = json.loads(entry["config"])
    assert (config["status"], config["logtraffic"], config["oid"]) == (0, 3, entry["oid"])
    changed = desk.get(
        POLICIES, option=["extra info"], filter=["_modified timestamp", ">=", 1750000000],
        fields=["policyid"],
    )  # fmt: skip
    assert [one["policyid"] for one in changed] == [1]


def test_adding_moving_and_deleting_policies(desk) -> None:
    body = {"package": "hq", "set": {"name": "late", "srcintf": ["lan"], "dstintf": ["wan"]}}
    assert moved(desk, "policy_add", body) == {"hq", "policies", "modified"}
    numbers = [row["policyid"] for row in desk.get(POLICIES, fields=["policyid"])]
    assert numbers[-2:] == [13, 14]
    body = {"package": "hq", "policyid": 14, "option": "before", "target": 2}
    assert moved(desk, "policy_move", body) == {"hq", "policies"}
    assert [row["policyid"] for row in desk.get(POLICIES, fields=["policyid"])][:3] == [1, 14, 2]
    assert moved(desk, "policy_delete", {"package": "hq", "policyid": 14}) == {"hq", "policies"}
    assert [row["act"] for row in desk.get(HISTORY + "pkg/hq/firewall/policy/14")] == [1, 3, 2]
    assert desk.code("get", POLICIES + "/14") == -3


def test_editing_an_object_marks_the_packages_that_use_it_through_groups(desk) -> None:
    body = {"table": "firewall/address", "name": "db-range", "set": {"end-ip": "10.1.20.31"}}
    assert moved(desk, "object_edit", body) == {"objects", "addresses", "modified"}
    assert books(desk)["modified"] == ["fgt-hq/root", "fgt-lyon/root"]
    assert desk.get(HISTORY + "obj/firewall/address/db-range")[0]["category"] == 140


def test_an_object_nobody_uses_marks_no_package(desk) -> None:
    body = {
        "table": "firewall/address",
        "set": {"name": "new", "subnet": ["10.9.0.0", "255.255.0.0"]},
    }
    assert moved(desk, "object_add", body) == {"objects", "addresses"}
    assert moved(desk, "object_delete", {"table": "firewall/address", "name": "new"}) == {
        "objects", "addresses",
    }  # fmt: skip


def test_editing_a_block_marks_the_packages_that_hold_it(desk) -> None:
    body = {"block": "block-threats", "policyid": 1071741825, "set": {"logtraffic": "all"}}
    assert moved(desk, "policy_edit", body) == {"modified"}
    assert books(desk)["modified"] == ["fgt-hq/root", "fgt-berlin/root", "fgt-lyon/root"]
    assert desk.get("/pm/pblock/adom/branch/block-threats")["obj ver"] == 2


def test_an_object_in_use_cannot_be_deleted(desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.doors.object_delete({"adom": "branch", "table": "firewall/address", "name": "dc1"})
    assert refused.value.code == -10015


def test_installing_sets_the_status_back_and_gives_the_device_its_copy(desk) -> None:
    assert moved(desk, "package_install", {"package": "sites/branches"}) == {"modified"}
    assert books(desk)["modified"] == []
    assert desk.get("/dvmdb/device/fgt-lyon")["conf_status"] == "insync"
    copy = "/pm/config/device/fgt-berlin/vdom/root/firewall/policy"
    assert [row["policyid"] for row in desk.get(copy)] == [1, 2, 4, 6]
    desk.doors.policy_edit(
        {"adom": "branch", "package": "sites/branches", "policyid": 1, "set": {"name": "other"}}
    )
    assert desk.get(copy + "/1")["name"] == "site web"
    assert desk.get(SITES + "/1")["name"] == "other"


def test_packages_come_and_go(desk) -> None:
    body = {"package": "sites/new", "targets": [{"name": "fgt-berlin", "vdom": "root"}]}
    assert moved(desk, "package_add", body) == set()
    assert desk.get("/pm/pkg/adom/branch/sites/new")["scope member"][0]["name"] == "fgt-berlin"
    assert desk.get("/pm/config/adom/branch/pkg/sites/new/_package/status") == "no data"
    assert moved(desk, "package_delete", {"package": "sites/new"}) == set()
    assert desk.code("get", "/pm/config/adom/branch/pkg/sites/new/firewall/policy") == -6


def test_the_truth_is_what_a_client_reads(desk) -> None:
    truth = desk.doors.truth({"adom": "branch", "package": "hq"})
    options = ["extra info", "scope member", "get meta"]
    assert desk.get(POLICIES, option=options) == truth["tables"]["firewall/policy"]


def test_the_same_seed_gives_the_same_state(desk, desk_of) -> None:
    other = desk_of()
    for package in ("hq", "sites/branches"):
        body = {"adom": "branch", "package": package}
        assert desk.doors.truth(body) == other.doors.truth(body)
    assert desk.doors.truth({"adom": "branch"}) == other.doors.truth({"adom": "branch"})


def test_the_history_starts_with_the_making_of_every_row(desk) -> None:
    rows = desk.get(HISTORY + "pkg/hq/firewall/policy")
    assert [(row["key"], row["act"], row["user"]) for row in rows] == [
        (str(number), 1, "admin") for number in range(1, 14)
    ]
    assert rows[0]["oid"] == desk.get(POLICIES + "/1")["oid"]
    late = desk.get(HISTORY + "pkg/hq/firewall/policy", filter=["timestamp", ">", 1750000000])
    assert late == "no data"


def test_a_package_is_marked_however_deep_the_group(desk) -> None:
    def add(table, **values):
        desk.doors.object_add({"adom": "branch", "table": table, "set": values})

    add("firewall/address", name="deep", subnet=["10.9.9.9", "255.255.255.255"])
    add("firewall/addrgrp", name="inner", member=["deep"])
    add("firewall/addrgrp", name="outer", member=["inner"])
    change = {"package": "hq-guest", "policyid": 1, "set": {"dstaddr": ["outer"]}}
    moved(desk, "policy_edit", change)
    desk.doors.package_install({"adom": "branch", "package": "hq-guest"})
    assert books(desk)["modified"] == ["fgt-lyon/root"]
    body = {"table": "firewall/address", "name": "deep", "set": {"comment": "x"}}
    assert "modified" in moved(desk, "object_edit", body)
    assert books(desk)["modified"] == ["fgt-hq/guest", "fgt-lyon/root"]
