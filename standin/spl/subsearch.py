"""A subsearch's results as text in the search around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from standin.spl.errors import Undocumented
from standin.spl.numbers import text
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, construct, reader
from standin.spl.scanning import bracket_end, quote_end
from standin.spl.step import Wanted
from standin.spl.stream import Stream
from standin.spl.values import Row, Value

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.interpret import Pipeline

MOST = 10_000
"""limits.conf, [subsearch] maxout: more results are left out."""
_DIRECT = ("search", "query")
construct("search", "[ subsearch ]", "Search Manual: About subsearches", "its result as terms")


@dataclass(frozen=True)
class Brackets:
    """What stands around and between rows and columns."""

    row: str = "("
    column: str = "("
    between_columns: str = "AND"
    column_end: str = ")"
    between_rows: str = "OR"
    row_end: str = ")"
    values: str = "OR"


def formatted(rows: Iterable[Row], brackets: Brackets = Brackets(), empty: str = "NOT ( )") -> str:
    """Fields in order of their names, internal ones (``_…``) left out."""
    made = [one for one in (_row(row, brackets) for row in rows) if one]
    if not made:
        return empty
    return " ".join([brackets.row, f" {brackets.between_rows} ".join(made), brackets.row_end])


def _row(row: Row, brackets: Brackets) -> str:
    terms = [
        _term(name, row[name], brackets.values) for name in sorted(row) if not name.startswith("_")
    ]
    if not terms:
        return ""
    joined = f" {brackets.between_columns} ".join(terms)
    return f"{brackets.column} {joined} {brackets.column_end}"


def _term(name: str, value: Value, between: str) -> str:
    if name in _DIRECT:
        return text(value[0] if isinstance(value, list) else value)
    if isinstance(value, list):
        return "( " + f" {between} ".join(f"{name}={quoted(one)}" for one in value) + " )"
    return f"{name}={quoted(value)}"


def quoted(value: Value) -> str:
    return '"' + text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_terms(stream: Stream) -> str:
    """What stands in place of a subsearch. One result with nothing but ``search`` is that text."""
    rows = list(islice(stream.rows, MOST))
    if len(rows) == 1:
        names = [name for name in rows[0] if not name.startswith("_")]
        if len(names) == 1 and names[0] in _DIRECT:
            found = _term(names[0], rows[0][names[0]], "OR")
            if found:
                return found
            raise Undocumented(
                "What return gives of no results is not documented: use format, or"
                " | appendpipe [stats count | where count=0]"
            )
    return formatted(rows)


def subsearches(source: str) -> list[tuple[int, int]]:
    """Where subsearches stand in a command's text, brackets included. Brackets inside of braces
    are the arrays of a literal JSON object."""
    found, at, braces = [], 0, 0
    while at < len(source):
        if source[at] == '"':
            at = quote_end(source, at)
        elif source[at] in "{}":
            braces = max(0, braces + (1 if source[at] == "{" else -1))
            at += 1
        elif source[at] == "[" and not braces:
            end = bracket_end(source, at)
            found.append((at, end))
            at = end
        else:
            at += 2 if source[at] == "\\" else 1
    return found


@dataclass
class LateCommand:
    """A command that is read when its subsearches have run."""

    command: CommandText
    inner: list[tuple[int, int, Pipeline]]
    wanted: Wanted = field(default=None)

    def prepare(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def __call__(self, stream: Stream, context: Context) -> Stream:
        pieces, copied = [], 0
        for start, end, pipeline in self.inner:
            terms = as_terms(pipeline.run(Stream([], begins=True), context))
            pieces += [self.command.text[copied:start], terms]
            copied = end
        whole = "".join([*pieces, self.command.text[copied:]])
        return self._read(whole)(stream, context)

    def check(self) -> None:
        """Errors around the subsearches, as far as they do not depend on them."""
        pieces, copied = [], 0
        for start, end, _ in self.inner:
            pieces += [self.command.text[copied:start], '"1"'.ljust(end - start)]
            copied = end
        self._read("".join([*pieces, self.command.text[copied:]]))

    def _read(self, whole: str) -> Runnable:
        old = self.command
        read = reader(old.name, old.position)
        step = read(CommandText(old.name, whole, old.position, old.first, old.notes, old.context))
        prepare = getattr(step, "prepare", None)
        if prepare is not None:
            prepare(self.wanted)
        return step
