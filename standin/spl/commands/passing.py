"""Commands that leave the rows as they are, and extract, xmlkv, fromjson, tojson, require."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.spl.columns import like
from standin.spl.errors import Malformed, SplError
from standin.spl.options import names, nothing
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command
from standin.spl.step import Step
from standin.spl.stream import Stream

if TYPE_CHECKING:
    from standin.spl.context import Context


def _through(stream: Stream, _context: Context) -> Stream:
    return stream


@command("noop", "Search Reference: noop", "settings of the optimizer change no result")
def read_noop(command: CommandText) -> Runnable:
    command.words()
    return Step(_through, frozenset())


@command("localop", "Search Reference: localop")
def read_localop(command: CommandText) -> Runnable:
    nothing(command)
    return Step(_through, frozenset())


@command("highlight", "Search Reference: highlight", "shows in a browser only")
def read_highlight(command: CommandText) -> Runnable:
    names(command.words(), command)
    return Step(_through, frozenset())


@command("iconify", "Search Reference: iconify", "shows in a browser only")
def read_iconify(command: CommandText) -> Runnable:
    names(command.words(), command)
    return Step(_through, frozenset())


@command("redistribute", "Search Reference: redistribute", "changes where rows are worked on only")
def read_redistribute(command: CommandText) -> Runnable:
    command.words()
    return Step(_through, frozenset())


class NoResults(SplError):
    """``require`` was given no rows."""


@command("require", "Search Reference: require")
def read_require(command: CommandText) -> Runnable:
    if command.text.strip():
        raise Malformed("require takes nothing", command.position)

    def run(stream: Stream, _context: Context) -> Stream:
        rows = list(stream.rows)
        if not rows:
            raise NoResults("require: the search found no results", command.position)
        return like(stream, rows)

    return Step(run, frozenset())
