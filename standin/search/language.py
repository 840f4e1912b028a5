"""What runs a search's text. The stand-in's own SPL interpreter, unless another is given."""

from typing import Protocol

from standin.knowledge import Compiled
from standin.spl.context import Context
from standin.spl.stream import Stream


class Prepared(Protocol):
    """A search whose text was read without complaint."""

    def run(self) -> Stream:
        """Its results, made while they are read."""


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


class Spl:
    """The stand-in's interpreter."""

    def parse(self, text: str, context: Context) -> Prepared:
        """A search, ready to run."""
        from standin.spl.interpret import parse

        return parse(text, context)

    def post_process(self, text: str, context: Context, stream: Stream) -> Stream:
        """More commands, run over what flows in; ``text`` may begin with a pipe."""
        from standin.spl.interpret import pipeline
        from standin.spl.macros import expand
        from standin.spl.scanning import without_comments

        expanded = without_comments(expand(without_comments(text), context))
        return pipeline(expanded, 0, context, first=False).run(stream, context)

    def matches(self, text: str, context: Context) -> Compiled:
        """A search expression as one condition on an event."""
        raise NotImplementedError(text, context)

    def evaluate(self, text: str, context: Context) -> Compiled:
        """An eval expression, made ready for any row."""
        raise NotImplementedError(text, context)
