"""When schedules are active, from their objects as FortiManager writes them."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.policy.conditions import DAYS, windows
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.resolve import Book

RECURRING = "firewall/schedule/recurring"


@pytest.mark.parametrize("clock", ["00:00", ["00:00"]])
@pytest.mark.parametrize("day", [list(DAYS), " ".join(DAYS)])
def test_every_day_around_the_clock_is_always(clock: Any, day: Any) -> None:
    always = FirewallObject(RECURRING, "round", values={"day": day, "start": clock, "end": clock})
    assert windows(["round"], Book([always])) is None


@pytest.mark.parametrize("clock", [("07:00", "19:00"), (["07:00"], ["19:00"])])
def test_office_hours(clock: Any) -> None:
    start, end = clock
    hours = FirewallObject(
        RECURRING, "office", values={"day": ["monday", "friday"], "start": start, "end": end}
    )
    assert windows(["office"], Book([hours])) == (
        ("recurring", ("monday", "friday"), "07:00", "19:00"),
    )
