"""Functions one value after another, for streamstats without a window.

Each accumulator has ``add(parts)`` for a row's values and ``value()``. Those that are not here are
computed anew from all values for each row.
"""

from __future__ import annotations

from bisect import insort
from typing import Any, Protocol

from standin.spl.aggregates.function import Function, Result
from standin.spl.aggregates.numeric import numbers
from standin.spl.aggregates.ordered import LIST_LENGTH, multivalue
from standin.spl.numbers import double, text


class Running(Protocol):
    def add(self, parts: list[Any]) -> None: ...

    def value(self) -> Result: ...


class _Count:
    def __init__(self) -> None:
        self.seen = 0

    def add(self, parts: list[Any]) -> None:
        self.seen += len(parts)

    def value(self) -> Result:
        return self.seen


class _Sum:
    def __init__(self) -> None:
        self.total: int | float = 0
        self.seen = 0

    def add(self, parts: list[Any]) -> None:
        for value in numbers(parts):
            self.total += value
            self.seen += 1

    def value(self) -> Result:
        return double(self.total) if self.seen else None


class _Average(_Sum):
    def value(self) -> Result:
        return double(self.total / self.seen) if self.seen else None


class _Distinct:
    def __init__(self) -> None:
        self.found: set[str] = set()

    def add(self, parts: list[Any]) -> None:
        self.found.update(map(text, parts))

    def value(self) -> Result:
        return len(self.found)


class _Values:
    def __init__(self) -> None:
        self.found: set[str] = set()
        self.ordered: list[str] = []

    def add(self, parts: list[Any]) -> None:
        for part in map(text, parts):
            if part not in self.found:
                self.found.add(part)
                insort(self.ordered, part)

    def value(self) -> Result:
        return multivalue(list(self.ordered))


class _List:
    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, parts: list[Any]) -> None:
        self.found += map(text, parts[: LIST_LENGTH - len(self.found)])

    def value(self) -> Result:
        return multivalue(list(self.found))


class _Edge:
    """What folds: the result so far stands for all values before."""

    def __init__(self, function: Function) -> None:
        self.of = function.of
        self.kept: list[Any] = []

    def add(self, parts: list[Any]) -> None:
        found = self.of([*self.kept, *parts])
        self.kept = [] if found is None else [found]

    def value(self) -> Result:
        return self.kept[0] if self.kept else None


class _All:
    def __init__(self, function: Function) -> None:
        self.of = function.of
        self.found: list[Any] = []

    def add(self, parts: list[Any]) -> None:
        self.found += parts

    def value(self) -> Result:
        return self.of(self.found)


_PLAIN: dict[str, type[Running]] = {
    "count": _Count, "c": _Count, "sum": _Sum, "avg": _Average, "mean": _Average,
    "dc": _Distinct, "distinct_count": _Distinct, "estdc": _Distinct,
    "values": _Values, "list": _List,
}  # fmt: skip
_FOLDED = frozenset({"first", "last", "max", "min"})


def running(function: Function, *, allnum: bool = False) -> Running:
    if function.name in _FOLDED:
        return _Edge(function)
    if function.name in _PLAIN and not (allnum and function.numeric):
        return _PLAIN[function.name]()
    return _All(function)


__all__ = ["Running", "running"]
