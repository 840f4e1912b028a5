"""A package's change says which traffic it opens and closes, where, and what it cannot say."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from fmgstate.collect import traffic_of_change
from fmgstate.collect.scope import Scope
from fmgstate.store.base import Snapshot
from tests.unit.collect.small_fortimanager import (
    MANAGER,
    SmallFortiManager,
    address,
    branch,
    policy,
)
from tests.unit.collect.test_publish import HQ, Collecting, Killed, edit, edits, of_kind

Facts = dict[str, Any]


def traffic(events: list[Any]) -> list[Facts]:
    """What packages tell of their traffic."""
    return [one["traffic"] for one in of_kind(events, "change") if one["kind"] == "traffic"]


def boxes(facts: Facts) -> list[tuple[str, list[str], list[str], list[str], int, int]]:
    return [
        (box["effect"], box["srcaddr"], box["dstaddr"], box["service"],
         box["policyid_before"], box["policyid_after"])
        for part in facts["parts"] for box in part["changes"]
    ]  # fmt: skip


def test_the_event_of_a_package_whole() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    collecting.source.adoms["branch"].packages["sites/hq"].insert(
        0, policy(7, action="deny", srcaddr=["lan"], dstintf=["wan1"])
    )
    events = [one.data for one in collecting.poll(1060.0) if one.data["scope"] == HQ.key]
    assert [one.get("kind") for one in events] == ["policy", "traffic", None]
    assert events[2]["events"] == 2
    assert len(events[1].pop("event_id")) == 32
    facts = {
        "effect": "closed",
        "description": "Traffic closed.",
        "complete": True,
        "cut": [],
        "opened": 0,
        "closed": 1,
        "may_be_opened": 0,
        "may_be_closed": 0,
        "uncertain": 0,
    }
    parts = [
        {
            "everywhere": True,
            "targets": ["fgt-hq/root"],
            "changes": [
                {
                    "effect": "closed",
                    "srcintf": ["any"],
                    "dstintf": ["wan1"],
                    "srcaddr": ["10.1.0.0-10.1.255.255"],
                    "dstaddr": ["any"],
                    "service": ["tcp/443"],
                    "combinations": 2**48,
                    "policyid_before": 1,
                    "policyid_after": 7,
                }
            ],
        }
    ]
    assert events[0]["traffic"] == {**facts, "parts": parts}
    assert events[1] == {
        "time": "1060.000",
        "fortimanager": MANAGER,
        "adom": "branch",
        "package": "sites/hq",
        "stream": "policies",
        "scope": HQ.key,
        "publication": 1060000,
        "after": 1000000,
        "set": "changes",
        "snapshot_time": 1060.0,
        "changed_time": 1060.0,
        "plane": "package",
        "kind": "traffic",
        "id": "traffic",
        "action": "modified",
        "change_type": "traffic",
        "object": "sites/hq",
        "object_id": HQ.key,
        "object_category": "traffic",
        "object_attrs": ["traffic"],
        "object_path": "branch/sites/hq",
        "dvc": MANAGER,
        "dest": "sites/hq",
        "status": "success",
        "vendor_product": "Fortinet FortiManager",
        "traffic": {
            **facts,
            "policies": [7],
            "virtual_ip_policies": [],
            "virtual_ips": [],
            "targets_count": 1,
            "parts": parts,
        },
    }


def test_a_text_that_differs_but_means_the_same_says_so() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.packages["sites/hq"][0]["comments"] = "of the third floor"
    adom.packages["sites/hq"][2]["service"] = ["HTTPS", "HTTPS"]
    events = collecting.poll(1060.0)
    nothing = {
        "effect": "none",
        "description": "No traffic opened or closed.",
        "complete": True,
        "cut": [],
        "opened": 0,
        "closed": 0,
        "may_be_opened": 0,
        "may_be_closed": 0,
        "uncertain": 0,
    }
    assert [one["traffic"] for one in edits(events)] == [nothing, nothing]
    assert [one["effect"] for one in traffic(events)] == ["none"]


def test_an_edited_address_opens_and_closes_through_the_rules_that_name_it() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.objects["firewall/address"][1] = address("lan", "10.2.0.0/255.255.0.0")
    events = collecting.poll(1060.0)
    [facts] = traffic(events)
    old, new = ["10.1.0.0-10.1.255.255"], ["10.2.0.0-10.2.255.255"]
    assert facts["effect"] == "opened and closed"
    assert boxes(facts) == [
        ("closed", old, ["any"], ["tcp/443"], 1, 2),
        ("opened", new, ["any"], ["tcp/443"], 2, 1),
    ]
    by_object = {one["object"]: one.get("traffic") for one in edits(events)}
    assert by_object["lan"] is None
    assert boxes(by_object["rule 1"]) == boxes(facts)
    assert by_object["rule 3"]["effect"] == "none"


def test_what_is_not_in_the_rows_of_the_package_is_told_by_the_package_alone() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.packages["sites/hq"][1]["schedule"] = ["office"]
    adom.objects["firewall/schedule/recurring"] = [
        {"name": "office", "day": ["monday"], "start": "08:00", "end": "18:00"}
    ]
    collecting = Collecting(source)
    collecting.poll(1000.0)
    adom.objects["firewall/schedule/recurring"][0]["end"] = "20:00"
    events = [one for one in collecting.poll(1060.0) if one.data["scope"] == HQ.key]
    assert edits(events) == []
    [facts] = traffic(events)
    assert (facts["effect"], facts["policies"]) == ("uncertain", [2])
    assert collecting.poll(1120.0) == []
    assert collecting.rebuilt() == collecting.kept()


def test_an_edit_in_a_policy_block_is_told_by_the_packages_that_hold_it() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.blocks["threats"] = [policy(1071741826, srcaddr=["lan"])]
    adom.packages["sites/hq"].insert(
        0, {"policyid": 9, "oid": 9, "obj seq": 0, "_policy_block": "oid 7"}
    )
    collecting = Collecting(source)
    collecting.poll(1000.0)
    adom.blocks["threats"][0]["action"] = "deny"
    events = collecting.poll(1060.0)
    assert [(one["package"], one.get("traffic")) for one in edits(events)] == [("threats", None)]
    [facts] = traffic(events)
    assert facts["policies"] == [1071741826]
    assert [box[0] for box in boxes(facts)] == ["closed"]
    assert collecting.poll(1120.0) == []


def test_a_block_that_is_collected_later_is_nobodys_change() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.blocks["threats"] = [policy(1071741826, srcaddr=["lan"])]
    adom.packages["sites/hq"].insert(
        0, {"policyid": 9, "oid": 9, "obj seq": 0, "_policy_block": "oid 7"}
    )
    source.refused["/pm/config/adom/branch/pblock/threats"] = -1
    collecting = Collecting(source)
    collecting.poll(1000.0)
    source.refused.clear()
    events = collecting.poll(1060.0)
    assert {one["package"] for one in of_kind(events, "policy")} == {"threats"}
    assert of_kind(events, "change") == []
    adom.blocks["threats"][0]["action"] = "deny"
    assert [one["effect"] for one in traffic(collecting.poll(1120.0))] == ["closed"]


def test_targets_that_agree_are_told_once_and_others_by_name() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.assignments = [
        {"dev": f"fw{n}", "vdom": "root", "pkg": "sites/hq", "status": "installed"}
        for n in range(4)
    ]
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [
        {"_scope": [{"name": "fw3", "vdom": "root"}], "subnet": ["10.3.0.0", "255.255.0.0"]}
    ]
    collecting = Collecting(source)
    collecting.poll(1000.0)
    adom.packages["sites/hq"][0]["action"] = "deny"
    [facts] = traffic(collecting.poll(1060.0))
    assert facts["targets_count"] == 4
    assert [(part["everywhere"], part["targets"]) for part in facts["parts"]] == [
        (False, ["fw0/root", "fw1/root", "fw2/root"]),
        (False, ["fw3/root"]),
    ]
    assert [box[1] for box in boxes(facts)] == [
        ["10.1.0.0-10.1.255.255"],
        ["10.3.0.0-10.3.255.255"],
    ]


def on_a_group(*members: dict[str, str]) -> SmallFortiManager:
    """A package with a rule that is installed on the group Branches only."""
    source = branch()
    adom = source.adoms["branch"]
    adom.assignments = [
        {"dev": f"fw{n}", "vdom": "root", "pkg": "sites/hq", "status": "installed"}
        for n in range(3)
    ]
    adom.packages["sites/hq"][0]["scope member"] = [{"name": "Branches"}]
    adom.groups = [{"name": "Branches", "object member": list(members)}]
    return source


def test_a_firewall_that_joins_a_group_gets_the_rules_that_are_installed_on_the_group() -> None:
    source = on_a_group({"name": "fw1", "vdom": "root"})
    collecting = Collecting(source)
    collecting.poll(1000.0)
    joined = {"name": "fw2", "vdom": "root"}
    source.adoms["branch"].groups[0]["object member"].append(joined)
    events = collecting.poll(1060.0)
    assert edits(events) == []
    [facts] = traffic(events)
    assert (facts["effect"], facts["targets_count"]) == ("opened", 3)
    assert [(part["everywhere"], part["targets"]) for part in facts["parts"]] == [
        (False, ["fw2/root"])
    ]
    assert boxes(facts) == [("opened", ["10.1.0.0-10.1.255.255"], ["any"], ["tcp/443"], 2, 1)]
    assert collecting.poll(1120.0) == []


def test_groups_that_an_earlier_version_did_not_know_are_nobodys_change() -> None:
    source = on_a_group({"name": "fw1", "vdom": "root"})
    collecting = Collecting(source)
    collecting.poll(1000.0)
    [head] = collecting.store.heads(f"published/policies/{HQ.key}")
    old = collecting.store.load(head.key)
    assert old is not None
    del old.content["place"]["groups"]
    version = old.head.mark.split(" ", 1)[0]
    collecting.store.save(Snapshot(replace(old.head, mark=f"{version} of before"), old.content))
    assert traffic(collecting.poll(1060.0)) == []
    source.adoms["branch"].packages["sites/hq"][0]["action"] = "deny"
    [facts] = traffic(collecting.poll(1120.0))
    assert [part["targets"] for part in facts["parts"]] == [["fw1/root"]]


def test_flows_to_virtual_ips_are_not_followed_and_the_rules_are_listed() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.objects["firewall/vip"] = [
        {"name": "mail", "type": "static-nat", "extip": ["192.0.2.25"], "extintf": ["any"],
         "mappedip": ["10.1.0.25"]}
    ]  # fmt: skip
    adom.packages["sites/hq"].append(policy(4, dstaddr=["mail"]))
    collecting = Collecting(source)
    collecting.poll(1000.0)
    adom.objects["firewall/vip"][0]["mappedip"] = ["10.1.0.26"]
    [facts] = traffic(collecting.poll(1060.0))
    assert (facts["effect"], facts["complete"]) == ("unknown", False)
    assert (facts["virtual_ips"], facts["virtual_ip_policies"]) == (["mail"], [4])
    assert facts["cut"] == ["flows that virtual IPs translate are not followed"]
    adom.packages["sites/hq"][3]["logtraffic"] = "all"
    [facts] = traffic(collecting.poll(1120.0))
    assert facts["effect"] == "none"


def test_central_dnat_that_an_earlier_version_did_not_know_is_nobodys_change() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.objects["firewall/vip"] = [
        {"name": name, "type": "static-nat", "extip": [f"192.0.2.{n}"], "extintf": ["any"],
         "mappedip": [f"10.1.0.{n}"]}
        for n, name in enumerate(("mail", "web"), start=25)
    ]  # fmt: skip
    adom.settings["sites/hq"] = {"central-nat": "enable"}
    adom.dnat["sites/hq"] = [{"name": "mail"}]
    collecting = Collecting(source)
    collecting.poll(1000.0)
    [head] = collecting.store.heads(f"published/policies/{HQ.key}")
    old = collecting.store.load(head.key)
    assert old is not None
    del old.content["place"]["groups"]
    old.content["records"] = [one for one in old.content["records"] if one["kind"] == "policy"]
    version = old.head.mark.split(" ", 1)[0]
    collecting.store.save(Snapshot(replace(old.head, mark=f"{version} of before"), old.content))
    events = collecting.poll(1060.0)
    assert [(one["object"], one["object_category"]) for one in edits(events)] == [("mail", "dnat")]
    assert [one["effect"] for one in traffic(events)] == ["none"]
    adom.dnat["sites/hq"].append({"name": "web"})
    adom.packages["sites/hq"][0]["comments"] = "moves the version"
    [facts] = traffic(collecting.poll(1120.0))
    assert (facts["effect"], facts["virtual_ips"]) == ("unknown", ["web"])


def test_when_the_time_is_used_up_the_change_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.packages["sites/hq"][0]["action"] = "deny"
    monkeypatch.setattr(traffic_of_change, "thread_time", lambda: 0.0)
    with_no_time = traffic_of_change.TrafficOfChange.__init__
    monkeypatch.setattr(
        traffic_of_change.TrafficOfChange,
        "__init__",
        lambda self, store, stream: with_no_time(self, store, stream, seconds=0.0),
    )
    events = collecting.poll(1060.0)
    [facts] = traffic(events)
    assert (facts["effect"], facts["complete"], facts["cut"]) == (
        "unknown", False, ["the time for looking at changes was used up"],
    )  # fmt: skip
    assert [one["traffic"]["effect"] for one in edits(events)] == ["unknown"]
    adom.objects["firewall/schedule/recurring"] = [{"name": "x", "day": ["monday"]}]
    assert traffic(collecting.poll(1120.0)) == []
    monkeypatch.undo()
    assert traffic(collecting.poll(1180.0)) == []


def test_policies_that_forward_nothing_are_not_said_to_open_nothing() -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.proxy["sites/hq"] = [policy(1)]
    collecting = Collecting(source)
    collecting.poll(1000.0)
    adom.proxy["sites/hq"][0]["action"] = "deny"
    adom.packages["sites/hq"][0]["comments"] = "moves the version"
    events = collecting.poll(1060.0)
    [facts] = traffic(events)
    assert (facts["effect"], facts["cut"]) == (
        "unknown", ["policies of firewall/proxy-policy are not followed"],
    )  # fmt: skip


def test_what_a_version_before_this_one_published_is_not_guessed_at() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    key = f"published/policies/{HQ.key}"
    old = collecting.store.load(key)
    assert old is not None
    del old.head.outcome["versions"], old.content["place"]
    collecting.store.save(old)
    collecting.source.adoms["branch"].packages["sites/hq"][0]["action"] = "deny"
    [facts] = traffic(collecting.poll(1060.0))
    assert (facts["effect"], facts["cut"]) == (
        "unknown", ["what the package stood on before was not kept by an earlier version"],
    )  # fmt: skip
    collecting.source.adoms["branch"].packages["sites/hq"][0]["action"] = "accept"
    [facts] = traffic(collecting.poll(1120.0))
    assert facts["effect"] == "opened"


def test_a_package_that_failed_meanwhile_is_held_to_the_objects_it_was_published_with() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.packages["sites/hq"][0]["comments"] = "moves the version"
    adom.objects["firewall/address"][1] = address("lan", "10.2.0.0/255.255.0.0")
    collecting.source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -1
    assert traffic(collecting.poll(1060.0)) == []
    collecting.source.refused.clear()
    [facts] = traffic(collecting.poll(1120.0))
    assert facts["effect"] == "opened and closed"
    adom.packages["sites/hq"][0]["comments"] = "again"
    collecting.source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -1
    for third in (3, 4):
        adom.objects["firewall/address"][1] = address("lan", f"10.{third}.0.0/255.255.0.0")
        collecting.poll(1120.0 + third)
    collecting.source.refused.clear()
    [facts] = traffic(collecting.poll(1180.0))
    assert facts["effect"] == "unknown"
    assert facts["cut"] == [
        "the objects or policy blocks that the package stands on, now or before, are not kept"
    ]


def test_objects_that_were_kept_anew_and_are_the_same_are_no_riddle() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    collecting.store.delete(f"objects/{MANAGER}/branch/")
    assert traffic(collecting.poll(1060.0)) == []
    adom.packages["sites/hq"][0]["action"] = "deny"
    collecting.source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -1
    for poll in (1, 2):
        collecting.store.delete(f"objects/{MANAGER}/branch/")
        collecting.poll(90_000.0 * poll)
    collecting.source.refused.clear()
    assert [one["effect"] for one in traffic(collecting.poll(190_000.0))] == ["closed"]


def test_killed_while_it_is_told_the_same_is_told_again_though_objects_moved_on() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.packages["sites/hq"][0]["action"] = "deny"
    collecting.lose_after = 1
    with suppress(Killed):
        collecting.poll(1060.0)
    collecting.lose_after = None
    [first] = edits(collecting.index)
    adom.objects["firewall/address"][1] = address("lan", "10.2.0.0/255.255.0.0")
    events = [one.data for one in collecting.poll(1120.0) if one.data["scope"] == HQ.key]
    again = [one for one in events if one.get("event_id") == first["event_id"]]
    assert again == [first]
    told = [one for one in events if one.get("kind") == "traffic"]
    assert [one["publication"] for one in told] == [1060000, 1120000]
    assert [one["traffic"]["effect"] for one in told] == ["closed", "none"]
    assert collecting.rebuilt() == collecting.kept()


@pytest.mark.parametrize("seed", range(4))
def test_every_package_event_agrees_with_the_rules_before_and_after(seed: int) -> None:
    """An edit that changes nothing that is kept tells nothing; every other tells its traffic."""
    dice = random.Random(seed)
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    for poll in range(1, 30):
        edit(collecting.source, dice)
        events = collecting.poll(1000.0 + 60 * poll)
        changed = {one["scope"] for one in edits(events) if one["kind"] == "policy"}
        told = {one["scope"] for one in of_kind(events, "change") if one["kind"] == "traffic"}
        gone = {one["scope"] for one in of_kind(events, "health") if one.get("gone")}
        full = {one["scope"] for one in of_kind(events, "policy")}
        assert changed - gone - full <= told
        assert json.dumps(traffic(events)).count("unknown") == 0
    assert Scope.parse(HQ.key) == HQ
    assert isinstance(collecting.source, SmallFortiManager)


def test_a_list_that_is_cut_has_the_most_first_and_says_how_much_is_left_out() -> None:
    source = branch()
    adom = source.adoms["branch"]
    sizes = {n: 24 if n % 2 else 32 for n in range(60)}
    masks = {24: "255.255.255.0", 32: "255.255.255.255"}
    adom.objects["firewall/address"] += [
        address(f"n{n}", f"10.20.{n}.0/{masks[size]}") for n, size in sizes.items()
    ]
    adom.packages["sites/hq"] = [policy(n + 1, dstaddr=[f"n{n}"]) for n in sizes]
    collecting = Collecting(source)
    collecting.poll(1000.0)
    for row in adom.packages["sites/hq"]:
        row["action"] = "deny"
    events = collecting.poll(1060.0)
    [facts] = traffic(events)
    [part] = facts["parts"]
    assert (facts["closed"], len(part["changes"]), part["left_out"]) == (60, 50, 10)
    combinations = [box["combinations"] for box in part["changes"]]
    assert combinations == [2**40] * 30 + [2**32] * 20
    assert [len(one["traffic"]["parts"][0]["changes"]) for one in edits(events)] == [1] * 60
