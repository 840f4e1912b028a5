"""What flows from one command to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from standin.spl.values import Row


@dataclass
class Stream:
    """Rows in order. ``fields``: the columns in order where a command set them (table, stats, …);
    None where they are those of the rows, in the order in which they first appear. ``events``:
    the rows are still events (nothing transformed them). ``range``: epoch seconds between which
    the first command read its events (None: open), which charts over time span; no command need
    hand it on, ``Pipeline`` does. ``begins``: nothing stands before whoever gets this."""

    rows: Iterable[Row]
    fields: list[str] | None = None
    events: bool = False
    range: tuple[float | None, float | None] | None = None
    notes: list[str] = field(default_factory=list)
    begins: bool = False
