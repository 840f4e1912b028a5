"""Refused log-ins are spaced out over runs, and forgotten after one that succeeds."""

from __future__ import annotations

import pytest

from fmgstate.collect.lockout import respecting_lockout
from fmgstate.errors import LoginRefused
from fmgstate.store.base import Store
from fmgstate.store.in_memory import InMemoryStore


def attempt(store: Store, now: float, works: bool = False) -> str:
    try:
        with respecting_lockout(store, "fmg", now):
            if not works:
                raise LoginRefused("refused by FortiManager")
    except LoginRefused as error:
        return str(error)
    return "logged in"


def test_pauses_double_up_to_ten_minutes() -> None:
    store, now, tried = InMemoryStore(), 0.0, []
    while now <= 4000.0:
        if attempt(store, now) == "refused by FortiManager":
            tried.append(now)
        now += 60.0
    assert tried == [0.0, 60.0, 180.0, 420.0, 900.0, 1500.0, 2100.0, 2700.0, 3300.0, 3900.0]


def test_within_a_pause_nothing_is_tried_and_the_time_is_told() -> None:
    store = InMemoryStore()
    attempt(store, 36_000.0)
    assert attempt(store, 36_030.0, works=True) == (
        "fmg refused the last 1 log-ins; the next is tried after 10:01:00 UTC, so that the user is"
        " not locked out. Check user and password in the account meanwhile."
    )


def test_another_fortimanager_is_another_matter() -> None:
    store = InMemoryStore()
    with pytest.raises(LoginRefused), respecting_lockout(store, "fmg2", 0.0):
        raise LoginRefused("refused")
    assert attempt(store, 30.0, works=True) == "logged in"


def test_a_log_in_that_succeeds_is_a_new_start() -> None:
    store = InMemoryStore()
    attempt(store, 0.0)
    assert attempt(store, 60.0, works=True) == "logged in"
    assert store.heads() == []
    assert attempt(store, 61.0) == "refused by FortiManager"


@pytest.mark.parametrize("now", [-100_000.0, 100_000.0])
def test_a_clock_that_jumped_locks_nobody_out(now: float) -> None:
    store = InMemoryStore()
    attempt(store, 0.0)
    assert attempt(store, now, works=True) == "logged in"
