"""Text functions."""

from __future__ import annotations

from typing import Any

from standin.spl.functions.table import function
from standin.spl.numbers import text

_PAGE = "Text functions"


@function("lower", 1, 1, "text", _PAGE)
def _lower(value: Any) -> Any:
    return text(value).lower()


@function("upper", 1, 1, "text", _PAGE)
def _upper(value: Any) -> Any:
    return text(value).upper()


@function("len", 1, 1, "number", _PAGE)
def _len(value: Any) -> Any:
    return len(text(value))
