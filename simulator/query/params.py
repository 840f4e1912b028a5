"""The query part of one param, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.query.filters import Gettable, Test, compile_filter
from simulator.query.sub_fetch import NOTHING, SubFetch
from simulator.refusal import Refused


@dataclass(frozen=True)
class Query:
    """``fields``: None = all. ``first``, ``count``: the slice of ``range``, count None = all."""

    fields: tuple[str, ...] | None
    test: Test | None
    first: int
    count: int | None
    sortings: tuple[tuple[str, int], ...]
    options: frozenset[str]
    subtables: bool
    meta: tuple[str, ...] = ()
    inner: SubFetch = NOTHING

    @classmethod
    def read(cls, param: Mapping[str, Any]) -> Query:
        """Refused (-8) when a key has a form FortiManager does not take."""
        options = read_options(param)
        first, count = _range(param.get("range"))
        return cls(
            fields=_fields(param.get("fields")),
            test=_filter(param.get("filter")),
            first=first,
            count=count,
            sortings=_sortings(param.get("sortings")),
            options=options,
            subtables=param.get("loadsub", 1) != 0 and "no loadsub" not in options,
            meta=tuple(map(str, listed(param.get("meta fields")))),
            inner=SubFetch.read(param),
        )

    def select(self, rows: Sequence[Any]) -> list[tuple[int, Any]]:
        """(1-based place, row) of the rows asked for, in the order asked for; not yet sliced."""
        numbered = list(enumerate(rows, 1))
        if self.inner.filters:
            numbered = [pair for pair in numbered if self.inner.keeps(pair[1])]
        if self.test is not None:
            test = self.test
            numbered = [pair for pair in numbered if test(pair[1])]
        for attribute, direction in reversed(self.sortings):
            numbered.sort(key=_sort_key(attribute), reverse=direction < 0)
        return numbered

    def slice(self, numbered: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        if self.count is None:
            return numbered[self.first :] if self.first else numbered
        return numbered[self.first : self.first + self.count]


def read_options(param: Mapping[str, Any]) -> frozenset[str]:
    """``option``: one name or a list of names. Refused (-8) on anything else."""
    option = param.get("option") or []
    if isinstance(option, str):
        return frozenset([option])
    return frozenset(name for name in listed(option) if isinstance(name, str))


def listed(value: Any) -> list[Any]:
    """A list, or nothing. Refused (-8) on anything else."""
    if value and not isinstance(value, list):
        raise Refused(-8)
    return value or []


def _fields(value: Any) -> tuple[str, ...] | None:
    if not value:
        return None
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list):
        raise Refused(-8)
    return tuple(str(name) for name in value)


def _filter(value: Any) -> Test | None:
    return compile_filter(value) if value else None


def _range(value: Any) -> tuple[int, int | None]:
    if not value:
        return 0, None
    if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
        raise Refused(-8)
    return max(0, value[0]), max(0, value[1]) if len(value) > 1 else None


def _sortings(value: Any) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for one in listed(value):
        if not isinstance(one, dict) or not all(isinstance(way, int) for way in one.values()):
            raise Refused(-8)
        found += one.items()
    return tuple(found)


def _sort_key(attribute: str) -> Any:
    def key(pair: tuple[int, Gettable]) -> tuple[int, float, str]:
        value = pair[1].get(attribute)
        if isinstance(value, (int, float)):
            return (0, float(value), "")
        return (1, 0.0, str(value))

    return key
