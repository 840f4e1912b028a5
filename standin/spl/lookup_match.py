"""Finding a lookup table's rows: whole values quickly, wildcards and networks one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from standin.spl.context import LookupTable
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import text as written
from standin.spl.values import Value
from standin.spl.wildcards import matcher

MOST = 100
"""transforms.conf: max_matches where it is not given."""

Line = dict[str, str]


class Finder:
    """Rows whose ``fields`` match the values looked for, in the table's order."""

    def __init__(self, table: LookupTable, fields: list[str]) -> None:
        self.most = table.max_matches or MOST
        self.fold = not table.case_sensitive
        kinds = {field: kind.upper() for kind, field in _kinds(table)}
        self.exact = [at for at, name in enumerate(fields) if name not in kinds]
        self.others = [(at, kinds[name]) for at, name in enumerate(fields) if name in kinds]
        self.index: dict[tuple[str, ...], list[tuple[list[Callable[[str], bool]], Line]]] = {}
        self.memo: dict[tuple[str, ...], list[Line]] = {}
        for line in table.rows:
            cells = [line.get(name, "") for name in fields]
            key = tuple(self._folded(cells[at]) for at in self.exact)
            tests = [self._test(kind, cells[at]) for at, kind in self.others]
            self.index.setdefault(key, []).append((tests, line))

    def find(self, values: list[Value]) -> list[Line]:
        if any(isinstance(value, list) for value in values):
            return self._find_several(values)
        key = tuple(self._folded(written(value)) for value in values)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._find(key)
        return found

    def _find(self, values: tuple[str, ...]) -> list[Line]:
        found = []
        for tests, line in self.index.get(tuple(values[at] for at in self.exact), ()):
            if all(test(values[at]) for test, (at, _) in zip(tests, self.others, strict=True)):
                found.append(line)
                if len(found) == self.most:
                    break
        return found

    def _find_several(self, values: list[Value]) -> list[Line]:
        if len(values) > 1:
            raise Undocumented("lookup of two fields, one of which has several values")
        only = values[0]
        assert isinstance(only, list)
        found = [line for one in only for line in self.find([one])]
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
