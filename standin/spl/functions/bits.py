"""Bitwise functions: integers from 0 to 2^53 - 1; null for anything else."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from standin.spl.functions.mathematics import mathematical
from standin.spl.numbers import EXACT

_PAGE = "Bitwise functions"
_MASK = EXACT - 1


def _register(name: str, most: int, call: Callable[..., int]) -> None:
    def checked(*values: Any) -> int | None:
        if not all(isinstance(value, int) and 0 <= value <= _MASK for value in values):
            return None
        return call(*values)

    mathematical(name, 1 if name == "bit_not" else 2, most, _PAGE)(checked)


def _folded(call: Callable[[int, int], int]) -> Callable[..., int]:
    return lambda *values: functools.reduce(call, values)


_register("bit_and", 10_000, _folded(operator.and_))
_register("bit_or", 10_000, _folded(operator.or_))
_register("bit_xor", 10_000, _folded(operator.xor))
_register("bit_not", 2, lambda value, mask=_MASK: ~value & mask & _MASK)
_register("bit_shift_left", 2, lambda value, by: 0 if by > 53 else value << by & _MASK)
_register("bit_shift_right", 2, lambda value, by: 0 if by > 53 else value >> by)
