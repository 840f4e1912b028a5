"""Comparison and conditional functions."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from standin.spl.conditions import condition
from standin.spl.functions.table import Site, builder, function, kinds
from standin.spl.nodes import Compiled
from standin.spl.numbers import number, text
from standin.spl.operators import equal
from standin.spl.values import Row

_PAGE = "Comparison and Conditional functions"


@builder("if", 3, 3, _PAGE, "a null condition takes the third argument")
def _if(site: Site) -> Compiled:
    test = condition(site.arguments[0], "if")
    chosen, other = site.arguments[1].evaluate, site.arguments[2].evaluate

    def evaluate(row: Row) -> Any:
        return chosen(row) if test(row) else other(row)

    return site.made(kinds(site.arguments[1:]), evaluate)


@builder("case", 2, None, _PAGE, "null if no condition is true")
def _case(site: Site) -> Compiled:
    if len(site.arguments) % 2:
        raise site.wrong("conditions and values come in pairs")
    tests = [condition(test, "case") for test in site.arguments[::2]]
    values = [value.evaluate for value in site.arguments[1::2]]
    pairs = list(zip(tests, values, strict=True))

    def evaluate(row: Row) -> Any:
        for test, value in pairs:
            if test(row):
                return value(row)
        return None

    return site.made(kinds(site.arguments[1::2]), evaluate)


@builder("validate", 2, None, _PAGE, "the opposite of case: the value of the first false condition")
def _validate(site: Site) -> Compiled:
    if len(site.arguments) % 2:
        raise site.wrong("conditions and values come in pairs")
    tests = [condition(test, "validate") for test in site.arguments[::2]]
    values = [value.evaluate for value in site.arguments[1::2]]
    pairs = list(zip(tests, values, strict=True))

    def evaluate(row: Row) -> Any:
        for test, value in pairs:
            if not test(row):
                return value(row)
        return None

    return site.made(kinds(site.arguments[1::2]), evaluate)


@builder("coalesce", 1, None, _PAGE, "the first value that is not null; empty text is not null")
def _coalesce(site: Site) -> Compiled:
    parts = [argument.evaluate for argument in site.arguments]

    def evaluate(row: Row) -> Any:
        for part in parts:
            value = part(row)
            if value is not None:
                return value
        return None

    return site.made(kinds(site.arguments), evaluate)


@builder("nullif", 2, 2, _PAGE)
def _nullif(site: Site) -> Compiled:
    first, second = site.arguments[0].evaluate, site.arguments[1].evaluate

    def evaluate(row: Row) -> Any:
        one, other = first(row), second(row)
        if one is None or (other is not None and equal(one, other)):
            return None
        return one

    return site.made(site.arguments[0].kind, evaluate)


@builder("null", 0, 0, _PAGE)
def _null(site: Site) -> Compiled:
    return site.made("null", lambda _row: None)


@builder("true", 0, 0, _PAGE)
def _true(site: Site) -> Compiled:
    return site.made("boolean", lambda _row: True)


@builder("false", 0, 0, _PAGE)
def _false(site: Site) -> Compiled:
    return site.made("boolean", lambda _row: False)


@functools.lru_cache(maxsize=1000)
def like_pattern(pattern: str) -> re.Pattern[str]:
    """``%`` any text, ``_`` one character; nothing else is special."""
    found = [{"%": ".*", "_": "."}.get(letter) or re.escape(letter) for letter in pattern]
    return re.compile("".join(found) + r"\Z", re.DOTALL)


@builder("like", 2, 2, _PAGE, "% any text, _ one character; regards case")
def _like(site: Site) -> Compiled:
    value, pattern = site.arguments
    if pattern.constant:
        matches = like_pattern(text(pattern.value())).match
        read = value.evaluate

        def evaluate(row: Row) -> Any:
            found = read(row)
            if found.__class__ is str:
                return matches(found) is not None
            return None if found is None else _like_any(found, matches)

        return site.made("boolean", evaluate)
    return site.made("boolean", _like_dynamic(value, pattern))


def _like_dynamic(value: Compiled, pattern: Compiled) -> Any:
    def evaluate(row: Row) -> Any:
        found, wanted = value.evaluate(row), pattern.evaluate(row)
        if found is None or wanted is None:
            return None
        return _like_any(found, like_pattern(text(wanted)).match)

    return evaluate


def _like_any(found: Any, matches: Any) -> bool:
    parts = found if isinstance(found, list) else [found]
    return any(matches(text(part)) is not None for part in parts)


@builder("in", 2, None, _PAGE)
def _in(site: Site) -> Compiled:
    first, rest = site.arguments[0].evaluate, site.arguments[1:]
    if all(part.constant for part in rest):
        within = _among([part.value() for part in rest])
        return site.made("boolean", lambda row: within(first(row)))
    reads = [part.evaluate for part in rest]

    def evaluate(row: Row) -> Any:
        value = first(row)
        if value is None:
            return None
        others = (read(row) for read in reads)
        return any(other is not None and equal(value, other) for other in others)

    return site.made("boolean", evaluate)


def _among(constants: list[Any]) -> Callable[[Any], bool | None]:
    """The same as ``equal`` with one of them, by looking up."""
    found = [number(one) for one in constants if one is not None]
    numbers = {one for one in found if one is not None}
    texts = {text(one) for one in constants if one is not None and number(one) is None}

    def within(value: Any) -> bool | None:
        if value is None:
            return None
        if isinstance(value, list):
            return any(within(part) for part in value)
        as_number = number(value)
        return text(value) in texts if as_number is None else as_number in numbers

    return within


@functools.lru_cache(maxsize=1000)
def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


@function("cidrmatch", 2, 2, "boolean", _PAGE, "IPv4 and IPv6")
def _cidrmatch(cidr: Any, address: Any) -> bool:
    network = _network(text(cidr))
    if network is None:
        return False
    parts = address if isinstance(address, list) else [address]
    return any(_inside(network, text(part)) for part in parts)


def _inside(network: Any, address: str) -> bool:
    found = _address(address)
    return found is not None and found in network


@functools.lru_cache(maxsize=50_000)
def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None
