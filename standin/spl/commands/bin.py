"""bin, also called bucket and discretize."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from standin.spl.arguments import Arguments, whole
from standin.spl.bins import (
    Bins,
    LogBins,
    NumberBins,
    TimeBins,
    alignment,
    chosen_number,
    chosen_time,
    of_time,
    read_bins,
)
from standin.spl.context import Context
from standin.spl.errors import Malformed
from standin.spl.numbers import number, text
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import MEASURED, Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Single, Value

PAGE = "Search Reference: bin"
Range = tuple[float | None, float | None]
BIN_OPTIONS = frozenset({"span", "bins", "minspan", "start", "end", "aligntime"})
MOST_BINS = 100

for _name, _says in (
    ("span", "5m, 1d, w@w1, 10, 2log10; days and longer begin at local midnight"),
    ("bins", "at most so many: the smallest power of ten, from 1 for whole numbers; usual spans"),
    ("minspan", f"of a number rounded up to a power of ten, {MEASURED}"),
    ("start", "only expands the range; not with span"),
    ("end", "only expands the range; not with span"),
    ("aligntime", "earliest, latest, epoch seconds, relative time; not for days and longer"),
):
    construct("option of bin", _name, PAGE, _says)


@dataclass
class BinOptions:
    """Options of bins as read; what they mean depends on the field and its values."""

    bins: Bins | None = None
    most: int | None = None
    least: TimeBins | NumberBins | None = None
    start: float | None = None
    end: float | None = None
    align: Word | None = None

    @property
    def given(self) -> bool:
        return self != BinOptions()

    @property
    def timed(self) -> bool:
        """A span with a unit."""
        return isinstance(self.bins, TimeBins)

    def read(self, name: Word, value: Word) -> None:
        option = name.text.lower()
        if option == "span":
            self.bins = read_bins(value)
        elif option == "bins":
            self.most = whole(value, option, 2)
        elif option == "minspan":
            least = read_bins(value)
            if isinstance(least, LogBins):
                raise Malformed("minspan is no log span", value.position)
            self.least = least
        elif option == "aligntime":
            self.align = value
        else:
            end = number(value.text)
            if end is None:
                raise Malformed(f"'{option}' is a number, not '{value.text}'", value.position)
            setattr(self, option, end)

    def time_bins(
        self, times: Callable[[], list[float]], context: Context, reach: Range
    ) -> TimeBins:
        """``reach``: of the search; ``times``: asked only without that and without a span."""
        found = of_time(self.bins) if self.bins is not None else self._chosen(times, reach)
        if self.align is None:
            return found
        return found.aligned(alignment(self.align, context.now, context.timezone, reach))

    def _chosen(self, times: Callable[[], list[float]], reach: Range) -> TimeBins:
        first, last = reach
        if first is None or last is None:
            seen = times()
            first = first if first is not None else min(seen, default=0.0)
            last = last if last is not None else max(seen, default=first)
        least = (of_time(self.least).span.seconds or 0) if self.least else 0
        return chosen_time(first, last, self.most or MOST_BINS, least)

    def number_bins(self, values: Callable[[], list[int | float]], most: int = MOST_BINS) -> Bins:
        if self.bins is not None:
            return self.bins
        if isinstance(self.least, TimeBins):
            raise Malformed("minspan with a unit is for times")
        least = self.least.width if self.least else 0
        return chosen_number(values(), self.most or most, self.start, self.end, least)


def binned(bins: Bins, context: Context) -> Callable[[Value], Value]:
    """A function from a value to its bin; what is no number stays."""
    place: Callable[[int | float], Single]
    place = bins.starts(context.timezone) if isinstance(bins, TimeBins) else bins.label
    known: dict[Value, Value] = {}

    def put(value: Value) -> Value:
        if isinstance(value, list):
            return [text(put(part)) for part in value]
        if value not in known:
            found = number(value)
            known[value] = value if found is None else place(found)
        return known[value]

    return put


def field_bins(
    options: BinOptions,
    name: str,
    values: Callable[[], list[int | float]],
    context: Context,
    reach: Range,
) -> Bins:
    """For a field: _time takes times, others numbers unless the span has a unit."""
    if name == "_time" or isinstance(options.bins, TimeBins):
        return options.time_bins(values, context, reach)
    return options.number_bins(values)


def range_of(stream: Stream, context: Context) -> Range:
    """What the search's events were read from, else the time range picker's. From 0 is all time:
    then the events say where it begins."""
    earliest, latest = stream.range or (context.earliest, context.latest)
    return earliest or None, latest


def read_options(arguments: Arguments, options: BinOptions) -> None:
    """All options that are next."""
    while arguments.is_option():
        name, value = arguments.option()
        if name.text.lower() not in BIN_OPTIONS:
            raise Malformed(
                f"'{arguments.command.name}' has no option '{name.text}'", name.position
            )
        options.read(name, value)


def _read(command_text: CommandText) -> Runnable:
    arguments, options = Arguments(command_text), BinOptions()
    read_options(arguments, options)
    name = arguments.field()
    read_options(arguments, options)
    target = arguments.field() if arguments.keyword("as") else name
    read_options(arguments, options)
    if arguments.peek() is not None:
        arguments.refuse("one field with AS and options is all that it takes")
    if isinstance(options.bins, LogBins | NumberBins) and name == "_time":
        of_time(options.bins, arguments.position)

    def run(stream: Stream, context: Context) -> Stream:
        rows = stream.rows
        if options.bins is None:
            rows = list(rows)
        reach = range_of(stream, context)
        bins = field_bins(options, name, lambda: _numbers(rows, name), context, reach)
        put = binned(bins, context)

        def made() -> Iterator[Row]:
            for row in rows:
                value = row.get(name)
                yield row if value is None else {**row, target: put(value)}

        fields = stream.fields
        if fields is not None and target not in fields:
            fields = [*fields, target]
        return Stream(made(), fields, stream.events)

    return Step(run, frozenset({name}))


def _numbers(rows: object, name: str) -> list[int | float]:
    assert isinstance(rows, list)
    return [found for row in rows if (found := number(row.get(name))) is not None]


for _command in ("bin", "bucket", "discretize"):
    command(_command, PAGE, "the same as bin" if _command != "bin" else "")(_read)
