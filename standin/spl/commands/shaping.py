"""transpose, format, return, addinfo."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from standin.spl.columns import known, like
from standin.spl.errors import Malformed
from standin.spl.numbers import text as written
from standin.spl.options import boolean, nothing, options, plain, whole
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.subsearch import Brackets, formatted
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_TRANSPOSE = {"column_name": plain, "header_field": plain, "include_empty": boolean}
for _name in _TRANSPOSE:
    construct("option of transpose", _name, "Search Reference: transpose")


@command("transpose", "Search Reference: transpose", "5 rows unless a number is given; 0 is all")
def read_transpose(command: CommandText) -> Runnable:
    given, rest = options(command, _TRANSPOSE)
    if len(rest) > 1 or (rest and not rest[0].text.isdecimal()):
        raise Malformed("transpose takes a number", command.position)
    count = int(rest[0].text) if rest else 5
    column = given.get("column_name", "column")
    header = given.get("header_field")

    def run(stream: Stream, _context: Context) -> Stream:
        rows, fields = known(stream)
        rows = rows[:count] if count else rows
        titles = [
            written(row.get(header, "")) if header else f"row {number}"
            for number, row in enumerate(rows, 1)
        ]
        made: list[Row] = []
        for field in fields:
            if field == header:
                continue
            cells = {
                title: row[field] for title, row in zip(titles, rows, strict=True) if field in row
            }
            empty = all(value == "" for value in cells.values())
            if not empty or given.get("include_empty", True):
                made.append({column: field, **cells})
        return Stream(made, list(dict.fromkeys([column, *titles])), notes=stream.notes)

    return Step(run, passes=False)


@command("format", "Search Reference: format")
def read_format(command: CommandText) -> Runnable:
    given, rest = options(command, {"mvsep": plain, "maxresults": whole, "emptystr": plain})
    if rest and len(rest) != 6:
        raise Malformed(
            "format takes none or all six of the row and column texts", command.position
        )
    texts = [word.text for word in rest] or ["(", "(", "AND", ")", "OR", ")"]
    brackets = replace(Brackets(*texts), values=given.get("mvsep", "OR"))
    most = given.get("maxresults", 0) or None

    def run(stream: Stream, _context: Context) -> Stream:
        found = formatted(islice(stream.rows, most), brackets, given.get("emptystr", "NOT ( )"))
        return Stream([{"search": found}], ["search"], notes=stream.notes)

    return Step(run, passes=False)


@command("return", "Search Reference: return", "field, alias=field, $field")
def read_return(command: CommandText) -> Runnable:
    words = [word for word in command.words() if word.quoted or word.text != ","]
    count = 1
    if words and words[0].text.isdecimal():
        count = int(words.pop(0).text)
    terms = _terms(words, command)
    if not terms:
        raise Malformed("return needs a field", command.position)

    def run(stream: Stream, _context: Context) -> Stream:
        made: dict[str, None] = {}
        for row in islice(stream.rows, count):
            found = [
                written(row[field]) if name is None else f'{name}="{written(row[field])}"'
                for name, field in terms
                if field in row
            ]
            if found:
                made[" ".join(found)] = None
        terms_of_rows = list(made) if count == 1 else [f"({one})" for one in made]
        text = " OR ".join(terms_of_rows)
        return Stream([{"search": text}], ["search"], notes=stream.notes)

    return Step(run, frozenset(field for _, field in terms), passes=False)


def _terms(words: list[Word], command: CommandText) -> list[tuple[str | None, str]]:
    terms: list[tuple[str | None, str]] = []
    at = 0
    while at < len(words):
        word = words[at]
        if at + 2 < len(words) and words[at + 1].text == "=":
            terms.append((word.text, words[at + 2].text))
            at += 3
            continue
        if word.text in "=()<>":
            raise Malformed(f"return: {word.text!r} is no field", word.position)
        if word.text.startswith("$"):
            terms.append((None, word.text[1:]))
        else:
            terms.append((word.text, word.text))
        at += 1
    return terms


class _AddInfo:
    """addinfo. An open end of the time range is 0.000 or +Infinity."""

    def needs(self, after: frozenset[str] | None) -> frozenset[str] | None:
        return after

    def __call__(self, stream: Stream, context: Context) -> Stream:
        earliest, latest = stream.range or (context.earliest, context.latest)
        info: Row = {
            "info_min_time": f"{earliest or 0:.3f}",
            "info_max_time": "+Infinity" if latest is None else f"{latest:.3f}",
            "info_sid": f"{context.now:.3f}",
            "info_search_time": f"{context.now:.3f}",
        }
        return like(stream, ({**row, **info} for row in stream.rows), *info)


@command("addinfo", "Search Reference: addinfo", "the times of the first search")
def read_addinfo(command: CommandText) -> Runnable:
    nothing(command)
    return _AddInfo()
