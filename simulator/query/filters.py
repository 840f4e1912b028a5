"""``filter``: compiled once, then asked for every row."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, Protocol

from simulator.refusal import Refused


class Gettable(Protocol):
    def get(self, attribute: str, /) -> Any: ...


Test = Callable[[Gettable], bool]
_OPERATORS = (
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "like",
    "!like",
    "contain",
    "!contain",
    "in",
    "!in",
    "&",
)


def compile_filter(expression: Any) -> Test:
    """``["a","==",1]``, ``[["a","==",1],"&&",[…]]`` or deeper. Refused (-8) on anything else."""
    if not isinstance(expression, list) or not expression:
        raise Refused(-8)
    if _is_comparison(expression):
        return _comparison(expression)
    return _combination(expression)


def _is_comparison(expression: list[Any]) -> bool:
    return (
        len(expression) >= 3
        and isinstance(expression[0], str)
        and isinstance(expression[1], str)
        and expression[1] in _OPERATORS
    ) or (len(expression) >= 2 and expression[0] == "!" and isinstance(expression[1], str))


def _combination(expression: list[Any]) -> Test:
    if expression[0] == "!" and len(expression) == 2:
        inner = compile_filter(expression[1])
        return lambda row: not inner(row)
    tests = [compile_filter(part) for part in expression[0::2]]
    joins = expression[1::2]
    if len(joins) != len(tests) - 1 or any(join not in ("&&", "||") for join in joins):
        raise Refused(-8)
    groups: list[list[Test]] = [[tests[0]]]
    for join, test in zip(joins, tests[1:], strict=True):
        if join == "&&":
            groups[-1].append(test)
        else:
            groups.append([test])
    return lambda row: any(all(test(row) for test in group) for group in groups)


def _comparison(expression: list[Any]) -> Test:
    if expression[0] == "!":
        inner = _comparison(expression[1:])
        return lambda row: not inner(row)
    attribute, operator, wanted = expression[0], expression[1], expression[2:]
    if operator in ("in", "!in"):
        wanted = wanted[0] if len(wanted) == 1 and isinstance(wanted[0], list) else wanted
    elif len(wanted) != 1:
        raise Refused(-8)
    else:
        wanted = wanted[0]
    negated = operator.startswith("!")
    compare = _comparer(attribute, operator.lstrip("!") if operator != "!=" else "!=", wanted)
    if negated and operator != "!=":
        return lambda row: not compare(row.get(attribute))
    return lambda row: compare(row.get(attribute))


def _comparer(attribute: str, operator: str, wanted: Any) -> Callable[[Any], bool]:
    if attribute in ("subnet", "ip6") and operator in ("<=", ">="):
        return _network_comparer(operator, wanted)
    if operator == "==":
        return lambda value: _same(value, wanted)
    if operator == "!=":
        return lambda value: not _same(value, wanted)
    if operator == "in":
        return lambda value: any(_same(value, one) for one in wanted)
    if operator == "like":
        pattern = re.compile(_like(str(wanted)), re.IGNORECASE | re.DOTALL)
        return lambda value: any(pattern.fullmatch(str(one)) for one in _items(value))
    if operator == "contain":
        return lambda value: any(_same(one, wanted) for one in _items(value))
    if operator == "&":
        return lambda value: isinstance(value, int) and bool(value & int(wanted))
    return _order_comparer(operator, wanted)


def _order_comparer(operator: str, wanted: Any) -> Callable[[Any], bool]:
    def compare(value: Any) -> bool:
        if value is None or isinstance(value, list):
            return False
        left, right = (value, wanted)
        try:
            left, right = float(left), float(right)
        except (TypeError, ValueError):
            left, right = str(left), str(right)
        if operator == "<":
            return bool(left < right)
        if operator == "<=":
            return bool(left <= right)
        return bool(left > right) if operator == ">" else bool(left >= right)

    return compare


def _network_comparer(operator: str, wanted: Any) -> Callable[[Any], bool]:
    """On ``subnet``, ``<=`` means lies inside, ``>=`` means contains."""
    other = _network(wanted)

    def compare(value: Any) -> bool:
        own = _network(value)
        if own is None or other is None or own.version != other.version:
            return False
        inner, outer = (own, other) if operator == "<=" else (other, own)
        return bool(inner.subnet_of(outer))

    return compare


def _network(value: Any) -> Any:
    text = "/".join(map(str, value)) if isinstance(value, list) else str(value).replace(" ", "/")
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _same(value: Any, wanted: Any) -> bool:
    if value == wanted:
        return True
    if isinstance(value, list):
        if isinstance(wanted, list):
            return False
        return (len(value) == 1 and _same(value[0], wanted)) or _network_text(value) == wanted
    if value is None:
        return wanted in ("", None)
    return not isinstance(wanted, list) and str(value) == str(wanted)


def _network_text(value: list[Any]) -> str:
    return " ".join(map(str, value))


def _like(pattern: str) -> str:
    """``%`` is any text, ``_`` any one character."""
    return "".join(
        ".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern
    )
