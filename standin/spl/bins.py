"""Bins of times and numbers: ``span=5m``, ``w@w1``, ``10``, ``2log10``, ``bins=``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import double, text
from standin.spl.parsing import Word
from standin.spl.times import Span, parse_span, relative_time, shifted, snapped

_LOG = re.compile(r"(\d+(?:\.\d+)?|\.\d+)?log(\d+(?:\.\d+)?)?\Z")
_WEEK = re.compile(r"w([0-7])?\Z")
_EPOCH = date(1970, 1, 1).toordinal()
_THURSDAY = 4
_MONTHS = {"mon": 1, "q": 3, "y": 12}
_PART_OF_SECOND = {"ds": 10, "cs": 100, "ms": 1000, "us": 1_000_000}
NICE = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 86400)
"""Seconds of the spans that are chosen when none is given; the next one is a month."""
Number = int | float


@dataclass(frozen=True)
class TimeBins:
    """``snap``: what stands after @. ``align``: epoch seconds where a bin of hours or less begins.
    ``typed``: it was written with a unit."""

    span: Span
    snap: str = ""
    align: float = 0.0
    typed: bool = True

    def starts(self, timezone: tzinfo) -> Callable[[float], Number]:
        """A quick function from a time to the beginning of its bin."""
        width = self.span.seconds
        if width is not None and self.span.unit not in ("d", "w"):
            return self._fixed(width, timezone)
        known: dict[int, Number] = {}

        def start(epoch: float) -> Number:
            quarter = int(epoch // 900)
            found = known.get(quarter)
            if found is None:
                found = known[quarter] = double(self._calendar(epoch, timezone))
            return found

        return start

    def _fixed(self, width: float, timezone: tzinfo) -> Callable[[float], Number]:
        if self.snap in ("d", "day"):
            return lambda epoch: double(
                (day := snapped(epoch, "d", timezone)) + (epoch - day) // width * width
            )
        align = self.align
        if width >= 1 and float(width).is_integer() and float(align).is_integer():
            whole, base = int(width), int(align)
            return lambda epoch: base + (math.floor(epoch) - base) // whole * whole
        each = _PART_OF_SECOND.get(self.span.unit, 1)
        return lambda epoch: double(
            round(align + math.floor(round((epoch - align) / width, 6)) * self.span.count / each, 6)
        )

    def _calendar(self, epoch: float, timezone: tzinfo) -> float:
        local = datetime.fromtimestamp(epoch, timezone)
        if self.span.unit in _MONTHS:
            size = int(self.span.count) * _MONTHS[self.span.unit]
            month = ((local.year - 1970) * 12 + local.month - 1) // size * size
            return datetime(1970 + month // 12, month % 12 + 1, 1, tzinfo=timezone).timestamp()
        size = int(self.span.count) * (7 if self.span.unit == "w" else 1)
        first = _EPOCH - self._days_back()
        day = date.fromordinal(first + (local.toordinal() - first) // size * size)
        return datetime(day.year, day.month, day.day, tzinfo=timezone).timestamp()

    def _days_back(self) -> int:
        """From the epoch's Thursday back to the day on which weeks begin."""
        week = _WEEK.match(self.snap)
        return 0 if week is None else (_THURSDAY - int(week[1] or 0)) % 7

    def after(self, start: float, timezone: tzinfo) -> Number:
        """Where the next bin begins."""
        following = shifted(start, int(self.span.count), self.span.unit, timezone)
        if self.span.unit in _PART_OF_SECOND:
            return double(round(following, 6))
        return double(following)

    def aligned(self, moment: float) -> TimeBins:
        return replace(self, align=moment)


@dataclass(frozen=True)
class NumberBins:
    """Bins of equal width; a value becomes text like ``10-20``."""

    width: float

    def low(self, value: Number) -> Number:
        return self._at(math.floor(round(value / self.width, 9)))

    def _at(self, index: int) -> Number:
        return double(round(index * self.width, 12))

    def label(self, value: Number) -> str:
        """With as many decimal places as the width has."""
        index = math.floor(round(value / self.width, 9))
        places = len(text(self.width).partition(".")[2])
        return f"{self._at(index):.{places}f}-{self._at(index + 1):.{places}f}"


@dataclass(frozen=True)
class LogBins:
    """Bins between ``coefficient * base ** n``; 0 stays 0."""

    coefficient: float
    base: float

    def low(self, value: Number) -> Number:
        if value < 0:
            raise Undocumented(f"log bins of a negative number: {text(value)}")
        return 0 if value == 0 else self._at(self._index(value))

    def _index(self, value: Number) -> int:
        index = math.floor(math.log(value / self.coefficient, self.base))
        while self._at(index + 1) <= value:
            index += 1
        while self._at(index) > value:
            index -= 1
        return index

    def _at(self, index: int) -> Number:
        return double(round(self.coefficient * self.base**index, 12))

    def label(self, value: Number) -> str:
        if self.low(value) == 0:
            return "0"
        index = self._index(value)
        return f"{text(self._at(index))}-{text(self._at(index + 1))}"


Bins = TimeBins | NumberBins | LogBins


def read_bins(word: Word) -> Bins:
    """The value of ``span=``. A plain number is ``NumberBins``: seconds, if it is for _time."""
    value = word.text
    log = _LOG.match(value)
    if log is not None:
        return _log_bins(float(log[1] or 1), float(log[2] or 10), word.position)
    span, at, snap = value.partition("@")
    if at:
        return _snapped_bins(span, snap, word)
    try:
        width = float(value)
    except ValueError:
        counted = value if value[:1].isdigit() else f"1{value}"
        return TimeBins(_checked(parse_span(counted, word.position), word.position))
    if not (width > 0 and math.isfinite(width)):
        raise Malformed(f"'{value}' is no span", word.position)
    return NumberBins(width)


def _log_bins(coefficient: float, base: float, position: int) -> LogBins:
    if not 1 <= coefficient < base:
        raise Malformed("A log span needs 1 <= coefficient < base, and a base over 1", position)
    return LogBins(coefficient, base)


def _snapped_bins(span: str, snap: str, word: Word) -> TimeBins:
    """``w@w1``, ``1d@d``, ``-1h@h``: the sign says nothing of a span."""
    span, snap = span.lstrip("+-"), snap.lower()
    found = parse_span(span if span[:1].isdigit() else f"1{span}", word.position)
    week = _WEEK.match(snap)
    if week is None:
        unit = parse_span(f"1{snap}", word.position).unit
        if unit not in (found.unit, "d"):
            raise Undocumented(f"A span of {span} that snaps to '{snap}'", word.position)
    elif found.unit not in ("d", "w"):
        raise Undocumented(f"A span of {span} that snaps to a week", word.position)
    return TimeBins(_checked(found, word.position), snap)


def _checked(span: Span, position: int) -> Span:
    part = _PART_OF_SECOND.get(span.unit)
    if part is not None and (span.count >= part or part % span.count):
        raise Malformed("Spans below a second must divide a second evenly", position)
    if part is None and not float(span.count).is_integer():
        raise Malformed("A time span is a whole number of units", position)
    return span


def of_time(bins: Bins, position: int | None = None) -> TimeBins:
    """Bins for _time: a plain number is seconds."""
    if isinstance(bins, LogBins):
        raise Malformed("A log span cannot divide _time", position)
    if isinstance(bins, NumberBins):
        if bins.width < 1:
            raise Undocumented("A span of _time below a second needs a unit", position)
        return TimeBins(Span(bins.width, "s"), typed=False)
    return bins


def chosen_time(first: float, last: float, most: int, least: float = 0) -> TimeBins:
    """The smallest of the documented spans that needs no more than ``most`` bins."""
    for seconds in NICE:
        if seconds >= least and (last - first) / seconds <= most:
            return TimeBins(Span(1, "d") if seconds == 86400 else Span(seconds, "s"))
    return TimeBins(Span(1, "mon"))


def chosen_number(
    values: Iterable[Number],
    most: int,
    low: Number | None,
    high: Number | None,
    least: float = 0,
) -> NumberBins:
    """The smallest power of ten that needs no more than ``most`` bins and is not below ``least``;
    of whole numbers not below 1."""
    found = [*values, *(end for end in (low, high) if end is not None)]
    extent = (max(found) - min(found)) if found else 0
    if not extent:
        return NumberBins(10.0 ** _power(max(least, 1)))
    power = _power(extent / most)
    if least:
        power = max(power, _power(least))
    return NumberBins(10.0 ** (max(power, 0) if all(map(_is_whole, found)) else power))


def _power(value: float) -> int:
    return math.ceil(round(math.log10(value), 9))


def _is_whole(value: Number) -> bool:
    return float(value).is_integer()


def alignment(
    word: Word, now: float, timezone: tzinfo, ends: tuple[float | None, float | None]
) -> float:
    """The value of ``aligntime=``: earliest, latest, epoch seconds or a relative time."""
    name = word.text.lower()
    if name in ("earliest", "latest"):
        end = ends[name == "latest"]
        if end is None:
            raise Undocumented(f"aligntime={name}: the search has no such time", word.position)
        return end
    try:
        return float(word.text)
    except ValueError:
        return relative_time(now, word.text, timezone, word.position)


__all__ = [
    "Bins",
    "LogBins",
    "NumberBins",
    "TimeBins",
    "alignment",
    "chosen_number",
    "chosen_time",
    "of_time",
    "read_bins",
]
