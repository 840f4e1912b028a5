"""Functions over a window that moves: values come in at one end and go out at the other.

What is not here is computed anew from the window's values for each row.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, Protocol

from standin.spl.aggregates.function import Function, Result
from standin.spl.aggregates.numeric import numbers
from standin.spl.numbers import double, text


class Sliding(Protocol):
    def add(self, parts: list[Any]) -> None: ...

    def drop(self, parts: list[Any]) -> None:
        """The oldest that are still in."""

    def value(self) -> Result: ...


class _All:
    def __init__(self, function: Function) -> None:
        self.of = function.of
        self.held: deque[list[Any]] = deque()

    def add(self, parts: list[Any]) -> None:
        self.held.append(parts)

    def drop(self, parts: list[Any]) -> None:
        self.held.popleft()

    def value(self) -> Result:
        return self.of([part for parts in self.held for part in parts])


class _Count:
    def __init__(self, function: Function) -> None:
        self.seen = 0

    def add(self, parts: list[Any]) -> None:
        self.seen += len(parts)

    def drop(self, parts: list[Any]) -> None:
        self.seen -= len(parts)

    def value(self) -> Result:
        return self.seen


class _Distinct:
    def __init__(self, function: Function) -> None:
        self.found: Counter[str] = Counter()

    def add(self, parts: list[Any]) -> None:
        self.found.update(map(text, parts))

    def drop(self, parts: list[Any]) -> None:
        for part in map(text, parts):
            self.found[part] -= 1
            if not self.found[part]:
                del self.found[part]

    def value(self) -> Result:
        return len(self.found)


class _Sum(_All):
    """Whole numbers are added and taken away; with a fraction among them that would drift."""

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        self.total = self.seen = self.fractions = 0

    def add(self, parts: list[Any]) -> None:
        super().add(parts)
        self._count(parts, 1)

    def drop(self, parts: list[Any]) -> None:
        super().drop(parts)
        self._count(parts, -1)

    def _count(self, parts: list[Any], sign: int) -> None:
        for value in numbers(parts):
            self.seen += sign
            if isinstance(value, int):
                self.total += sign * value
            else:
                self.fractions += sign

    def value(self) -> Result:
        if self.fractions:
            return super().value()
        return self._whole() if self.seen else None

    def _whole(self) -> Result:
        return double(self.total)


class _Average(_Sum):
    def _whole(self) -> Result:
        return double(self.total / self.seen)


_PLAIN: dict[str, type[Sliding]] = {
    "count": _Count, "c": _Count, "dc": _Distinct, "distinct_count": _Distinct,
    "estdc": _Distinct, "sum": _Sum, "avg": _Average, "mean": _Average,
}  # fmt: skip


def sliding(function: Function, *, allnum: bool = False) -> Sliding:
    if allnum and function.numeric:
        return _All(function)
    return _PLAIN.get(function.name, _All)(function)  # type: ignore[call-arg]
