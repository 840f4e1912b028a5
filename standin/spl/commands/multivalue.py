"""makemv, mvexpand, mvcombine, nomv: several values in one field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from standin.spl import regex as pcre
from standin.spl.columns import like
from standin.spl.errors import Malformed
from standin.spl.numbers import text as written
from standin.spl.options import boolean, one_name, options, plain, whole
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

if TYPE_CHECKING:
    from standin.spl.context import Context

_MAKEMV = {"delim": plain, "tokenizer": plain, "allowempty": boolean, "setsv": boolean}
for _name in _MAKEMV:
    construct("option of makemv", _name, "Search Reference: makemv")


@command("makemv", "Search Reference: makemv")
def read_makemv(command: CommandText) -> Runnable:
    given, rest = options(command, _MAKEMV)
    field = one_name(rest, command)
    if "tokenizer" in given:
        pattern = pcre.compile(given["tokenizer"], command.position)
        if pattern.groups < 1:
            raise Malformed("makemv: the tokenizer needs a group", command.position)
        split = _tokens(pattern, given.get("allowempty", False))
    else:
        split = _pieces(given.get("delim", " "), given.get("allowempty", False), command)

    def rows(stream: Stream) -> Iterator[Row]:
        for row in stream.rows:
            value = row.get(field)
            if value is None:
                yield row
                continue
            found = [
                part
                for one in (value if isinstance(value, list) else [value])
                for part in split(one)
            ]
            made = {**row, field: found if len(found) > 1 else "".join(found)}
            if not found:
                del made[field]
            yield made

    return Step(lambda stream, _context: like(stream, rows(stream)), frozenset({field}))


def _tokens(pattern: pcre.Pattern, empty: bool) -> Callable[[object], list[str]]:
    def split(value: object) -> list[str]:
        found = [one.group(1) or "" for one in pattern.finditer(written(value))]
        return found if empty else [one for one in found if one]

    return split


def _pieces(delim: str, empty: bool, command: CommandText) -> Callable[[object], list[str]]:
    if not delim:
        raise Malformed("makemv: delim is empty", command.position)

    def split(value: object) -> list[str]:
        found = written(value).split(delim)
        return found if empty else [one for one in found if one]

    return split


def _no_internal(field: str, command: CommandText) -> str:
    if field.startswith("_"):
        raise Malformed(f"{command.name} cannot be applied to internal fields", command.position)
    return field


@command("mvexpand", "Search Reference: mvexpand")
def read_mvexpand(command: CommandText) -> Runnable:
    given, rest = options(command, {"limit": whole})
    field = _no_internal(one_name(rest, command), command)
    limit = given.get("limit", 0) or None

    def rows(stream: Stream) -> Iterator[Row]:
        for row in stream.rows:
            value = row.get(field)
            if not isinstance(value, list):
                yield row
                continue
            for one in value[:limit]:
                yield {**row, field: one}

    return Step(lambda stream, _context: like(stream, rows(stream)), frozenset({field}))


DELIMITERS = "delimiter of "
"""Before a field's name: what ``mvcombine delim=`` sets for a later ``nomv``, in Stream.notes."""


@command("mvcombine", "Search Reference: mvcombine", "delim= shows after nomv")
def read_mvcombine(command: CommandText) -> Runnable:
    given, rest = options(command, {"delim": plain})
    field, delim = _no_internal(one_name(rest, command), command), given.get("delim", " ")

    def run(stream: Stream, _context: Context) -> Stream:
        groups: dict[object, list[Row]] = {}
        loose: list[Row] = []
        for row in stream.rows:
            if field not in row:
                loose.append(row)
                continue
            key = frozenset(
                (name, tuple(value) if isinstance(value, list) else written(value))
                for name, value in row.items()
                if name != field
            )
            groups.setdefault(key, []).append(row)
        made = [_combined(rows, field) for rows in groups.values()]
        notes = [*stream.notes, f"{DELIMITERS}{field}={delim}"]
        return Stream([*made, *loose], stream.fields, stream.events, notes=notes)

    return Step(run)


def _combined(rows: list[Row], field: str) -> Row:
    values: list[str] = []
    for row in rows:
        value = row[field]
        values += value if isinstance(value, list) else [written(value)]
    return {**rows[0], field: values if len(values) > 1 else values[0]}


@command("nomv", "Search Reference: nomv", "values on lines of their own, or mvcombine's delimiter")
def read_nomv(command: CommandText) -> Runnable:
    field = one_name(command.words(), command)

    def flat(value: Value, delim: str) -> Value:
        return delim.join(value) if isinstance(value, list) else value

    def run(stream: Stream, _context: Context) -> Stream:
        mark = f"{DELIMITERS}{field}="
        given = [note[len(mark) :] for note in stream.notes if note.startswith(mark)]
        delim = given[-1] if given else "\n"
        rows = (
            {**row, field: flat(row[field], delim)} if field in row else row for row in stream.rows
        )
        return like(stream, rows)

    return Step(run, frozenset({field}))
