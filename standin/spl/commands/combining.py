"""append, appendcols, appendpipe, union, multisearch, set: results of several searches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from standin.spl.columns import known, like
from standin.spl.datasets import dataset
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import boolean, generating, keyword, options, whole
from standin.spl.parsing import CommandText, Word
from standin.spl.prestats import Prestats
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.interpret import Pipeline

Range = tuple[float | None, float | None] | None
MOST = 50_000
"""maxout of append and its kin where it is not given."""
_LIMITS = {
    "maxtime": whole,
    "maxout": whole,
    "timeout": whole,
    "extendtimerange": boolean,
}
for _name in _LIMITS:
    construct("option of append", _name, "Search Reference: append")


def inner(words: list[Word], command: CommandText, *, first: bool = True) -> Pipeline:
    """The one subsearch among ``words``."""
    from standin.spl.interpret import inner_pipeline

    if len(words) != 1 or words[0].subsearch is None:
        raise Malformed(f"{command.name} takes one subsearch in brackets", command.position)
    return inner_pipeline(words[0].subsearch, command, first=first)


def concatenated(streams: list[Stream], most: int | None = None) -> Stream:
    """One after another; columns that are set somewhere are set in the result."""
    if all(stream.fields is None for stream in streams):
        rows = [row for stream in streams for row in islice(stream.rows, most)]
        return Stream(rows, None, all(stream.events for stream in streams))
    columns: dict[str, None] = {}
    rows = []
    for stream in streams:
        found, names = known(Stream(islice(stream.rows, most), stream.fields))
        rows += found
        columns.update(dict.fromkeys(names))
    return Stream(rows, list(columns))


@command("append", "Search Reference: append")
def read_append(command: CommandText) -> Runnable:
    given, rest = options(command, _LIMITS)
    pipeline = inner(rest, command)

    def run(stream: Stream, context: Context) -> Stream:
        added = pipeline.run(Stream([]), context)
        if isinstance(stream.rows, Prestats) and isinstance(added.rows, Prestats):
            return Stream(stream.rows.added(added.rows), range=_wider(stream.range, added.range))
        limited = Stream(islice(added.rows, given.get("maxout", MOST)), added.fields, added.events)
        both = concatenated([stream, limited])
        if given.get("extendtimerange"):
            both.range = _wider(stream.range, added.range)
        return both

    return Step(run, frozenset())


construct("option of appendcols", "override", "Search Reference: appendcols")


def _wider(one: Range, two: Range) -> Range:
    if one is None or two is None:
        return one or two
    starts, ends = (one[0], two[0]), (one[1], two[1])
    return (
        None if None in starts else min(at for at in starts if at is not None),
        None if None in ends else max(at for at in ends if at is not None),
    )


@command("appendcols", "Search Reference: appendcols", "fields that begin with _ are left out")
def read_appendcols(command: CommandText) -> Runnable:
    given, rest = options(command, {**_LIMITS, "override": boolean})
    pipeline = inner(rest, command)
    override = given.get("override", False)

    def run(stream: Stream, context: Context) -> Stream:
        rows, names = known(stream)
        added = pipeline.run(Stream([]), context)
        limited = Stream(islice(added.rows, given.get("maxout", MOST)), added.fields)
        found, more = known(limited)
        columns = [{name: row[name] for name in row if name[0] != "_"} for row in found]
        more = [name for name in more if name[0] != "_"]
        if len(columns) > len(rows):
            raise Undocumented("appendcols with more results in the subsearch than before it")
        made = [
            ({**row, **column} if override else {**column, **row}) if column else row
            for row, column in zip_longest(rows, columns)
        ]
        fields = None
        if stream.fields is not None or limited.fields is not None:
            fields = list(dict.fromkeys([*names, *more]))
        return Stream(made, fields, notes=stream.notes)

    return Step(run, frozenset())


@command("appendpipe", "Search Reference: appendpipe")
def read_appendpipe(command: CommandText) -> Runnable:
    _, rest = options(command, {"run_in_preview": boolean})
    pipeline = inner(rest, command, first=False)

    def run(stream: Stream, context: Context) -> Stream:
        rows = list(stream.rows)
        copy = Stream([dict(row) for row in rows], stream.fields, stream.events)
        copy.range = stream.range
        return concatenated([like(stream, rows), pipeline.run(copy, context)])

    return Step(run)


@command("union", "Search Reference: union", "subsearches, savedsearch:, inputlookup:, lookup:")
def read_union(command: CommandText) -> Runnable:
    given, rest = options(command, _LIMITS)
    words = [word for word in rest if word.quoted or word.text != ","]
    parts = [
        inner([word], command) if word.subsearch else dataset(word.text, command, word.position)
        for word in words
    ]
    if len(parts) + (not command.first) < 2:
        raise Malformed("union takes two datasets or more", command.position)
    mixed = 0
    while mixed < len(words) and _distributable(words[mixed], command):
        mixed += 1
    most = given.get("maxout", MOST)

    def run(stream: Stream, context: Context) -> Stream:
        streams = [part.run(Stream([]), context) for part in parts]
        if command.first:
            return _united(streams, mixed, most)
        return _united([stream, *streams], mixed + 1 if stream.events else 0, most)

    return Step(run, frozenset({"_time"}))


def _united(streams: list[Stream], mixed: int, most: int) -> Stream:
    """The first ``mixed`` streams by their time, the others after them, ``most`` rows of each."""
    if mixed < 2:
        return concatenated(streams[:1] + [_cut(one, most) for one in streams[1:]])
    together = newest_first(concatenated(streams[:mixed]))
    return concatenated([together, *(_cut(one, most) for one in streams[mixed:])])


def _cut(stream: Stream, most: int) -> Stream:
    return like(stream, islice(stream.rows, most))


_DISTRIBUTABLE = frozenset(
    (
        *("search", "where", "eval", "fields", "rename", "rex", "regex", "spath", "lookup", "kv"),
        *("extract", "xmlkv", "xpath", "makemv", "mvexpand", "nomv", "convert", "replace"),
        *("rangemap", "strcat", "addinfo", "fieldformat", "reltime", "fillnull", "bin", "bucket"),
    )
)


def _distributable(word: Word, command: CommandText) -> bool:
    """Search Reference: Command types, "distributable streaming"."""
    from standin.spl.pipeline import split_pipeline

    if word.subsearch is None or command.context is None:
        return False
    found = split_pipeline(word.subsearch.text, word.subsearch.position, command.context)
    return all(one.name in _DISTRIBUTABLE for one in found)


def newest_first(stream: Stream) -> Stream:
    """Events of several searches are mixed by their time; other rows stay as they are."""
    if not stream.events:
        return stream
    rows = sorted(stream.rows, key=lambda row: -(number(row.get("_time")) or 0.0))
    return like(stream, rows)


_STREAMING_NOT = frozenset(
    (
        *("stats", "chart", "timechart", "top", "rare", "sort", "eventstats", "tail", "reverse"),
        *("table", "addcoltotals", "transpose", "xyseries", "untable", "join", "append"),
        *("appendcols", "appendpipe", "fieldsummary", "geostats", "mvcombine", "transaction"),
    )
)


@command("multisearch", "Search Reference: multisearch", "streaming commands only")
def read_multisearch(command: CommandText) -> Runnable:
    from standin.spl.pipeline import split_pipeline

    generating(command)
    words = [word for word in command.words() if word.quoted or word.text != ","]
    if len(words) < 2:
        raise Malformed("multisearch takes two subsearches or more", command.position)
    assert command.context is not None
    for word in words:
        if word.subsearch is not None:
            found = split_pipeline(word.subsearch.text, word.subsearch.position, command.context)
            for one in found:
                if one.name in _STREAMING_NOT:
                    raise Malformed(
                        f"multisearch: the subsearch has a non-streaming command: {one.name}",
                        one.position,
                    )
    parts = [inner([word], command) for word in words]

    def run(_stream: Stream, context: Context) -> Stream:
        return newest_first(concatenated([part.run(Stream([]), context) for part in parts]))

    return Step(run)


@command(
    "set", "Search Reference: set", "union, diff, intersect; fields that begin with _ are left out"
)
def read_set(command: CommandText) -> Runnable:
    generating(command)
    words = command.words()
    if len(words) != 3 or not keyword(words[0], "union", "diff", "intersect"):
        raise Malformed("set takes union, diff or intersect and two subsearches", command.position)
    how = words[0].text.lower()
    parts = [inner([word], command) for word in words[1:]]

    def run(_stream: Stream, context: Context) -> Stream:
        one, two = (dict(_distinct(part.run(Stream([]), context))) for part in parts)
        if how == "union":
            rows = list({**two, **one}.values())
        elif how == "intersect":
            rows = [row for key, row in one.items() if key in two]
        else:
            rows = [row for key, row in one.items() if key not in two]
            rows += [row for key, row in two.items() if key not in one]
        return Stream(rows)

    return Step(run, frozenset())


def _distinct(stream: Stream) -> Iterator[tuple[frozenset[tuple[str, str]], Row]]:
    for number_of_row, row in enumerate(stream.rows):
        if number_of_row >= MOST:
            return
        kept = {name: value for name, value in row.items() if name[:1] != "_"}
        yield frozenset((name, written(value)) for name, value in kept.items()), kept
