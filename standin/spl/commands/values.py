"""replace, strcat, rangemap, convert, reltime: values changed without expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from standin.spl.columns import like
from standin.spl.errors import Malformed
from standin.spl.numbers import number
from standin.spl.numbers import text as written
from standin.spl.options import boolean, keyword, names, nothing, options
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

if TYPE_CHECKING:
    from standin.spl.context import Context

Change = Callable[[str], str | None]


@command("replace", "Search Reference: replace", "whole values, with *; IN fields")
def read_replace(command: CommandText) -> Runnable:
    words = [word for word in command.words() if word.quoted or word.text != ","]
    changes: list[tuple[str, Change]] = []
    at = 0
    while at + 2 < len(words) and keyword(words[at + 1], "with"):
        changes.append((words[at].text, _replacement(words[at], words[at + 2])))
        at += 3
    if not changes or (at < len(words) and not keyword(words[at], "in")):
        raise Malformed('replace takes "old" WITH "new" [IN fields]', command.position)
    fields = names(words[at + 1 :], command) if at < len(words) else None
    order = sorted(changes, key=lambda one: one[0].count("*") > 0)

    def changed(value: Value) -> Value:
        if isinstance(value, list):
            return [_first(order, one) for one in value]
        new = _first(order, written(value))
        return value if new == written(value) else new

    def rows(stream: Stream) -> Iterator[Row]:
        for row in stream.rows:
            chosen = [name for name in fields if name in row] if fields else _shown(row)
            yield {**row, **{name: changed(row[name]) for name in chosen}}

    return Step(
        lambda stream, _context: like(stream, rows(stream)),
        frozenset(fields) if fields else frozenset(),
    )


def _shown(row: Row) -> list[str]:
    return [name for name in row if name[:1] != "_"]


def _first(changes: list[tuple[str, Change]], value: str) -> str:
    for _, change in changes:
        found = change(value)
        if found is not None:
            return found
    return value


def _replacement(old: Word, new: Word) -> Change:
    stars = old.text.count("*")
    if new.text.count("*") not in (0, stars):
        raise Malformed("replace: the wildcards do not match", new.position)
    pattern = re.compile("(.*)".join(map(re.escape, old.text.split("*"))), re.DOTALL)
    parts = new.text.split("*")

    def change(value: str) -> str | None:
        found = pattern.fullmatch(value)
        if found is None:
            return None
        if len(parts) == 1:
            return new.text
        return "".join(
            part + (found[at + 1] if at < stars else "") for at, part in enumerate(parts)
        )

    return change


@command("strcat", "Search Reference: strcat", "fields and quoted texts; allrequired=")
def read_strcat(command: CommandText) -> Runnable:
    given, rest = options(command, {"allrequired": boolean})
    words = [word for word in rest if word.quoted or word.text != ","]
    if len(words) < 2:
        raise Malformed("strcat takes sources and a target", command.position)
    target, sources = words[-1].text, words[:-1]
    required = given.get("allrequired", False)

    def joined(row: Row) -> Row:
        if required and any(not one.quoted and one.text not in row for one in sources):
            return row
        parts = (
            one.text if one.quoted else written(row[one.text]) if one.text in row else ""
            for one in sources
        )
        return {**row, target: "".join(parts)}

    reads = frozenset({target, *(one.text for one in sources if not one.quoted)})
    return Step(lambda stream, _context: like(stream, map(joined, stream.rows), target), reads)


_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)")


@command("rangemap", "Search Reference: rangemap", "field=, name=a-b …, default=")
def read_rangemap(command: CommandText) -> Runnable:
    words = [word for word in command.words() if word.quoted or word.text != ","]
    if not words or len(words) % 3 or any(words[at].text != "=" for at in range(1, len(words), 3)):
        raise Malformed("rangemap takes field=, name=a-b and default=", command.position)
    field, default = "", "None"
    ranges: list[tuple[str, float, float]] = []
    for at in range(0, len(words), 3):
        name, value = words[at].text, words[at + 2]
        if name == "field":
            field = value.text
        elif name == "default":
            default = value.text
        else:
            found = _RANGE.fullmatch(value.text)
            if found is None:
                raise Malformed(f"rangemap: {value.text!r} is no range", value.position)
            ranges.append((name, float(found[1]), float(found[2])))
    if not field:
        raise Malformed("rangemap needs field=", command.position)

    def mapped(row: Row) -> Row:
        size = number(row.get(field))
        hits = [] if size is None else [name for name, low, high in ranges if low <= size <= high]
        return {**row, "range": default if not hits else hits[0] if len(hits) == 1 else hits}

    return Step(
        lambda stream, _context: like(stream, map(mapped, stream.rows), "range"),
        frozenset({field, "range"}),
    )


_AGO = ((31536000, "year"), (2592000, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


@command("reltime", "Search Reference: reltime")
def read_reltime(command: CommandText) -> Runnable:
    words = command.words()
    nothing(command, words)

    def run(stream: Stream, context: Context) -> Stream:
        def timed(row: Row) -> Row:
            at = number(row.get("_time"))
            return row if at is None else {**row, "reltime": _ago(int(context.now - at))}

        return like(stream, map(timed, stream.rows), "reltime")

    return Step(run, frozenset({"_time", "reltime"}))


def _ago(seconds: int) -> str:
    for size, name in _AGO:
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return f"{seconds} second{'' if seconds == 1 else 's'} ago"
