"""Informational functions."""

from __future__ import annotations

from typing import Any

from standin.spl.functions.table import Site, builder
from standin.spl.nodes import Compiled
from standin.spl.numbers import number

_PAGE = "Informational functions"


def _test(name: str, holds: Any, says: str = "") -> None:
    def build(site: Site) -> Compiled:
        read = site.arguments[0].evaluate
        return site.made("boolean", lambda row: holds(read(row)))

    builder(name, 1, 1, _PAGE, says)(build)


def _whole(value: Any) -> bool:
    found = number(value)
    return found is not None and (isinstance(found, int) or found.is_integer())


_test("isnull", lambda value: value is None)
_test("isnotnull", lambda value: value is not None)
_test("isnum", lambda value: number(value) is not None)
_test("isint", _whole)
_test("isbool", lambda value: isinstance(value, bool))
_test("isstr", lambda value: isinstance(value, (str, list)) and number(value) is None)
