"""Text that reads as a number, and numbers as text."""

from __future__ import annotations

import math
import re
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
EXACT = 2**53
"""Numbers are doubles: beyond this, integers are rounded like those."""


def number(value: Any) -> int | float | None:
    """The number that ``value`` is or reads as; None for any other text, booleans, multivalues.

    Text counts when all of it is a decimal number: no spaces, no thousands, no hexadecimals.
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, list) and len(value) == 1:
        return number(value[0])
    return None


def _from_text(value: str) -> int | float | None:
    if _INTEGER.match(value):
        return int(value)
    if not _NUMBER.match(value):
        return None
    return tidy(float(value))


def tidy(value: float) -> int | float:
    """A whole double is an integer."""
    if value.is_integer() and abs(value) <= EXACT:
        return int(value)
    return value


def double(value: int | float) -> int | float:
    """The result of a calculation as a double holds it."""
    if isinstance(value, float):
        return tidy(value)
    return value if -EXACT <= value <= EXACT else int(float(value))


def text(value: Any) -> str:
    """How a number is written: the shortest digits that read back as the same double, never in
    scientific notation short of 1e+17; a multivalue's parts stand on lines of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list):
        return "\n".join(text(part) for part in value)
    return str(value)


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value.is_integer() and abs(value) < 1e17:
        return str(int(value))
    shortest = repr(value)
    if "e" not in shortest:
        return shortest
    mantissa, _, exponent = shortest.partition("e")
    if -7 <= int(exponent) < 0:
        digits = max(0, len(mantissa.partition(".")[2])) - int(exponent)
        return f"{value:.{digits}f}"
    return shortest
