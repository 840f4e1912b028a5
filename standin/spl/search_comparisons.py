"""``field=value`` and its kin in a search expression.

Values are compared as text, whatever their case, with ``*``; ``<`` and its kin compare numbers as
numbers and anything else by its characters. A field that is not there fails all of them, ``!=``
too; a field of several values passes ``=`` by any one of them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from standin.spl.errors import Undocumented
from standin.spl.numbers import number, text
from standin.spl.registry import construct
from standin.spl.search_part import Part, Patterns, Test
from standin.spl.values import Row, Single
from standin.spl.wildcards import matcher

_PAGE = "Search Reference: search"
construct("search", "field=value, field!=value", _PAGE, "as text, any case, with *")
construct("search", "field<value, <=, >, >=", _PAGE, "numbers as numbers, else by characters")
construct("search", "field=10.0.0.0/8", _PAGE, "CIDR, IPv4 and IPv6")
construct("search", "field IN (a, b*)", _PAGE)
construct("search", "field::value", "Search Manual: Use fields to retrieve events")
construct("search", "field=CASE(value)", "Search Manual: Use CASE() and TERM() to match phrases")

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CIDR = re.compile(r"[0-9a-fA-F:.]+/\d{1,3}")
_METADATA = ("host", "source", "sourcetype", "index")


def compare(field: str, sign: str, value: str, *, case: bool = False) -> Part:
    """``sign``: = != < <= > >=. ``case``: CASE(value)."""
    reads = frozenset({field})
    if sign in _ORDERS:
        return Part(_ordered(field, sign, value), reads)
    fits = _fits(field, value, case)
    if sign == "!=":
        return Part(_unequal(field, fits), reads)
    known: Patterns = {field: (value,)} if field in _METADATA and not case else {}
    return Part(_equal(field, fits), reads, metadata=known)


def one_of(field: str, values: list[str]) -> Part:
    """``field IN (…)``."""
    plain = frozenset(value.lower() for value in values if not _special(field, value))
    others = [_fits(field, value, False) for value in values if _special(field, value)]

    def fits(one: str) -> bool:
        return one.lower() in plain or any(other(one) for other in others)

    known: Patterns = {field: tuple(values)} if field in _METADATA else {}
    return Part(_equal(field, fits), frozenset({field}), metadata=known)


def _special(field: str, value: str) -> bool:
    return "*" in value or field == "index" or _CIDR.fullmatch(value) is not None


def _fits(field: str, value: str, case: bool) -> Callable[[str], bool]:
    plain = matcher(value, ignore_case=not case)
    if field == "index" and value.startswith("*"):
        return lambda one: not one.startswith("_") and plain(one)
    network = _network(value) if _CIDR.fullmatch(value) else None
    if network is None:
        return plain
    return lambda one: plain(one) or _within(one, network)


def _network(value: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=100_000)
def _within(one: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(one) in network
    except ValueError:
        return False


_SEEN = 20_000
"""Values of a field whose answer is kept: most fields repeat few."""


def _equal(field: str, fits: Callable[[str], bool]) -> Test:
    fits = lru_cache(maxsize=_SEEN)(fits)

    def test(row: Row) -> bool:
        value = row.get(field)
        if type(value) is str:
            return fits(value)
        if value is None:
            return False
        if isinstance(value, list):
            return any(fits(text(one)) for one in value)
        return fits(text(value))

    return test


def _unequal(field: str, fits: Callable[[str], bool]) -> Test:
    fits = lru_cache(maxsize=_SEEN)(fits)

    def test(row: Row) -> bool:
        value = row.get(field)
        if type(value) is str:
            return not fits(value)
        if value is None:
            return False
        if not isinstance(value, list):
            return not fits(text(value))
        found = {fits(text(one)) for one in value}
        if len(found) == 2:
            raise Undocumented(
                f"{field}!=… where {field} has several values of which only some differ: "
                f"write NOT {field}=…"
            )
        return not found.pop()

    return test


def _ordered(field: str, sign: str, limit: str) -> Test:
    holds, number_limit = _ORDERS[sign], number(limit)

    def single(value: Single) -> bool:
        if number_limit is not None and (size := number(value)) is not None:
            return holds(size, number_limit)
        return holds(text(value), limit)

    def test(row: Row) -> bool:
        value = row.get(field)
        if value is None:
            return False
        return any(map(single, value)) if isinstance(value, list) else single(value)

    return test
