"""One refresh at a time: who waits shares one that began after the question, or gives up."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.refresh_now import (
    NEW_ADOM,
    NEW_PACKAGE,
    NEW_TO_SOME,
    Asked,
    Busy,
    Clock,
    alone,
    meant,
    without_trace,
)
from fmgstate.collect.scope import INVENTORY, OBJECTS, PACKAGE, Scope, prefix
from fmgstate.errors import ConfigurationError
from fmgstate.settings import Plan
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.leases import SessionLeases
from tests.unit.collect.small_fortimanager import MANAGER, SmallAdom, SmallFortiManager, branch

KINDS = (INVENTORY, OBJECTS, PACKAGE)


class Ticking:
    """A clock that goes on only when somebody sleeps; calls ``wake`` each time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.wake = lambda: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.wake()

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


def test_the_second_waits_until_the_first_is_done(tmp_path: Path) -> None:
    leases, ticking, order = SessionLeases(tmp_path / "r"), Ticking(), []
    with alone(leases, MANAGER, 5.0, ticking.clock()):
        first = leases._held.copy()
        order.append("first")
        ticking.wake = lambda: [leases.release(lease) for lease in first] and None
        with alone(leases, MANAGER, 5.0, ticking.clock()) as go_on:
            go_on()
            order.append("second")
    assert (order, ticking.now) == (["first", "second"], 0.25)


def test_one_of_another_fortimanager_does_not_wait(tmp_path: Path) -> None:
    leases, ticking = SessionLeases(tmp_path / "r"), Ticking()
    with alone(leases, MANAGER, 5.0, ticking.clock()), alone(leases, "b", 5.0, ticking.clock()):
        assert ticking.now == 0.0


def test_it_gives_up_and_lets_go_whatever_happens(tmp_path: Path) -> None:
    leases, ticking = SessionLeases(tmp_path / "r"), Ticking()
    with pytest.raises(ZeroDivisionError), alone(leases, MANAGER, 5.0, ticking.clock()):
        1 / 0  # noqa: B018
    with alone(leases, MANAGER, 1.0, ticking.clock()):
        second = alone(leases, MANAGER, 1.0, ticking.clock())
        with pytest.raises(Busy, match=r"has been running for 1 s\. Ask again later"):
            second.__enter__()
        assert ticking.now == 1.0
    with alone(leases, MANAGER, 0.0, ticking.clock()):
        pass


def test_what_was_read_before_the_question_does_not_answer_it() -> None:
    store, source = InMemoryStore(), branch()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))

    def answered(asked_at: float, *adoms: str) -> bool:
        return Asked(MANAGER, adoms, KINDS, asked_at).is_answered(store)

    assert [answered(999.0), answered(1000.0), answered(1000.5)] == [True, True, False]
    assert [answered(999.0, "branch"), answered(999.0, "branch", "lab")] == [True, False]
    assert not Asked("other", (), KINDS, 0.0).is_answered(store)
    kept = Asked(MANAGER, ("branch",), KINDS, 999.0).kept(store)
    assert [(one.scope.kind, one.scope.name, one.result, one.records) for one in kept] == [
        ("inventory", "", "changed", 4), ("objects", "", "changed", 4),
        ("package", "guest", "changed", 0), ("package", "sites/hq", "changed", 3),
    ]  # fmt: skip


def filled() -> tuple[InMemoryStore, SmallFortiManager]:
    """ADOM branch with packages, ADOM lab without; another FortiManager has ADOM far."""
    store, source = InMemoryStore(), branch()
    source.adoms["lab"] = SmallAdom()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    store.save(Snapshot(Head(Scope(INVENTORY, "other", "far").key, 1.0, 1.0), {"records": []}))
    return store, source


@pytest.mark.parametrize(
    ("adoms", "package", "allowed", "expected"),
    [
        ((), "", None, ()),
        (("lab", "lab"), "", None, ("lab",)),
        (("b*", "lab"), "sites/*", None, ("branch", "lab")),
        (("*",), "", {"lab", "elsewhere"}, ("lab",)),
        ((), "", {"lab", "elsewhere"}, ("lab",)),
        ((), "", {"elsewhere"}, ()),
    ],
)
def test_which_adoms_are_asked_for(
    adoms: tuple[str, ...], package: str, allowed: Optional[set[str]], expected: tuple[str, ...]
) -> None:
    assert meant(filled()[0], MANAGER, adoms, package, allowed) == expected


@pytest.mark.parametrize(
    ("adoms", "package", "allowed", "told"),
    [
        (("brnach",), "", None, f"ADOM brnach|Nearest names: branch. {NEW_ADOM}"),
        (("lab", "x*"), "", None, f"ADOM x*|There are: branch, lab. {NEW_ADOM}"),
        (("far",), "", None, f"ADOM far|There are: branch, lab. {NEW_ADOM}"),
        (("branch",), "", {"lab"}, f"ADOM branch|There are: lab. {NEW_TO_SOME}"),
        (("branch",), "guset", None,
         f"policy package or block guset|Nearest names: guest. {NEW_PACKAGE}"),
        (("lab",), "guest", None,
         f"policy package or block guest|No policy package or block is known here. {NEW_PACKAGE}"),
    ],
)  # fmt: skip
def test_names_that_are_not_known_are_refused_before_anything_is_asked(
    adoms: tuple[str, ...], package: str, allowed: Optional[set[str]], told: str
) -> None:
    name, _, cure = told.partition("|")
    with pytest.raises(ConfigurationError) as refused:
        meant(filled()[0], MANAGER, adoms, package, allowed)
    assert str(refused.value) == f"There is no {name}, or you may not see it. {cure}"


def test_while_nothing_is_known_names_are_asked_as_they_are() -> None:
    assert meant(InMemoryStore(), MANAGER, ("any", "any"), "p", None) == ("any",)
    assert meant(InMemoryStore(), MANAGER, (), "", {"b", "a"}) == ("a", "b")
    with pytest.raises(ConfigurationError, match=r"b\* matches no ADOM\. Write whole names"):
        meant(InMemoryStore(), MANAGER, ("b*",), "", None)


def test_an_adom_that_is_not_there_leaves_nothing_behind() -> None:
    store, source = filled()
    del source.adoms["lab"]
    before = store.heads()
    plan = Plan(adoms=("brnach", "lab"))
    asked = without_trace(store, MANAGER, refresh(source, store, plan, InTurn(), 1060.0))
    assert [(one.scope.adom, one.result, one.error.partition(" that")[0]) for one in asked] == [
        ("brnach", "failed", "There is no ADOM 'brnach'"),
        ("lab", "failed", "There is no ADOM 'lab'"),
    ]  # fmt: skip
    assert [head.key for head in store.heads()] == [head.key for head in before]
    [lab] = store.heads(prefix(INVENTORY, MANAGER, "lab"))
    assert (lab.snapshot_time, lab.outcome["result"]) == (1000.0, "failed")
