"""One refresh at a time: who waits shares one that began after the question, or gives up."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.refresh_now import Asked, Busy, Clock, alone
from fmgstate.collect.scope import INVENTORY, OBJECTS, PACKAGE
from fmgstate.settings import Plan
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.leases import SessionLeases
from tests.unit.collect.small_fortimanager import MANAGER, branch

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
