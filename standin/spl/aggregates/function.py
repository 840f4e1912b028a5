"""What a statistical function is, and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from standin.spl.registry import construct
from standin.spl.values import Single, Value

Values = list[Single]
Result = Value | None


@dataclass(frozen=True)
class Function:
    """``of``: the values in order of the rows, parts of multivalues one by one, nulls left out;
    when ``timed``, pairs of time and value. ``numeric``: ``allnum`` speaks of it. ``counts``: a
    condition is counted where it is true. ``per``: seconds that a rate of timechart is for."""

    name: str
    of: Callable[[Any], Result]
    numeric: bool = False
    timed: bool = False
    counts: bool = False
    per: int | None = None


FUNCTIONS: dict[str, Function] = {}


def function(
    *names: str,
    page: str,
    says: str = "",
    numeric: bool = False,
    timed: bool = False,
    counts: bool = False,
) -> Callable[[Callable[[Any], Result]], Callable[[Any], Result]]:
    """Registers a function under its names."""

    def register(of: Callable[[Any], Result]) -> Callable[[Any], Result]:
        for name in names:
            FUNCTIONS[name] = Function(name, of, numeric, timed, counts)
            construct("stats function", name, page, says)
        return of

    return register
