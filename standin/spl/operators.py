"""Conditions and concatenation.

Null: a comparison with null is null, which counts as false; NOT of null is null too.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any

from standin.spl.errors import Undocumented
from standin.spl.nodes import Compiled, Evaluate
from standin.spl.numbers import number, text
from standin.spl.registry import construct
from standin.spl.values import Row

construct(
    "refused comparison",
    "< <= > >= != with a multivalue of whose values some fit",
    "Search Reference: where",
    "no page and no published measurement tells what counts; = is true if one value is equal",
)

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


def concatenate(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(row: Row) -> Any:
        first, second = left(row), right(row)
        if first is None or second is None:
            return None
        if isinstance(first, list) or isinstance(second, list):
            raise Undocumented(
                "what '.' makes of a multivalue is not documented: use mvjoin", position
            )
        return text(first) + text(second)

    return evaluate


def comparison(operator: str, left: Compiled, right: Compiled, position: int) -> Test:
    """As numbers where both sides read as numbers, else as text, by code point and with regard to
    case. A multivalue equals what one of its values equals."""
    if right.constant and isinstance(right.value(), (str, int, float)):
        return _with_constant(operator, left.evaluate, right.value(), position)
    first, second, order = left.evaluate, right.evaluate, _ORDER[operator]

    def evaluate(row: Row) -> Any:
        one = first(row)
        if one is None:
            return None
        other = second(row)
        if other is None:
            return None
        number_one = number(one)
        if number_one is not None:
            number_other = number(other)
            if number_other is not None:
                return order(number_one, number_other)
        if one.__class__ is list or other.__class__ is list:
            return _multivalue(operator, one, other, position)
        return order(text(one), text(other))

    return evaluate


def _with_constant(operator: str, first: Evaluate, other: Any, position: int) -> Test:
    order, other_number, other_text = _ORDER[operator], number(other), text(other)

    def evaluate(row: Row) -> Any:
        one = first(row)
        if one is None:
            return None
        if other_number is not None:
            number_one = number(one)
            if number_one is not None:
                return order(number_one, other_number)
        if one.__class__ is str:
            return order(one, other_text)
        if one.__class__ is list:
            return _multivalue(operator, one, other, position)
        return order(text(one), other_text)

    return evaluate


def _multivalue(operator: str, one: Any, other: Any, position: int) -> bool:
    if operator == "=":
        return equal(one, other)
    found = {_ordered(operator, part, against) for part in _parts(one) for against in _parts(other)}
    if len(found) > 1:
        raise Undocumented(
            f"what '{operator}' means for values of which some fit and some do not is not"
            " documented: use mvfind, mvfilter, mvindex or mvexpand",
            position,
        )
    return found.pop()


def _parts(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _ordered(operator: str, one: Any, other: Any) -> bool:
    first, second = number(one), number(other)
    if first is not None and second is not None:
        return _ORDER[operator](first, second)
    return _ORDER[operator](text(one), text(other))


def equal(one: Any, other: Any) -> bool:
    """Neither is null."""
    if isinstance(one, list):
        return any(equal(part, other) for part in one)
    if isinstance(other, list):
        return any(equal(one, part) for part in other)
    first, second = number(one), number(other)
    if first is not None and second is not None:
        return first == second
    return text(one) == text(other)


def compared_to_word(same: bool, value: Evaluate, word: bool, position: int) -> Test:
    """``field=true``: whether the field holds that word (Search Reference: isbool)."""
    wanted = "true" if word else "false"

    def evaluate(row: Row) -> Any:
        found = value(row)
        if found is None:
            return None
        held = text(found)
        if held != wanted and held.lower() == wanted:
            raise Undocumented(
                f"whether {held!r} is {wanted} is not documented: compare with text", position
            )
        return (held == wanted) is same

    return evaluate


def same_truth(operator: str, left: Test, right: Test) -> Test:
    """Two conditions compared."""
    differ = one_of(left, right)
    return differ if operator == "!=" else negation(differ)
