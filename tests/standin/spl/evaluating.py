"""One expression on one row, and one search on rows, for the tests of eval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from standin.spl.assignments import stored
from standin.spl.expression import evaluate
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.numbers import text
from standin.spl.times import Clock
from standin.spl.values import Row
from tests.live import splunk

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOW = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC, 14:13:20 in Los Angeles."""


def shown(expression: str, row: Row | None = None) -> Any:
    """What a results table shows of ``eval x=<expression>``: text, a list of texts, or None."""
    if splunk.wanted():
        return _asked(f"eval asked={expression}", row, expression)
    found = stored(evaluate(expression, row, Clock(NOW, LOS_ANGELES)))
    return found if found is None or isinstance(found, list) else text(found)


def holds(expression: str, row: Row | None = None) -> Any:
    """True, False or None of a condition."""
    if splunk.wanted():
        cases = f'eval asked=case({expression},"true",NOT ({expression}),"false")'
        return {None: None, "true": True, "false": False}[_asked(cases, row, expression)]
    return evaluate(expression, row, Clock(NOW, LOS_ANGELES))


def results(search: str, rows: Sequence[Row] = ()) -> list[Row]:
    """The rows of a search, as text; ``_time`` left out."""
    if splunk.wanted():
        begins = search.lstrip().startswith(("|", "search "))
        asked = search if begins else f"search {search}"
        found = splunk.answer(asked, rows, lambda *time: _results(search, rows, *time))[1]
        return [{name: row[name] for name in row if name != "_time"} for row in found]
    return _results(search, rows, NOW, LOS_ANGELES)


def _results(search: str, rows: Sequence[Row], now: float, timezone: tzinfo) -> list[Row]:
    context = InMemory(rows=[dict(row) for row in rows], now=now, timezone=timezone)
    found = parse(search, context).run().rows
    return [
        {name: part if isinstance(part, list) else text(part) for name, part in row.items()}
        for row in ({name: row[name] for name in row if name != "_time"} for row in found)
    ]


def _asked(command: str, row: Row | None, expression: str) -> Any:
    here = row or {}
    rows = [here] if here else [{"nothing": "0"}]

    def evaluated(now: float, timezone: tzinfo) -> Any:
        return evaluate(expression, row, Clock(now, timezone))

    return splunk.answer(f"{command} | fields asked", rows, evaluated)[1][0].get("asked")
