"""Calculations: doubles, with the precision of what went in (Search Reference: eval, Rounding)."""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from typing import Any

from standin.spl.nodes import Evaluate
from standin.spl.numbers import NAN_TEXT, Measured, double, exponent, number, text
from standin.spl.values import Row

Number = int | float


def guarded(calculate: Callable[..., Any], *values: Any) -> Any:
    """As C calculates: infinity where it overflows, NaN outside of a function's domain."""
    if NAN_TEXT in values and any(value is NAN_TEXT for value in values):
        return NAN_TEXT
    try:
        found = calculate(*values)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf
    return None if found is None else double(found)


def by_figures(calculate: Callable[[Any, Any], Any]) -> Callable[[Number, Number], Any]:
    """Products and quotients have as many significant figures as the least precise operand."""

    return lambda left, right: in_figures(guarded(calculate, left, right), left, right)


def in_figures(plain: Any, *values: Number) -> Any:
    """A result with as many significant figures as the least precise of ``values``."""
    known = [value.figures for value in values if isinstance(value, Measured)]
    if not known or plain is None or not math.isfinite(plain):
        return plain
    return Measured(float(plain), min(known) - 1 - exponent(plain))


def by_places(calculate: Callable[[Any, Any], Any]) -> Callable[[Number, Number], Any]:
    """Sums and differences have as many decimal places as the least precise operand."""

    def apply(left: Number, right: Number) -> Any:
        plain = guarded(calculate, left, right)
        known = [part.decimals for part in (left, right) if isinstance(part, Measured)]
        if not known or plain is None or not math.isfinite(plain):
            return plain
        return Measured(float(plain), min(known))

    return apply


def _divided(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and not left % right:
        return left // right
    return left / right


plus = by_places(python.add)
_OPERATIONS: dict[str, Callable[[Number, Number], Any]] = {
    "+": plus,
    "-": by_places(python.sub),
    "*": by_figures(python.mul),
    "/": by_figures(_divided),
    "%": by_places(math.fmod),
}
_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "-": python.sub,
    "*": python.mul,
    "/": _divided,
    "%": math.fmod,
}


def operation(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    """``- * / %`` of two numbers; null where one is none, and where a divisor is zero."""
    careful, plain = _OPERATIONS[operator], _PLAIN[operator]
    divides = operator in "/%"

    def evaluate(row: Row) -> Any:
        first, second = number(left(row)), number(right(row))
        if first is None or second is None or (divides and not second):
            return None
        if first.__class__ is int and second.__class__ is int:
            return double(plain(first, second))
        return careful(first, second)

    return evaluate


def addition(left: Evaluate, right: Evaluate) -> Evaluate:
    """Two numbers are added, two texts joined, a number and a text are null."""

    def evaluate(row: Row) -> Any:
        one, other = left(row), right(row)
        if one is None or other is None:
            return None
        first, second = number(one), number(other)
        if first is not None and second is not None:
            return plus(first, second)
        return one + other if isinstance(one, str) and isinstance(other, str) else None

    return evaluate


def joined(left: Evaluate, right: Evaluate) -> Evaluate:
    """``+`` where one side is surely a text: numbers are not added."""

    def evaluate(row: Row) -> Any:
        one, other = left(row), right(row)
        return None if one is None or other is None else text(one) + text(other)

    return evaluate


def sign(operator: str, operand: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        value = number(operand(row))
        if value is None or operator == "+":
            return value
        return Measured(-value, value.decimals) if isinstance(value, Measured) else -value

    return evaluate
