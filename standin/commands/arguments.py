"""A command's arguments as splunkd hands them over: split at blanks and commas, quotes removed."""

from __future__ import annotations

import re

from standin.spl.errors import Malformed

# A quoted part may stand anywhere in a word: name="a b". Commas never reach a command.
_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s,"])+')
_EQUALS = re.compile(r'("(?:[^"\\]|\\.)*")|\s*=\s*')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def split(text: str) -> list[tuple[str, str]]:
    """Each word without its quotes, and as written."""
    joined = _EQUALS.sub(lambda found: found.group(1) or "=", text)
    words = []
    at = 0
    for found in _WORD.finditer(joined):
        _only_separators(joined[at : found.start()])
        at = found.end()
        words.append((_plain(found.group()), found.group()))
    _only_separators(joined[at:])
    return words


def _plain(word: str) -> str:
    return _QUOTED.sub(lambda found: re.sub(r"\\(.)", r"\1", found.group(1)), word)


def _only_separators(between: str) -> None:
    if between.strip(" \t\r\n,"):
        raise Malformed(f"a quote is not closed: {between.strip()!r}")
