"""A piece of a search expression: its test, and what is known of the events that pass it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from standin.spl.values import Row

Test = Callable[[Row], bool]
Patterns = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Part:
    """``test``: None matches every row. ``earliest``, ``latest``: no event outside passes;
    ``timed``: times were given. ``metadata``: for host, source, sourcetype and index, patterns one
    of which holds for every event that passes. ``indexes``: named anywhere, in order."""

    test: Test | None = None
    reads: frozenset[str] = frozenset()
    earliest: float | None = None
    latest: float | None = None
    timed: bool = False
    metadata: Patterns = field(default_factory=dict)
    indexes: tuple[str, ...] = ()

    def matches(self) -> Test:
        return self.test or _always


def _always(_row: Row) -> bool:
    return True


def both(parts: list[Part]) -> Part:
    """All hold."""
    if len(parts) == 1:
        return parts[0]
    tests = [part.test for part in parts if part.test is not None]
    starts = [part.earliest for part in parts if part.earliest is not None]
    ends = [part.latest for part in parts if part.latest is not None]
    metadata: Patterns = {}
    for part in parts:
        for name, patterns in part.metadata.items():
            metadata.setdefault(name, patterns)
    return Part(
        _all(tests),
        _reads(parts),
        max(starts, default=None),
        min(ends, default=None),
        any(part.timed for part in parts),
        metadata,
        _indexes(parts),
    )


def either(parts: list[Part]) -> Part:
    """One holds."""
    if len(parts) == 1:
        return parts[0]
    tests = [part.matches() for part in parts]
    starts = [part.earliest for part in parts]
    ends = [part.latest for part in parts]
    shared = set.intersection(*(set(part.metadata) for part in parts))
    return Part(
        None if any(part.test is None for part in parts) else _any(tests),
        _reads(parts),
        None if None in starts else min(at for at in starts if at is not None),
        None if None in ends else max(at for at in ends if at is not None),
        any(part.timed for part in parts),
        {
            name: tuple(dict.fromkeys(one for part in parts for one in part.metadata[name]))
            for name in shared
        },
        _indexes(parts),
    )


def no(part: Part) -> Part:
    test = part.matches()
    return Part(lambda row: not test(row), part.reads, timed=part.timed)


_FEW = 8
"""So many tests are nested, which is quicker than a loop over them."""


def _all(tests: list[Test]) -> Test | None:
    if len(tests) > _FEW:
        return lambda row: all(test(row) for test in tests)
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, two = tests
        return lambda row: one(row) and two(row)
    first, rest = tests[0], _all(tests[1:])
    assert rest is not None
    return lambda row: first(row) and rest(row)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda row: one(row) or two(row)
    if len(tests) > _FEW:
        return lambda row: any(test(row) for test in tests)
    first, rest = tests[0], _any(tests[1:])
    return lambda row: first(row) or rest(row)


def _reads(parts: list[Part]) -> frozenset[str]:
    return frozenset().union(*(part.reads for part in parts))


def _indexes(parts: list[Part]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part.indexes))
