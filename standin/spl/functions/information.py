"""Informational functions.

A text that the expression itself makes (a literal, a concatenation) is text even if it reads as a
number; what a field holds is a number as soon as it reads as one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from standin.spl.errors import Undocumented
from standin.spl.functions.table import Site, builder
from standin.spl.json_text import parsed
from standin.spl.nodes import Compiled, Kind
from standin.spl.numbers import number

_PAGE = "Informational functions"
_Holds = Callable[[Any], bool]


def _test(name: str, holds: _Holds, says: str = "", *, of_text: bool | None = None) -> None:
    """``of_text``: the answer for a value that is surely text, where it is not that of a field."""

    def build(site: Site) -> Compiled:
        argument = site.arguments[0]
        read = argument.evaluate
        if of_text is not None and argument.kind == "text":
            return site.made("boolean", lambda row: read(row) is not None and of_text)
        return site.made("boolean", lambda row: holds(read(row)))

    builder(name, 1, 1, _PAGE, says)(build)


def _is_text(value: Any) -> bool:
    found = number(value)
    return (isinstance(value, (str, list)) and found is None) or _is_nan(found)


def _is_nan(value: Any) -> bool:
    """NaN is number and text at once."""
    return isinstance(value, float) and math.isnan(value)


def _is_json(value: Any, kind: type) -> bool:
    return isinstance(value, str) and isinstance(parsed(value), kind)


_test("isnull", lambda value: value is None)
_test("isnotnull", lambda value: value is not None)
_test("isnum", lambda value: number(value) is not None, of_text=False)
_test("isint", lambda value: isinstance(number(value), int), of_text=False)
_test("isdouble", lambda value: isinstance(number(value), float), of_text=False)
_test("isstr", _is_text, of_text=True)
_test("isbool", lambda value: isinstance(value, bool))
_test("ismv", lambda value: isinstance(value, list))
_test("isarray", lambda value: _is_json(value, list), "a JSON array")
_test("isobject", lambda value: _is_json(value, dict), "a JSON object")


@builder("typeof", 1, 1, _PAGE, "Number, String, Bool, Invalid for null")
def _typeof(site: Site) -> Compiled:
    argument = site.arguments[0]
    read, kind = argument.evaluate, argument.kind
    return site.made("text", lambda row: _type_name(read(row), kind))


def _type_name(value: Any, kind: Kind) -> str:
    if value is None:
        return "Invalid"
    if isinstance(value, bool):
        return "Bool"
    if isinstance(value, list):
        raise Undocumented("typeof() of a multivalue is not documented: use ismv()")
    return "Number" if kind != "text" and number(value) is not None else "String"
