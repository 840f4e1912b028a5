"""Percentiles and the median.

The page gives perc50 of 1 to 10 as 5.5 and perc95 as 9.55: interpolated between ranks. The median
of an even number of values is the higher one, which the nearest rank gives; ``exactperc`` is that
too. Above 1,000 distinct values Splunk estimates ``perc``; here it stays exact.
"""

from __future__ import annotations

import math
import re
from functools import partial

from standin.spl.aggregates.function import Function, Values, function
from standin.spl.aggregates.numeric import PAGE, Number, numbers
from standin.spl.numbers import double
from standin.spl.registry import construct

_NAME = re.compile(r"(perc|p|upperperc|exactperc)(\d+(?:\.\d+)?)\Z")


def interpolated(values: Values, percent: float) -> Number | None:
    found = sorted(numbers(values))
    if not found:
        return None
    place = percent / 100 * (len(found) - 1)
    below, above = math.floor(place), math.ceil(place)
    if found[above] == found[below]:
        return double(found[below])
    between = found[below] + (found[above] - found[below]) * (place - below)
    return double(float(f"{between:.14g}"))


def nearest(values: Values, percent: float) -> Number | None:
    found = sorted(numbers(values))
    if not found:
        return None
    rank = min(math.floor(percent / 100 * len(found)), len(found) - 1)
    return double(found[rank])


@function("median", page=PAGE, numeric=True, says="of an even number of values the higher one")
def median(values: Values) -> Number | None:
    return nearest(values, 50)


def percentile(name: str) -> Function | None:
    """``p95``, ``perc99.9``, ``exactperc50``, ``upperperc5``; None for any other name."""
    found = _NAME.match(name)
    if found is None or not 0 <= float(found[2]) <= 100:
        return None
    how = nearest if found[1] == "exactperc" else interpolated
    return Function(name, partial(how, percent=float(found[2])), numeric=True)


for _kind in ("perc<N>", "p<N>", "upperperc<N>"):
    construct("stats function", _kind, PAGE, "interpolated, as in the page's examples")
construct("stats function", "exactperc<N>", PAGE, "nearest rank, a value that occurs")
