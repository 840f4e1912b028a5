"""Regular expressions as Splunk writes them (PCRE).

Python's ``re`` matches a line ten times as fast as PCRE2 does from Python, so a pattern that
means the same to both goes to ``re``; the others go to PCRE2 itself.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Protocol, cast

import pcre2  # type: ignore[import-untyped]

_POSIX = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
    "word": r"\w", "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip
_ESCAPES = {
    "h": r"[ \t]", "H": r"[^ \t]", "R": r"(?:\r\n|[\n\x0b\f\r\x85\u2028\u2029])",
    "z": r"\Z", "Z": r"(?=\n?\Z)", "e": r"\x1b", "N": r"[^\n]",
}  # fmt: skip
_ESCAPES_IN_CLASS = {"h": r" \t", "e": r"\x1b", "b": r"\b"}
_SAME_IN_BOTH = "dDwWsSbBAntrfv0123456789"
_SAME_IN_CLASS = "dDwWsSntrfv01234567"


class PatternRefused(ValueError):
    """A regular expression that is wrong."""


class OnlyPcre(ValueError):
    """A regular expression that Python does not match as PCRE does."""


class Match(Protocol):
    """What ``re`` and ``pcre2`` say of a match."""

    def group(self, group: int | str = 0, /) -> str | None: ...

    def groups(self) -> tuple[str | None, ...]: ...

    def start(self, group: int | str = 0, /) -> int: ...

    def end(self, group: int | str = 0, /) -> int: ...


class Pattern(Protocol):
    """What ``re`` and ``pcre2`` make of a pattern."""

    @property
    def groups(self) -> int: ...

    @property
    def groupindex(self) -> Mapping[str, int]: ...

    def search(self, string: str, /) -> Match | None: ...

    def fullmatch(self, string: str, /) -> Match | None: ...

    def finditer(self, string: str, /) -> Iterator[Match]: ...


@lru_cache(maxsize=2000)
def compiled(pattern: str) -> Pattern:
    """The pattern ready to use; PatternRefused when it is wrong.

    As PCRE does it without being told otherwise, ``\\d``, ``\\w``, ``\\s`` and ``\\b`` know
    ASCII only.
    """
    try:
        theirs = pcre2.compile(pattern, pcre2.ASCII)
    except pcre2.PatternError as error:
        raise PatternRefused(f"{error} (in {pattern!r})") from error
    try:
        return cast(Pattern, re.compile(translated(pattern), re.ASCII))
    except (OnlyPcre, re.error):
        return cast(Pattern, theirs)


def translated(pattern: str) -> str:
    """The pattern in Python's spelling; OnlyPcre when there is none."""
    return _Translation(pattern).result()


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._out: list[str] = []
        self._extra_closings = [0]

    def result(self) -> str:
        self._leading_flags()
        while self._at < len(self._text):
            self._one()
        return "".join(self._out) + ")" * self._extra_closings[0]

    def _leading_flags(self) -> None:
        while found := re.compile(r"\(\?([imsx]+)\)").match(self._text, self._at):
            self._out.append(found[0])
            self._at = found.end()

    def _one(self) -> None:
        character = self._text[self._at]
        if character == "\\":
            self._out.append(self._escape(_ESCAPES, _SAME_IN_BOTH))
        elif character == "[":
            self._out.append(self._bracket())
        elif character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif self._text.startswith("{,", self._at):
            raise self._refused("{,n} means different things in different releases of PCRE")
        else:
            if character == "|" and self._extra_closings[-1]:
                raise self._refused("an alternative after an option like (?i) set amid a group")
            self._take(character)

    def _take(self, text: str, translation: str | None = None) -> None:
        self._out.append(text if translation is None else translation)
        self._at += len(text)

    def _close(self) -> None:
        extra = self._extra_closings.pop() if len(self._extra_closings) > 1 else 0
        self._take(")", ")" * (extra + 1))

    def _open(self) -> None:
        if flags := re.compile(r"\(\?(-?[imsx]+(?:-[imsx]+)?)\)").match(self._text, self._at):
            self._take(flags[0], f"(?{flags[1]}:")
            self._extra_closings[-1] += 1
            return
        self._extra_closings.append(0)
        named = re.compile(r"\(\?(?:P?<|')(\w+)[>']").match(self._text, self._at)
        if named:
            self._take(named[0], f"(?P<{named[1]}>")
            return
        condition = re.compile(r"\(\?\((?:<(\w+)>|'(\w+)'|(\w+))\)").match(self._text, self._at)
        if condition:
            self._take(condition[0], f"(?({condition[1] or condition[2] or condition[3]})")
            return
        plain = re.compile(
            r"\((?!\?|\*)|\(\?(?::|=|!|<=|<!|>|#[^)]*|P=\w+|-?[imsx]+(?:-[imsx]+)?:)"
        ).match(self._text, self._at)
        if not plain:
            raise self._refused(f"group {self._text[self._at : self._at + 4]!r}")
        self._take(plain[0])

    def _escape(self, known: dict[str, str], same: str) -> str:
        rest = self._text[self._at + 1 :]
        if not rest:
            raise self._refused("a single backslash at its end")
        if rest[0] == "Q":
            quoted, _end, _after = rest[1:].partition(r"\E")
            self._at += 2 + len(quoted) + 2
            return re.escape(quoted)
        reference = re.match(r"k(?:<(\w+)>|\{(\w+)\}|'(\w+)')|g(?:\{(\w+)\}|(\d+))", rest)
        if reference and known is _ESCAPES:
            self._at += 1 + reference.end()
            name = next(group for group in reference.groups() if group)
            return f"(?:\\{name})" if name.isdigit() else f"(?P={name})"
        code = re.match(r"x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{1,2}))", rest)
        if code:
            self._at += 1 + code.end()
            return re.escape(chr(int(code[1] or code[2], 16)))
        return self._simple_escape(rest[0], known, same)

    def _simple_escape(self, character: str, known: dict[str, str], same: str) -> str:
        if character in known:
            self._at += 2
            return known[character]
        if character.isalnum() and character.isascii() and character not in same:
            raise self._refused(f"the escape \\{character}")
        self._at += 2
        return "\\" + character if character.isascii() else re.escape(character)

    def _bracket(self) -> str:
        start = re.compile(r"\[\^?\]?").match(self._text, self._at)
        assert start is not None
        self._at = start.end()
        out = [start[0].replace("]", r"\]")]
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "]":
                self._at += 1
                return "".join([*out, "]"])
            posix = re.compile(r"\[:(\w+):\]").match(self._text, self._at)
            if posix and posix[1] in _POSIX:
                self._at = posix.end()
                out.append(_POSIX[posix[1]])
            elif self._text.startswith(("[:", "[.", "[="), self._at):
                raise self._refused(f"the class {self._text[self._at : self._at + 8]!r}")
            elif character == "\\":
                out.append(self._escape(_ESCAPES_IN_CLASS, _SAME_IN_CLASS))
            else:
                self._at += 1
                out.append("\\" + character if character in "[&|~" else character)
        raise self._refused("a [ that is never closed")

    def _refused(self, what: str) -> OnlyPcre:
        return OnlyPcre(f"{what} at character {self._at} of {self._text!r}")
