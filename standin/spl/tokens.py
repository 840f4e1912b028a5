"""The words of an eval expression, read one at a time: what follows it may be no expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from standin.spl.errors import Malformed, Unsupported

Kind = Literal["number", "text", "name", "field", "operator", "end", "other"]

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"""(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])|\.\d+(?:[eE][+-]?\d+)?(?![\w]))
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>==|!=|<=|>=|[-+*/%.=<>(),!])
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<field>'(?:[^'\\]|\\.)*')
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """``value``: without quotes and escapes. ``start``, ``end``: offsets in the text."""

    kind: Kind
    value: str
    start: int
    end: int


def unescape(body: str) -> str:
    r"""``\"``, ``\\``, ``\n``, ``\t``, ``\r`` stand for one character; any other backslash for
    itself, so that regular expressions need no doubling."""
    if "\\" not in body:
        return body
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[0]), body)


def token_at(source: str, offset: int, base: int) -> Token:
    """The token at or after ``offset``; ``base``: of the source in the whole search."""
    start = _SPACE.match(source, offset).end()  # type: ignore[union-attr]
    if start >= len(source):
        return Token("end", "", start, start)
    found = _TOKEN.match(source, start)
    if found is None:
        return _unreadable(source, start, base)
    kind: Kind = found.lastgroup  # type: ignore[assignment]
    value = found[0]
    if kind == "text":
        value = unescape(value[1:-1])
    elif kind == "field":
        value = value[1:-1].replace("\\'", "'")
    return Token(kind, value, start, found.end())


def _unreadable(source: str, start: int, base: int) -> Token:
    character = source[start]
    if character in "\"'":
        raise Malformed(f"the quote {character} is never closed", base + start)
    if character == "$":
        raise Unsupported(
            "$…$ is a token or an argument: it is replaced before a search is run", base + start
        )
    if character.isdigit():
        raise Malformed(
            "a field name that begins with a digit needs single quotes in an expression",
            base + start,
        )
    return Token("other", character, start, start + 1)
