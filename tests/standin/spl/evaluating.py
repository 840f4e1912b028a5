"""One expression on one row, and one search on rows, for the tests of eval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from standin.spl.assignments import stored
from standin.spl.expression import evaluate
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.numbers import text
from standin.spl.times import Clock
from standin.spl.values import Row

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOW = 1_700_000_000.0
"""2023-11-14 22:13:20 UTC, 14:13:20 in Los Angeles."""


def shown(expression: str, row: Row | None = None) -> Any:
    """What a results table shows of ``eval x=<expression>``: text, a list of texts, or None."""
    found = stored(evaluate(expression, row, Clock(NOW, LOS_ANGELES)))
    return found if found is None or isinstance(found, list) else text(found)


def holds(expression: str, row: Row | None = None) -> Any:
    """True, False or None of a condition."""
    return evaluate(expression, row, Clock(NOW, LOS_ANGELES))


def results(search: str, rows: Sequence[Row] = ()) -> list[Row]:
    """The rows of a search, as text; ``_time`` left out."""
    context = InMemory(rows=[dict(row) for row in rows], now=NOW, timezone=LOS_ANGELES)
    found = parse(search, context).run().rows
    return [
        {name: part if isinstance(part, list) else text(part) for name, part in row.items()}
        for row in ({name: row[name] for name in row if name != "_time"} for row in found)
    ]
