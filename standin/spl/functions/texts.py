"""Text functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from standin.spl.errors import Malformed, Undocumented
from standin.spl.functions.table import Site, at, builder, function, strict
from standin.spl.nodes import Compiled
from standin.spl.numbers import number, text
from standin.spl.regex import Pattern
from standin.spl.regex import compile as compile_regex

_PAGE = "Text functions"
_ALL = 2**53


def one_text(value: Any) -> str:
    """Most text functions are not supported on multivalue fields."""
    if isinstance(value, list):
        raise Undocumented("text functions do not take multivalues: use mvmap, mvjoin or mvindex")
    return text(value)


def _each(change: Callable[[str], str]) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [change(part) for part in value]
        return change(text(value))

    return changed


function("lower", 1, 1, "text", _PAGE, "of each value of a multivalue")(_each(str.lower))
function("upper", 1, 1, "text", _PAGE, "of each value of a multivalue")(_each(str.upper))


def _length(value: Any) -> int:
    return len(one_text(value))


function("len", 1, 1, "number", _PAGE, "code points")(_length)
function("length", 1, 1, "number", _PAGE, "another name for len")(_length)
function("trim", 1, 2, "text", _PAGE, "spaces and tabs, or these characters")(
    lambda value, letters=" \t": one_text(value).strip(text(letters))
)
function("ltrim", 1, 2, "text", _PAGE)(
    lambda value, letters=" \t": one_text(value).lstrip(text(letters))
)
function("rtrim", 1, 2, "text", _PAGE)(
    lambda value, letters=" \t": one_text(value).rstrip(text(letters))
)
function("urldecode", 1, 1, "text", _PAGE)(lambda value: unquote(one_text(value)))


def _whole(value: Any, what: str) -> int:
    found = number(value)
    if found is None:
        raise Malformed(f"substr() takes a number as {what}")
    return int(found)


@function("substr", 2, 3, "text", _PAGE, "as SQLite: from 1, negative from the end")
def _substr(value: Any, start: Any, length: Any = None) -> str:
    subject = one_text(value)
    first = _whole(start, "start")
    count = _ALL if length is None else _whole(length, "length")
    before = count < 0
    count = abs(count)
    if first < 0:
        first += len(subject)
        if first < 0:
            count, first = max(0, count + first) if not before else 0, 0
    elif first > 0:
        first -= 1
    elif count > 0:
        count -= 1
    if before:
        return subject[max(0, first - count) : first]
    return subject[first : first + count]


def regex_of(argument: Compiled) -> Callable[[Any], Pattern]:
    """The compiled pattern of an argument, ready where it is constant."""
    if argument.constant and argument.value() is not None:
        fixed = compile_regex(text(argument.value()), argument.position)
        return lambda _value: fixed
    position = argument.position
    return lambda value: compile_regex(text(value), position)


@builder("match", 2, 2, "Comparison and Conditional functions", "PCRE, anywhere in the text")
def _match(site: Site) -> Compiled:
    pattern = regex_of(site.arguments[1])

    def found(value: Any, regex: Any) -> bool:
        search = pattern(regex).search
        if isinstance(value, list):
            return any(search(part) is not None for part in value)
        return search(text(value)) is not None

    return site.made("boolean", strict(found, site))


@builder("replace", 3, 3, _PAGE, r"PCRE, \1 in the replacement")
def _replace(site: Site) -> Compiled:
    pattern = regex_of(site.arguments[1])

    @lru_cache(maxsize=20_000)
    def made(regex: str, subject: str, replacement: str) -> str:
        return substituted(pattern(regex), subject, replacement)

    def replaced(value: Any, regex: Any, replacement: Any) -> str:
        return made(text(regex), one_text(value), text(replacement))

    return site.made("text", strict(replaced, site))


def substituted(pattern: Pattern, subject: str, replacement: str) -> str:
    r"""Every match; ``\1`` is a group, ``\\`` a backslash."""
    found: list[str] = []
    end = 0
    for match in pattern.finditer(subject):
        found += [subject[end : match.start()], expanded(replacement, match)]
        end = match.end()
    return "".join(found) + subject[end:]


def expanded(replacement: str, match: Any) -> str:
    if "\\" not in replacement:
        return replacement
    parts: list[str] = []
    at_offset = 0
    while at_offset < len(replacement):
        letter, following = replacement[at_offset], replacement[at_offset + 1 : at_offset + 2]
        if letter == "\\" and following.isdigit():
            parts.append(_group(match, int(following)))
            at_offset += 2
        elif letter == "\\" and following == "\\":
            parts.append("\\")
            at_offset += 2
        else:
            parts.append(letter)
            at_offset += 1
    return "".join(parts)


def _group(match: Any, index: int) -> str:
    if index > match.re.groups:
        raise Malformed(f"the regular expression has no group {index}")
    return match.group(index) or ""


__all__ = ["at", "expanded", "one_text", "regex_of", "substituted"]
