"""Finding a lookup table's rows: whole values quickly, wildcards and networks one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from standin.spl.context import LookupTable, TimeBounds
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.time_parse import parse_time
from standin.spl.values import Value
from standin.spl.wildcards import matcher

MOST = 100
"""transforms.conf: max_matches where it is not given; 1 where time_field is."""
_REMEMBERED = 100_000

Line = dict[str, str]


class Finder:
    """Rows whose ``fields`` match the values looked for, in the table's order; in a time-bounded
    lookup (Admin Manual: transforms.conf, time_field) the latest first."""

    def __init__(self, table: LookupTable, fields: list[str]) -> None:
        self.times = table.times
        self.most = table.max_matches or (MOST if table.times is None else 1)
        self.fold = not table.case_sensitive
        kinds = {field: kind.upper() for kind, field in _kinds(table)}
        self.exact = [at for at, name in enumerate(fields) if name not in kinds]
        self.others = [(at, kinds[name]) for at, name in enumerate(fields) if name in kinds]
        self.index: dict[tuple[str, ...], list[tuple[list[Callable[[str], bool]], Line]]] = {}
        self.memo: dict[tuple[str, ...], list[Line]] = {}
        self.stamps: dict[int, float] = {}
        for line in table.rows if table.times is None else self._by_time(table.rows, table.times):
            cells = [line.get(name, "") for name in fields]
            key = tuple(self._folded(cells[at]) for at in self.exact)
            tests = [self._test(kind, cells[at]) for at, kind in self.others]
            self.index.setdefault(key, []).append((tests, line))

    def find(self, values: list[Value], time: Value | None = None) -> list[Line]:
        """``time``: of the event, for a time-bounded lookup."""
        if any(isinstance(value, list) for value in values):
            return self._find_several(values, time)
        key = tuple(self._folded(written(value)) for value in values)
        found = self.memo.get(key)
        if found is None:
            if len(self.memo) >= _REMEMBERED:
                self.memo.clear()
            found = self.memo[key] = self._find(key)
        return found if self.times is None else self._in_time(found, self.times, time)

    def _by_time(self, rows: list[Line], times: TimeBounds) -> list[Line]:
        """Subseconds do not count; a row without a time matches nothing."""
        for line in rows:
            stamp = parse_time(line.get(times.field, ""), times.form, UTC, 0.0)
            if stamp is not None:
                self.stamps[id(line)] = math.floor(stamp)
        timed = [line for line in rows if id(line) in self.stamps]
        return sorted(timed, key=lambda line: -self.stamps[id(line)])

    def _in_time(self, lines: list[Line], times: TimeBounds, time: Value | None) -> list[Line]:
        when = number(time)
        if when is None:
            raise Undocumented("a time-bounded lookup of an event that has no _time")
        fit = [one for one in lines if times.least <= when - self.stamps[id(one)] <= times.most]
        return fit[: self.most]

    def _find(self, values: tuple[str, ...]) -> list[Line]:
        found = []
        for tests, line in self.index.get(tuple(values[at] for at in self.exact), ()):
            if all(test(values[at]) for test, (at, _) in zip(tests, self.others, strict=True)):
                found.append(line)
                if self.times is None and len(found) == self.most:
                    break
        return found

    def _find_several(self, values: list[Value], time: Value | None) -> list[Line]:
        if len(values) > 1:
            raise Undocumented("lookup of two fields, one of which has several values")
        only = values[0]
        assert isinstance(only, list)
        found = [line for one in only for line in self.find([one], time)]
        return found[: self.most]

    def _folded(self, value: str) -> str:
        return value.lower() if self.fold else value

    def _test(self, kind: str, cell: str) -> Callable[[str], bool]:
        if kind == "CIDR":
            return _cidr(cell)
        return matcher(self._folded(cell))


def _kinds(table: LookupTable) -> list[tuple[str, str]]:
    """match_type: kind and field, in either order."""
    made = []
    for one, two in table.match_types:
        kind, field = (one, two) if one.upper() in ("CIDR", "WILDCARD", "EXACT") else (two, one)
        if kind.upper() not in ("CIDR", "WILDCARD", "EXACT"):
            raise Malformed(f"The lookup {table.name!r} has an unknown match_type {kind!r}")
        if kind.upper() != "EXACT":
            made.append((kind, field))
    return made


def _cidr(cell: str) -> Callable[[str], bool]:
    try:
        network = ip_network(cell.strip(), strict=False)
    except ValueError:
        return cell.__eq__
    return lambda value: _within(value, network)


@lru_cache(maxsize=100_000)
def _within(value: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(value) in network
    except ValueError:
        return False
