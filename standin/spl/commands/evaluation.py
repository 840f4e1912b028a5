"""eval, where and fieldformat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from standin.spl.assignments import Assignment, read_assignments
from standin.spl.errors import Malformed
from standin.spl.expression import compile_expression
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context


@command("eval", "Search Reference: eval", "several assignments, {field} in names; null erases")
def read_eval(text: CommandText) -> Runnable:
    if not text.text.strip():
        raise Malformed("eval needs 'field = expression'", text.position)
    assignments = read_assignments(text.text, text.position, text.clock)

    def run(stream: Stream, _context: Context) -> Stream:
        rows: Iterable[Row] = _assigned(stream.rows, assignments)
        columns = stream.fields
        if columns is not None:
            rows, columns = _columns(rows, columns, assignments)
        return Stream(rows, columns, stream.events, notes=stream.notes)

    return Step(run, _reads(assignments), _makes(assignments))


def _assigned(rows: Iterable[Row], assignments: list[Assignment]) -> Iterator[Row]:
    for row in rows:
        made = dict(row)
        for assignment in assignments:
            assignment.apply(made)
        yield made


def _columns(
    rows: Iterable[Row], columns: list[str], assignments: list[Assignment]
) -> tuple[Iterable[Row], list[str]]:
    names = [one.name for one in assignments if one.name is not None]
    if len(names) < len(assignments):
        rows = list(rows)
        names = [name for row in rows for name in row]
    return rows, list(dict.fromkeys([*columns, *names]))


def _reads(assignments: list[Assignment]) -> frozenset[str]:
    made: set[str] = set()
    reads: set[str] = set()
    for assignment in assignments:
        reads |= assignment.reads - made
        if assignment.name is not None:
            made.add(assignment.name)
    return frozenset(reads)


def _makes(assignments: list[Assignment]) -> frozenset[str]:
    return frozenset(one.name for one in assignments if one.name is not None)


@command("where", "Search Reference: where", "null counts as false")
def read_where(text: CommandText) -> Runnable:
    if not text.text.strip():
        raise Malformed("where needs an expression", text.position)
    expression = compile_expression(text.text, text.position, text.clock)
    holds = expression.predicate("where")

    def run(stream: Stream, _context: Context) -> Stream:
        return Stream(filter(holds, stream.rows), stream.fields, stream.events, notes=stream.notes)

    return Step(run, expression.fields)
