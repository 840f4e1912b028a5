"""fieldformat: how a value is shown, not what it is (Search Reference: fieldformat)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from standin.spl.assignments import Assignment, read_assignments
from standin.spl.errors import Malformed
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row


@dataclass(frozen=True)
class FieldFormat(Step):
    """Passes rows on as they are; ``shown`` is worked out on the search's last rows."""

    shown: Assignment | None = None


@command("fieldformat", "Search Reference: fieldformat", "applied to the results of the search")
def read_fieldformat(text: CommandText) -> Runnable:
    assignments = read_assignments(text.text, text.position, text.clock)
    if len(assignments) > 1 or assignments[0].name is None:
        raise Malformed("fieldformat takes one field = expression", text.position)
    shown = assignments[0]
    reads = shown.reads | {shown.name or ""}
    return FieldFormat(lambda stream, _context: stream, reads, shown=shown)


def rendered(stream: Stream, steps: Iterable[Runnable]) -> Stream:
    """The results of a search as they are shown. Each format reads what the fields hold; where
    it gives null the field is shown as it is."""
    formats = [step.shown for step in steps if isinstance(step, FieldFormat) and step.shown]
    if formats:
        stream.rows = _shown(stream.rows, formats)
    return stream


def _shown(rows: Iterable[Row], formats: list[Assignment]) -> Iterator[Row]:
    for row in rows:
        made = dict(row)
        for one in formats:
            fresh = dict(row)
            one.apply(fresh)
            if one.name is not None and one.name in fresh:
                made[one.name] = fresh[one.name]
        yield made
