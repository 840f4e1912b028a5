"""Reads a command's words one after another: options, field names, keywords."""

from __future__ import annotations

from typing import NoReturn

from standin.spl.errors import Malformed
from standin.spl.parsing import CommandText, Word

_TRUE = frozenset({"t", "true", "1", "yes"})
_FALSE = frozenset({"f", "false", "0", "no"})
MARKS = frozenset({"=", ",", "(", ")", "<", ">", "!=", "<=", ">=", "=="})


def truth(word: Word, option: str) -> bool:
    """The boolean value of an option."""
    value = word.text.lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise Malformed(f"Invalid value '{word.text}' for '{option}': a boolean", word.position)


def whole(word: Word, option: str, least: int = 0) -> int:
    """The integer value of an option."""
    try:
        value = int(word.text)
    except ValueError:
        value = least - 1
    if value < least:
        raise Malformed(
            f"Invalid value '{word.text}' for '{option}': an integer from {least}", word.position
        )
    return value


def bare(word: Word) -> str:
    """A field's name without single quotes around it."""
    text = word.text
    if not word.quoted and len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _end(word: Word) -> int:
    return word.position + len(word.text) + 2 * word.quoted


class Arguments:
    """A place in a command's words."""

    def __init__(self, command: CommandText) -> None:
        self.command, self._words, self._at = command, command.words(), 0

    def peek(self, ahead: int = 0) -> Word | None:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else None

    def take(self, what: str = "an argument") -> Word:
        word = self.peek()
        if word is None:
            raise Malformed(f"'{self.command.name}' expects {what}", self.position)
        self._at += 1
        return word

    @property
    def position(self) -> int:
        word = self.peek()
        return self.command.position + len(self.command.text) if word is None else word.position

    def refuse(self, message: str) -> NoReturn:
        raise Malformed(f"Error in '{self.command.name}' command: {message}", self.position)

    def is_mark(self, mark: str, ahead: int = 0) -> bool:
        word = self.peek(ahead)
        return word is not None and not word.quoted and word.text == mark

    def mark(self, mark: str) -> bool:
        """Steps over ``mark`` if it is next."""
        if not self.is_mark(mark):
            return False
        self._at += 1
        return True

    def expect(self, mark: str) -> Word:
        if not self.is_mark(mark):
            found = self.peek()
            self.refuse(f"expected '{mark}'" + (f", found '{found.text}'" if found else ""))
        return self.take()

    def is_keyword(self, *names: str, ahead: int = 0) -> bool:
        word = self.peek(ahead)
        return (
            word is not None
            and not word.quoted
            and word.text.lower() in names
            and not self.is_mark("=", ahead + 1)
        )

    def keyword(self, *names: str) -> bool:
        """Steps over one of these words, in any case."""
        if not self.is_keyword(*names):
            return False
        self._at += 1
        return True

    def is_option(self) -> bool:
        word = self.peek()
        return (
            word is not None and not word.quoted and word.text not in MARKS and self.is_mark("=", 1)
        )

    def option(self) -> tuple[Word, Word]:
        """``name=value``: both words; steps over them."""
        name = self.take()
        self.take()
        return name, self.take(f"a value for '{name.text}'")

    def skip_commas(self) -> None:
        while self.mark(","):
            pass

    def field(self, what: str = "a field name") -> str:
        """A field's name; one like ``sum(bytes)`` is one name when nothing stands between."""
        word = self.take(what)
        if not word.quoted and (word.text in MARKS or word.subsearch is not None):
            self._at -= 1
            self.refuse(f"expected {what}, found '{word.text}'")
        name = bare(word)
        if word.quoted or not self.is_mark("(") or self._gap(word):
            return name
        end = self.closing()
        return name + self.raw(word.position + len(word.text), end)

    def adjoining(self, first: Word) -> Word:
        """``first`` with all that follows without a blank: ``Model."My dataset"``."""
        text, end = first.text, _end(first)
        while (word := self.peek()) is not None and word.position == end:
            self._at += 1
            text, end = text + word.text, _end(word)
        return Word(text, first.position)

    def fields(self, *ends: str) -> list[str]:
        """Names up to the end, to an option or to one of the keywords."""
        names: list[str] = []
        self.skip_commas()
        while self.peek() is not None and not (self.is_option() or self.is_keyword(*ends)):
            names.append(self.field())
            self.skip_commas()
        return names

    def _gap(self, word: Word) -> bool:
        following = self.peek()
        return following is None or following.position != word.position + len(word.text)

    def closing(self) -> int:
        """``(`` is next: steps over all up to its ``)``; the position after that."""
        start, depth = self.position, 0
        while (word := self.peek()) is not None:
            self._at += 1
            if not word.quoted:
                depth += (word.text == "(") - (word.text == ")")
            if depth == 0:
                return word.position + 1
        raise Malformed("Mismatched parentheses: ')' is missing", start)

    def raw(self, start: int, end: int) -> str:
        """The command's text between two positions of the whole search."""
        base = self.command.position
        return self.command.text[start - base : end - base]

    def seek(self, position: int) -> None:
        """Goes on at the first word that begins at ``position`` or after it."""
        while (word := self.peek()) is not None and word.position < position:
            self._at += 1
