"""timechart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from standin.spl.aggregates import Composite, read_term
from standin.spl.aggregates.columns import has_wildcard
from standin.spl.arguments import Arguments, truth
from standin.spl.bins import TimeBins
from standin.spl.commands.bin import BIN_OPTIONS, BinOptions, binned, range_of
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented
from standin.spl.grouping import Key, names_of
from standin.spl.numbers import double, number
from standin.spl.parsing import CommandText, Word
from standin.spl.prestats import opened
from standin.spl.registry import Runnable, command, construct
from standin.spl.series import Pivot, series_of
from standin.spl.split_by import WHOLE, Chart, read_where
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import Clock
from standin.spl.values import Row

PAGE = "Search Reference: timechart"
MOST_ROWS = 500_000

for _name, _says in (
    ("span", "before BY; 1h, 1d, w@w1, 1mon; days and longer begin at local midnight"),
    ("bins", "at most so many; the smallest of the documented spans"),
    ("minspan", ""),
    ("aligntime", ""),
    ("cont", "false: without the times at which nothing happened"),
    ("fixedrange", "false: from the first row to the last instead of the search's range"),
    ("partial", "false: without a first or last bin that the range cuts"),
):
    construct("option of timechart", _name, PAGE, _says)
construct(
    "rule", "a length of time after BY", PAGE, "span=1h is the rows' span if none precedes (ours)"
)


@dataclass
class Settings(Chart):
    partial: bool = True
    fixedrange: bool = True


@command("timechart", PAGE, "columns _time, series, _span; rows without _time are left out")
def timechart(text: CommandText) -> Runnable:
    settings = _read(Arguments(text))

    def run(stream: Stream, context: Context) -> Stream:
        return _Chart(settings, stream, context).stream()

    return Step(run, settings.reads("_time"), passes=False)


def _read(arguments: Arguments) -> Settings:
    settings = Settings()
    arguments.skip_commas()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        elif arguments.is_keyword("by") and not settings.split.name:
            arguments.take()
            settings.split.name = arguments.field()
        elif settings.split.name and arguments.keyword("where"):
            settings.split.where = read_where(arguments)
        elif settings.split.name:
            arguments.refuse("only one split-by field, its options and WHERE may follow BY")
        else:
            settings.terms.append(read_term(arguments))
        arguments.skip_commas()
    _check(arguments, settings)
    return settings


def _check(arguments: Arguments, settings: Settings) -> None:
    _place_late_span(settings)
    if not settings.terms:
        arguments.refuse("you must specify a statistical function")
    split = settings.split.name
    for term in settings.terms:
        if isinstance(term, Composite) and not split:
            raise Malformed("An eval expression needs a BY clause", term.position)
        if split and any(call.field == split for call in term.calls):
            raise Malformed(
                f"'{split}' cannot be both a function's field and the split-by field",
                term.position,
            )
        if term.column == "_time":
            raise Malformed("The output field cannot be '_time'", term.position)


def _option(arguments: Arguments, settings: Settings) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option in BIN_OPTIONS - {"start", "end"}:
        _bin_option(settings, name, value)
    elif option in ("partial", "fixedrange"):
        setattr(settings, option, truth(value, option))
    else:
        settings.read_option(name, value, arguments)


def _bin_option(settings: Settings, name: Word, value: Word) -> None:
    (settings.split.bins if settings.split.name else settings.bins).read(name, value)


def _place_late_span(settings: Settings) -> None:
    """After BY a span divides the split-by field, and numbers only can be divided: a length of
    time there can be meant for the rows only. The page does not say so; searches rely on it."""
    split = settings.split
    if isinstance(split.bins.bins, TimeBins):
        if not settings.bins.given:
            settings.bins = split.bins
        split.bins = BinOptions()


class _Chart:
    def __init__(self, settings: Settings, stream: Stream, context: Context) -> None:
        self.settings, self.context = settings, context
        used = {"_time", settings.split.name} - {""}
        rows = opened(stream.rows, settings.terms, used)
        self.rows = [row for row in rows if number(row.get("_time")) is not None]
        self.range = range_of(stream, context)
        times = [found for row in self.rows if (found := number(row["_time"])) is not None]
        self.times = times
        self.bins = settings.bins.time_bins(lambda: times, context, self.range)
        self.start = self.bins.starts(context.timezone)
        clock = Clock(context.now, context.timezone)
        names: list[str] = []
        if has_wildcard(settings.terms):
            names = names_of(self.rows, stream.fields)
        self.pivot = Pivot(settings.terms, settings.split, clock, names)

    def stream(self) -> Stream:
        self._fill()
        places = self._places()
        keys: list[Key] = [(str(place),) for place in places]
        names, rows = self.pivot.table(keys, [self._length(place) for place in places])
        made: list[Row] = []
        for place, row in zip(places, rows, strict=True):
            made.append({"_time": place, **row, "_span": double(self._length(place))})
        return Stream(made, ["_time", *names, "_span"] if made else ["_time", *names])

    def _fill(self) -> None:
        split, start, pivot = self.settings.split, self.start, self.pivot
        put = None
        if split.name and split.bins.given:
            found = split.bins.number_bins(lambda: _numbers(self.rows, split.name))
            put = binned(found, self.context)
        for row, time in zip(self.rows, self.times, strict=True):
            place = (str(start(time)),)
            if not split.name:
                pivot.put(place, WHOLE, row)
                continue
            series = series_of(row, split, put)
            for one in dict.fromkeys(series) if self.settings.dedup else series:
                pivot.put(place, one, row)

    def _places(self) -> list[int | float]:
        seen = sorted({self.start(time) for time in self.times})
        if self.settings.cont:
            seen = self._continuous(seen)
        if not self.settings.partial:
            seen = [place for place in seen if not self._cut(place)]
        return seen

    def _continuous(self, seen: list[int | float]) -> list[int | float]:
        ends: list[int | float] = list(seen)
        earliest, latest = self.range if self.settings.fixedrange else (None, None)
        if earliest is not None and latest is not None and earliest < latest:
            ends += [self.start(earliest), self.start(_before(latest))]
        if not ends:
            return []
        place, last = min(ends), max(ends)
        places = [place]
        while place < last:
            place = self.bins.after(place, self.context.timezone)
            places.append(place)
            if len(places) > MOST_ROWS:
                raise Undocumented(f"timechart of more than {MOST_ROWS} bins: take a longer span")
        return places

    def _cut(self, place: int | float) -> bool:
        earliest, latest = self.range
        after = self.bins.after(place, self.context.timezone)
        return (earliest is not None and place < earliest) or (
            latest is not None and after > latest
        )

    def _length(self, place: int | float) -> float:
        return self.bins.after(place, self.context.timezone) - place


def _before(moment: float) -> float:
    """The range does not include its end."""
    return moment - 1e-6


def _numbers(rows: Iterable[Row], name: str) -> list[int | float]:
    return [found for row in rows if (found := number(row.get(name))) is not None]
