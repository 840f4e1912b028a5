"""What streamstats remembers of the rows before each row: all of them, or a window.

Each kind has ``step(row, key)``: takes the row in and gives its columns' values; ``outside(row)``
for a row that is in no group; ``reset()``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Protocol

from standin.spl.aggregates import Column
from standin.spl.aggregates.running import Running, running
from standin.spl.aggregates.sliding import Sliding, sliding
from standin.spl.errors import Undocumented
from standin.spl.grouping import Key
from standin.spl.numbers import number
from standin.spl.times import Span, shifted
from standin.spl.values import Row

MOST = 10_000
"""Rows in a window of time: limits.conf, max_stream_window."""


class Window(Protocol):
    def step(self, row: Row, key: Key) -> Row: ...

    def outside(self, row: Row) -> None: ...

    def reset(self) -> None: ...


@dataclass(frozen=True)
class Shape:
    """``size`` 0: no limit of rows. ``shared``: one window for all groups."""

    current: bool = True
    size: int = 0
    span: Span | None = None
    shared: bool = True
    allnum: bool = False


def window(shape: Shape, columns: list[Column], grouped: bool, timezone: tzinfo) -> Window:
    whole = any(column.extract is None for column in columns)
    if whole or (shape.size and shape.shared and grouped):
        return _Shared(shape, columns, timezone)
    if shape.size or shape.span:
        return _Separate(shape, columns, timezone)
    return _Unlimited(shape, columns)


def _named(columns: list[Column], value: Callable[[int], Any]) -> Row:
    found: Row = {}
    for at, column in enumerate(columns):
        result = value(at)
        if result is not None:
            found[column.name] = result
    return found


def _parts(columns: list[Column], row: Row) -> list[list[Any]]:
    return [column.extract([row]) for column in columns if column.extract]


class _Unlimited:
    def __init__(self, shape: Shape, columns: list[Column]) -> None:
        self.shape, self.columns = shape, columns
        self.groups: dict[Key, list[Running]] = {}

    def step(self, row: Row, key: Key) -> Row:
        group = self.groups.get(key)
        if group is None:
            made = [
                running(c.function, allnum=self.shape.allnum) for c in self.columns if c.function
            ]
            group = self.groups[key] = made
        before = {} if self.shape.current else self._values(group)
        for accumulator, part in zip(group, _parts(self.columns, row), strict=True):
            accumulator.add(part)
        return self._values(group) if self.shape.current else before

    def _values(self, group: list[Running]) -> Row:
        return _named(self.columns, lambda at: group[at].value())

    def outside(self, row: Row) -> None:
        """Nothing to remember."""

    def reset(self) -> None:
        self.groups.clear()


@dataclass
class _Members:
    """``held``: time and parts of each row in the window."""

    sliding: list[Sliding]
    held: deque[tuple[float, list[list[Any]]]] = field(default_factory=deque)
    direction: int = 0

    def add(self, time: float, parts: list[list[Any]]) -> None:
        self.held.append((time, parts))
        for accumulator, part in zip(self.sliding, parts, strict=True):
            accumulator.add(part)

    def drop(self) -> None:
        _, parts = self.held.popleft()
        for accumulator, part in zip(self.sliding, parts, strict=True):
            accumulator.drop(part)


class _Separate:
    """A window for each group."""

    def __init__(self, shape: Shape, columns: list[Column], timezone: tzinfo) -> None:
        self.shape, self.columns, self.timezone = shape, columns, timezone
        self.size = shape.size or MOST
        self.groups: dict[Key, _Members] = {}

    def step(self, row: Row, key: Key) -> Row:
        group = self.groups.get(key)
        if group is None:
            made = [
                sliding(c.function, allnum=self.shape.allnum) for c in self.columns if c.function
            ]
            group = self.groups[key] = _Members(made)
        time = self._time(row, group) if self.shape.span else 0.0
        before = {} if self.shape.current else self._values(group)
        group.add(time, _parts(self.columns, row))
        if len(group.held) > self.size:
            group.drop()
        return self._values(group) if self.shape.current else before

    def _time(self, row: Row, group: _Members) -> float:
        """The row's time; what is too far from it is dropped."""
        time = row_time(row)
        if group.held:
            group.direction = in_order(group.held[-1][0], time, group.direction)
        while group.held and not near(group.held[0][0], time, self.shape.span, self.timezone):
            group.drop()
        return time

    def _values(self, group: _Members) -> Row:
        return _named(self.columns, lambda at: group.sliding[at].value())

    def outside(self, row: Row) -> None:
        """A row without a group is in no group's window."""

    def reset(self) -> None:
        self.groups.clear()


class _Shared:
    """One window for all groups, or expressions that need whole rows."""

    def __init__(self, shape: Shape, columns: list[Column], timezone: tzinfo) -> None:
        self.shape, self.columns, self.timezone = shape, columns, timezone
        self.held: deque[tuple[Key | None, Row]] = deque()
        self.direction = 0

    def step(self, row: Row, key: Key) -> Row:
        self._forget(row)
        kept = dict(row)
        before = [] if self.shape.current else self._members(key)
        self._enter(key, kept)
        rows = self._members(key) if self.shape.current else before
        return _named(self.columns, lambda at: self.columns[at].compute(rows))

    def _members(self, key: Key) -> list[Row]:
        return [row for one, row in self.held if one == key]

    def _forget(self, row: Row) -> None:
        if self.shape.span is None:
            return
        time = row_time(row)
        if self.held:
            self.direction = in_order(row_time(self.held[-1][1]), time, self.direction)
        while self.held and not near(
            row_time(self.held[0][1]), time, self.shape.span, self.timezone
        ):
            self.held.popleft()

    def _enter(self, key: Key | None, row: Row) -> None:
        self.held.append((key, row))
        most = self.shape.size or (MOST if self.shape.span else 0)
        if most and len(self.held) > most:
            self.held.popleft()

    def outside(self, row: Row) -> None:
        self._enter(None, dict(row))

    def reset(self) -> None:
        self.held.clear()


def row_time(row: Row) -> float:
    found = number(row.get("_time"))
    if found is None:
        raise Undocumented("streamstats with time_window: a row has no _time")
    return found


def near(one: float, other: float, span: Span | None, timezone: tzinfo) -> bool:
    assert span is not None
    here, there = (one, other) if one < other else (other, one)
    width = span.seconds
    if width is not None and span.unit not in ("d", "w"):
        return there - here < width
    return there < shifted(here, int(span.count), span.unit, timezone)


def in_order(before: float, time: float, direction: int) -> int:
    """1 for rising times, -1 for falling ones, 0 as long as they are equal."""
    step = (time > before) - (time < before)
    if step and direction and step != direction:
        raise Undocumented("streamstats with time_window needs rows in order of _time")
    return step or direction
