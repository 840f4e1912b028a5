"""Runs one command on rows, as the tests of statistics need it."""

from __future__ import annotations

import standin.spl.commands  # noqa: F401  (registers them)
from standin.spl.in_memory import InMemory
from standin.spl.parsing import CommandText
from standin.spl.registry import reader
from standin.spl.stream import Stream
from tests.live import splunk


def stream(text, rows=(), fields=None, **settings):
    """What comes out of ``text`` (a command with its arguments, or several after ``|``)."""
    if splunk.wanted():
        return _asked(text, rows, fields, settings)
    return _stream(text, rows, fields, settings)


def _stream(text, rows, fields, settings):
    context = InMemory(**settings)
    found = Stream([dict(row) for row in rows], fields)
    for part in text.split(" | "):
        name, _, rest = part.strip().partition(" ")
        command = CommandText(name, rest, len(name) + 1, context=context)
        found = reader(name, 0)(command)(found, context)
    return found


def rows(text, given=(), **settings):
    return list(stream(text, given, **settings).rows)


def table(text, given=(), **settings):
    """The columns, then a line for each row with None for null."""
    found = stream(text, given, **settings)
    made = list(found.rows)
    assert found.fields is not None
    return [found.fields, *([row.get(name) for name in found.fields] for row in made)]


def column(name, *values):
    """Rows with one field; None leaves it out."""
    return [{} if value is None else {name: value} for value in values]


def _asked(text, rows, fields, settings):
    def here(now, timezone):
        return list(_stream(text, rows, fields, {"now": now, "timezone": timezone}).rows)

    names, found = splunk.answer(text, rows, here, settings or fields)
    return Stream(found, names)
