"""Which rows of a lookup table an event's values find."""

import ipaddress
import re
from collections.abc import Callable, Sequence

from standin.spl.context import LookupTable

Found = list[dict[str, str]]
_MATCHES_WITHOUT_TIME = 100
_REMEMBERED = 100_000


class TableMatch:
    """Finds rows by the values of some of a table's fields.

    Each field matches exactly, by wildcard or by network, as the table's ``match_types`` say.
    """

    def __init__(self, table: LookupTable, fields: Sequence[str]) -> None:
        kinds = dict(table.match_types)
        self._table = table
        self._fold: Callable[[str], str] = str if table.case_sensitive else str.lower
        self._most = table.max_matches or _MATCHES_WITHOUT_TIME
        self._exact = [i for i, field in enumerate(fields) if kinds.get(field, "EXACT") == "EXACT"]
        self._by_pattern = [
            (i, field, kinds[field])
            for i, field in enumerate(fields)
            if kinds.get(field, "EXACT") != "EXACT"
        ]
        self._rows: dict[tuple[str, ...], list[_Candidate]] = {}
        for row in table.rows:
            key = tuple(self._fold(row.get(fields[i], "")) for i in self._exact)
            self._rows.setdefault(key, []).append(self._candidate(row))
        self._known: dict[tuple[str, ...], Found] = {}

    def find(self, values: tuple[str, ...]) -> Found:
        """Rows in the file's order, at most ``max_matches``; filled up to ``min_matches``."""
        known = self._known.get(values)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[values] = self._find(values)
        return known

    def _find(self, values: tuple[str, ...]) -> Found:
        key = tuple(self._fold(values[i]) for i in self._exact)
        found: Found = []
        for row, tests in self._rows.get(key, ()):
            if all(test(values[i]) for i, test in tests):
                found.append(row)
                if len(found) == self._most:
                    break
        missing = self._table.min_matches - len(found)
        default = dict.fromkeys(self._table.fields, self._table.default_match)
        return found + [default] * max(missing, 0)

    def _candidate(self, row: dict[str, str]) -> "_Candidate":
        tests: list[tuple[int, Callable[[str], bool]]] = []
        for i, field, kind in self._by_pattern:
            text = row.get(field, "")
            tests.append((i, self._wildcard(text) if kind == "WILDCARD" else _network(text)))
        return row, tests

    def _wildcard(self, text: str) -> Callable[[str], bool]:
        pattern = re.compile(re.escape(self._fold(text)).replace(r"\*", ".*"), re.DOTALL).fullmatch
        fold = self._fold
        return lambda value: pattern(fold(value)) is not None


_Candidate = tuple[dict[str, str], list[tuple[int, Callable[[str], bool]]]]


def _network(text: str) -> Callable[[str], bool]:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return lambda _value: False

    def test(value: str) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        return address.version == network.version and address in network

    return test
