"""What ``tstats prestats=t`` hands to stats, chart and timechart.

Splunk's format is internal. Here it is the events themselves with the fields that were asked for,
which gives the same results, as long as the later command asks for nothing that was not announced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from standin.spl.aggregates import Call, Term
from standin.spl.errors import Undocumented, Unsupported
from standin.spl.values import Row

_SAME = {"c": "count", "mean": "avg", "distinct_count": "dc"}
Announced = frozenset[tuple[str, str | None]]


class Prestats(Iterable[Row]):
    """``parts``: rows of each tstats with the functions it announced."""

    def __init__(self, parts: list[tuple[list[Row], Announced, frozenset[str]]]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[Row]:
        _refuse()

    @property
    def events(self) -> list[Row]:
        return [row for rows, _, _ in self.parts for row in rows]

    def added(self, more: Prestats) -> Prestats:
        return Prestats([*self.parts, *more.parts])


def _refuse() -> NoReturn:
    raise Unsupported("Only stats, chart and timechart may follow tstats prestats=t")


def announced(calls: Iterable[Call]) -> Announced:
    return frozenset(
        (_SAME.get(call.function.name, call.function.name), call.field) for call in calls
    )


def opened(rows: Iterable[Row], terms: Iterable[Term], by: Iterable[str]) -> Iterable[Row]:
    """Rows for stats and its kin; those of tstats must have been announced."""
    if not isinstance(rows, Prestats):
        return rows
    wanted = announced(call for term in terms for call in term.calls)
    for _, known, fields in rows.parts:
        if not wanted <= known:
            raise Undocumented("A function that tstats prestats=t did not name")
        if not set(by) <= fields:
            raise Undocumented("A field in BY that tstats prestats=t did not name")
    return rows.events
