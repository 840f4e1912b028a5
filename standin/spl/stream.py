"""What flows from one command to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from standin.spl.values import Row


@dataclass
class Stream:
    """Rows in order. ``fields``: the columns in order where a command set them (table, stats, …);
    None where they are those of the rows, in the order in which they first appear. ``events``:
    the rows are still events (nothing transformed them). ``span``: bucket seconds or snap text
    that a timechart used, for ``_span``."""

    rows: Iterable[Row]
    fields: list[str] | None = None
    events: bool = False
    notes: list[str] = field(default_factory=list)
