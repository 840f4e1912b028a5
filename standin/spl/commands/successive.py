"""delta, accum, autoregress and trendline: a row beside the rows before it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from standin.spl.arguments import Arguments, whole
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import double, number
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

DELTA = "Search Reference: delta"
ACCUM = "Search Reference: accum"
AUTOREGRESS = "Search Reference: autoregress"
TRENDLINE = "Search Reference: trendline"
_RANGE = re.compile(r"(\d+)(?:-(\d+))?\Z")
_TREND = re.compile(r"(sma|ema|wma)(\d+)\Z", re.IGNORECASE)
Number = int | float

construct("option of delta", "p", DELTA, "so many rows before; only where both are numbers")
construct("option of autoregress", "p", AUTOREGRESS, "one number or a range")
construct("trend", "sma, wma", TRENDLINE, "from the first row with a full period")


def _added(stream: Stream, rows: Iterator[Row], names: list[str]) -> Stream:
    fields = stream.fields
    if fields is not None:
        fields = list(dict.fromkeys([*fields, *names]))
    return Stream(rows, fields, stream.events)


@command("delta", DELTA)
def delta(text: CommandText) -> Runnable:
    arguments = Arguments(text)
    name, target, back = arguments.field(), "", 1
    while arguments.peek() is not None:
        if arguments.keyword("as"):
            target = arguments.field()
        elif arguments.is_option():
            option, value = arguments.option()
            if option.text.lower() != "p":
                raise Malformed(f"'delta' has no option '{option.text}'", option.position)
            back = whole(value, "p", 1)
        else:
            arguments.refuse("one field, AS and p= is all that it takes")
    target = target or f"delta({name})"

    def rows(stream: Stream) -> Iterator[Row]:
        before: deque[Number | None] = deque([None] * back)
        for row in stream.rows:
            now, then = number(row.get(name)), before.popleft()
            before.append(now)
            yield row if now is None or then is None else {**row, target: double(now - then)}

    return Step(lambda stream, _context: _added(stream, rows(stream), [target]), frozenset({name}))


@command("accum", ACCUM)
def accum(text: CommandText) -> Runnable:
    arguments = Arguments(text)
    name = arguments.field()
    target = arguments.field() if arguments.keyword("as") else name
    if arguments.peek() is not None:
        arguments.refuse("one field and AS is all that it takes")

    def rows(stream: Stream) -> Iterator[Row]:
        total: Number = 0
        for row in stream.rows:
            now = number(row.get(name))
            if now is None:
                yield row
                continue
            total += now
            yield {**row, target: double(total)}

    return Step(lambda stream, _context: _added(stream, rows(stream), [target]), frozenset({name}))


@command("autoregress", AUTOREGRESS)
def autoregress(text: CommandText) -> Runnable:
    arguments = Arguments(text)
    name, target, first, last = arguments.field(), "", 1, 1
    while arguments.peek() is not None:
        if arguments.keyword("as"):
            target = arguments.field()
        elif arguments.is_option():
            option, value = arguments.option()
            found = _RANGE.match(value.text)
            if option.text.lower() != "p" or found is None:
                raise Malformed("autoregress takes p=<int> or p=<int>-<int>", option.position)
            first, last = int(found[1]), int(found[2] or found[1])
        else:
            arguments.refuse("one field, AS and p= is all that it takes")
    if not 1 <= first <= last or (target and first != last):
        raise Malformed("p is from 1 upwards; AS needs a single p", text.position)
    names = {back: target or f"{name}_p{back}" for back in range(first, last + 1)}

    def rows(stream: Stream) -> Iterator[Row]:
        before: deque[Row] = deque(maxlen=last)
        for row in stream.rows:
            made = dict(row)
            for back, new in names.items():
                if back <= len(before) and name in before[-back]:
                    made[new] = before[-back][name]
            before.append(row)
            yield made

    return Step(
        lambda stream, _context: _added(stream, rows(stream), list(names.values())),
        frozenset({name}),
    )


@dataclass(frozen=True)
class Trend:
    kind: str
    period: int
    field: str
    name: str

    def of(self, values: deque[Number]) -> Number:
        if self.kind == "sma":
            return double(sum(values) / self.period)
        weighted = sum(weight * value for weight, value in enumerate(values, 1))
        return double(weighted / (self.period * (self.period + 1) / 2))


@command("trendline", TRENDLINE)
def trendline(text: CommandText) -> Runnable:
    arguments, trends = Arguments(text), []
    while arguments.peek() is not None:
        trends.append(_trend(arguments))
        arguments.skip_commas()
    if not trends:
        arguments.refuse("it needs at least one trend")

    def rows(stream: Stream) -> Iterator[Row]:
        if any(trend.kind == "ema" for trend in trends):
            raise Undocumented("ema: the page does not say with what value it begins")
        windows = [deque[Number](maxlen=trend.period) for trend in trends]
        for row in stream.rows:
            made = dict(row)
            for trend, window in zip(trends, windows, strict=True):
                value = number(row.get(trend.field))
                if value is None:
                    continue
                window.append(value)
                if len(window) == trend.period:
                    made[trend.name] = trend.of(window)
            yield made

    return Step(
        lambda stream, _context: _added(stream, rows(stream), [trend.name for trend in trends]),
        frozenset(trend.field for trend in trends),
    )


def _trend(arguments: Arguments) -> Trend:
    word = arguments.take("a trend, as sma5(field)")
    found = _TREND.match(word.text)
    if found is None or word.quoted:
        raise Malformed(f"'{word.text}' is no trend: sma, ema or wma with a period", word.position)
    period = int(found[2])
    if not 2 <= period <= 10_000:
        raise Malformed("A trend's period is from 2 to 10000", word.position)
    arguments.expect("(")
    name = arguments.field()
    arguments.expect(")")
    target = arguments.field() if arguments.keyword("as") else f"{word.text}({name})"
    return Trend(found[1].lower(), period, name, target)
