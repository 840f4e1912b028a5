"""rex: fields out of text by regular expressions, and text changed by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from standin.spl import regex as pcre
from standin.spl.columns import like
from standin.spl.errors import Malformed, Undocumented
from standin.spl.numbers import text as written
from standin.spl.options import choice, options, plain, whole
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    pass

_OPTIONS = {"field": plain, "max_match": whole, "offset_field": plain, "mode": choice("sed")}
for _name in _OPTIONS:
    construct("option of rex", _name, "Search Reference: rex")
_BACK = re.compile(r"\\(\d)|\\(.)", re.DOTALL)


@command("rex", "Search Reference: rex", "named groups; mode=sed with s and y")
def read_rex(command: CommandText) -> Runnable:
    given, rest = options(command, _OPTIONS)
    if len(rest) != 1:
        raise Malformed("rex takes one regular expression in quotation marks", command.position)
    field = given.get("field", "_raw")
    if "mode" in given:
        change = sed(rest[0].text, rest[0].position)
        return Step(
            lambda stream, _context: like(stream, _changed(stream, field, change)),
            frozenset({field}),
        )
    pattern = pcre.compile(rest[0].text, rest[0].position)
    names = list(pattern.groupindex)
    if not names:
        raise Malformed("rex: the regular expression names no group", rest[0].position)
    offset = given.get("offset_field")
    if offset and len(names) > 1:
        raise Undocumented("rex: offset_field with several groups", rest[0].position)
    reading = _Reading(field, pattern, names, given.get("max_match", 1), offset)
    made = [*names, offset] if offset else names
    return Step(
        lambda stream, _context: like(stream, map(reading, stream.rows), *made),
        frozenset({field, *made}),
    )


class _Reading:
    """What one rex does to a row. ``most``: matches, 0 is all of them."""

    def __init__(
        self, field: str, pattern: pcre.Pattern, names: list[str], most: int, offset: str | None
    ) -> None:
        self.field, self.pattern, self.names = field, pattern, names
        self.most, self.offset = most, offset

    def __call__(self, row: Row) -> Row:
        value = row.get(self.field)
        if value is None:
            return row
        if self.most == 1 and not isinstance(value, list):
            found = self.pattern.search(value if type(value) is str else written(value))
            return row if found is None else self._with(row, found)
        return self._several(row, value if isinstance(value, list) else [written(value)])

    def _with(self, row: Row, found: pcre.Match) -> Row:
        groups = found.groupdict()
        made = {**row, **{name: value for name, value in groups.items() if value is not None}}
        if self.offset:
            name = self.names[0]
            made[self.offset] = f"{name}={found.start(name)}-{found.end(name) - 1}"
        return made

    def _several(self, row: Row, texts: list[str]) -> Row:
        found = [one for text in texts for one in self.pattern.finditer(text)]
        if self.most == 1 and len(texts) > 1:
            hits = [text for text in texts if self.pattern.search(text)]
            if len(hits) > 1:
                raise Undocumented(
                    f"rex on several values of {self.field} that match: give max_match=0"
                )
            found = found[:1]
        found = found[: self.most] if self.most else found
        if not found:
            return row
        made = dict(row)
        for name in self.names:
            values = [value for one in found if (value := one.group(name)) is not None]
            if values:
                made[name] = values[0] if len(values) == 1 else values
        if self.offset:
            raise Undocumented("rex: offset_field with several matches")
        return made


def _changed(stream: Stream, field: str, change: Callable[[str], str]) -> Iterator[Row]:
    for row in stream.rows:
        value = row.get(field)
        if value is None:
            yield row
        elif isinstance(value, list):
            yield {**row, field: [change(one) for one in value]}
        else:
            yield {**row, field: change(written(value))}


def sed(script: str, position: int) -> Callable[[str], str]:
    """``s/regex/new/`` with ``g`` or a number, ``y/abc/xyz/``; several one after another."""
    changes: list[Callable[[str], str]] = []
    rest = script.strip()
    while rest:
        kind, mark = rest[:1], rest[1:2]
        parts = _parts(rest[2:], mark)
        if kind not in ("s", "y") or parts is None:
            raise Malformed(f"rex: {script!r} is no sed expression", position)
        old, new, rest = parts
        if kind == "y":
            if len(old) != len(new):
                raise Malformed("rex: y/…/…/ needs as many characters on both sides", position)
            changes.append(_translation(old, new))
        else:
            flags = re.match(r"[a-zA-Z0-9]*", rest)
            assert flags is not None
            rest = rest[flags.end() :]
            changes.append(_substitution(old, new, flags[0], position))
        rest = rest.lstrip(" ;")
    if not changes:
        raise Malformed("rex: the sed expression is empty", position)
    return _one_after_another(changes)


def _one_after_another(changes: list[Callable[[str], str]]) -> Callable[[str], str]:
    def change(text: str) -> str:
        for one in changes:
            text = one(text)
        return text

    return change


def _translation(old: str, new: str) -> Callable[[str], str]:
    table = str.maketrans(old, new)
    return lambda text: text.translate(table)


def _parts(text: str, mark: str) -> tuple[str, str, str] | None:
    """Up to the first and the second ``mark`` that no backslash precedes, and the rest."""
    if not mark or mark.isalnum():
        return None
    parts: list[str] = []
    start, at = 0, 0
    while at < len(text) and len(parts) < 2:
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == mark:
            parts.append(text[start:at].replace(f"\\{mark}", mark))
            start = at + 1
        at += 1
    return (parts[0], parts[1], text[start:]) if len(parts) == 2 else None


def _substitution(old: str, new: str, flags: str, position: int) -> Callable[[str], str]:
    pattern = pcre.compile(old, position, ignore_case="i" in flags)
    rest = flags.replace("i", "")
    if rest not in ("", "g") and not rest.isdecimal():
        raise Malformed(f"rex: sed takes the flags g, i or a number, not {flags!r}", position)
    replaced = _replacement(new)
    if rest.isdecimal():
        return _nth(pattern, replaced, int(rest))
    count = 0 if rest == "g" else 1
    return lambda text: pattern.sub(replaced, text, count)


def _replacement(new: str) -> Callable[[Any], str]:
    def put(found: re.Match[str]) -> Callable[[Any], str]:
        if found[1]:
            number = int(found[1])
            return lambda match: (
                (match.group(number) or "") if number <= len(match.groups()) else ""
            )
        plain_text = {"n": "\n", "t": "\t", "r": "\r"}.get(found[2], found[2])
        return lambda _match: plain_text

    pieces: list[str | Callable[[Any], str]] = []
    copied = 0
    for found in _BACK.finditer(new):
        pieces += [new[copied : found.start()], put(found)]
        copied = found.end()
    pieces.append(new[copied:])
    return lambda match: "".join(one if isinstance(one, str) else one(match) for one in pieces)


def _nth(pattern: pcre.Pattern, replaced: Callable[[Any], str], which: int) -> Callable[[str], str]:
    def change(text: str) -> str:
        for number, found in enumerate(pattern.finditer(text), 1):
            if number == which:
                return text[: found.start()] + replaced(found) + text[found.end() :]
        return text

    return change
