"""The workers' store, copied: whatever happens to it, what may be older is never called fresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.outcome import CHANGED, GONE
from fmgstate.collect.refresh import refresh
from fmgstate.collect.store_copy import NOT_HERE, NOT_THERE, Followed, follow, lose
from fmgstate.errors import StoreDamaged, StoreError
from fmgstate.settings import Plan
from fmgstate.store.base import Snapshot, Store
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import answers
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch, policy

HQ = f"package/{MANAGER}/branch/sites%2Fhq"
OBJECTS = f"objects/{MANAGER}/branch/"
THREE = "00000000-0000-4000-8000-000000000003"
KEPT = ("inventory/", "objects/", "block/", "package/")


class Faulty(InMemoryStore):
    """``damaged``: keys that cannot be read. ``breaks_at``: the server goes away there."""

    damaged: tuple[str, ...] = ()
    breaks_at = ""

    def load(self, key: str) -> Optional[Snapshot]:
        if key in self.damaged:
            raise StoreDamaged("The store at r:1/0 cannot be read.", "Delete the keys.")
        if key == self.breaks_at:
            raise StoreError("The store at r:1/0 cannot be reached.", "Start it.")
        return super().load(key)


class Workers:
    """What they keep, and the FortiManager that they ask."""

    def __init__(self) -> None:
        self.source: SmallFortiManager = branch()
        self.store = Faulty()

    def poll(self, now: float) -> None:
        list(refresh(self.source, self.store, Plan(), InTurn(), now))

    def edit(self, text: str) -> None:
        self.source.adoms["branch"].packages["sites/hq"][2]["comments"] = text


@pytest.fixture
def workers() -> Workers:
    found = Workers()
    found.poll(1000.0)
    return found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[OnDiskStore]:
    store = OnDiskStore(tmp_path / "state.db")
    yield store
    store.close()


def contents(store: Store) -> dict[str, Any]:
    found = {head.key: store.load(head.key) for head in store.heads()}
    return {key: one.content for key, one in found.items() if one and key.startswith(KEPT)}


def ages(store: Store) -> dict[str, tuple[float, bool, str]]:
    rows = answers(store, 1e12).status()
    return {one["scope"]: (one["snapshot_time"], one["stale"], one["error"]) for one in rows}


def comments(store: Store) -> str:
    [row] = answers(store).by_uuid(THREE)
    return str(row["comments"])


def test_only_what_moved_is_fetched(workers: Workers, here: OnDiskStore) -> None:
    scopes = set(contents(workers.store))
    assert follow(workers.store, here) == Followed(loaded=len(scopes))
    assert contents(here) == contents(workers.store)
    assert follow(workers.store, here) == Followed()
    workers.edit("edited")
    workers.poll(1060.0)
    assert follow(workers.store, here) == Followed(loaded=1, noted=len(scopes) - 1)
    assert comments(here) == "edited"
    assert ages(here) == dict.fromkeys(scopes, (1060.0, False, ""))
    heads = {head.key: (head.mark, head.changed_time) for head in here.heads(HQ)}
    assert heads == {head.key: (head.mark, head.changed_time) for head in workers.store.heads(HQ)}


def test_what_cannot_be_read_there_is_behind_here(workers: Workers, here: OnDiskStore) -> None:
    follow(workers.store, here)
    workers.edit("edited")
    workers.poll(1060.0)
    workers.store.damaged = (HQ,)
    assert follow(workers.store, here).behind == 1
    assert comments(here) == "third"
    assert ages(here)[HQ] == (1000.0, True, "The store at r:1/0 cannot be read.")
    assert ages(here)[OBJECTS] == (1060.0, False, "")
    workers.store.damaged = ()
    assert follow(workers.store, here) == Followed(loaded=1)
    assert ages(here)[HQ] == (1060.0, False, "")


def test_a_break_in_the_middle_leaves_nothing_old_called_new(
    workers: Workers, here: OnDiskStore
) -> None:
    follow(workers.store, here)
    workers.edit("edited")
    workers.source.adoms["branch"].packages["guest"].append(policy(9))
    workers.poll(1060.0)
    workers.store.breaks_at = f"package/{MANAGER}/branch/guest"
    with pytest.raises(StoreError, match="cannot be reached"):
        follow(workers.store, here)
    told = ages(here)
    assert (told[HQ], told[workers.store.breaks_at]) == ((1000.0, True, NOT_HERE),) * 2
    assert (comments(here), told[OBJECTS]) == ("third", (1060.0, False, ""))
    workers.store.breaks_at = ""
    assert follow(workers.store, here) == Followed(loaded=2)
    assert contents(here) == contents(workers.store)


def test_out_of_reach_everything_copied_is_stale(workers: Workers, here: OnDiskStore) -> None:
    follow(workers.store, here)
    scopes = len(contents(workers.store))
    assert lose(here, "Redis is away.") == scopes
    assert set(ages(here).values()) == {(1000.0, True, "Redis is away.")}
    assert comments(here) == "third"
    assert follow(workers.store, here) == Followed(noted=scopes)
    assert set(ages(here).values()) == {(1000.0, False, "")}


def test_what_fortimanager_has_no_more_is_dropped(workers: Workers, here: OnDiskStore) -> None:
    follow(workers.store, here)
    del workers.source.adoms["branch"].packages["guest"]
    workers.poll(1060.0)
    assert follow(workers.store, here).dropped == 1
    assert contents(here) == contents(workers.store)


def test_a_store_that_lost_all_takes_nothing_away(workers: Workers, here: OnDiskStore) -> None:
    follow(workers.store, here)
    before = contents(here)
    empty = InMemoryStore()
    assert follow(empty, here).behind == len(before)
    assert contents(here) == before
    assert set(ages(here).values()) == {(1000.0, True, NOT_THERE)}
    again = Workers()
    again.poll(1060.0)
    again.store.delete(HQ)  # read later than the others
    assert follow(again.store, here)[2:] == (0, 1)
    assert ages(here)[HQ] == (1000.0, True, NOT_THERE)
    again.poll(1120.0)
    follow(again.store, here)
    assert ages(here)[HQ] == (1120.0, False, "")


def test_a_scope_that_fails_from_the_start_takes_nothing_away(
    workers: Workers, here: OnDiskStore
) -> None:
    follow(workers.store, here)
    again = Workers()
    again.source.refused["/pm/config/adom/branch/pkg/sites/hq/firewall/policy"] = -11
    again.poll(1060.0)
    follow(again.store, here)
    time, stale, error = ages(here)[HQ]
    assert (time, stale, comments(here)) == (1000.0, True, "third")
    assert "refused" in error


def test_an_adom_that_was_taken_away_goes_later(workers: Workers, here: OnDiskStore) -> None:
    follow(workers.store, here)
    workers.source.adoms["other"] = workers.source.adoms.pop("branch")
    workers.poll(1301.0)
    follow(workers.store, here)
    assert {ages(here)[key][1] for key in contents(here) if "/branch/" in key} == {True}
    workers.poll(2000.0)
    follow(workers.store, here)
    assert contents(here) == contents(workers.store)


def test_what_this_hosts_inputs_asked_later_stays_until_the_workers_are_back(
    workers: Workers, here: OnDiskStore
) -> None:
    follow(workers.store, here)
    lose(here, "Redis is away.")
    workers.edit("seen by this host")
    outcomes = refresh(workers.source, here, Plan(), InTurn(), 1060.0)
    read = [one.scope.key for one in outcomes if one.result == CHANGED]
    assert read == [HQ]  # the copies' marks hold
    assert comments(here) == "seen by this host"
    assert set(ages(here).values()) == {(1060.0, False, "")}
    assert follow(workers.store, here) == Followed()
    assert comments(here) == "seen by this host"
    workers.edit("seen by workers")
    workers.poll(1120.0)
    follow(workers.store, here)
    assert contents(here) == contents(workers.store)
    assert comments(here) == "seen by workers"


def test_adoms_that_this_hosts_user_may_not_see_stay_while_redis_is_away(
    workers: Workers, here: OnDiskStore
) -> None:
    workers.source.adoms["apac"] = workers.source.adoms["branch"]
    workers.poll(1060.0)
    follow(workers.store, here)
    lose(here, "No route to r:1/0.")
    fewer = branch()
    del fewer.adoms["branch"].packages["guest"]
    outcomes = list(refresh(fewer, here, Plan(), InTurn(), 2000.0))
    gone = [one.scope.key for one in outcomes if one.result == GONE]
    assert gone == [f"package/{MANAGER}/branch/guest"], "of an ADOM that was read"
    assert {told for key, told in ages(here).items() if "/apac/" in key} == {
        (1060.0, True, "No route to r:1/0.")
    }


def test_a_copy_that_this_host_cannot_read_anew_stays_behind(
    workers: Workers, here: OnDiskStore
) -> None:
    follow(workers.store, here)
    lose(here, "No route to r:1/0.")
    workers.edit("new")
    workers.source.refused["/pm/config/adom/branch/pkg/sites/hq"] = -11
    list(refresh(workers.source, here, Plan(), InTurn(), 1060.0))
    with_age = ages(here)
    assert with_age.pop(HQ)[:2] == (1000.0, True)
    assert {told[:2] for told in with_age.values()} == {(1060.0, False)}


def test_how_old_answers_may_be_comes_along(workers: Workers, here: OnDiskStore) -> None:
    head = replace(workers.store.heads(HQ)[0], key=f"freshness/{MANAGER}/policies",
                   snapshot_time=None, changed_time=None, mark="",
                   outcome={"seconds": 7.0})  # fmt: skip
    workers.store.note(head)
    follow(workers.store, here)
    assert here.heads("freshness/") == [head]
