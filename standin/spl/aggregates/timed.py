"""Functions of ``_time``; values come in pairs with the time of their row."""

from __future__ import annotations

from itertools import pairwise
from operator import itemgetter

from standin.spl.aggregates.function import function
from standin.spl.errors import Undocumented
from standin.spl.numbers import double, number
from standin.spl.values import Single

PAGE = "Search Reference: Time functions"
Timed = list[tuple[float, Single]]
_TIME = itemgetter(0)


@function("latest", page=PAGE, timed=True, says="of equal times the one seen first (ours)")
def latest(pairs: Timed) -> Single | None:
    return max(pairs, key=_TIME)[1] if pairs else None


@function("earliest", page=PAGE, timed=True, says="of equal times the one seen last (ours)")
def earliest(pairs: Timed) -> Single | None:
    return min(reversed(pairs), key=_TIME)[1] if pairs else None


@function("latest_time", page=PAGE, timed=True, says="six decimals, as the page shows")
def latest_time(pairs: Timed) -> str | None:
    return f"{max(map(_TIME, pairs)):.6f}" if pairs else None


@function("earliest_time", page=PAGE, timed=True, says="six decimals, as the page shows")
def earliest_time(pairs: Timed) -> str | None:
    return f"{min(map(_TIME, pairs)):.6f}" if pairs else None


@function("rate", page=PAGE, timed=True, says="of a counter that was never reset")
def rate(pairs: Timed) -> int | float | None:
    ordered = sorted(pairs, key=_TIME)
    values = [number(value) for _, value in ordered]
    if not ordered or ordered[0][0] == ordered[-1][0] or None in (values[0], values[-1]):
        return None
    found = [value for value in values if value is not None]
    if any(after < before for before, after in pairwise(found)):
        raise Undocumented("rate(): the page does not say how a reset of the counter counts")
    return double((found[-1] - found[0]) / (ordered[-1][0] - ordered[0][0]))
