"""Text that reads as a number, and numbers as text."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))([eE][+-]?\d+)?\Z", re.ASCII)
_FIGURES = 17
_INTEGER = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)
EXACT = 2**53
"""Numbers are doubles: beyond this, integers are rounded like those."""
NAN_TEXT = float("nan")
"""What the text NaN in a field reads as; it is written as it was (Informational functions)."""


class Measured(float):
    """A number known to so many decimal places: ``8.250`` in an event, what strptime gives.

    ``decimals`` may be negative: 1111 known to three figures has -1; it is written whole.
    Calculations keep precision as on Search Reference: eval, "Rounding". Elsewhere it is a float.
    """

    __slots__ = ("decimals",)
    decimals: int

    def __new__(cls, value: float, decimals: int) -> Measured:
        made = float.__new__(cls, value)
        made.decimals = decimals
        return made

    def __getnewargs__(self) -> tuple[float, int]:  # type: ignore[override]
        return float(self), self.decimals

    @property
    def figures(self) -> int:
        """Significant figures."""
        return self.decimals + 1 + exponent(self)


def exponent(value: float) -> int:
    """Of ten, in scientific notation."""
    return math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0


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
    found = _NUMBER.match(value)
    if found is None:
        return NAN_TEXT if value == "NaN" else None
    places = found[1] or found[2]
    if places and not found[3] and len(value) <= _FIGURES:
        return Measured(float(value), len(places))
    return tidy(float(value)) if not places or found[3] else float(value)


def tidy(value: float) -> int | float:
    """A whole double is an integer."""
    if value.is_integer() and abs(value) <= EXACT:
        return int(value)
    return value


def double(value: int | float) -> int | float:
    """The result of a calculation as a double holds it."""
    if isinstance(value, float):
        return value if isinstance(value, Measured) else tidy(value)
    return value if -EXACT <= value <= EXACT else int(float(value))


def half_up(value: float, decimals: int) -> float:
    """Rounded as its decimal digits tell, halves away from zero (2.555 to 2.56)."""
    if not math.isfinite(value):
        return value
    scaled = abs(value) * 10.0**decimals if decimals < 16 else math.inf
    if scaled < 1e15 and abs(scaled % 1 - 0.5) > 1e-4:
        return round(float(value), decimals)
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(float(value))).quantize(step, context=_WIDE))


def settled(value: int | float) -> int | float:
    """As it is stored in a field: what is not known is gone."""
    if not isinstance(value, Measured):
        return value
    rounded = half_up(value, max(0, value.decimals))
    return tidy(rounded) if value.decimals <= 0 else Measured(rounded, value.decimals)


def text(value: Any) -> str:
    """How a value is written: a number with the shortest digits that read back as the same
    double, or with the decimal places it is known to; a multivalue's parts on lines of their
    own."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, Measured):
        places = max(0, value.decimals)
        return f"{half_up(value, places):.{places}f}"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list):
        return "\n".join(text(part) for part in value)
    return str(value)


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN" if value is NAN_TEXT else "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value.is_integer() and abs(value) < 1e17:
        return str(int(value))
    shortest = repr(value)
    if "e" not in shortest:
        return shortest
    mantissa, _, power = shortest.partition("e")
    if -7 <= int(power) < 0:
        places = len(mantissa.partition(".")[2]) - int(power)
        return f"{value:.{places}f}"
    return shortest
