"""Functions of numbers; values that do not read as one are left out."""

from __future__ import annotations

import math
from collections import Counter
from functools import reduce
from operator import add

from standin.spl.aggregates.function import FUNCTIONS, Function, Values, function
from standin.spl.numbers import double, number, text
from standin.spl.registry import construct
from standin.spl.values import Single

Number = int | float
PAGE = "Search Reference: Aggregate functions"
RATES = {"per_second": 1, "per_minute": 60, "per_hour": 3600, "per_day": 86400}


def numbers(values: Values) -> list[Number]:
    return [found for value in values if (found := number(value)) is not None]


def total(found: list[Number]) -> Number:
    """The sum as doubles added one after another give it."""
    return double(reduce(add, found, 0))


@function("count", "c", page=PAGE, counts=True, says="values; without a field, rows")
def count(values: Values) -> int:
    return len(values)


@function("dc", "distinct_count", page=PAGE, says="values compared as text: 1.0 and 1 are two")
def distinct_count(values: Values) -> int:
    found = set(values)
    if all(type(value) is str for value in found):
        return len(found)
    return len({text(value) for value in found})


@function("estdc", page=PAGE, says="exact, as documented below 1,000 distinct values")
def estimated_distinct_count(values: Values) -> int:
    return distinct_count(values)  # type: ignore[return-value]


@function("sum", page=PAGE, numeric=True)
def sum_of(values: Values) -> Number | None:
    found = numbers(values)
    return total(found) if found else None


@function("sumsq", page=PAGE, numeric=True)
def sum_of_squares(values: Values) -> Number | None:
    found = numbers(values)
    return total([value * value for value in found]) if found else None


@function("avg", "mean", page=PAGE, numeric=True)
def average(values: Values) -> Number | None:
    found = numbers(values)
    return double(reduce(add, found, 0) / len(found)) if found else None


@function("range", page=PAGE, numeric=True)
def value_range(values: Values) -> Number | None:
    found = numbers(values)
    return double(max(found) - min(found)) if found else None


def deviation(found: list[Number]) -> float:
    """The sum of squared distances from the mean, by the formula whose last digits the page shows
    for stdev; by the steadier one where that one loses its digits."""
    mean = reduce(add, found, 0) / len(found)
    squares = reduce(add, [value * value for value in found], 0)
    spread = squares - mean * reduce(add, found, 0)
    if spread < squares * 1e-9:
        spread = reduce(add, [(value - mean) ** 2 for value in found], 0.0)
    return float(max(spread, 0.0))


@function("var", page=PAGE, numeric=True, says="of a sample; of one value 0")
def variance(values: Values) -> Number | None:
    found = numbers(values)
    if not found:
        return None
    return double(deviation(found) / (len(found) - 1)) if len(found) > 1 else 0


@function("varp", page=PAGE, numeric=True, says="of a population")
def population_variance(values: Values) -> Number | None:
    found = numbers(values)
    return double(deviation(found) / len(found)) if found else None


def _root(value: Number | None) -> Number | None:
    return None if value is None else double(math.sqrt(value))


@function("stdev", page=PAGE, numeric=True, says="of a sample; of one value 0")
def standard_deviation(values: Values) -> Number | None:
    return _root(variance(values))  # type: ignore[arg-type]


@function("stdevp", page=PAGE, numeric=True, says="of a population")
def population_standard_deviation(values: Values) -> Number | None:
    return _root(population_variance(values))  # type: ignore[arg-type]


@function("max", page=PAGE, says="numbers before texts; as numbers if all are, else as text")
def maximum(values: Values) -> Single | None:
    words = [value for value in values if number(value) is None]
    if words:
        return max(map(text, words))
    return _plain(max(values, key=_key, default=None))


@function("min", page=PAGE, says="numbers before texts; the least text only if there is no number")
def minimum(values: Values) -> Single | None:
    found = [value for value in values if number(value) is not None]
    if found:
        return _plain(min(found, key=_key))
    return min(map(text, values), default=None)


def _plain(value: Single | None) -> Single | None:
    """A number, unless its spelling says more, as 2.0 does."""
    found = number(value)
    return value if found is None or text(found) != value else found


def _key(value: Single) -> Number:
    found = number(value)
    assert found is not None
    return found


@function("mode", page=PAGE, says="of equally frequent values, the one seen first (ours)")
def mode(values: Values) -> Single | None:
    ranked = Counter(text(value) for value in values).most_common(1)
    if not ranked:
        return None
    return next(value for value in values if text(value) == ranked[0][0])


for _name, _seconds in RATES.items():
    FUNCTIONS[_name] = Function(_name, sum_of, numeric=True, per=_seconds)
    construct("stats function", _name, "Search Reference: Time functions", "of timechart only")
