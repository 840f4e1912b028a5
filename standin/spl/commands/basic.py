"""Temporary: enough to begin with."""

from __future__ import annotations

from standin.spl.context import Context, EventQuery
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream


@command("search", "Search Reference: search")
def search(text: CommandText) -> Runnable:
    def run(stream: Stream, context: Context) -> Stream:
        if not text.first:
            return stream
        return Stream(context.events(EventQuery(bool)), events=True)

    return run


@command("makeresults", "Search Reference: makeresults")
def makeresults(text: CommandText) -> Runnable:
    words = [word.text for word in text.words()]
    count = int(words[2]) if words[:2] == ["count", "="] else 1

    def run(stream: Stream, context: Context) -> Stream:
        return Stream([{"_time": context.now} for _ in range(count)])

    return run


@command("table", "Search Reference: table")
def table(text: CommandText) -> Runnable:
    fields = [word.text for word in text.words() if word.text != ","]

    def run(stream: Stream, context: Context) -> Stream:
        rows = ({name: row[name] for name in fields if name in row} for row in stream.rows)
        return Stream(rows, fields)

    return Step(run, frozenset(fields), passes=False)


@command("head", "Search Reference: head")
def head(text: CommandText) -> Runnable:
    from itertools import islice

    words = text.words()
    count = int(words[0].text) if words else 10

    def run(stream: Stream, context: Context) -> Stream:
        return Stream(islice(stream.rows, count), stream.fields, stream.events)

    return Step(run, frozenset())
