"""Nested records as flat fields, named as in Splunk's JSON: ``meta.owner``, ``vdoms.name``.

A list of records becomes a multivalue field for each of their keys, value beside value; what is a
list within one of them is its JSON there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]


def flat(record: Mapping[str, Any]) -> Row:
    """Booleans are ``true`` and ``false``; what is empty stays, so that every row has it."""
    return dict(_fields("", record))


def _fields(before: str, record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _fields(f"{name}.", value)
        elif _is_table(value):
            keys = dict.fromkeys(key for one in value for key in one)
            for inner in keys:
                yield f"{name}.{inner}", [_cell(one.get(inner, "")) for one in value]
        elif isinstance(value, (list, tuple)):
            yield name, list(map(_text, value))
        else:
            yield name, _text(value)


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(one, Mapping) for one in value)
    )


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, Mapping)):
        return json.dumps(value, separators=(",", ":"))
    return _text(value)


def _text(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value
