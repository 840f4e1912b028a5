"""Reading single values as FortiManager writes them: ``verbose`` strings or bare integers.

FortiManager leaves an empty attribute out, or sends null, ``""`` or ``[]`` for it; references come
as a list of names, on some builds as one name. These functions take all of those and nothing else:
a value of a kind that makes no sense raises ``NormalizeError`` instead of becoming an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from fmgstate.errors import NormalizeError

Row = Mapping[str, Any]
"""One object of a FortiManager answer."""


def wrong(row: Row, key: str, wanted: str) -> NormalizeError:
    """The error for a value that cannot be what it should be; shows its type, never its content."""
    found = type(row[key]).__name__
    return NormalizeError(
        f"FortiManager sent {found} for {key!r} where {wanted} belongs.",
        "If its version is supported, report this with the FortiManager build.",
    )


def text(row: Row, key: str) -> str:
    """A string; "" when missing. Numbers are taken as their digits."""
    value = row.get(key)
    if type(value) is str:
        return value
    if value is None or value == []:
        return ""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise wrong(row, key, "text")


def number(row: Row, key: str) -> Optional[int]:
    """An integer, also when written as a string; None when missing or empty."""
    value = row.get(key)
    if value is None or value == "" or value == []:
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise wrong(row, key, "a number") from None


def flag(row: Row, key: str) -> bool:
    """``enable``/1 is True, ``disable``/0 or missing is False."""
    value = row.get(key)
    if value in (None, "", 0, "0", "disable", "no", "false"):
        return False
    if value in (1, "1", "enable", "yes", "true"):
        return True
    raise wrong(row, key, "enable or disable")


def names(row: Row, key: str) -> tuple[str, ...]:
    """A list of names; one bare name and objects with a ``name`` are understood."""
    value = row.get(key)
    if not value and value != 0:
        return ()
    if type(value) is list and type(value[0]) is str and len(value) == 1:
        return (value[0],)  # most references are one name: a full set reads millions of them
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise wrong(row, key, "a list of names")
    return tuple(_name(row, key, item) for item in value)


def _name(row: Row, key: str, item: Any) -> str:
    if isinstance(item, Mapping) and "name" in item:
        item = item["name"]
    if isinstance(item, (str, int)):
        return str(item)
    raise wrong(row, key, "a list of names")


def rows(row: Row, key: str) -> list[Mapping[str, Any]]:
    """A sub-table: a list of objects; [] when missing or null."""
    value = row.get(key)
    if not value:
        return []
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return value
    raise wrong(row, key, "a list of objects")


def choice(row: Row, key: str, by_number: Mapping[int, str]) -> str:
    """An enumerated value as its word. An integer that is in no table becomes ``unknown(7)``."""
    value = row.get(key)
    if not value and value != 0:
        return ""
    if isinstance(value, str) and not value.isdigit():
        return value
    try:
        code = int(value)
    except (TypeError, ValueError, OverflowError):
        raise wrong(row, key, "a word or its number") from None
    return by_number.get(code, f"unknown({code})")


def meta_fields(row: Row) -> dict[str, str]:
    """Values of meta fields that were filled in (owner, ticket, …), by name."""
    value = row.get("meta fields") or {}
    if not isinstance(value, Mapping):
        raise wrong(row, "meta fields", "names with values")
    return {str(name): str(value[name]) for name in sorted(value) if value[name] not in (None, "")}
