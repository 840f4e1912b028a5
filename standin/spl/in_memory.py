"""A ``Context`` over plain rows, for tests and for trying searches without an instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from standin.spl.context import REPLACE, Collected, EventQuery, LookupTable, Macro, Writing
from standin.spl.errors import Malformed
from standin.spl.stream import Stream
from standin.spl.values import Row


@dataclass
class InMemory:
    """``rows``: events, newest first. ``wanted``: what the last search asked the events for."""

    rows: list[Row] = field(default_factory=list)
    now: float = 1_700_000_000.0
    timezone: tzinfo = UTC
    user: str = "admin"
    app: str = "search"
    earliest: float | None = None
    latest: float | None = None
    saved: str = ""
    macros: dict[tuple[str, int], Macro] = field(default_factory=dict)
    saved_searches: dict[str, str] = field(default_factory=dict)
    lookups: dict[str, LookupTable] = field(default_factory=dict)
    entries: dict[str, list[Row]] = field(default_factory=dict)
    commands: dict[str, Callable[[str, Stream], Stream]] = field(default_factory=dict)
    data_models: dict[str, dict[str, Any]] = field(default_factory=dict)
    queries: list[EventQuery] = field(default_factory=list)
    collected: list[Collected] = field(default_factory=list)

    def events(self, query: EventQuery) -> Iterator[Row]:
        self.queries.append(query)
        for row in self.rows:
            time = row.get("_time", 0.0)
            if not isinstance(time, (int, float)):
                time = float(str(time))
            if query.earliest is not None and time < query.earliest:
                continue
            if query.latest is not None and time >= query.latest:
                continue
            if query.matches(row):
                yield dict(row)

    def indexed_events(self, query: EventQuery) -> Iterator[Row]:
        return self.events(query)

    def macro(self, name: str, arguments: int) -> Macro | None:
        return self.macros.get((name, arguments))

    def saved_search(self, name: str) -> str | None:
        return self.saved_searches.get(name)

    def lookup(self, name: str) -> LookupTable | None:
        return self.lookups.get(name)

    def write_lookup(
        self, name: str, fields: list[str], rows: list[dict[str, str]], how: Writing = REPLACE
    ) -> None:
        if not rows and not how.append and not how.keeps_empty:
            self.lookups.pop(name, None)
            return
        table = self.lookups.get(name)
        if how.append and table is not None:
            kept = [{one: row.get(one, "") for one in table.fields} for row in rows]
            fields, rows = table.fields, [*table.rows, *kept]
        self.lookups[name] = LookupTable(name, fields, rows)

    def collect(self, events: list[Collected]) -> None:
        self.collected += events

    def rest(self, path: str, arguments: dict[str, str]) -> Iterator[Row]:
        if path not in self.entries:
            raise Malformed(f"rest: {path!r} was not found")
        return iter([dict(row) for row in self.entries[path]])

    def custom(self, name: str) -> Callable[[str, Stream], Stream] | None:
        return self.commands.get(name)

    def data_model(self, name: str) -> dict[str, Any] | None:
        return self.data_models.get(name)
