"""From the text of a search to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.spl import commands as _commands  # noqa: F401  (registers every command)
from standin.spl.pipeline import split_pipeline
from standin.spl.registry import Runnable, reader
from standin.spl.scanning import without_comments
from standin.spl.step import Wanted, needs
from standin.spl.stream import Stream

if TYPE_CHECKING:
    from standin.spl.context import Context


@dataclass(frozen=True)
class Pipeline:
    """Commands made ready, to be run on what flows in."""

    steps: tuple[Runnable, ...]

    def run(self, stream: Stream, context: Context) -> Stream:
        for step in self.steps:
            stream = step(stream, context)
        return stream


@dataclass(frozen=True)
class Search:
    pipeline: Pipeline
    context: Context

    def run(self) -> Stream:
        """Rows flow when they are asked for; errors in data come then."""
        return self.pipeline.run(Stream([]), self.context)


def parse(text: str, context: Context) -> Search:
    """All errors of syntax are raised here; rows have not been read yet."""
    from standin.spl.macros import expand

    expanded = without_comments(expand(without_comments(text), context))
    return Search(pipeline(expanded, 0, context, implied="search"), context)


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
    steps = tuple(reader(one.name, one.position)(one) for one in found)
    for step in reversed(steps):
        prepare = getattr(step, "prepare", None)
        if prepare is not None:
            prepare(wanted)
        wanted = needs(step, wanted)
    return Pipeline(steps)
