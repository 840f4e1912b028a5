"""Publishing when something came between: a kill, another input, a clock that was set back."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

from fmgstate.collect.event import Event
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.keep import confirm
from fmgstate.collect.refresh import refresh
from fmgstate.collect.scope import Scope
from fmgstate.collect.view import Views
from fmgstate.fortimanager.answer import Answer
from fmgstate.settings import Plan
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, Count, SmallFortiManager, branch
from tests.unit.collect.test_publish import Collecting, Killed

HQ = Scope("package", MANAGER, "branch", "sites/hq")
MAPPED = {
    "_scope": [{"name": "fgt-x", "vdom": "root"}],
    "type": "ipmask",
    "subnet": ["10.9.0.0", "255.255.0.0"],
}


class KilledWhenStrikingOut(InMemoryStore):
    """Its process is killed once: what was sent is remembered, but not struck out yet."""

    armed = False

    def delete(self, key: str) -> None:
        if self.armed and key.startswith("publishing/"):
            self.armed = False
            raise Killed
        super().delete(key)


class OneAdom:
    """The FortiManager as a user sees it who has rights in one ADOM only."""

    manager = MANAGER

    def __init__(self, source: SmallFortiManager, adom: str) -> None:
        self._source, self._adom = source, adom

    def get(self, params: Sequence[dict[str, Any]]) -> list[Answer]:
        answers = self._source.get(params)
        for answer in answers:
            if answer.url == "/dvmdb/adom":
                answer.data[:] = [row for row in answer.data if row["name"] == self._adom]
        return answers

    def tables(
        self, params: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]] = ()
    ) -> list[Answer]:
        return self._source.tables(params, after)

    def execute(self, param: dict[str, Any]) -> Answer:
        return self._source.execute(param)

    def counting(self) -> AbstractContextManager[Count]:
        return self._source.counting()


def changes(events: list[Event]) -> Iterator[dict[str, Any]]:
    """Of records; without what a package tells of its traffic."""
    of_changes = (event.data for event in events if event.sourcetype.endswith(":change"))
    return (data for data in of_changes if data["kind"] != "traffic")


def test_killed_after_remembering_what_was_sent_sends_no_marker_that_contradicts_it() -> None:
    collecting = Collecting(branch())
    store = collecting.store = KilledWhenStrikingOut()
    collecting.poll(1000.0)
    rule = collecting.source.adoms["branch"].packages["sites/hq"][0]
    rule["action"] = "deny"
    store.armed = True
    with pytest.raises(Killed):
        collecting.poll(1060.0)
    collecting.poll(1120.0)
    rule["comments"] = "later"
    collecting.poll(1180.0)
    told: dict[str, dict[str, Any]] = {}
    for event in collecting.index:
        assert told.setdefault(event.data["event_id"], event.data) == event.data
    assert collecting.rebuilt() == collecting.kept()


def test_what_a_change_builds_on_cannot_be_read_so_a_full_set_follows() -> None:
    collecting = Collecting(branch())
    collecting.poll(1000.0)
    collecting.source.adoms["branch"].packages["sites/hq"][0]["action"] = "deny"
    collecting.lose_after = 0
    with pytest.raises(Killed):
        collecting.poll(1060.0)
    collecting.lose_after = None
    collecting.store.delete(f"published/policies/{HQ.key}")
    events = [e.data for e in collecting.poll(1120.0) if e.data.get("scope") == HQ.key]
    assert {data["set"] for data in events} == {"full"}
    assert collecting.rebuilt() == collecting.kept()


def test_a_clock_that_was_set_back_does_not_put_the_full_set_off() -> None:
    collecting = Collecting(branch())
    collecting.poll(1_000_000_000.0)
    events = collecting.poll(900_000_000.0)
    assert {event.data["set"] for event in events if "set" in event.data} == {"full"}


def test_a_rule_that_is_something_else_on_a_new_target_changed_when_that_was_seen() -> None:
    collecting = Collecting(branch())
    adom = collecting.source.adoms["branch"]
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [MAPPED]
    collecting.poll(1000.0)
    adom.assignments.append({"dev": "fgt-x", "vdom": "root", "pkg": "sites/hq", "status": "never"})
    events = collecting.poll(9000.0)
    told = [(event.time, event.data["object_attrs"]) for event in events if event.data["scope"]
            == HQ.key and event.data.get("action") and event.data["kind"] == "policy"]  # fmt: skip
    assert told == [(9000.0, ["resolved_per_device"]), (9000.0, ["resolved_per_device"])]


def test_an_edit_that_was_seen_before_is_not_blamed_for_what_comes_later() -> None:
    collecting = Collecting(branch())
    adom, start = collecting.source.adoms["branch"], 1_700_000_000.0
    rule = adom.packages["sites/hq"][0]
    rule["_modified timestamp"], rule["_last-modified-by"] = int(start) - 3600, "alice"
    adom.revisions["pkg/sites/hq/firewall/policy"] = [
        {"act": 3, "key": "1", "user": "alice", "timestamp": int(start) - 3600, "note": "hers"}
    ]
    collecting.poll(start)
    rule["srcaddr"] = ["lan-renamed"]
    [change] = changes(collecting.poll(start + 60))
    assert (change["object"], "user" in change, "note" in change) == ("rule 1", False, False)


def test_what_another_user_does_not_see_is_not_told_as_deleted() -> None:
    source, store = branch(), InMemoryStore()
    source.adoms["other"] = copy.deepcopy(source.adoms["branch"])
    mine = Collecting(OneAdom(source, "other"))  # type: ignore[arg-type]
    mine.store = store
    mine.poll(1000.0)
    list(refresh(OneAdom(source, "branch"), store, Plan(), InTurn(), 1010.0))
    assert list(changes(mine.poll(1060.0))) == []
    list(refresh(OneAdom(source, "branch"), store, Plan(), InTurn(), 1070.0))
    source.refused["/pm/config/adom/other"] = -1
    assert list(changes(mine.poll(1120.0))) == []


def test_nothing_is_confirmed_that_was_dropped_meanwhile() -> None:
    source, store = branch(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    [head] = store.heads(HQ.key)
    store.delete(HQ.key)
    assert confirm(store, HQ, head, 1060.0).result == "failed"
    assert store.heads(HQ.key) == []


def test_who_did_it_stands_before_what_may_be_long() -> None:
    collecting = Collecting(branch())
    rule = collecting.source.adoms["branch"].packages["sites/hq"][0]
    collecting.poll(1000.0)
    rule["_last-modified-by"], rule["_modified timestamp"] = "bob", 1050
    rule["action"] = "deny"
    [change] = changes(collecting.poll(1060.0))
    assert change["user"] == "bob"
    assert list(change)[-2:] == ["changes", "record"]


def test_a_package_for_a_device_group_may_be_installed_on_every_device() -> None:
    collecting = Collecting(branch())
    adom = collecting.source.adoms["branch"]
    mapping = {**MAPPED, "_scope": [{"name": "fgt-hq", "vdom": "root"}]}
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [mapping]
    adom.assignments, adom.targets["sites/hq"] = [], [{"name": "All_FortiGate"}]
    events = [event.data for event in collecting.poll(1000.0)]
    [first] = [one for one in events if one.get("name") == "rule 1"]
    assert [(one["device"], one["srcaddr"]) for one in first["resolved_per_device"]] == [
        ("fgt-hq", ["10.9.0.0-10.9.255.255"])
    ]


def test_a_package_for_a_group_that_is_known_is_read_on_its_members_only() -> None:
    collecting = Collecting(branch())
    adom = collecting.source.adoms["branch"]
    mappings = [
        {**MAPPED, "_scope": [{"name": "fgt-hq", "vdom": vdom}]} for vdom in ("root", "guest")
    ]
    adom.objects["firewall/address"][1]["dynamic_mapping"] = mappings
    adom.assignments, adom.targets["sites/hq"] = [], [{"name": "Guests"}]
    adom.groups = [{"name": "Guests", "object member": [{"name": "fgt-hq", "vdom": "guest"}]}]
    events = [event.data for event in collecting.poll(1000.0)]
    [first] = [one for one in events if one.get("name") == "rule 1"]
    assert [(one["device"], one["vdom"]) for one in first["resolved_per_device"]] == [
        ("fgt-hq", "guest")
    ]


def test_views_follow_objects_that_another_process_kept_meanwhile() -> None:
    source, store = branch(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    views = Views(store)
    before = views.view(HQ)
    source.adoms["branch"].objects["firewall/address"][1]["subnet"] = ["10.2.0.0", "255.255.0.0"]
    list(refresh(source, store, Plan(), InTurn(), 1060.0))
    after = views.view(HQ)
    assert before is not None
    assert after is not None
    assert before.version != after.version
    assert after.records[0]["resolved"]["srcaddr"] == ["10.2.0.0-10.2.255.255"]
