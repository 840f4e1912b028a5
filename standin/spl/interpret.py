"""From the text of a search to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.spl import commands as _commands
from standin.spl.collecting import SELDOM, seldom_collected
from standin.spl.commands.fieldformat import rendered
from standin.spl.errors import Malformed
from standin.spl.macros import expand
from standin.spl.pipeline import split_pipeline
from standin.spl.registry import CONSTRUCTS, Runnable, reader
from standin.spl.step import Wanted, needs
from standin.spl.stream import Stream
from standin.spl.subsearch import LateCommand, subsearches

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.parsing import CommandText, Subsearch

READ = _commands.LOADED
"""All commands and functions are registered."""
_DEEPEST = 40
"""Subsearches within subsearches."""


@dataclass(frozen=True)
class Pipeline:
    """Commands made ready, to be run on what flows in."""

    steps: tuple[Runnable, ...]

    def run(self, stream: Stream, context: Context) -> Stream:
        for step in self.steps:
            before = stream
            stream = step(before, context)
            if stream.range is None:
                stream.range = before.range
        return stream


@dataclass(frozen=True)
class Search:
    pipeline: Pipeline
    context: Context

    def run(self) -> Stream:
        """Rows flow when they are asked for; errors in data come then."""
        with SELDOM:
            stream = self.pipeline.run(Stream([], begins=True), self.context)
            stream = rendered(stream, self.pipeline.steps)
        stream.rows = seldom_collected(stream.rows)
        return stream


def parse(text: str, context: Context) -> Search:
    """All errors of syntax are raised here; rows have not been read yet."""
    if not text.strip():
        raise Malformed("Empty search", 0)
    return Search(pipeline(expand(text, context), 0, context, implied="search"), context)


def pipeline(
    text: str,
    position: int,
    context: Context,
    *,
    implied: str = "",
    first: bool = True,
    wanted: Wanted = None,
) -> Pipeline:
    """``text`` has neither macros nor comments. ``first``: its first command has nothing before it
    (not so for appendpipe). ``wanted``: fields that are read of what comes out."""
    found = split_pipeline(text, position, context, implied=implied, first=first)
    steps = tuple(_ready(one) for one in found)
    for step in reversed(steps):
        prepare = getattr(step, "prepare", None)
        if prepare is not None:
            prepare(wanted)
        wanted = needs(step, wanted)
    for step in steps[1:]:
        begins = getattr(step, "begins", None)
        if begins is not None:
            begins(steps[0])
    return Pipeline(steps)


def inner_pipeline(
    found: Subsearch, command: CommandText, *, first: bool = True, wanted: Wanted = None
) -> Pipeline:
    """A command's own subsearch (``append [ … ]``)."""
    if command.context is None:
        raise Malformed("A subsearch needs a context", found.position)
    return pipeline(found.text, found.position, command.context, first=first, wanted=wanted)


def _ready(one: CommandText) -> Runnable:
    construct = CONSTRUCTS.get(("command", one.name))
    if construct is None or construct.kind == "refused command":
        custom = one.context.custom(one.name) if one.context is not None else None
        if custom is not None:
            return lambda stream, _context: custom(one.text, stream)
    read = reader(one.name, one.position - len(one.name))
    if one.name in _commands.TAKE_PIPELINES:
        return read(one)
    places = subsearches(one.text)
    if not places:
        return read(one)
    return _late(one, places)


def _late(one: CommandText, places: list[tuple[int, int]]) -> LateCommand:
    assert one.context is not None
    inner = [
        (start, end, pipeline(one.text[start + 1 : end - 1], one.position + start + 1, one.context))
        for start, end in places
    ]
    late = LateCommand(one, inner)
    if one.name == "search":
        late.check()
    return late
