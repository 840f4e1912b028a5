"""gauge."""

from __future__ import annotations

from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import number
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row, Single


@command("gauge", "Search Reference: gauge", "fields x, y1, y2 …; a single range value is ignored")
def read_gauge(command: CommandText) -> Runnable:
    words = [word for word in command.words() if word.quoted or word.text != ","]
    if not words or any(not word.quoted and word.text in "=()<>" for word in words):
        raise Malformed("gauge takes a field or number, and range values", command.position)
    value, *ends = words
    if len(ends) < 2:
        ends = []

    def run(stream: Stream, _context: object) -> Stream:
        if not ends:
            raise Undocumented("gauge without range values: which fields the default range fills")
        rows = list(stream.rows)
        made: Row = {"x": _read(value, rows)}
        made.update({f"y{at}": _read(end, rows) for at, end in enumerate(ends, 1)})
        return Stream([made], list(made))

    reads = frozenset(word.text for word in words if number(word.text) is None)
    return Step(run, reads, passes=False)


def _read(word: Word, rows: list[Row]) -> Single:
    """A number, or the first value of a field."""
    held: object = word.text
    if word.quoted or number(word.text) is None:
        held = next((row[word.text] for row in rows if word.text in row), None)
    found = number(held)
    if found is None:
        raise Undocumented(f"gauge of {word.text!r}, whose first value is no number")
    return found
