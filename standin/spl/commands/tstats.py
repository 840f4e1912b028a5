"""tstats: statistics of indexed fields, or of a data model's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from standin.spl.aggregates import Call, bind, fields_read, read_term
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.bins import TimeBins, chosen_time, of_time, read_bins
from standin.spl.commands.stats import check_names, results
from standin.spl.context import Context
from standin.spl.data_model import Dataset, dataset
from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.grouping import group
from standin.spl.numbers import number
from standin.spl.parsing import CommandText, Word
from standin.spl.prestats import Prestats, announced
from standin.spl.registry import Runnable, command, construct
from standin.spl.search_expression import Condition, compile_search
from standin.spl.stream import Stream
from standin.spl.times import Clock
from standin.spl.values import Row

PAGE = "Search Reference: tstats"
_BUCKET = "_bucket of time"
_FLAGS = ("summariesonly", "allow_old_summaries", "include_reduced_buckets", "local")
_MOST_BINS = 300
_BELOW_A_SECOND = ("us", "ms", "cs", "ds")

for _name, _says in (
    ("summariesonly, allow_old_summaries", "no effect: data models count as wholly summarized"),
    ("include_reduced_buckets, local, chunk_size", "no effect on results"),
    ("fillnull_value", "for nulls of BY fields; without it such events are left out"),
    ("span", "after BY, of _time"),
    ("prestats", "for stats, chart and timechart with the same functions and fields"),
    ("append", "with prestats=t, after another one"),
):
    construct("option of tstats", _name, PAGE, _says)
construct("clause", "tstats FROM datamodel=", PAGE, "where the instance has that model")
construct("refused clause", "tstats PREFIX()", PAGE, "needs the raw segments of an index")


@dataclass
class Settings:
    calls: list[Call] = field(default_factory=list)
    model: Word | None = None
    where: tuple[str, int] = ("", 0)
    by: list[str] = field(default_factory=list)
    span: TimeBins | None = None
    fill: str | None = None
    prestats: bool = False
    append: bool = False


@command("tstats", PAGE)
def tstats(text: CommandText) -> Runnable:
    assert text.context is not None
    settings = _read(Arguments(text))
    if settings.append and not settings.prestats:
        raise Malformed("tstats append=t needs prestats=t", text.position)
    if not (text.first or settings.append):
        raise Malformed("tstats must be the first command of a search", text.position)
    where, position = settings.where
    condition = compile_search(where, position or text.position, text.context)
    return lambda stream, context: _run(settings, condition, context, stream)


def _read(arguments: Arguments) -> Settings:
    settings = Settings()
    arguments.skip_commas()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        elif arguments.keyword("from"):
            settings.model = _model(arguments)
        elif arguments.keyword("where"):
            settings.where = _where(arguments)
        elif arguments.keyword("by", "groupby"):
            _by(arguments, settings)
        elif settings.by or settings.where[1] or settings.model:
            arguments.refuse("functions come first, then FROM, WHERE and BY")
        else:
            settings.calls.append(_call(arguments))
        arguments.skip_commas()
    if not settings.calls:
        arguments.refuse("you must specify at least one statistical function")
    check_names([*settings.calls], settings.by)
    return settings


def _call(arguments: Arguments) -> Call:
    position = arguments.position
    if arguments.is_mark("(", 1) and arguments.is_keyword("prefix", ahead=2):
        raise Unsupported("PREFIX() is not run here: it needs raw segments", position)
    term = read_term(arguments)
    if not isinstance(term, Call) or term.formula is not None:
        raise Malformed("tstats takes no eval expressions", position)
    if term.function.name == "list" or term.function.per is not None:
        raise Malformed(f"tstats does not know the function '{term.function.name}'", position)
    if term.field is not None and "*" in term.field:
        raise Malformed(f"tstats needs named fields, not '{term.field}'", position)
    return term


def _option(arguments: Arguments, settings: Settings) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option in _FLAGS:
        truth(value, option)
    elif option in ("prestats", "append"):
        setattr(settings, option, truth(value, option))
    elif option == "chunk_size":
        whole(value, option, 10_000)
    elif option == "fillnull_value":
        settings.fill = value.text
    elif option == "span" and settings.by:
        settings.span = None if value.text.lower() == "auto" else of_time(read_bins(value))
        if settings.span is not None and settings.span.span.unit in _BELOW_A_SECOND:
            raise Malformed("tstats takes no span below a second", value.position)
        if "_time" not in settings.by:
            raise Undocumented(
                "What span does without _time among the BY fields is not documented", name.position
            )
    else:
        raise Malformed(f"'tstats' has no option '{name.text}' here", name.position)


def _model(arguments: Arguments) -> Word:
    if not arguments.is_option():
        raise Unsupported("tstats reads data models and indexes here", arguments.position)
    name, value = arguments.option()
    if name.text.lower() != "datamodel":
        raise Unsupported(f"tstats FROM {name.text}= is not run here", name.position)
    return arguments.adjoining(value)


def _where(arguments: Arguments) -> tuple[str, int]:
    """All up to BY, for the language of ``search``."""
    start, depth = arguments.position, 0
    while (word := arguments.peek()) is not None:
        if depth == 0 and arguments.is_keyword("by", "groupby"):
            break
        arguments.take()
        if not word.quoted:
            depth += (word.text == "(") - (word.text == ")")
    return arguments.raw(start, arguments.position), start


def _by(arguments: Arguments, settings: Settings) -> None:
    if settings.by:
        arguments.refuse("only one BY clause is allowed")
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, settings)
        else:
            if arguments.is_keyword("prefix") and arguments.is_mark("(", 1):
                raise Unsupported(
                    "PREFIX() is not run here: it needs raw segments", arguments.position
                )
            name = arguments.field()
            if "*" in name:
                arguments.refuse(f"BY takes no wildcards: '{name}'")
            settings.by.append(name)
        arguments.skip_commas()
    if not settings.by:
        arguments.refuse("BY needs at least one field")


def _run(settings: Settings, condition: Condition, context: Context, stream: Stream) -> Stream:
    wanted = fields_read(settings.calls) | frozenset(settings.by)
    reach = condition.range(context)
    if settings.model is None:
        rows: Iterable[Row] = context.indexed_events(condition.query(context, wanted))
    else:
        rows = _of_model(_root(settings.model, context), condition, context)
    by = list(settings.by)
    if "_time" in by:
        rows = _bucketed(list(rows), settings, context, reach)
        by[by.index("_time")] = _BUCKET
    if settings.fill is not None:
        rows = ({**dict.fromkeys(by, settings.fill), **row} for row in rows)
    if settings.prestats:
        return _handed_on(settings, list(rows), wanted, stream, reach)
    columns = bind(settings.calls, [], Clock(context.now, context.timezone))
    names = [*settings.by, *dict.fromkeys(column.name for column in columns)]
    if not by:
        return Stream([results(columns, list(rows))], names, range=reach)
    groups = group(rows, by)
    made: list[Row] = []
    for key in groups.sorted_keys():
        row: Row = dict(zip(settings.by, groups.shown[key], strict=True))
        made.append({**row, **results(columns, groups[key])})
    return Stream(made, names, range=reach)


def _handed_on(
    settings: Settings,
    rows: list[Row],
    wanted: frozenset[str],
    stream: Stream,
    reach: tuple[float | None, float | None],
) -> Stream:
    made: list[Row] = []
    for row in rows:
        if all(name in row for name in settings.by):
            kept = {name: value for name, value in row.items() if name in wanted}
            if _BUCKET in row:
                kept["_time"] = row[_BUCKET]
            made.append(kept)
    part = Prestats([(made, announced(settings.calls), frozenset(settings.by))])
    if settings.append:
        if not isinstance(stream.rows, Prestats):
            raise Undocumented("tstats append=t needs what another tstats prestats=t gave")
        part = stream.rows.added(part)
    return Stream(part, None, range=stream.range or reach)


def _root(word: Word, context: Context) -> Dataset:
    found = dataset(word.text, word.position, context)
    if "." in found.chosen:
        raise SplError(
            f"'{word.text}' is no root dataset: name that, and WHERE nodename={found.chosen}",
            word.position,
        )
    return found


def _of_model(found: Dataset, condition: Condition, context: Context) -> Iterator[Row]:
    earliest, latest = condition.range(context)
    return filter(condition, found.rows(context, earliest, latest))


def _bucketed(
    rows: list[Row],
    settings: Settings,
    context: Context,
    reach: tuple[float | None, float | None],
) -> Iterator[Row]:
    times = [found for row in rows if (found := number(row.get("_time"))) is not None]
    bins = settings.span
    if bins is None:
        first = min(times, default=0.0) if reach[0] is None else reach[0]
        last = max(times, default=0.0) if reach[1] is None else reach[1]
        bins = chosen_time(first, last, _MOST_BINS)
    start = bins.starts(context.timezone)
    for row in rows:
        time = number(row.get("_time"))
        if time is not None:
            yield {**row, _BUCKET: start(time)}
