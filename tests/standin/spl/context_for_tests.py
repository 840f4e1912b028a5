"""An instance that knows every macro, lookup and saved search: for reading searches only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from standin.spl.context import LookupTable, Macro
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.live import splunk


class _AnyField(list[str]):
    def __contains__(self, name: object) -> bool:
        return True


@dataclass
class KnowsAll(InMemory):
    """What is asked for by name exists, with whatever fields."""

    def macro(self, name: str, arguments: int) -> Macro | None:
        names = tuple(f"a{number}" for number in range(arguments))
        given = super().macro(name, arguments)
        return given or Macro("summariesonly=true" if "summaries" in name else "search *", names)

    def lookup(self, name: str) -> LookupTable | None:
        return LookupTable(name, _AnyField(), [])

    def saved_search(self, name: str) -> str | None:
        return "index=main"

    def data_model(self, name: str) -> dict[str, Any] | None:
        return None


def found(search: str, *rows: Row, **more: Any) -> list[Row]:
    """The results of a search over ``rows``, newest first; ``more``: of the instance."""
    if splunk.wanted():
        return _asked(search, rows, more)[1]
    return list(parse(search, InMemory(list(rows), **more)).run().rows)


def columns(search: str, *rows: Row) -> list[str] | None:
    if splunk.wanted():
        return _asked(search, rows, {})[0]
    stream = parse(search, InMemory(list(rows))).run()
    list(stream.rows)
    return stream.fields


def _asked(search: str, rows: Sequence[Row], more: dict[str, Any]) -> tuple[list[str], list[Row]]:
    def here(now: float, timezone: tzinfo) -> list[Row]:
        context = InMemory([dict(row) for row in rows], now=now, timezone=timezone)
        return splunk.rows_alone(context, list(parse(search, context).run().rows))

    text = search if search.lstrip().startswith("|") else f"search {search}"
    return splunk.answer(text, rows, here, more)
