"""The closed list of what is understood: commands and functions, each with its page.

``standin/SPL.md`` is written from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from standin.spl.errors import Malformed
from standin.spl.stream import Stream

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.parsing import CommandText


class Runnable(Protocol):
    """A command with its arguments read: errors of syntax are raised before any row flows."""

    def __call__(self, stream: Stream, context: Context) -> Stream: ...


Reader = Callable[["CommandText"], Runnable]
"""Reads a command's arguments; raises ``SplError`` for anything that it does not know."""


@dataclass(frozen=True)
class Construct:
    """``kind``: command, option, eval function, stats function, ... ``page``: title in Splunk's
    documentation, as "Search Reference: stats". ``read``: of commands only."""

    kind: str
    name: str
    page: str
    says: str = ""
    read: Reader | None = None


MEASURED = "as others measured it on Splunk 10.4.2"
"""Where the documentation is silent and results of a running Splunk were published."""
CONSTRUCTS: dict[tuple[str, str], Construct] = {}


def construct(kind: str, name: str, page: str, says: str = "") -> None:
    """Note something that is understood, for the generated list."""
    CONSTRUCTS[kind, name] = Construct(kind, name, page, says)


def command(name: str, page: str, says: str = "") -> Callable[[Reader], Reader]:
    """Marks the reader of a command's arguments."""

    def register(read: Reader) -> Reader:
        CONSTRUCTS["command", name] = Construct("command", name, page, says, read)
        return read

    return register


def reader(name: str, position: int) -> Reader:
    found = CONSTRUCTS.get(("command", name.lower()))
    if found is None or found.read is None:
        raise Malformed(f"Unknown search command '{name}'", position)
    return found.read
