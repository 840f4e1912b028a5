"""What the operators of eval expressions do with values.

Null: arithmetic and concatenation with null are null; a comparison with null is null, which
counts as false; NOT of null is null too (Search Manual: Types of expressions).
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from typing import Any

from standin.spl.nodes import Compiled, Evaluate
from standin.spl.numbers import double, number, text
from standin.spl.values import Row

Test = Callable[[Row], Any]
"""True, False or None."""

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}


def constant(value: Any) -> Evaluate:
    return lambda _row: value


def field(name: str) -> Evaluate:
    def evaluate(row: Row) -> Any:
        return row.get(name)

    return evaluate


def negation(test: Test) -> Test:
    def evaluate(row: Row) -> Any:
        value = test(row)
        return None if value is None else not value

    return evaluate


def both(left: Test, right: Test) -> Test:
    def evaluate(row: Row) -> Any:
        first = left(row)
        if first is False:
            return False
        second = right(row)
        if second is False:
            return False
        return None if first is None or second is None else True

    return evaluate


def either(left: Test, right: Test) -> Test:
    def evaluate(row: Row) -> Any:
        first = left(row)
        if first:
            return True
        second = right(row)
        if second:
            return True
        return None if first is None or second is None else False

    return evaluate


def one_of(left: Test, right: Test) -> Test:
    def evaluate(row: Row) -> Any:
        first, second = left(row), right(row)
        return None if first is None or second is None else first != second

    return evaluate


def sign(operator: str, operand: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        value = number(operand(row))
        return None if value is None else -value

    return evaluate if operator == "-" else lambda row: number(operand(row))


def concatenate(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> Any:
        first, second = left(row), right(row)
        if first is None or second is None:
            return None
        return text(first) + text(second)

    return evaluate


def _numbers(
    calculate: Callable[[Any, Any], Any],
) -> Callable[[Evaluate, Evaluate], Evaluate]:
    def build(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(row: Row) -> Any:
            first, second = number(left(row)), number(right(row))
            if first is None or second is None:
                return None
            return calculated(calculate, first, second)

        return evaluate

    return build


def calculated(calculate: Callable[..., Any], *values: Any) -> Any:
    """A double; null where nothing can be calculated (Search Reference: eval: division by zero)."""
    try:
        found = calculate(*values)
    except (ZeroDivisionError, ValueError):
        return None
    except OverflowError:
        return math.inf
    return double(found)


def _divided(left: float, right: float) -> float:
    whole = left // right if isinstance(left, int) and isinstance(right, int) else None
    if whole is not None and whole * right == left:
        return whole
    return left / right


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right else left % right


subtract = _numbers(python.sub)
multiply = _numbers(python.mul)
divide = _numbers(_divided)
modulo = _numbers(_remainder)


def add(left: Evaluate, right: Evaluate) -> Evaluate:
    """Two numbers are added, two texts joined, a number and a text are null."""

    def evaluate(row: Row) -> Any:
        one, other = left(row), right(row)
        if one is None or other is None:
            return None
        first, second = number(one), number(other)
        if first is not None and second is not None:
            return calculated(python.add, first, second)
        return one + other if isinstance(one, str) and isinstance(other, str) else None

    return evaluate


def compare(operator: str, one: Any, other: Any) -> bool:
    """Two values that are not null: as numbers where both read as numbers, else as text, by code
    point and with regard to case."""
    first = number(one)
    if first is not None:
        second = number(other)
        if second is not None:
            return _ORDER[operator](first, second)
    return _ORDER[operator](text(one), text(other))


def comparison(operator: str, left: Compiled, right: Compiled) -> Test:
    first, second = left.evaluate, right.evaluate

    def evaluate(row: Row) -> Any:
        one = first(row)
        if one is None:
            return None
        other = second(row)
        if other is None:
            return None
        return compare_any(operator, one, other)

    return evaluate


def compare_any(operator: str, one: Any, other: Any) -> bool:
    """A multivalue compares true when one of its values does."""
    if isinstance(one, list):
        return any(compare_any(operator, part, other) for part in one)
    if isinstance(other, list):
        return any(compare_any(operator, one, part) for part in other)
    return compare(operator, one, other)
