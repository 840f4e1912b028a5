"""stats and eventstats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from standin.spl.aggregates import (
    Column,
    Composite,
    Sparkline,
    Term,
    bind,
    fields_read,
    read_term,
)
from standin.spl.aggregates.columns import has_wildcard
from standin.spl.aggregates.sparklines import TimeGrid, grid
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.bin import range_of
from standin.spl.commands.multivalue import DELIMITERS
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented
from standin.spl.grouping import group, names_of
from standin.spl.parsing import CommandText
from standin.spl.prestats import opened
from standin.spl.registry import MEASURED, Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import Clock
from standin.spl.values import Row

STATS = "Search Reference: stats"
EVENTSTATS = "Search Reference: eventstats"


@dataclass
class Clauses:
    """What stands in the text of stats and its kin."""

    terms: list[Term] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    allnum: bool = False
    dedup: bool = False
    delim: str | None = None

    @property
    def reads(self) -> frozenset[str]:
        return fields_read(self.terms) | frozenset(self.by)

    def columns(
        self,
        rows: Iterable[Row],
        known: list[str] | None,
        context: Context,
        over: TimeGrid | None = None,
    ) -> list[Column]:
        names: list[str] = []
        if has_wildcard(self.terms):
            names = [name for name in names_of(rows, known) if name not in self.by]
        clock = Clock(context.now, context.timezone)
        return bind(self.terms, names, clock, allnum=self.allnum, over=over)


def read_by(arguments: Arguments) -> list[str]:
    """After BY: names up to the end or to an option."""
    position = arguments.position
    names = arguments.fields("by")
    if not names:
        raise Malformed("BY needs at least one field", position)
    for name in names:
        if "*" in name:
            raise Malformed(f"BY takes no wildcards: '{name}'", position)
    return names


def check_names(terms: list[Term], by: list[str]) -> None:
    """What the page forbids of names."""
    renamed: dict[tuple[str, str | None], str] = {}
    for term in terms:
        refuse_rates(term)
        if isinstance(term, Composite):
            raise Undocumented(
                "An expression over functions is for chart and timechart", term.position
            )
        if term.column in by:
            raise Malformed(
                f"The output field '{term.column}' cannot have the same name as a group-by field",
                term.position,
            )
        if isinstance(term, Sparkline) or not term.name or term.field is None:
            continue
        other = renamed.setdefault((term.function.name, term.field), term.name)
        if other != term.name:
            raise Malformed(
                f"'{term.label}({term.field})' cannot be renamed twice ('{other}', '{term.name}')",
                term.position,
            )


def refuse_rates(term: Term) -> None:
    """per_second() and its kin need timechart's span."""
    for call in term.calls:
        if call.function.per is not None:
            raise Malformed(f"{call.function.name}() is a function of timechart", call.position)


def _read(arguments: Arguments, options: frozenset[str]) -> Clauses:
    clauses = Clauses()
    arguments.skip_commas()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, options, clauses)
        elif arguments.keyword("by"):
            if clauses.by:
                arguments.refuse("only one BY clause is allowed")
            clauses.by = read_by(arguments)
        elif clauses.by:
            arguments.refuse("nothing but options may follow the BY clause")
        else:
            clauses.terms.append(read_term(arguments))
        arguments.skip_commas()
    if not clauses.terms:
        arguments.refuse("you must specify at least one statistical function")
    check_names(clauses.terms, clauses.by)
    return clauses


def _option(arguments: Arguments, options: frozenset[str], clauses: Clauses) -> None:
    name, value = arguments.option()
    option = name.text.lower()
    if option not in options:
        raise Malformed(f"'{arguments.command.name}' has no option '{name.text}'", name.position)
    if option == "allnum":
        clauses.allnum = truth(value, option)
    elif option in ("dedup_splitvals", "dedup_splitval"):
        clauses.dedup = truth(value, option)
    elif option == "partitions":
        whole(value, option)
    elif option == "delim":
        clauses.delim = value.text


for _name, _says in (
    ("allnum", "numeric functions are null where a value is no number; eventstats: or is null"),
    ("dedup_splitvals", "also spelled dedup_splitval, as in examples"),
    ("partitions", "no effect on results"),
    ("delim", "shows after nomv"),
):
    construct("option of stats", _name, STATS, _says)
construct("rule", "order of a wildcard's columns", STATS, "by name (ours)")
construct("rule", "order of groups", STATS, "by the text of the BY fields, ascending (ours)")


construct("rule", "nothing to compute", STATS, f"no row without BY, {MEASURED}")


@command("stats", STATS, "without BY one row, unless nothing in it has a value")
def stats(text: CommandText) -> Runnable:
    options = frozenset({"allnum", "delim", "partitions", "dedup_splitvals", "dedup_splitval"})
    clauses = _read(Arguments(text), options)

    def run(stream: Stream, context: Context) -> Stream:
        rows = opened(stream.rows, clauses.terms, clauses.by)
        known = stream.fields
        if has_wildcard(clauses.terms):
            rows = list(rows)
        over = None
        if any(isinstance(term, Sparkline) for term in clauses.terms):
            rows = list(rows)
            over = grid(rows, range_of(stream, context), context.timezone)
        columns = clauses.columns(rows, known, context, over)
        made = list(_grouped(rows, clauses, columns))
        shown = _shown(columns, made)
        delimiters = [] if clauses.delim is None else [
            f"{DELIMITERS}{name}={clauses.delim}" for name in shown
        ]  # fmt: skip
        return Stream(made, [*clauses.by, *shown], notes=delimiters)

    return Step(run, clauses.reads, passes=False)


def _grouped(rows: Iterable[Row], clauses: Clauses, columns: list[Column]) -> Iterable[Row]:
    if not clauses.by:
        only = results(columns, list(rows))
        if only:
            yield only
        return
    groups = group(rows, clauses.by, dedup=clauses.dedup)
    for key in groups.sorted_keys():
        made: Row = dict(zip(clauses.by, groups.shown[key], strict=True))
        made.update(results(columns, groups[key]))
        yield made


def results(columns: list[Column], rows: list[Row]) -> Row:
    """The columns that are not null."""
    made: Row = {}
    for column in columns:
        value = column.compute(rows)
        if value is not None:
            made[column.name] = value
    return made


def _shown(columns: list[Column], rows: list[Row]) -> list[str]:
    """Names of columns; of a wildcard's only those with a value."""
    names: dict[str, None] = {}
    for column in columns:
        if not column.wild or any(column.name in row for row in rows):
            names[column.name] = None
    return list(names)


@command("eventstats", EVENTSTATS, "rows without a BY field stay as they are")
def eventstats(text: CommandText) -> Runnable:
    clauses = _read(Arguments(text), frozenset({"allnum", "dedup_splitvals"}))

    def run(stream: Stream, context: Context) -> Stream:
        rows = [dict(row) for row in stream.rows]
        columns = clauses.columns(rows, stream.fields, context)
        if any(_several(row, clauses.by) for row in rows):
            raise Undocumented("eventstats BY a multivalue field")
        if clauses.by:
            groups: Iterable[list[Row]] = group(rows, clauses.by, dedup=clauses.dedup).values()
        else:
            groups = [rows]
        for members in [*groups]:
            found = results(columns, members)
            if clauses.allnum:
                _without_nulls(found, columns, members)
            for row in members:
                row.update(found)
        return Stream(rows, extended(stream.fields, _shown(columns, rows)), stream.events)

    return Step(run, clauses.reads)


def _without_nulls(found: Row, columns: list[Column], rows: list[Row]) -> None:
    """With allnum, eventstats' page takes a null for a value that is no number."""
    for column in columns:
        numeric = column.function is not None and column.function.numeric
        if numeric and column.extract and not all(column.extract([row]) for row in rows):
            found.pop(column.name, None)


def _several(row: Row, by: list[str]) -> bool:
    return any(isinstance(row.get(name), list) for name in by)


def extended(fields: list[str] | None, names: Iterable[str]) -> list[str] | None:
    """The columns with new ones behind them."""
    return None if fields is None else list(dict.fromkeys([*fields, *names]))
