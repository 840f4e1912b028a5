"""Date and Time functions."""

from __future__ import annotations

import math
import time
from typing import Any

from standin.spl.errors import Malformed
from standin.spl.functions.table import Site, at, builder, strict
from standin.spl.nodes import Compiled
from standin.spl.numbers import Measured, number, text, tidy
from standin.spl.time_format import format_time
from standin.spl.time_parse import parse_time
from standin.spl.times import relative_time

_PAGE = "Date and Time functions"
_MICROSECONDS = 6
"""Decimal places that a time is written with."""


@builder("now", 0, 0, _PAGE, "when the search was started")
def _now(site: Site) -> Compiled:
    now = tidy(float(math.floor(site.needs_clock().now)))
    return site.made("number", lambda _row: now)


@builder("time", 0, 0, _PAGE, "the wall clock, at each result")
def _time(site: Site) -> Compiled:
    return site.made("number", lambda _row: Measured(time.time(), _MICROSECONDS), constant=False)


@builder("relative_time", 2, 2, _PAGE)
def _relative_time(site: Site) -> Compiled:
    clock, position = site.needs_clock(), site.arguments[1].position
    specifier = site.arguments[1]
    if specifier.constant:
        relative_time(0, text(specifier.value()), clock.timezone, position)

    def moved(epoch: Any, by: Any) -> float | None:
        found = number(epoch)
        if found is None or not math.isfinite(found):
            return None
        return Measured(relative_time(found, text(by), clock.timezone, position), _MICROSECONDS)

    return site.made("number", strict(moved, site))


@builder("strftime", 2, 2, _PAGE)
def _strftime(site: Site) -> Compiled:
    zone = site.needs_clock().timezone
    form = site.arguments[1]
    if form.constant:
        at(format_time, form.position)(0, _format(form.value()), zone)

    def written(epoch: Any, wanted: Any) -> str | None:
        found = number(epoch)
        if found is None or not math.isfinite(found):
            return None
        return format_time(found, _format(wanted), zone)

    return site.made("text", strict(written, site))


def _format(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("a time format is a text")
    return value


@builder("strptime", 2, 2, _PAGE, "null where the text does not fit")
def _strptime(site: Site) -> Compiled:
    clock = site.needs_clock()
    form = site.arguments[1]
    if form.constant:
        at(parse_time, form.position)("", _format(form.value()), clock.timezone, 0)

    def read(value: Any, wanted: Any) -> float | None:
        if isinstance(value, list):
            return None
        found = parse_time(text(value), _format(wanted), clock.timezone, clock.now)
        return None if found is None else Measured(found, _MICROSECONDS)

    return site.made("number", strict(read, site))
