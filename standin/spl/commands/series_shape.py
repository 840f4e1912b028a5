"""xyseries, untable and makecontinuous: from rows to series and back."""

from __future__ import annotations

from collections.abc import Iterator

from standin.spl.arguments import Arguments, truth
from standin.spl.bins import TimeBins
from standin.spl.commands.bin import BIN_OPTIONS, BinOptions, binned, range_of, read_options
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.grouping import names_of
from standin.spl.numbers import number, text
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.split_by import Split, visible
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

XYSERIES = "Search Reference: xyseries"
UNTABLE = "Search Reference: untable"
MAKECONTINUOUS = "Search Reference: makecontinuous"
MOST_ROWS = 500_000

construct("option of xyseries", "sep, format", XYSERIES, "of several data fields")
construct("option of xyseries", "grouped", XYSERIES, "no effect on results here")
construct("rule", "order of xyseries", XYSERIES, "rows by x, columns by text, as the example shows")


def xyseries(command_text: CommandText) -> Runnable:
    arguments = Arguments(command_text)
    split = Split()
    names: list[str] = []
    while arguments.peek() is not None:
        if arguments.is_option():
            name, value = arguments.option()
            if name.text.lower() == "grouped":
                truth(value, "grouped")
            elif name.text.lower() in ("sep", "format"):
                split.read(name, value, arguments)
            else:
                raise Malformed(f"'xyseries' has no option '{name.text}'", name.position)
        else:
            names.append(arguments.field())
        arguments.skip_commas()
    if len(names) < 3:
        arguments.refuse("it needs an x field, a name field and at least one data field")
    x, y, data = names[0], names[1], names[2:]

    def run(stream: Stream, _context: Context) -> Stream:
        return _crossed(stream, x, y, data, split)

    return Step(run, frozenset(names), passes=False)


for _command in ("xyseries", "maketable"):
    command(_command, XYSERIES)(xyseries)


def _crossed(stream: Stream, x: str, y: str, data: list[str], split: Split) -> Stream:
    rows: dict[str, Row] = {}
    labels: dict[str, set[str]] = {name: set() for name in data}
    for row in stream.rows:
        place, label = row.get(x), row.get(y)
        if place is None or label is None:
            continue
        if isinstance(place, list) or isinstance(label, list):
            raise Undocumented("xyseries of a multivalue field")
        made = rows.setdefault(text(place), {x: place})
        for name in data:
            column = visible(text(label))
            if len(data) > 1:
                column = split.named(name, text(label))
            labels[name].add(column)
            if name in row:
                made[column] = row[name]
    columns = [column for name in data for column in sorted(labels[name])]
    places = [number(place) for place in rows]
    order = sorted(rows) if None in places else sorted(rows, key=float)
    return Stream([rows[place] for place in order], [x, *dict.fromkeys(columns)])


@command("untable", UNTABLE, "nulls and internal fields (_…) give no row")
def untable(command_text: CommandText) -> Runnable:
    names = Arguments(command_text).fields()
    if len(names) != 3:
        raise Malformed("untable takes three fields: x, name, data", command_text.position)
    x, label, data = names

    def rows(stream: Stream) -> Iterator[Row]:
        source = list(stream.rows)
        columns = [name for name in names_of(source, stream.fields) if name != x]
        for row in source:
            if x not in row:
                continue
            for name in columns:
                if name in row and not name.startswith("_"):
                    yield {x: row[x], label: name, data: row[name]}

    return Step(lambda stream, _context: Stream(rows(stream), [x, label, data]), None, passes=False)


@command("makecontinuous", MAKECONTINUOUS, "of _time, or with a span that has a unit")
def makecontinuous(command_text: CommandText) -> Runnable:
    arguments, options = Arguments(command_text), BinOptions()
    read_options(arguments, options)
    name = "_time" if arguments.peek() is None else arguments.field()
    read_options(arguments, options)
    if arguments.peek() is not None:
        arguments.refuse("one field and options of bins is all that it takes")
    times_only = name == "_time" or isinstance(options.bins, TimeBins)
    if not times_only or options.start is not None or options.end is not None:
        raise Unsupported(
            "makecontinuous is run here for times only: how numbers come out is not documented",
            command_text.position,
        )

    def run(stream: Stream, context: Context) -> Stream:
        rows = list(stream.rows)
        times = [found for row in rows if (found := number(row.get(name))) is not None]
        bins = options.time_bins(lambda: times, context, range_of(stream, context))
        return Stream(_continuous(rows, name, bins, context), stream.fields, stream.events)

    return Step(run, frozenset({name}))


def _continuous(rows: list[Row], name: str, bins: TimeBins, context: Context) -> Iterator[Row]:
    put = binned(bins, context)
    places: dict[float, list[Row]] = {}
    for row in rows:
        if number(row.get(name)) is None:
            continue
        place = put(row[name])
        assert isinstance(place, (int, float))
        places.setdefault(place, []).append({**row, name: place})
    if not places:
        return
    place, last, count = min(places), max(places), 0
    while place <= last:
        yield from places.get(place, [{name: place}])
        place, count = bins.after(place, context.timezone), count + 1
        if count > MOST_ROWS:
            raise Undocumented(f"makecontinuous of more than {MOST_ROWS} bins")


construct(
    "option of makecontinuous", ", ".join(sorted(BIN_OPTIONS - {"start", "end"})), MAKECONTINUOUS
)
