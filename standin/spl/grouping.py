"""Rows in groups by the values of fields.

A row without one of the fields is in no group. A multivalue puts its row into a group for each
part, for equal parts several times unless they are removed (``dedup_splitvals``).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from operator import itemgetter

from standin.spl.numbers import text
from standin.spl.values import Row, Single, Value

Key = tuple[str, ...]
Shown = tuple[Single, ...]


class Groups(dict[Key, list[Row]]):
    """``shown``: the first spelling of each key's values, a number as a number."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[Key, Shown] = {}

    def sorted_keys(self) -> list[Key]:
        return sorted(self)


def group(rows: Iterable[Row], by: list[str], *, dedup: bool = False) -> Groups:
    """Groups in order of their first row."""
    groups = Groups()
    if len(by) == 1:
        _by_one(groups, rows, by[0], dedup)
        return groups
    get = itemgetter(*by)
    for row in rows:
        try:
            values = get(row)
        except KeyError:
            continue
        if set(map(type, values)) == {str}:
            _add(groups, values, values, row)
        else:
            for shown in product(*(_parts(value, dedup) for value in values)):
                _add(groups, tuple(map(text, shown)), shown, row)
    return groups


def _by_one(groups: Groups, rows: Iterable[Row], name: str, dedup: bool) -> None:
    for row in rows:
        value = row.get(name)
        if type(value) is str:
            _add(groups, (value,), (value,), row)
        elif value is not None:
            for part in _parts(value, dedup):
                _add(groups, (text(part),), (part,), row)


def _add(groups: Groups, key: Key, shown: Shown, row: Row) -> None:
    found = groups.get(key)
    if found is None:
        groups[key] = [row]
        groups.shown[key] = shown
    else:
        found.append(row)


def _parts(value: Value, dedup: bool) -> list[Single] | list[str]:
    if isinstance(value, list):
        return list(dict.fromkeys(value)) if dedup else value
    return [value]


def keys_of(row: Row, by: list[str]) -> list[Key]:
    """The groups that a row is in; none if it lacks a field."""
    values: list[Value] = []
    for name in by:
        value = row.get(name)
        if value is None:
            return []
        values.append(value)
    if not any(isinstance(value, list) for value in values):
        return [tuple(map(text, values))]
    return [tuple(map(text, shown)) for shown in product(*(_parts(v, False) for v in values))]


def names_of(rows: Iterable[Row], known: list[str] | None) -> list[str]:
    """The rows' columns, in order."""
    if known is not None:
        return known
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names)
