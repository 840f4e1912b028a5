"""head, tail, reverse, uniq, dedup, sort: how many rows, and in which order."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from standin.spl.columns import like
from standin.spl.errors import Malformed
from standin.spl.expression import Expression, compile_expression
from standin.spl.options import boolean, keyword, names, nothing, options, whole
from standin.spl.ordering import Way, sort_rows
from standin.spl.parsing import CommandText, Word
from standin.spl.registry import Runnable, command, construct
from standin.spl.step import Step
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context

_HEAD = {"limit": whole, "null": boolean, "keeplast": boolean}


@command("head", "Search Reference: head", "a number, limit=, an expression; null=, keeplast=")
def read_head(command: CommandText) -> Runnable:
    given, expression, position = _expression_between(command)
    if expression.isdecimal():
        if "limit" in given:
            raise Malformed("head takes a number or limit=, not both", position)
        return _first(int(expression))
    if not expression:
        return _first(given.get("limit", 10))
    return _while(compile_expression(expression, position, command.clock), given)


_HEAD_OPTION = re.compile(r"(?:^|(?<=[\s)]))(limit|null|keeplast)\s*=\s*(\w+)", re.IGNORECASE)


def _expression_between(command: CommandText) -> tuple[dict[str, int], str, int]:
    """Options, the text that is left, and where it begins. Blanks stand for the options."""
    given: dict[str, int] = {}
    text = command.text
    for found in _HEAD_OPTION.finditer(text):
        name = found[1].lower()
        given[name] = _HEAD[name](Word(found[2], command.position + found.start(2)))
        text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    start = len(text) - len(text.lstrip())
    return given, text.strip(), command.position + start


def _first(count: int) -> Runnable:
    return Step(lambda stream, _context: like(stream, islice(stream.rows, count)), frozenset())


def _while(expression: Expression, given: dict[str, int]) -> Runnable:
    limit, null, keep_last = given.get("limit"), given.get("null"), given.get("keeplast")
    expression.predicate("head")

    def rows(stream: Stream) -> Iterator[Row]:
        for row in islice(stream.rows, limit):
            holds = expression.evaluate(row)
            if holds is True or (holds is None and null):
                yield row
                continue
            if keep_last:
                yield row
            return

    return Step(lambda stream, _context: like(stream, rows(stream)), expression.fields)


@command("tail", "Search Reference: tail", "the last ones, from the end")
def read_tail(command: CommandText) -> Runnable:
    given, rest = options(command, {"limit": whole})
    if len(rest) > 1 or (rest and not rest[0].text.isdecimal()):
        raise Malformed("tail takes a number", command.position)
    count = int(rest[0].text) if rest else given.get("limit", 10)

    def run(stream: Stream, _context: Context) -> Stream:
        return like(stream, reversed(deque(stream.rows, maxlen=count)))

    return Step(run, frozenset())


@command("reverse", "Search Reference: reverse")
def read_reverse(command: CommandText) -> Runnable:
    nothing(command)
    return Step(lambda stream, _context: like(stream, reversed(list(stream.rows))), frozenset())


@command("uniq", "Search Reference: uniq", "only rows that follow their like are dropped")
def read_uniq(command: CommandText) -> Runnable:
    nothing(command)

    def rows(stream: Stream) -> Iterator[Row]:
        last: Row | None = None
        for row in stream.rows:
            if row != last:
                yield row
            last = row

    return Step(lambda stream, _context: like(stream, rows(stream)))


_SORT_WAYS: tuple[Way, ...] = ("auto", "num", "str", "ip")
SortKey = tuple[str, bool, Way]


@command("sort", "Search Reference: sort", "10,000 rows unless a number is given; 0 is all")
def read_sort(command: CommandText) -> Runnable:
    words = command.words()
    count = 10_000
    if words and words[0].text.isdecimal() and not words[0].quoted:
        count = int(words.pop(0).text)
    for at in range(len(words) - 2):
        if keyword(words[at], "limit") and words[at + 1].text == "=":
            count = whole(words[at + 2])
            words = words[:at] + words[at + 3 :]
            break
    named = any(word.quoted or word.text not in ("-", "+", ",") for word in words[:-1])
    flip = named and keyword(words[-1], "d", "desc")
    keys = sort_keys(words[:-1] if flip else words, command)
    if flip:
        keys = [(name, not down, way) for name, down, way in keys]

    def run(stream: Stream, _context: Context) -> Stream:
        rows = sort_rows(list(stream.rows), keys)
        return like(stream, rows[:count] if count else rows)

    return Step(run, frozenset(name for name, _, _ in keys))


def sort_keys(words: list[Word], command: CommandText) -> list[SortKey]:
    """``-a, +num(b) "c d"``. A ``-`` that stands alone holds for all fields after it."""
    keys: list[SortKey] = []
    down, at = False, 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.text == "," and not word.quoted:
            continue
        name, here = word.text, down
        if not word.quoted and name in ("-", "+"):
            down = name == "-"
            continue
        if not word.quoted and name[0] in "+-":
            here, name = name[0] == "-", name[1:]
        if at < len(words) and words[at].text == "(" and not words[at].quoted:
            if at + 2 >= len(words) or words[at + 2].text != ")":
                raise Malformed("sort: unbalanced parentheses", word.position)
            if name not in _SORT_WAYS:
                keys.append((f"{name}({words[at + 1].text})", here, "auto"))
                at += 3
                continue
            keys.append((words[at + 1].text, here, name))
            at += 3
            continue
        if not word.quoted and name in ("=", ")", "<", ">"):
            raise Malformed(f"sort: {name!r} is no field", word.position)
        keys.append((name, here, "auto"))
    if not keys:
        raise Malformed("sort needs a field", command.position)
    return keys


for _name in ("keepevents", "keepempty", "consecutive", "sortby"):
    construct("option of dedup", _name, "Search Reference: dedup")
_DEDUP = {"keepevents": boolean, "keepempty": boolean, "consecutive": boolean}


@command("dedup", "Search Reference: dedup")
def read_dedup(command: CommandText) -> Runnable:
    words = command.words()
    order: list[SortKey] = []
    for at, word in enumerate(words):
        if keyword(word, "sortby"):
            order = sort_keys(words[at + 1 :], command)
            words = words[:at]
            break
    given, rest = options(command, _DEDUP, words)
    count = 1
    if rest and rest[0].text.isdecimal() and not rest[0].quoted:
        count = int(rest.pop(0).text)
    if not count:
        raise Malformed("dedup keeps one or more", command.position)
    fields = names(rest, command)

    def kept(rows: Iterable[Row]) -> Iterator[Row]:
        return _dedup(rows, fields, count, given)

    def run(stream: Stream, _context: Context) -> Stream:
        if not order:
            return like(stream, kept(stream.rows))
        return like(stream, kept(sort_rows(list(stream.rows), order)))

    return Step(run, frozenset(fields) | {name for name, _, _ in order})


def _dedup(
    rows: Iterable[Row], fields: list[str], count: int, given: dict[str, bool]
) -> Iterator[Row]:
    seen: dict[tuple[object, ...], int] = {}
    consecutive, last = given.get("consecutive", False), None
    for row in rows:
        values = [row.get(name) for name in fields]
        if None in values:
            if given.get("keepempty", False):
                yield row
            continue
        key = tuple(tuple(one) if isinstance(one, list) else _same(one) for one in values)
        if consecutive and key != last:
            seen.clear()
        last = key
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= count:
            yield row
        elif given.get("keepevents", False):
            yield {name: value for name, value in row.items() if name not in fields}


def _same(value: object) -> object:
    """Numbers and text that is written alike are alike."""
    from standin.spl.numbers import text

    return value if isinstance(value, str) else text(value)
