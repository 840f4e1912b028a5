"""chart: one field down, another across."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from standin.spl.aggregates import Composite, read_term
from standin.spl.aggregates.columns import has_wildcard
from standin.spl.aggregates.sparklines import grid
from standin.spl.arguments import Arguments
from standin.spl.bins import Bins, LogBins, NumberBins, TimeBins, chosen_number
from standin.spl.commands.bin import BIN_OPTIONS, BinOptions, binned, range_of
from standin.spl.commands.stats import refuse_rates
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented
from standin.spl.grouping import Key, names_of
from standin.spl.numbers import double, number, text
from standin.spl.parsing import CommandText
from standin.spl.prestats import opened
from standin.spl.registry import Runnable, command, construct
from standin.spl.series import Pivot, series_of
from standin.spl.split_by import WHOLE, Chart, read_where
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import Clock
from standin.spl.values import Single, Value

PAGE = "Search Reference: chart"
MOST_BINS = 300
MOST_ROWS = 50_000

construct("option of chart", "span, bins, aligntime", PAGE, "of the field before them")
construct("option of chart", "cont", PAGE, "true: empty bins of equal width get rows")
construct("rule", "order of chart's rows", PAGE, "as numbers if all are, else as text (ours)")


@dataclass
class Settings(Chart):
    over: str = ""


@command("chart", PAGE)
def chart(command_text: CommandText) -> Runnable:
    settings = _read(Arguments(command_text))

    def run(stream: Stream, context: Context) -> Stream:
        return _Chart(settings, stream, context).stream()

    return Step(run, settings.reads(settings.over), passes=False)


def _read(arguments: Arguments) -> Settings:
    settings = Settings()
    arguments.skip_commas()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        elif not settings.over and arguments.keyword("over"):
            settings.over = arguments.field()
        elif not settings.split.name and arguments.keyword("by"):
            name = arguments.field()
            if settings.over:
                settings.split.name = name
            else:
                settings.over = name
        elif settings.split.name and arguments.keyword("where"):
            settings.split.where = read_where(arguments)
        elif settings.over and not settings.split.name:
            settings.split.name = arguments.field()
        elif settings.over:
            arguments.refuse("no more than two fields, their options and WHERE")
        else:
            settings.terms.append(read_term(arguments))
        arguments.skip_commas()
    _check(arguments, settings)
    return settings


def _check(arguments: Arguments, settings: Settings) -> None:
    if not settings.terms:
        arguments.refuse("you must specify a statistical function")
    for term in settings.terms:
        refuse_rates(term)
        if isinstance(term, Composite) and not term.name and not settings.split.name:
            raise Malformed("An eval expression without a split-by field needs AS", term.position)
        for call in term.calls:
            if call.field == settings.over != "":
                raise Malformed(
                    f"'{call.field}' cannot be both a function's field and the row-split field",
                    call.position,
                )
            if call.bare:
                raise Malformed(
                    f"Only count needs no field in chart: write {call.label}(*)", call.position
                )


def _option(arguments: Arguments, settings: Settings) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option in BIN_OPTIONS - {"start", "end"}:
        (settings.split.bins if settings.split.name else settings.bins).read(name, value)
        if settings.split.name not in ("", "_time") and settings.split.bins.timed:
            raise Undocumented(
                f"{name.text}={value.text} after '{settings.split.name}' divides that field, and "
                "one that is no time has no hours: put it after the time's field",
                name.position,
            )
    else:
        settings.read_option(name, value, arguments)


Put = Callable[[Value], Value] | None


class _Chart:
    def __init__(self, settings: Settings, stream: Stream, context: Context) -> None:
        self.settings, self.context = settings, context
        used = {settings.over, settings.split.name} - {""}
        self.rows = list(opened(stream.rows, settings.terms, used))
        self.reach = range_of(stream, context)
        names: list[str] = []
        if has_wildcard(settings.terms):
            names = [name for name in names_of(self.rows, stream.fields) if name not in used]
        clock = Clock(context.now, context.timezone)
        over = grid(self.rows, self.reach, context.timezone)
        self.pivot = Pivot(settings.terms, settings.split, clock, names, over)
        self.shown: dict[Key, Single] = {}

    def stream(self) -> Stream:
        over, split = self.settings.over, self.settings.split
        bins = self._bins(over, self.settings.bins) if over else None
        across = self._bins(split.name, split.bins) if split.name else None
        self._fill(bins, across)
        places: list[Key] = self._places(bins) if over else [("",)]
        names, rows = self.pivot.table(places)
        if over:
            shown = [self.shown[place] for place in places]
            rows = [{over: value, **row} for value, row in zip(shown, rows, strict=True)]
            names = [over, *names]
        return Stream(rows, names)

    def _bins(self, name: str, options: BinOptions) -> Bins | None:
        """Numbers of more than 300 different values are put into bins unasked."""
        if options.given:
            if name == "_time" or isinstance(options.bins, TimeBins):
                return options.time_bins(lambda: self._numbers(name), self.context, self.reach)
            return options.number_bins(lambda: self._numbers(name), MOST_BINS)
        values = {text(row[name]) for row in self.rows if name in row}
        found = [number(value) for value in values]
        if len(values) <= MOST_BINS or None in found:
            return None
        if name == "_time":
            return options.time_bins(lambda: self._numbers(name), self.context, self.reach)
        return chosen_number([one for one in found if one is not None], MOST_BINS, None, None)

    def _numbers(self, name: str) -> list[int | float]:
        return [found for row in self.rows if (found := number(row.get(name))) is not None]

    def _fill(self, bins: Bins | None, across: Bins | None) -> None:
        over, split = self.settings.over, self.settings.split
        put = binned(bins, self.context) if bins is not None else None
        put_across = binned(across, self.context) if across is not None else None
        for row in self.rows:
            series = [WHOLE] if not split.name else series_of(row, split, put_across)
            if self.settings.dedup:
                series = list(dict.fromkeys(series))
            for place in self._places_of(row.get(over), put) if over else [("",)]:
                for one in series:
                    self.pivot.put(place, one, row)

    def _places_of(self, value: Value | None, put: Put) -> list[Key]:
        if value is None:
            return []
        if put is not None:
            value = put(value)
        parts: list[Single] = list(value) if isinstance(value, list) else [value]
        places: list[Key] = [(text(part),) for part in parts]
        for place, part in zip(places, parts, strict=True):
            self.shown.setdefault(place, part)
        return list(dict.fromkeys(places)) if self.settings.dedup else places

    def _places(self, bins: Bins | None) -> list[Key]:
        places = list(self.pivot.cells)
        if isinstance(bins, NumberBins | LogBins):
            places = self._in_bins(bins)
        elif isinstance(bins, TimeBins) and self.settings.cont and places:
            self._add_times(bins)
            places = list(self.shown)
        numeric = {place: number(place[0]) for place in places}
        if None not in numeric.values() or isinstance(bins, NumberBins | LogBins):
            return sorted(places, key=lambda place: _low(place[0]))
        return sorted(places)

    def _in_bins(self, bins: NumberBins | LogBins) -> list[Key]:
        """Ranges, with the empty ones between them."""
        places = [place for place in self.pivot.cells if _is_range(place[0])]
        if isinstance(bins, NumberBins) and self.settings.cont and places:
            lows = sorted(_low(place[0]) for place in places)
            count = round((lows[-1] - lows[0]) / bins.width)
            if count <= MOST_ROWS:
                for index in range(count + 1):
                    label = bins.label(double(round(lows[0] + index * bins.width, 12)))
                    self.shown.setdefault((label,), label)
                    places.append((label,))
        return list(dict.fromkeys(places))

    def _add_times(self, bins: TimeBins) -> None:
        found = [start for start in map(number, self.shown.values()) if start is not None]
        place, last = min(found), max(found)
        while place < last and len(self.shown) < MOST_ROWS:
            place = bins.after(place, self.context.timezone)
            self.shown.setdefault((text(place),), place)


def _is_range(label: str) -> bool:
    return number(label) is not None or number(label[: label.find("-", 1)]) is not None


def _low(label: str) -> float:
    """Where a range like ``-10-0`` begins."""
    found = number(label)
    if found is None:
        found = number(label[: label.find("-", 1)])
    assert found is not None
    return float(found)
