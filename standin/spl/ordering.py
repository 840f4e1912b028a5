"""The order of values, as ``sort`` finds it for each pair of them.

Two numbers are compared as numbers, two IP addresses as addresses, two words that begin with a
number (letters and digits only) by that number alone, anything else by its characters' codes:
digits, capitals, small letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cmp_to_key
from ipaddress import ip_address
from typing import Any, Literal

from standin.spl.errors import Undocumented
from standin.spl.numbers import number, text
from standin.spl.registry import construct
from standin.spl.values import Row, Single, Value

Way = Literal["auto", "num", "str", "ip"]

_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_LEADING = re.compile(r"(\d+)[^\W_]*\Z")
_PAGE = "Search Reference: sort"
for _name in ("auto(f)", "num(f)", "str(f)", "ip(f)"):
    construct("option of sort", _name, _PAGE)


def sort_rows(rows: list[Row], keys: Iterable[tuple[str, bool, Way]]) -> list[Row]:
    """``keys``: field, descending, way; the first counts most. Rows without the field come last,
    whatever the direction; rows that are alike keep their order."""
    for name, descending, way in reversed(list(keys)):
        present = [row for row in rows if name in row]
        absent = [row for row in rows if name not in row] if len(present) < len(rows) else []
        values = [_single(row[name], name) for row in present]
        made = sort_keys(values, way, name)
        order = sorted(range(len(present)), key=made.__getitem__, reverse=descending)
        rows = [present[at] for at in order] + absent
    return rows


def _single(value: Value, name: str) -> Single:
    if isinstance(value, list):
        if len(value) > 1:
            raise Undocumented(f"The order of several values in one field ({name})")
        return value[0]
    return value


def sort_keys(values: list[Single], way: Way = "auto", name: str = "") -> list[Any]:
    """One key a value, that sort as the values do."""
    if way == "num":
        return _converted(values, number, "a number", name)
    if way == "ip":
        return _converted(values, address, "an IP address", name)
    if way == "str":
        return [text(value) for value in values]
    sizes = [number(value) for value in values]
    if None not in sizes:
        return sizes
    texts = [text(value) for value in values]
    if not any(one[:1].isdigit() or one[:1] in "+-." or ":" in one for one in texts):
        return texts
    key = cmp_to_key(compare_values)
    return [key(one) for one in texts]


def _converted(
    values: list[Single], convert: Callable[[Any], Any], what: str, name: str
) -> list[Any]:
    made = [convert(value) for value in values]
    if None in made:
        wrong = values[made.index(None)]
        raise Undocumented(f"The order of {wrong!r} in {name}, which is not {what}")
    return made


def address(value: Any) -> tuple[int, int] | None:
    """Version and number of an IP address."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return None
    try:
        found = ip_address(value)
    except ValueError:
        return None
    return found.version, int(found)


def compare_values(one: Single, two: Single) -> int:
    """Negative, zero or positive, as ``auto`` compares a pair."""
    for measure in (number, address, _leading):
        left, right = measure(one), measure(two)
        if left is not None and right is not None:
            return (left > right) - (left < right)  # type: ignore[operator]
    left_text, right_text = text(one), text(two)
    return (left_text > right_text) - (left_text < right_text)


def _leading(value: Single) -> int | None:
    found = _LEADING.match(text(value))
    return int(found[1]) if found else None
