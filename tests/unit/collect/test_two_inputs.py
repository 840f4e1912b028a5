"""Two inputs over one store: the slower one undoes nothing of what the quicker one has kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fmgstate.collect.difference import in_order
from fmgstate.collect.freshness import note as note_freshness
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.outcome import Outcome
from fmgstate.collect.rebuild import rebuild
from fmgstate.collect.refresh import refresh
from fmgstate.collect.run import run
from fmgstate.collect.scope import Scope
from fmgstate.settings import Plan
from fmgstate.store.base import Head, Snapshot, Store
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch, policy

HQ = Scope("package", MANAGER, "branch", "sites/hq")
NEW = Scope("package", MANAGER, "branch", "new")


@pytest.fixture
def source() -> SmallFortiManager:
    return branch()


@pytest.fixture
def store(source: SmallFortiManager) -> Store:
    """Everything was collected once, at 1000."""
    filled = InMemoryStore()
    list(refreshing(source, filled, 1000.0))
    return filled


def refreshing(source: SmallFortiManager, store: Store, now: float) -> Iterator[Outcome]:
    return refresh(source, store, Plan(), InTurn(), now)


def edit(source: SmallFortiManager, comments: str) -> None:
    source.adoms["branch"].packages["sites/hq"][0]["comments"] = comments


def comments(store: Store) -> str:
    snapshot = store.load(HQ.key)
    assert snapshot is not None
    return str(in_order(snapshot.content["records"])[0]["comments"])


def state(store: Store, scope: Scope) -> Any:
    return store.load(scope.key)


def test_what_was_kept_meanwhile_is_not_confirmed_as_the_old(
    source: SmallFortiManager, store: Store
) -> None:
    slower = refreshing(source, store, 1060.0)
    next(slower)
    edit(source, "newer")
    list(refreshing(source, store, 1061.0))
    kept = state(store, HQ)
    assert (kept.head.changed_time, comments(store)) == (1061.0, "newer")
    assert {one.result for one in slower} == {"confirmed"}
    assert state(store, HQ) == kept


def test_a_failure_leaves_the_mark_of_what_was_kept_meanwhile(
    source: SmallFortiManager, store: Store
) -> None:
    edit(source, "new")
    slower = refreshing(source, store, 1060.0)
    next(slower)
    edit(source, "newer")
    list(refreshing(source, store, 1061.0))
    kept = state(store, HQ)
    source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -1
    assert [one.result for one in slower if one.scope == HQ] == ["failed"]
    failed = state(store, HQ)
    assert (failed.head.mark, failed.head.changed_time) == (kept.head.mark, 1061.0)
    assert failed.content == kept.content


def test_an_older_reading_is_read_again(source: SmallFortiManager, store: Store) -> None:
    edit(source, "new")
    slower = refreshing(source, store, 1060.0)
    next(slower)
    collided = []

    def meanwhile() -> None:
        if not collided:
            collided.append(True)
            collided.extend(one.result for one in refreshing(source, store, 1061.0))
            source.while_reading = then_edited  # type: ignore[method-assign]

    def then_edited() -> None:
        del source.while_reading
        edit(source, "newest")

    source.while_reading = meanwhile  # type: ignore[method-assign]
    assert [one.result for one in slower if one.scope == HQ] == ["changed"]
    assert comments(store) == "newest"


def test_what_is_newer_than_the_news_is_not_dropped(
    source: SmallFortiManager, store: Store
) -> None:
    slower = refreshing(source, store, 1060.0)
    next(slower)
    source.adoms["branch"].packages["new"] = [policy(1)]
    list(refreshing(source, store, 1061.0))
    kept = state(store, NEW)
    assert [one.result for one in slower if one.scope == NEW] == []
    assert state(store, NEW) == kept is not None


def test_what_was_dropped_meanwhile_does_not_come_back_without_its_content(
    source: SmallFortiManager, store: Store
) -> None:
    slower = refreshing(source, store, 1060.0)
    next(slower)
    gone = source.adoms["branch"].packages.pop("sites/hq")
    list(refreshing(source, store, 1061.0))
    list(slower)
    assert [head.key for head in store.heads(HQ.key)] == []
    source.adoms["branch"].packages["sites/hq"] = gone
    assert [one.result for one in refreshing(source, store, 1120.0) if one.scope == HQ] == [
        "changed"
    ]


def test_both_tell_the_change_however_they_overlap(source: SmallFortiManager) -> None:
    store, index = InMemoryStore(), []

    def poll(stream: str, now: float) -> None:
        run(
            "policies", stream, source, store, Plan(), InTurn(), now, index.extend,
            report=lambda outcome: overlap(outcome, now),
        )  # fmt: skip

    def overlap(outcome: Outcome, now: float) -> None:
        if now == 1060.0 and outcome.scope.kind == "inventory":
            edit(source, "newer")
            poll("quicker", 1061.0)

    for now in (1000.0, 1060.0, 1120.0):
        poll("slower", now)
    for stream in ("slower", "quicker"):
        rebuilt = rebuild((event.data for event in index), stream)
        assert rebuilt[HQ.key].records[0]["comments"] == "newer"


def test_users_who_see_different_adoms_drop_nothing_of_each_other() -> None:
    """Two accounts on one host, each with some ADOMs: neither is shown what the other one sees."""
    emea, apac, store = branch(), branch(), InMemoryStore()
    apac.adoms["apac"] = apac.adoms.pop("branch")
    told = []
    for now in (1000.0, 1060.0, 1120.0):
        for source in (emea, apac):
            told += [one.result for one in refreshing(source, store, now)]
    assert told == ["changed"] * 8 + ["confirmed"] * 16
    assert {head.snapshot_time for head in store.heads()} == {1120.0}
    # The account of one is taken away: what nobody confirms any more goes when it is stale.
    gone = [[one.scope.adom for one in refreshing(emea, store, now) if one.result == "gone"]
            for now in (1420.0, 1421.0, 1481.0)]  # fmt: skip
    assert gone == [[], ["apac"] * 4, []]


def test_users_who_see_different_adoms_may_ask_seldom() -> None:
    """Inputs that publish policies only: inventories are as fresh as these are set to be."""
    emea, apac, store = branch(), branch(), InMemoryStore()
    apac.adoms["apac"] = apac.adoms.pop("branch")
    note_freshness(store, MANAGER, "policies", 900.0)
    for source in (emea, apac):
        list(refreshing(source, store, 1000.0))
    gone = [[one.scope.adom for one in refreshing(emea, store, now) if one.result == "gone"]
            for now in (1600.0, 1900.0, 1901.0)]  # fmt: skip
    assert gone == [[], [], ["apac"] * 4]


def test_copies_of_what_other_hosts_publish_are_not_dropped(
    source: SmallFortiManager, store: Store
) -> None:
    far = Scope("package", MANAGER, "apac", "far")
    for scope, copied in ((far, ["policies", 7, "body"]), (replace(far, name="mine"), None)):
        outcome = {"copied": copied} if copied else {}
        store.save(Snapshot(Head(scope.key, 10.0, 10.0, "", outcome), {"records": []}))
    gone = [one.scope for one in refreshing(source, store, 1060.0) if one.result == "gone"]
    assert gone == [replace(far, name="mine")]
    assert store.load(far.key) is not None
