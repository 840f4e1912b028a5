"""JSON in fields: text to Python and back as the JSON functions write it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from standin.spl.numbers import number, text, tidy

INVALID = object()
"""What text that is no JSON parses to."""


def _float(value: str) -> int | float:
    return tidy(float(value))


def _no_constant(value: str) -> Any:
    raise ValueError(value)


def parsed(value: str) -> Any:
    """``INVALID`` if it is no JSON. The caller may change what it gets."""
    try:
        return json.loads(value, parse_float=_float, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return INVALID


@lru_cache(maxsize=256)
def _shared(value: str) -> Any:
    return parsed(value)


def shared(value: str) -> Any:
    """The same for reading only: rows often repeat a document, expressions read it often."""
    return _shared(value)


def written(value: Any) -> str:
    """Without spaces, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_field(value: Any, *, literal: bool = False) -> Any:
    """A value of an expression as JSON: arrays and objects are nested, what reads as a number is
    one unless it is a ``literal`` text; a multivalue is an array of texts."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, list):
        return list(value)
    if isinstance(value, float):
        return tidy(float(text(value)))
    if literal:
        return value
    if value[:1] in ("{", "["):
        found = parsed(value)
        return value if found is INVALID else found
    found = number(value)
    if isinstance(found, float):
        return tidy(float(found)) if found == found else value
    return value if found is None else found


def to_field(value: Any) -> Any:
    """JSON as a value of an expression; null is null, true is the text ``true``."""
    if value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool)):
        return value
    return written(value)
