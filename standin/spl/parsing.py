"""The text of one command, with the ways to read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standin.spl.context import Context
    from standin.spl.times import Clock


@dataclass(frozen=True)
class Subsearch:
    """``[ … ]`` inside a command: its text without the brackets. ``position``: of the text."""

    text: str
    position: int


@dataclass(frozen=True)
class Word:
    """One piece of a command's arguments.

    ``text``: without quotes and escapes. ``quoted``: it stood in double quotes. Punctuation
    (``= , ( ) < > != <= >=``) is a word of its own, unless quoted; a subsearch too.
    """

    text: str
    position: int
    quoted: bool = False
    subsearch: Subsearch | None = None


@dataclass(frozen=True)
class CommandText:
    """``name``: lower case. ``text``: everything after the name, ``position`` where that begins in
    the whole search. ``first``: nothing stands before it (a generating command is allowed).
    ``context``: what the search will run on; readers take the clock and definitions from it."""

    name: str
    text: str
    position: int
    first: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    context: Context | None = None

    @property
    def clock(self) -> Clock:
        """Now and the timezone, for expressions and times."""
        from standin.spl.times import Clock

        if self.context is None:
            return Clock()
        return Clock(self.context.now, self.context.timezone, self.context.lookup)

    def words(self) -> list[Word]:
        """Split for commands with options and field names."""
        from standin.spl.words import split

        return split(self.text, self.position)
