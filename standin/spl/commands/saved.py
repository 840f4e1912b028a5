"""savedsearch, from, rest, metadata, metasearch: rows of what the instance keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from standin.spl.arguments import Arguments
from standin.spl.context import EventQuery
from standin.spl.datasets import TYPES, named, saved_text
from standin.spl.errors import Malformed, Unsupported
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import (
    boolean,
    choice,
    generating,
    keyword,
    nothing,
    options,
    plain,
    refused,
)
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command
from standin.spl.search_comparisons import compare
from standin.spl.search_expression import compile_search
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context


@command("savedsearch", "Search Reference: savedsearch", "name=value fills $name$")
def read_savedsearch(command: CommandText) -> Runnable:
    from standin.spl.interpret import parse

    generating(command)
    words = command.words()
    if not words:
        raise Malformed("savedsearch needs a name", command.position)
    text = saved_text(words[0].text, command, words[0].position)
    for name, value in _pairs(words[1:], command):
        text = text.replace(f"${name}$", value)
    assert command.context is not None
    search = parse(text, command.context)
    return Step(lambda _stream, context: search.pipeline.run(Stream([]), context), frozenset())


def _pairs(words: list[Word], command: CommandText) -> list[tuple[str, str]]:
    if len(words) % 3 or any(words[at].text != "=" for at in range(1, len(words), 3)):
        raise Malformed(f"{command.name} takes name=value", command.position)
    return [(words[at].text, words[at + 2].text) for at in range(0, len(words), 3)]


@command("from", "Search Reference: from", "datamodel:, savedsearch:, inputlookup:, lookup:")
def read_from(command: CommandText) -> Runnable:
    generating(command)
    arguments = Arguments(command)
    kind, sign, name = arguments.adjoining(arguments.take("type:name")).text.partition(":")
    if not name and arguments.peek() is not None:
        name = arguments.adjoining(arguments.take()).text
    elif not sign:
        raise Malformed("from takes type:name", command.position)
    if kind.lower() not in TYPES or not name or arguments.peek() is not None:
        raise Malformed("from takes type:name", command.position)
    pipeline = named(kind.lower(), name, command, command.position)
    return Step(lambda _stream, context: pipeline.run(Stream([]), context), frozenset())


@command("rest", "Search Reference: rest", "as far as the instance answers the path")
def read_rest(command: CommandText) -> Runnable:
    generating(command)
    words = _whole_values(command.words(), command)
    paths = [at for at, word in enumerate(words) if "/" in word.text and not _value(words, at)]
    if len(paths) != 1:
        raise Malformed("rest takes one path, as /services/server/info", command.position)
    path = "/" + words.pop(paths[0]).text.removeprefix("/")
    after = paths[0]
    while after + 1 < len(words) and words[after].text == "=" and not words[after].quoted:
        path += "=" + words[after + 1].text
        del words[after : after + 2]
    pairs = _pairs(words, command)
    arguments = dict(pairs)
    if len(arguments) < len(pairs):
        raise Unsupported("rest: an argument given twice is not run here", command.position)

    def run(_stream: Stream, context: Context) -> Stream:
        return Stream(context.rest(path, arguments))

    return Step(run, frozenset())


def _whole_values(words: list[Word], command: CommandText) -> list[Word]:
    """``search=title!="a b"``: all that follows the first sign up to a blank is the value."""
    text, made = command.text, list[Word]()
    ends = [word.position - command.position for word in words[1:]] + [len(text)]
    for word, end in zip(words, ends, strict=False):
        start = word.position - command.position
        if start and not text[start - 1].isspace() and _value(made, len(made) - 1):
            whole = made.pop()
            begin = whole.position - command.position
            made.append(Word(text[begin:end].rstrip(), whole.position))
        else:
            made.append(word)
    return made


def _value(words: list[Word], at: int) -> bool:
    return at > 0 and words[at - 1].text == "=" and not words[at - 1].quoted


_METADATA = {
    "type": choice("hosts", "sources", "sourcetypes"),
    "index": plain,
    "splunk_server": plain,
    "splunk_server_group": plain,
    "datatype": plain,
}


@command("metadata", "Search Reference: metadata", "counted from the events, not from buckets")
def read_metadata(command: CommandText) -> Runnable:
    generating(command)
    indexes = _indexes(command.words())
    given, rest = options(command, _METADATA)
    if any(not keyword(word, "or") for word in rest) or "type" not in given:
        raise Malformed("metadata takes type=hosts, sources or sourcetypes", command.position)
    field = given["type"][:-1]

    def run(_stream: Stream, context: Context) -> Stream:
        query = EventQuery(
            _of_indexes(indexes),
            tuple(indexes),
            context.earliest,
            context.latest,
            frozenset({field, "_time", "_indextime", "index"}),
        )
        columns = ["firstTime", field, "lastTime", "recentTime", "totalCount", "type"]
        return Stream(_summary(context.indexed_events(query), field, given["type"]), columns)

    return Step(run, frozenset())


def _summary(rows: Iterator[Row], field: str, kind: str) -> Iterator[Row]:
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        at = float(number(row.get("_time")) or 0)
        seen = float(number(row.get("_indextime")) or at)
        if field in row:
            found.setdefault(written(row[field]), []).append((at, seen))
    for name in sorted(found):
        times = found[name]
        yield {
            "firstTime": int(min(at for at, _ in times)),
            field: name,
            "lastTime": int(max(at for at, _ in times)),
            "recentTime": int(max(seen for _, seen in times)),
            "totalCount": len(times),
            "type": kind,
        }


_EVENTCOUNT = {
    "index": plain,
    "summarize": boolean,
    "report_size": refused("eventcount report_size=: sizes on disk"),
    "list_vix": boolean,
    "list_federated_remote": boolean,
}


@command("eventcount", "Search Reference: eventcount", "of all time; summarize=f: a row an index")
def read_eventcount(command: CommandText) -> Runnable:
    generating(command)
    words = command.words()
    indexes = _indexes(words)
    given, rest = options(command, _EVENTCOUNT)
    nothing(command, rest)
    summarize = given.get("summarize", True)

    def run(_stream: Stream, context: Context) -> Stream:
        query = EventQuery(_of_indexes(indexes), tuple(indexes), wanted=frozenset({"index"}))
        counts = Counter(written(row.get("index", "")) for row in context.indexed_events(query))
        if summarize:
            return Stream([{"count": sum(counts.values())}], ["count"])
        rows: list[Row] = [
            {"count": counts[name], "index": name, "server": "standin"} for name in sorted(counts)
        ]
        return Stream(rows, ["count", "index", "server"])

    return Step(run, frozenset())


def _indexes(words: list[Word]) -> list[str]:
    """All values of ``index=``, which may stand there several times."""
    return [
        words[at + 2].text
        for at in range(len(words) - 2)
        if keyword(words[at], "index") and words[at + 1].text == "="
    ]


def _of_indexes(indexes: list[str]) -> Callable[[Row], bool]:
    tests = [compare("index", "=", index).matches() for index in indexes]
    return lambda row: not tests or any(test(row) for test in tests)


_ABOUT = ("_time", "host", "source", "sourcetype", "index", "splunk_server")


@command("metasearch", "Search Reference: metasearch")
def read_metasearch(command: CommandText) -> Runnable:
    generating(command)
    assert command.context is not None
    condition = compile_search(command.text, command.position, command.context)

    def run(_stream: Stream, context: Context) -> Stream:
        query = condition.query(context, frozenset(_ABOUT))
        events = context.indexed_events(query)
        rows = ({name: row[name] for name in _ABOUT if name in row} for row in events)
        return Stream(rows, events=True, range=(query.earliest, query.latest))

    return Step(run, frozenset())
