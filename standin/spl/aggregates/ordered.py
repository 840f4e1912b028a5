"""Functions that keep values: in order of the rows, or sorted."""

from __future__ import annotations

from standin.spl.aggregates.function import Result, Values, function
from standin.spl.numbers import text
from standin.spl.values import Single

ORDER = "Search Reference: Event order functions"
MULTIVALUE = "Search Reference: Multivalue stats and chart functions"
LIST_LENGTH = 100


@function("first", page=ORDER, says="of a multivalue its first part (ours)")
def first(values: Values) -> Single | None:
    return values[0] if values else None


@function("last", page=ORDER, says="of a multivalue its last part (ours)")
def last(values: Values) -> Single | None:
    return values[-1] if values else None


def multivalue(parts: list[str]) -> Result:
    """One value is a plain one."""
    if not parts:
        return None
    return parts if len(parts) > 1 else parts[0]


@function("list", page=MULTIVALUE, says="the first 100, in order of the rows")
def list_of(values: Values) -> Result:
    return multivalue([text(value) for value in values[:LIST_LENGTH]])


@function("values", page=MULTIVALUE, says="distinct, in lexicographical order")
def values_of(values: Values) -> Result:
    return multivalue(sorted({text(value) for value in values}))
