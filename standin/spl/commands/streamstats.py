"""streamstats: statistics of the rows up to each row."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from standin.spl.aggregates import Column, read_term
from standin.spl.aggregates.calls import Formula
from standin.spl.aggregates.columns import has_wildcard
from standin.spl.aggregates.running import Running, running
from standin.spl.arguments import Arguments, truth, whole
from standin.spl.commands.stats import Clauses, check_names, extended, read_by, results
from standin.spl.context import Context
from standin.spl.errors import Malformed, Undocumented
from standin.spl.expression import compile_expression, compile_predicate
from standin.spl.grouping import Key, keys_of
from standin.spl.numbers import number
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.scanning import unescaped
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.times import Clock, Span, parse_span, shifted
from standin.spl.values import Row

PAGE = "Search Reference: streamstats"
MOST = 10_000
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


@dataclass
class _Group:
    """One group's accumulators, or its own window."""

    running: list[Running] = field(default_factory=list)
    window: deque[Row] = field(default_factory=deque)


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
    construct("option", f"streamstats {_name}", PAGE, _says)


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
        made = _Streaming(clauses, settings, columns, context).rows(iter(rows))
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
    compile_expression(text, start).predicate("streamstats")
    return Formula(text, start)


def _between(arguments: Arguments) -> tuple[str, int]:
    start = arguments.position
    base = arguments.command.position
    end = _CLOSED.search(arguments.command.text, start - base)
    if end is None:
        raise Malformed('The condition is not closed: expected ")"', start)
    arguments.seek(base + end.end())
    return unescaped(arguments.command.text[start - base : end.start()]), start


class _Streaming:
    def __init__(
        self, clauses: Clauses, settings: Settings, columns: list[Column], context: Context
    ) -> None:
        self.by, self.allnum, self.settings, self.columns = (
            clauses.by, clauses.allnum, settings, columns,
        )  # fmt: skip
        self.context = context
        clock = Clock(context.now, context.timezone)
        self.before = _test(settings.before, clock)
        self.after = _test(settings.after, clock)
        self.groups: dict[Key, _Group] = {}
        self.window: deque[tuple[list[Key], Row]] = deque()
        self.last_key: list[Key] = []
        self.windowed = bool(settings.window or settings.time_window)
        if not self.windowed and any(column.extract is None for column in columns):
            self.windowed = True

    def rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        step = self._windowed if self.windowed else self._accumulated
        for source in rows:
            row = dict(source)
            keys: list[Key] = keys_of(row, self.by) if self.by else [()]
            if self.before is not None and self.before(row):
                self._reset()
            if self.settings.on_change and keys:
                if self.last_key and keys != self.last_key:
                    self._reset()
                self.last_key = keys
            if keys:
                row.update(step(row, keys))
            elif self.windowed:
                self._pass(row)
            if self.after is not None and self.after(row):
                self._reset()
            yield row

    def _reset(self) -> None:
        self.groups.clear()
        self.window.clear()

    def _accumulated(self, row: Row, keys: list[Key]) -> Row:
        if len(keys) > 1:
            raise Undocumented("streamstats BY a multivalue field")
        group = self.groups.get(keys[0])
        if group is None:
            made = [running(c.function, allnum=self.allnum) for c in self.columns if c.function]
            group = self.groups[keys[0]] = _Group(made)
        parts = [column.extract([row]) for column in self.columns if column.extract]
        if not self.settings.current:
            found = self._values(group)
        for accumulator, part in zip(group.running, parts, strict=True):
            accumulator.add(part)
        return found if not self.settings.current else self._values(group)

    def _values(self, group: _Group) -> Row:
        found: Row = {}
        for column, accumulator in zip(self.columns, group.running, strict=True):
            value = accumulator.value()
            if value is not None:
                found[column.name] = value
        return found

    def _windowed(self, row: Row, keys: list[Key]) -> Row:
        if len(keys) > 1:
            raise Undocumented("streamstats BY a multivalue field")
        key = keys[0]
        seen = dict(row)
        if self.settings.separate and self.settings.window:
            group = self.groups.setdefault(key, _Group())
            members = group.window
            kept = list(members)
            self._keep(members, seen)
            return results(self.columns, list(members) if self.settings.current else kept)
        before = [one for group_keys, one in self.window if key in group_keys]
        self._enter(seen, keys)
        now = [one for group_keys, one in self.window if key in group_keys]
        return results(self.columns, now if self.settings.current else self._near(before, seen))

    def _near(self, rows: list[Row], row: Row) -> list[Row]:
        span = self.settings.time_window
        if span is None:
            return rows
        return [one for one in rows if self._within(one, row)]

    def _keep(self, members: deque[Row], row: Row) -> None:
        members.append(row)
        while len(members) > self.settings.window:
            members.popleft()
        if self.settings.time_window:
            while members and not self._within(members[0], row):
                members.popleft()

    def _enter(self, row: Row, keys: list[Key]) -> None:
        self.window.append((keys, row))
        most = self.settings.window or (MOST if self.settings.time_window else 0)
        while most and len(self.window) > most:
            self.window.popleft()
        if self.settings.time_window:
            if len(self.window) > 1:
                self._check_order()
            while self.window and not self._within(self.window[0][1], row):
                self.window.popleft()

    def _pass(self, row: Row) -> None:
        """A row outside all groups takes its place in a window of all rows."""
        if not self.settings.separate and self.settings.window:
            self._enter(dict(row), [])

    def _within(self, one: Row, row: Row) -> bool:
        span = self.settings.time_window
        assert span is not None
        here, there = sorted((_time(one), _time(row)))
        return there < shifted(here, int(span.count), span.unit, self.context.timezone)

    def _check_order(self) -> None:
        times = [_time(self.window[at][1]) for at in (0, -2, -1) if len(self.window) >= -at]
        if sorted(times) != times and sorted(times, reverse=True) != times:
            raise Undocumented("streamstats with time_window needs rows in order of _time")


def _time(row: Row) -> float:
    found = number(row.get("_time"))
    if found is None:
        raise Undocumented("streamstats with time_window: a row has no _time")
    return found


def _test(formula: Formula | None, clock: Clock) -> Test | None:
    return None if formula is None else compile_predicate(formula.text, formula.position, clock)
