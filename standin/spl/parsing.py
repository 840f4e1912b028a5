"""The text of one command, with the ways to read it."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    the whole search. ``first``: nothing stands before it (a generating command is allowed)."""

    name: str
    text: str
    position: int
    first: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def words(self) -> list[Word]:
        """Split for commands with options and field names."""
        from standin.spl.words import split

        return split(self.text, self.position)
