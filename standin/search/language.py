"""What runs a search's text. The stand-in's own SPL interpreter, unless another is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from standin.knowledge import Compiled
from standin.search.gate import Gate
from standin.spl.context import Context
from standin.spl.stream import Stream
from standin.spl.values import Row


class Prepared(Protocol):
    """A search whose text was read without complaint."""

    def run(self) -> Stream:
        """Its results, made while they are read."""


@runtime_checkable
class Watchable(Prepared, Protocol):
    """A prepared search into which one may look while it runs. ``previews``: whether ``rest``
    may run again and again."""

    previews: bool

    def first_part(self, gate: Gate, *, keep: bool) -> Stream:
        """Rows before any command waits for all of them, by way of ``gate``."""

    def rest(self, stream: Stream) -> Stream:
        """What the commands behind the gate make of other rows."""


class Language(Protocol):
    """Reads searches; raises ``standin.spl.errors.SplError`` for what it does not take."""

    def parse(self, text: str, context: Context) -> Prepared:
        """A search, ready to run."""

    def post_process(self, text: str, context: Context, stream: Stream) -> Stream:
        """More commands, run over what flows in; ``text`` may begin with a pipe."""

    def matches(self, text: str, context: Context) -> Compiled:
        """A search expression as one condition on an event."""

    def evaluate(self, text: str, context: Context) -> Compiled:
        """An eval expression, made ready for any row."""


@dataclass(frozen=True)
class _Made:
    """A closure with the names of the fields that it looks at."""

    run: Callable[[Row], object]
    reads: frozenset[str]

    def __call__(self, row: Row, /) -> object:
        return self.run(row)


class Spl:
    """The stand-in's interpreter."""

    def parse(self, text: str, context: Context) -> Prepared:
        """A search, ready to run."""
        from standin.search.watched import Watched
        from standin.spl.interpret import parse

        return Watched.of(parse(text, context), text, context)

    def post_process(self, text: str, context: Context, stream: Stream) -> Stream:
        """More commands, run over what flows in; ``text`` may begin with a pipe."""
        from standin.spl.commands.fieldformat import rendered
        from standin.spl.interpret import pipeline
        from standin.spl.macros import expand

        found = pipeline(expand(text, context), 0, context, first=False)
        return rendered(found.run(stream, context), found.steps)

    def matches(self, text: str, context: Context) -> Compiled:
        """A search expression as one condition on an event."""
        from standin.spl.macros import expand
        from standin.spl.search_expression import compile_search

        condition = compile_search(expand(text, context), 0, context, times=False)
        return _Made(condition, condition.reads)

    def evaluate(self, text: str, context: Context) -> Compiled:
        """An eval expression, made ready for any row."""
        from standin.spl.expression import compile_expression
        from standin.spl.times import Clock

        expression = compile_expression(text, 0, Clock(context.now, context.timezone))
        return _Made(expression.evaluate, expression.fields)
