"""A full set, then what changed; replayed with the same ids; enough to rebuild the snapshots."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from typing import Any, Optional

import pytest

from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.rebuild import rebuild
from fmgstate.collect.run import run
from fmgstate.collect.scope import Scope
from fmgstate.settings import Plan
from fmgstate.store.base import Store
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import (
    MANAGER,
    SmallFortiManager,
    address,
    branch,
    policy,
)

HQ = Scope("package", MANAGER, "branch", "sites/hq")
STREAM = "policies"


class Killed(Exception):
    """The process was killed at this point."""


class Collecting:
    """One input over one store; ``lose_after`` events its process is killed."""

    def __init__(self, source: SmallFortiManager, kind: str = "policies") -> None:
        self.source, self.kind = source, kind
        self.store: Store = InMemoryStore()
        self.index: list[Event] = []
        self.lose_after: Optional[int] = None

    def poll(self, now: float, plan: Optional[Plan] = None) -> list[Event]:
        """The events of one run."""
        before = len(self.index)
        run(
            self.kind, STREAM, self.source, self.store, plan or Plan(), InTurn(), now,
            self._emit, lambda outcome: None,
        )  # fmt: skip
        return self.index[before:]

    def _emit(self, events: list[Event]) -> None:
        for event in events:
            if self.lose_after == 0:
                raise Killed
            if self.lose_after is not None:
                self.lose_after -= 1
            self.index.append(json_copy(event))

    def rebuilt(self) -> dict[str, list[dict[str, Any]]]:
        events = [event.data for event in self.index]
        random.Random(7).shuffle(events)
        found = rebuild([*events, *events[::3]], STREAM)
        return {key: one.records for key, one in found.items() if not one.gone}

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        kinds = ("objects", "block", "package") if self.kind == "policies" else ("inventory",)
        snapshots = [self.store.load(h.key) for kind in kinds for h in self.store.heads(kind + "/")]
        return {one.head.key: in_order(one.content["records"]) for one in snapshots if one}


def json_copy(event: Event) -> Event:
    data = json.loads(json.dumps(event.data))
    assert next(iter(data)) == "time"
    return Event(event.time, event.sourcetype, event.host, event.source, data)


def of_kind(events: list[Event], kind: str) -> list[dict[str, Any]]:
    return [one.data for one in events if one.sourcetype == f"fortinet:fortimanager:{kind}"]


def edits(events: list[Event]) -> list[dict[str, Any]]:
    """Changes of records; without what a package tells of its traffic."""
    return [one for one in of_kind(events, "change") if one["kind"] != "traffic"]


def test_first_a_full_set_with_names_resolved() -> None:
    collecting = Collecting(branch())
    events = collecting.poll(1000.0)
    assert len({event.data["event_id"] for event in events}) == len(events)
    third = of_kind(events, "policy")[2]
    assert len(third.pop("event_id")) == 32
    assert third == {
        "time": "1000.000",
        "fortimanager": MANAGER,
        "adom": "branch",
        "stream": STREAM,
        "scope": HQ.key,
        "publication": 1000000,
        "after": 0,
        "set": "full",
        "snapshot_time": 1000.0,
        "changed_time": 1000.0,
        "plane": "package",
        "package": "sites/hq",
        "kind": "policy",
        "id": "00000000-0000-4000-8000-000000000003",
        "list": "package:firewall/policy",
        "policyid": 3,
        "table": "firewall/policy",
        "part": "package",
        "sequence": 3,
        "uuid": "00000000-0000-4000-8000-000000000003",
        "name": "rule 3",
        "enabled": True,
        "action": "accept",
        "srcintf": ["any"],
        "dstintf": ["any"],
        "srcaddr": ["lan", "www"],
        "dstaddr": ["all"],
        "service": ["HTTPS"],
        "schedule": ["always"],
        "nat": False,
        "ippool": False,
        "logtraffic": "utm",
        "utm": False,
        "comments": "third",
        "section": "Web",
        "resolved": {
            "srcaddr": ["10.1.0.0-10.1.255.255"],
            "srcaddr_unknown": ["www (fqdn)"],
            "dstaddr": ["any"],
            "service": ["tcp/443"],
        },
    }
    marker = of_kind(events, "health")[0]
    assert (marker["health"], marker["scope"], marker["events"]) == (
        "publication", "objects/fmg.example.com/branch/", 4,
    )  # fmt: skip


def test_then_nothing_while_nothing_changes_and_a_full_set_again_after_a_day() -> None:
    collecting = Collecting(branch())
    first = collecting.poll(1000.0)
    assert collecting.poll(1060.0) == []
    again = collecting.poll(87_400.0)
    assert len(of_kind(again, "policy")) == len(of_kind(first, "policy")) == 3
    assert {one["set"] for one in of_kind(again, "policy")} == {"full"}


def test_a_change_seen_when_a_full_set_is_due_is_told_before_it() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    collecting.source.adoms["branch"].packages["sites/hq"][1]["action"] = "accept"
    events = [one for one in collecting.poll(87_400.0) if one.data["scope"] == HQ.key]
    assert [(one.sourcetype.rsplit(":", 1)[1], one.data["set"]) for one in events] == [
        ("change", "changes"), ("change", "changes"), ("health", "changes"),
        ("policy", "full"), ("policy", "full"), ("policy", "full"), ("health", "full"),
    ]  # fmt: skip
    assert collecting.rebuilt() == collecting.kept()


def test_a_changed_rule_is_one_event_that_says_what_who_and_where() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    rule = collecting.source.adoms["branch"].packages["sites/hq"][1]
    rule.update({"action": "accept", "_last-modified-by": "anna", "_modified timestamp": 1050})
    [change] = edits(collecting.poll(1060.0))
    record = change.pop("record")
    change.pop("event_id")
    assert change == {
        "time": "1060.000",
        "fortimanager": MANAGER,
        "adom": "branch",
        "stream": STREAM,
        "scope": HQ.key,
        "publication": 1060000,
        "after": 1000000,
        "set": "changes",
        "snapshot_time": 1060.0,
        "changed_time": 1060.0,
        "plane": "package",
        "package": "sites/hq",
        "kind": "policy",
        "id": "00000000-0000-4000-8000-000000000002",
        "action": "modified",
        "change_type": "policy",
        "object": "rule 2",
        "object_id": "00000000-0000-4000-8000-000000000002",
        "object_category": "policy",
        "object_attrs": ["action"],
        "object_path": "branch/sites/hq/firewall/policy/2",
        "dvc": MANAGER,
        "dest": "sites/hq",
        "status": "success",
        "vendor_product": "Fortinet FortiManager",
        "changes": {
            "action": {"old": "deny", "new": "accept"},
            "modified_time": {"old": None, "new": 1050},
            "modified_by": {"old": None, "new": "anna"},
        },
        "user": "anna",
        "edited": "1050",
        "traffic": {
            "effect": "opened",
            "description": "Traffic opened.",
            "complete": True,
            "cut": [],
            "opened": 1,
            "closed": 0,
            "may_be_opened": 0,
            "may_be_closed": 0,
            "uncertain": 0,
            "parts": [
                {
                    "everywhere": True,
                    "targets": ["fgt-hq/root"],
                    "changes": [
                        {
                            "effect": "opened",
                            "srcintf": ["any"],
                            "dstintf": ["any"],
                            "srcaddr": ["0.0.0.0-10.0.255.255", "10.2.0.0-255.255.255.255"],
                            "dstaddr": ["any"],
                            "service": ["tcp/443"],
                            "combinations": (2**32 - 2**16) * 2**32,
                            "policyid_before": 2,
                            "policyid_after": 2,
                        }
                    ],
                }
            ],
        },
    }
    assert record["action"] == "accept"


def test_the_history_names_who_deleted_and_moved_and_edited_objects() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    rules = adom.packages["sites/hq"]
    rules.pop(0)
    rules.reverse()
    adom.objects["firewall/address"][2]["fqdn"] = "new.example.com"
    adom.revisions = {
        "pkg/sites/hq/firewall/policy": [
            {"act": 2, "key": "1", "user": "bob", "timestamp": 1040, "note": "CHG-7"},
            {"act": 3, "key": "1", "user": "eve", "timestamp": 900, "note": ""},
            {"act": 3, "key": "3", "user": "carl", "timestamp": 1041, "note": None},
        ],
        "obj/firewall/address": [{"act": 3, "key": "www", "user": "dora", "timestamp": 1042}],
    }
    changes = edits(collecting.poll(1060.0))
    told = [
        (one["action"], one["object"], one["object_attrs"], one.get("user"), one.get("note"),
         one.get("edited"))
        for one in changes
    ]  # fmt: skip
    assert told == [
        ("modified", "www", ["values.fqdn"], "dora", None, "1042"),
        ("deleted", "rule 1", [], "bob", "CHG-7", "1040"),
        ("modified", "rule 3", ["section", "sequence"], "carl", None, "1041"),
        ("modified", "rule 2", ["section"], None, None, None),
    ]


def test_who_edited_before_is_not_blamed_for_a_deletion() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.objects["firewall/address"].pop(2)
    adom.revisions = {
        "obj/firewall/address": [{"act": 3, "key": "www", "user": "dora", "timestamp": 990}]
    }
    deleted = [one for one in edits(collecting.poll(1060.0)) if one["kind"] == "object"]
    assert [(one["action"], one.get("user")) for one in deleted] == [("deleted", None)]


def test_a_changed_address_changes_what_rules_stand_for() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    collecting.source.adoms["branch"].objects["firewall/address"][1]["subnet"] = [
        "10.2.0.0", "255.255.0.0",
    ]  # fmt: skip
    changes = edits(collecting.poll(1060.0))
    assert [(one["object_category"], one["object"], one["changes"]) for one in changes] == [
        ("object", "lan", {"values.subnet": {"old": ["10.1.0.0", "255.255.0.0"],
                                             "new": ["10.2.0.0", "255.255.0.0"]}}),
        *(
            ("policy", name, {"resolved.srcaddr": {"old": ["10.1.0.0-10.1.255.255"],
                                                   "new": ["10.2.0.0-10.2.255.255"]}})
            for name in ("rule 1", "rule 3")
        ),
    ]  # fmt: skip
    assert collecting.rebuilt() == collecting.kept()


def test_a_mapping_for_one_device_is_said_for_that_device() -> None:
    source = branch()
    source.adoms["branch"].objects["firewall/address"][1]["dynamic_mapping"] = [
        {"_scope": [{"name": "fgt-hq", "vdom": "root"}, {"name": "other", "vdom": "root"}],
         "subnet": ["10.9.0.0", "255.255.255.0"]}
    ]  # fmt: skip
    first, second, _ = of_kind(Collecting(source).poll(1000.0), "policy")
    assert first["resolved"]["srcaddr"] == ["10.1.0.0-10.1.255.255"]
    assert first["resolved_per_device"] == [
        {"device": "fgt-hq", "vdom": "root", "srcaddr": ["10.9.0.0-10.9.0.255"]}
    ]  # fmt: skip
    assert "resolved_per_device" not in second


def test_a_deleted_package_ends_with_every_rule_deleted() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    del collecting.source.adoms["branch"].packages["sites/hq"]
    events = collecting.poll(1060.0)
    deleted = [(one["action"], one["object"]) for one in edits(events)]
    assert deleted == [("deleted", "rule 1"), ("deleted", "rule 2"), ("deleted", "rule 3")]
    assert collecting.poll(1120.0) == []
    collecting.source.adoms["branch"].packages["sites/hq"] = [policy(5)]
    assert [one["set"] for one in of_kind(collecting.poll(1180.0), "policy")] == ["full"]
    assert collecting.rebuilt() == collecting.kept()


def test_a_failed_scope_is_a_health_event() -> None:
    collecting = Collecting(branch())
    collecting.source.refused["/pm/config/adom/branch/pkg/guest"] = -1
    [failed] = [
        one for one in of_kind(collecting.poll(1000.0), "health") if one["health"] == "scope_failed"
    ]
    assert failed["scope"] == "package/fmg.example.com/branch/guest"
    assert "refused /pm/config/adom/branch/pkg/guest" in failed["error"]


def test_who_joins_a_device_group_is_told_of_the_group_and_of_the_device() -> None:
    collecting = Collecting(branch(), kind="inventory")
    adom = collecting.source.adoms["branch"]
    adom.groups = [{"name": "Edge", "os_type": "fos", "type": "normal", "object member": []}]
    [group] = of_kind(collecting.poll(1000.0), "group")
    assert {key: group[key] for key in ("kind", "id", "name", "group_kind", "members")} == {
        "kind": "group", "id": "group:Edge", "name": "Edge", "group_kind": "normal", "members": [],
    }  # fmt: skip
    adom.groups[0]["object member"] = [{"name": "fgt-hq", "vdom": "guest"}]
    found = {one["object"]: one for one in edits(collecting.poll(1060.0))}
    assert {name: (one["object_category"], one["changes"]) for name, one in found.items()} == {
        "Edge": ("group", {"members": {
            "old": [], "new": [{"device": "fgt-hq", "vdom": "guest"}]}}),
        "fgt-hq": ("device", {"groups": {"old": None, "new": ["Edge"]}}),
    }  # fmt: skip
    assert found["fgt-hq"]["change_type"] == "inventory"
    assert collecting.rebuilt() == collecting.kept()


def test_the_inventory_input_publishes_devices_and_packages_only() -> None:
    collecting = Collecting(branch(), kind="inventory")
    kinds = [event.sourcetype.rsplit(":", 1)[1] for event in collecting.poll(1000.0)]
    assert kinds == ["adom", "device", "package", "package", "health"]
    collecting.source.adoms["branch"].devices[0]["conn_status"] = "down"
    [change] = edits(collecting.poll(1060.0))
    assert change["changes"] == {"connection": {"old": "up", "new": "down"}}
    assert collecting.rebuilt() == collecting.kept()


def edit(source: SmallFortiManager, dice: random.Random) -> None:
    """One random edit of policies, order, objects, packages."""
    adom = source.adoms["branch"]
    rules = adom.packages.setdefault("sites/hq", [])
    what = dice.randrange(7)
    if what == 0 or not rules:
        rules.insert(dice.randint(0, len(rules)), policy(dice.randint(100, 10**6)))
    elif what == 1:
        rules.pop(dice.randrange(len(rules)))
    elif what == 2:
        rules.insert(dice.randrange(len(rules)), rules.pop(dice.randrange(len(rules))))
    elif what == 3:
        dice.choice(rules).update(
            comments=str(dice.random()), srcaddr=dice.choice([["all"], ["lan"]])
        )
    elif what == 4:
        subnet = f"10.{dice.randrange(9)}.0.0/255.255.0.0"
        adom.objects["firewall/address"][1] = address("lan", subnet)
    elif what == 5:
        adom.packages[dice.choice(["guest", "new"])] = [policy(dice.randint(1, 9))]
    elif "new" in adom.packages:
        del adom.packages["new"]


@pytest.mark.parametrize("seed", range(8))
def test_the_events_rebuild_the_snapshots_whatever_is_edited(seed: int) -> None:
    dice = random.Random(seed)
    collecting = Collecting(branch())
    for poll in range(25):
        collecting.poll(1000.0 + poll, Plan(full_set_seconds=9.0))
        assert collecting.rebuilt() == collecting.kept()
        for _ in range(dice.randint(0, 4)):
            edit(collecting.source, dice)


@pytest.mark.parametrize("seed", range(8))
def test_killed_at_any_event_nothing_is_lost_and_no_change_is_told_twice(seed: int) -> None:
    dice = random.Random(seed)
    collecting = Collecting(branch())
    now = 1000.0
    for _ in range(12):
        collecting.lose_after = dice.randint(0, 12)
        with suppress(Killed):
            collecting.poll(now)
        for _ in range(dice.randint(0, 3)):
            edit(collecting.source, dice)
        now += 60.0
    collecting.lose_after = None
    collecting.poll(now)
    assert collecting.rebuilt() == collecting.kept()
    by_id: dict[str, str] = {}
    for event in collecting.index:
        if "event_id" in event.data:
            text = json.dumps(event.data, sort_keys=True)
            assert by_id.setdefault(event.data["event_id"], text) == text
    counted = Counter(
        (one["scope"], one["publication"])
        for one in map(json.loads, by_id.values())
        if one.get("health") != "publication"
    )
    markers = {
        (one["scope"], one["publication"]): one["events"]
        for one in map(json.loads, by_id.values())
        if one.get("health") == "publication" and one["events"]
    }
    assert counted == Counter(markers), "an event that was sent belongs to no whole publication"


def test_an_incomplete_publication_is_not_used() -> None:
    collecting = Collecting(branch())
    first = collecting.poll(1000.0)
    collecting.source.adoms["branch"].packages["sites/hq"].pop()
    second = collecting.poll(1060.0)
    without = [event.data for event in [*first, *second] if event not in of(second, "change")]
    assert rebuild(without, STREAM)[HQ.key].number == 1000000
    assert len(rebuild(without, STREAM)[HQ.key].records) == 3


def of(events: list[Event], kind: str) -> list[Event]:
    return [one for one in events if one.sourcetype.endswith(kind)]


def test_a_block_is_published_after_the_objects_its_names_stand_for() -> None:
    source = branch()
    source.adoms["branch"].blocks["threats"] = [policy(1071741826, srcaddr=["lan"])]
    collecting = Collecting(source)
    first = of_kind(collecting.poll(1000.0), "policy")
    [blocked] = [one for one in first if one["package"] == "threats"]
    assert blocked["resolved"]["srcaddr"] == ["10.1.0.0-10.1.255.255"]
    assert collecting.poll(1060.0) == []


def test_without_the_objects_nothing_is_said_of_what_names_stand_for() -> None:
    source = branch()
    source.refused["/pm/config/adom/branch/obj/firewall"] = -11
    collecting = Collecting(source)
    rules = of_kind(collecting.poll(1000.0), "policy")
    not_collected = {"unknown": ["the objects of this ADOM were not collected"]}
    assert [one["resolved"] for one in rules] == [not_collected] * 3
    source.refused.clear()
    changes = edits(collecting.poll(1060.0))
    assert [one["object"] for one in changes] == ["rule 1", "rule 2", "rule 3"]
    assert changes[1]["changes"] == {
        "resolved.unknown": {"old": not_collected["unknown"], "new": None},
        "resolved.srcaddr": {"old": None, "new": ["any"]},
        "resolved.dstaddr": {"old": None, "new": ["any"]},
        "resolved.service": {"old": None, "new": ["tcp/443"]},
    }
    assert collecting.rebuilt() == collecting.kept()
