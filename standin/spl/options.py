"""Options (``name=value``) and lists of fields among a command's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from standin.spl.errors import Malformed, Unsupported
from standin.spl.parsing import CommandText, Word

Kind = Callable[[Word], Any]
_TRUE = ("t", "true", "1", "yes")
_FALSE = ("f", "false", "0", "no")


def boolean(word: Word) -> bool:
    if word.text.lower() in _TRUE:
        return True
    if word.text.lower() in _FALSE:
        return False
    raise Malformed(f"{word.text!r} is neither true nor false", word.position)


def whole(word: Word) -> int:
    """0 or more."""
    if not word.text.isdecimal():
        raise Malformed(f"{word.text!r} is no whole number", word.position)
    return int(word.text)


def plain(word: Word) -> str:
    return word.text


def choice(*names: str) -> Kind:
    def read(word: Word) -> str:
        if word.text.lower() not in names:
            raise Malformed(f"{word.text!r}: one of {', '.join(names)}", word.position)
        return word.text.lower()

    return read


def refused(why: str) -> Kind:
    """An option that Splunk knows."""

    def read(word: Word) -> Any:
        raise Unsupported(f"{why} ({word.text})", word.position)

    return read


def only(default: bool, why: str) -> Kind:
    """An option of which nothing but its default is run here."""

    def read(word: Word) -> bool:
        if boolean(word) is not default:
            raise Unsupported(f"{why} ({word.text})", word.position)
        return default

    return read


def options(
    command: CommandText,
    kinds: Mapping[str, Kind],
    words: list[Word] | None = None,
    *,
    once: bool = False,
) -> tuple[dict[str, Any], list[Word]]:
    """The options' values, and the other words. An unknown option is an error, and with ``once``
    one that is given twice."""
    words = command.words() if words is None else words
    found: dict[str, Any] = {}
    rest: list[Word] = []
    at = 0
    while at < len(words):
        word = words[at]
        if at + 1 >= len(words) or word.quoted or not _is(words[at + 1], "="):
            rest.append(word)
            at += 1
            continue
        kind = kinds.get(word.text.lower())
        if kind is None:
            raise Malformed(f"{command.name} has no option {word.text!r}", word.position)
        if at + 2 >= len(words):
            raise Malformed(f"{word.text}= lacks its value", word.position)
        if once and word.text.lower() in found:
            raise Malformed(f"Option '{word.text}' is given more than once", word.position)
        found[word.text.lower()] = kind(words[at + 2])
        at += 3
    return found, rest


def _is(word: Word, text: str) -> bool:
    return word.text == text and not word.quoted


def glued(words: list[Word]) -> list[Word]:
    """``avg(x)`` without blanks is one field's name where no function can stand."""
    made: list[Word] = []
    depth = 0
    for word in words:
        last = made[-1] if made else None
        touches = last is not None and word.position == last.position + len(last.text)
        opens = _is(word, "(")
        if last is not None and not last.quoted and touches and (depth or opens):
            made[-1] = Word(last.text + word.text, last.position)
            depth += opens - _is(word, ")")
        else:
            made.append(word)
            depth = 0
    return made


def names(words: list[Word], command: CommandText, *, least: int = 1) -> list[str]:
    """Field names, with or without commas between them."""
    found: list[str] = []
    for word in glued(words):
        if _is(word, ","):
            continue
        if word.subsearch is not None or (not word.quoted and word.text in "=()<>"):
            raise Malformed(f"{command.name}: {word.text[:20]!r} is no field", word.position)
        found.append(word.text)
    if len(found) < least:
        raise Malformed(f"{command.name} needs a field", command.position)
    return found


def one_name(words: list[Word], command: CommandText) -> str:
    found = names(words, command)
    if len(found) > 1:
        raise Malformed(
            f"{command.name} takes one field: {found[1]!r} is too much", command.position
        )
    return found[0]


def nothing(command: CommandText, words: list[Word] | None = None) -> None:
    words = command.words() if words is None else words
    if words:
        raise Malformed(f"{command.name}: {words[0].text!r} is too much", words[0].position)


def generating(command: CommandText) -> None:
    """Refuses a command that must begin a search."""
    if not command.first:
        raise Malformed(
            f"Error in '{command.name}': This command must be the first command of a search.",
            command.position,
        )


def keyword(word: Word, *texts: str) -> bool:
    return not word.quoted and word.text.lower() in texts
