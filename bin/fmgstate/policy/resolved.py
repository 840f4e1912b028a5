"""What a policy says in addresses and ports, beside the names it uses: for events and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.policy import space
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.resolve import (
    ADDRESS6_TABLES,
    ADDRESS_TABLES,
    SERVICE_TABLES,
    Addresses,
    Book,
)
from fmgstate.record import Record

MOST_RANGES, MOST_RANGES_PER_DEVICE, MOST_DEVICES = 200, 50, 50
"""Longer lists are cut in events; ``…_ranges`` and ``…_count`` then say how many there are."""

Resolved = dict[str, Any]
Texts = tuple[list[str], tuple[str, ...]]
"""Ranges as people write them, and what is unknown beside them."""
Write = Callable[[Book, Iterable[str]], Texts]


class Resolver:
    """Resolves the policies of an ADOM: by default, and on targets where that differs.

    What equal lists of names stand for is worked out once: rules share most of them.
    """

    def __init__(self, objects: Iterable[FirewallObject], targets: Iterable[Target]) -> None:
        self._objects = list(objects)
        self._books: dict[Optional[Target], Book] = {None: Book(self._objects)}
        self._known: dict[Any, Any] = {}
        self._targets = sorted(set(targets))

    def on(self, targets: Iterable[Target]) -> Resolver:
        """The same for a package with other targets, sharing what is worked out already."""
        other = copy(self)
        other._targets = sorted(set(targets))
        return other

    def add(self, record: Record) -> Record:
        """The policy's record with ``resolved``, and ``resolved_per_device`` where it differs."""
        default = self._resolved(record, None, MOST_RANGES)
        found = {**record, "resolved": default}
        there = self._there(record)
        if there:
            found["resolved_per_device"] = there[:MOST_DEVICES]
        if len(there) > MOST_DEVICES:
            found["resolved_per_device_count"] = len(there)
        return found

    def _there(self, record: Record) -> list[Resolved]:
        """The targets on which it is something else, with only the dimensions that are."""
        mapped = self._mapped(record)
        here = self._resolved(record, None, MOST_RANGES_PER_DEVICE)
        found = []
        for target in self._targets:
            if target not in mapped:
                continue
            there = self._resolved(record, target, MOST_RANGES_PER_DEVICE)
            differing = {
                key: value
                for dimension, _, _ in dimensions(record)
                if any(here.get(one) != there.get(one) for one in _keys(dimension))
                for key in _keys(dimension)
                if (value := there.get(key)) is not None
            }
            if differing:
                found.append({"device": target.device, "vdom": target.vdom, **differing})
        return found

    def _mapped(self, record: Record) -> frozenset[Target]:
        names = tuple(name for _, _, names in dimensions(record) for name in names)
        if names not in self._known:
            self._known[names] = frozenset(self._books[None].mapped(names))
        return self._known[names]  # type: ignore[no-any-return]

    def _resolved(self, record: Record, target: Optional[Target], most: int) -> Resolved:
        """Ranges as text for each dimension that the policy uses, with what is unknown in it."""
        found: Resolved = {}
        for key, write, names in dimensions(record):
            _put(found, key, most, *self._texts(target, write, names))
        return found

    def _texts(self, target: Optional[Target], write: Write, names: tuple[str, ...]) -> Texts:
        asked = (target, write, names)
        if asked not in self._known:
            if target not in self._books:
                self._books[target] = Book(self._objects, target)
            self._known[asked] = write(self._books[target], names)
        return self._known[asked]  # type: ignore[no-any-return]


def _ipv4_texts(book: Book, names: Iterable[str]) -> Texts:
    return _address_texts(book.addresses(names), v6=False)


def _ipv6_texts(book: Book, names: Iterable[str]) -> Texts:
    return _address_texts(book.addresses(names, v6=True), v6=True)


def _service_texts(book: Book, names: Iterable[str]) -> Texts:
    services = book.services(names)
    return [str(one) for one in services.known], services.unknown


def _address_texts(addresses: Addresses, v6: bool) -> Texts:
    whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
    if addresses.ranges == whole:
        return ["any"], addresses.unknown
    return [space.address_text(one, v6) for one in addresses.ranges], addresses.unknown


def of_object(one: FirewallObject, book: Book) -> Resolved:
    """What an address, service or group of these is on the book's target: ``addresses`` or
    ``services``, each with ``…_unknown``; nothing for other objects."""
    found: Resolved = {}
    if one.table in SERVICE_TABLES:
        _put(found, "services", MOST_RANGES, *_service_texts(book, [one.name]))
    elif one.table in ADDRESS6_TABLES:
        _put(found, "addresses", MOST_RANGES, *_ipv6_texts(book, [one.name]))
    elif one.table in ADDRESS_TABLES:
        _put(found, "addresses", MOST_RANGES, *_ipv4_texts(book, [one.name]))
    return found


DIMENSIONS: tuple[tuple[str, Write], ...] = (
    ("srcaddr", _ipv4_texts),
    ("dstaddr", _ipv4_texts),
    ("srcaddr6", _ipv6_texts),
    ("dstaddr6", _ipv6_texts),
    ("service", _service_texts),
)


IPV6_ONLY = {"srcaddr": _ipv6_texts, "dstaddr": _ipv6_texts}


def dimensions(record: Record) -> list[tuple[str, Write, tuple[str, ...]]]:
    """Dimension, how it is written, and the names in it, as far as the policy uses it.

    Older versions kept IPv6 policies, and policies of both, in tables of their own.
    """
    names = dict(record)
    if record.get("table") == "firewall/consolidated/policy":
        for key in ("srcaddr", "dstaddr"):
            names[key] = record.get("other", {}).get(f"{key}4", ())
    only6 = IPV6_ONLY if record.get("table") == "firewall/policy6" else {}
    return [
        (key, only6.get(key, write), tuple(names[key]))
        for key, write in DIMENSIONS
        if names.get(key)
    ]


def _keys(dimension: str) -> tuple[str, str, str]:
    return dimension, f"{dimension}_ranges", f"{dimension}_unknown"


def _put(found: Resolved, key: str, most: int, texts: list[str], unknown: tuple[str, ...]) -> None:
    found[key] = texts[:most]
    if len(texts) > most:
        found[f"{key}_ranges"] = len(texts)
    if unknown:
        found[f"{key}_unknown"] = list(unknown)
