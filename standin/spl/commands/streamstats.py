"""streamstats: statistics of the rows up to each row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from standin.spl.aggregates import Column, read_term
from standin.spl.aggregates.calls import Formula
from standin.spl.aggregates.columns import has_wildcard
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.stats import Clauses, check_names, extended, read_by
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented
from standin.spl.expression import compile_expression, compile_predicate
from standin.spl.grouping import Key, keys_of
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.scanning import unescaped
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import Clock, Span, parse_span
from standin.spl.values import Row
from standin.spl.windows import Shape, window

PAGE = "Search Reference: streamstats"
_CLOSED = re.compile(r'(?<!\\)"\)"')
Test = Callable[[Row], bool]


@dataclass
class Settings:
    current: bool = True
    window: int = 0
    separate: bool = False
    time_window: Span | None = None
    on_change: bool = False
    before: Formula | None = None
    after: Formula | None = None

    def shape(self, clauses: Clauses) -> Shape:
        return Shape(self.current, self.window, self.time_window, not self.separate, clauses.allnum)


for _name, _says in (
    ("current", "false: without the row itself"),
    ("window", "so many rows; with global=true of all groups together"),
    ("global", "false: a window for each group"),
    ("time_window", "rows less than the span away; rows must be in order of time"),
    ("reset_on_change", "a row without all BY fields resets nothing"),
    ("reset_before", 'reset_before="(" expression ")" and reset_before=(expression)'),
    ("reset_after", "may use what streamstats has just computed"),
    ("allnum", ""),
):
    construct("option of streamstats", _name, PAGE, _says)


@command("streamstats", PAGE)
def streamstats(text: CommandText) -> Runnable:
    clauses, settings = _read(Arguments(text))
    reads = clauses.reads
    for formula in (settings.before, settings.after):
        reads |= formula.fields() if formula else frozenset()
    if settings.time_window:
        reads |= {"_time"}

    def run(stream: Stream, context: Context) -> Stream:
        rows = stream.rows
        if has_wildcard(clauses.terms):
            rows = list(rows)
        columns = clauses.columns(rows, stream.fields, context)
        made = _stepped(iter(rows), clauses, settings, columns, context)
        names = [column.name for column in columns]
        return Stream(made, extended(stream.fields, names), stream.events)

    return Step(run, reads)


def _read(arguments: Arguments) -> tuple[Clauses, Settings]:
    clauses, settings = Clauses(), Settings()
    while arguments.peek() is not None:
        if arguments.is_option():
            _option(arguments, clauses, settings)
        elif arguments.keyword("by"):
            clauses.by = read_by(arguments)
        elif clauses.by:
            arguments.refuse("nothing but options may follow the BY clause")
        else:
            clauses.terms.append(read_term(arguments))
        arguments.skip_commas()
    check_names(clauses.terms, clauses.by)
    return clauses, settings


def _option(arguments: Arguments, clauses: Clauses, settings: Settings) -> None:
    name = arguments.peek()
    assert name is not None
    option = name.text.lower()
    if option in ("reset_before", "reset_after"):
        arguments.take()
        arguments.take()
        setattr(settings, option.partition("_")[2], _condition(arguments))
        return
    _, value = arguments.option()
    if option == "window":
        settings.window = whole(value, option)
    elif option == "time_window":
        settings.time_window = parse_span(value.text, value.position)
    elif option == "current":
        settings.current = truth(value, option)
    elif option == "global":
        settings.separate = not truth(value, option)
    elif option == "reset_on_change":
        settings.on_change = truth(value, option)
    elif option == "allnum":
        clauses.allnum = truth(value, option)
    else:
        raise Malformed(f"'streamstats' has no option '{name.text}'", name.position)


def _condition(arguments: Arguments) -> Formula:
    """``"("expr")"`` with the quotes inside escaped, ``(expr)`` or ``"expr"``."""
    start = arguments.position
    if arguments.is_mark("("):
        text = arguments.raw(start, arguments.closing())
    else:
        word = arguments.take("a condition")
        text = word.text
        start = word.position + 1
        if word.quoted and word.text == "(":
            text, start = _between(arguments)
        elif not word.quoted:
            raise Malformed("The condition stands in parentheses or quotes", word.position)
    compile_expression(text, start, Clock()).predicate("streamstats")
    return Formula(text, start)


def _between(arguments: Arguments) -> tuple[str, int]:
    start = arguments.position
    base = arguments.command.position
    end = _CLOSED.search(arguments.command.text, start - base)
    if end is None:
        raise Malformed('The condition is not closed: expected ")"', start)
    arguments.seek(base + end.end())
    return unescaped(arguments.command.text[start - base : end.start()]), start


def _stepped(
    rows: Iterator[Row],
    clauses: Clauses,
    settings: Settings,
    columns: list[Column],
    context: Context,
) -> Iterator[Row]:
    clock = Clock(context.now, context.timezone)
    before, after = _test(settings.before, clock), _test(settings.after, clock)
    held = window(settings.shape(clauses), columns, bool(clauses.by), context.timezone)
    last: list[Key] = []
    for source in rows:
        row = dict(source)
        keys: list[Key] = keys_of(row, clauses.by) if clauses.by else [()]
        if len(keys) > 1:
            raise Undocumented("streamstats BY a multivalue field")
        if before is not None and before(row):
            held.reset()
        if settings.on_change and keys:
            if last and keys != last:
                held.reset()
            last = keys
        if keys:
            row.update(held.step(row, keys[0]))
        else:
            held.outside(row)
        if after is not None and after(row):
            held.reset()
        yield row


def _test(formula: Formula | None, clock: Clock) -> Test | None:
    return None if formula is None else compile_predicate(formula.text, formula.position, clock)
