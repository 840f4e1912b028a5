"""Multivalue eval functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from standin.spl.conditions import condition
from standin.spl.errors import Malformed
from standin.spl.functions.table import Site, builder, function
from standin.spl.functions.texts import one_text, regex_of
from standin.spl.nodes import Compiled, Constant, fields
from standin.spl.numbers import number, text, tidy
from standin.spl.times import parse_span, relative_time
from standin.spl.values import Row

_PAGE = "Multivalue eval functions"
_MOST = 1_000_000


def values_of(value: Any) -> list[str]:
    """The parts of a multivalue, the one part of a single value, none of null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [text(value)]


def multivalue(values: list[str]) -> Any:
    """Null without parts, a single value with one."""
    return None if not values else values[0] if len(values) == 1 else values


def _listed(name: str, change: Callable[[list[str]], list[str]], says: str = "") -> None:
    function(name, 1, 1, "any", _PAGE, says)(lambda value: multivalue(change(values_of(value))))


_listed("mvdedup", lambda values: list(dict.fromkeys(values)))
_listed("mvreverse", lambda values: values[::-1])
_listed("mvsort", sorted, "by code point: 10, 100, 70, 9")
function("mvcount", 1, 1, "number", _PAGE)(lambda value: len(values_of(value)))


@builder("mvappend", 1, None, _PAGE, "null adds nothing")
def _mvappend(site: Site) -> Compiled:
    parts = [argument.evaluate for argument in site.arguments]

    def evaluate(row: Row) -> Any:
        return multivalue([one for part in parts for one in values_of(part(row))])

    return site.made("any", evaluate)


@function("mvjoin", 2, 2, "text", _PAGE)
def _mvjoin(value: Any, delimiter: Any) -> str:
    return text(delimiter).join(values_of(value))


@function("split", 2, 2, "any", _PAGE, "an empty delimiter splits into characters")
def _split(value: Any, delimiter: Any) -> Any:
    subject, mark = one_text(value), text(delimiter)
    return multivalue(subject.split(mark) if mark else list(subject))


@function("mvzip", 2, 3, "any", _PAGE, "as many as the shorter one has")
def _mvzip(left: Any, right: Any, delimiter: Any = ",") -> Any:
    mark = text(delimiter)
    pairs = zip(values_of(left), values_of(right), strict=False)
    return multivalue([one + mark + other for one, other in pairs])


@function("mvindex", 2, 3, "any", _PAGE, "from 0, negative from the end; null out of range")
def _mvindex(value: Any, start: Any, end: Any = None) -> Any:
    values = values_of(value)
    first = _index(start, len(values))
    last = first if end is None else _index(end, len(values))
    if first is None or last is None or not 0 <= first < len(values):
        return None
    return multivalue(values[first : last + 1])


def _index(value: Any, count: int) -> int | None:
    """A place from the beginning; an end beyond the last value may stay beyond it."""
    found = number(value)
    if not isinstance(found, int):
        return None
    place = found + count if found < 0 else found
    return None if place < 0 else place


@builder("mvfind", 2, 2, _PAGE, "place of the first value that the regular expression is found in")
def _mvfind(site: Site) -> Compiled:
    pattern = regex_of(site.arguments[1])
    subject, regex = site.arguments[0].evaluate, site.arguments[1].evaluate

    def evaluate(row: Row) -> Any:
        value, wanted = subject(row), regex(row)
        if value is None or wanted is None:
            return None
        search = pattern(wanted).search
        found = (place for place, one in enumerate(values_of(value)) if search(one) is not None)
        return next(found, None)

    return site.made("number", evaluate)


@builder("mvfilter", 1, 1, _PAGE, "the condition reads one field only")
def _mvfilter(site: Site) -> Compiled:
    holds = condition(site.arguments[0], "mvfilter")
    name = _only_field(site, site.arguments[0])

    def evaluate(row: Row) -> Any:
        return multivalue([one for one in values_of(row.get(name)) if holds({name: one}) is True])

    return site.made("any", evaluate)


def _only_field(site: Site, argument: Compiled) -> str:
    names = fields(argument.node)
    if len(names) != 1:
        raise site.wrong("it takes an expression that reads exactly one field")
    return next(iter(names))


@builder("mvmap", 2, 2, _PAGE, "values for which the expression is null are left out")
def _mvmap(site: Site) -> Compiled:
    subject, expression = site.arguments[0].evaluate, site.arguments[1].evaluate
    name = _only_field(site, site.arguments[0])
    if site.arguments[1].kind == "boolean":
        raise site.wrong("its expression gives a boolean")

    def evaluate(row: Row) -> Any:
        inner = dict(row)
        found: list[str] = []
        for one in values_of(subject(row)):
            inner[name] = one
            found += values_of(expression(inner))
        return multivalue(found)

    return site.made("any", evaluate)


@builder("mvrange", 2, 3, _PAGE, "the end is left out; a step may be a time span")
def _mvrange(site: Site) -> Compiled:
    start, end = site.arguments[0].evaluate, site.arguments[1].evaluate
    step = _step(site)

    def evaluate(row: Row) -> Any:
        first, last = number(start(row)), number(end(row))
        move = step(row)
        if first is None or last is None or move is None:
            return None
        found: list[str] = []
        for value in _steps(tidy(float(first)), last, move):
            if len(found) == _MOST:
                raise Malformed("mvrange() gives more than a million values", site.position)
            found.append(text(value))
        return multivalue(found)

    return site.made("any", evaluate)


def _steps(first: float, last: float, move: Callable[[float], float]) -> Iterator[float]:
    if move(first) <= first:
        return
    while first < last:
        yield first
        first = move(first)


def _step(site: Site) -> Callable[[Row], Callable[[float], float] | None]:
    if len(site.arguments) < 3:
        return lambda _row: lambda value: value + 1
    argument = site.arguments[2]
    if isinstance(argument.node, Constant) and isinstance(argument.node.value, str):
        spanned = _spanned(site, argument.node.value)
        return lambda _row: spanned

    def read(row: Row) -> Callable[[float], float] | None:
        value = argument.evaluate(row)
        found = number(value)
        if found is None:
            return _spanned(site, value) if isinstance(value, str) else None
        return lambda before: tidy(float(before + found))

    return read


def _spanned(site: Site, value: str) -> Callable[[float], float]:
    plain = number(value)
    if plain is not None:
        return lambda before: tidy(float(before + plain))
    parse_span(value, site.position)
    zone = site.needs_clock().timezone
    return lambda before: tidy(float(relative_time(before, "+" + value, zone, site.position)))
