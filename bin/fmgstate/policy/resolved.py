"""What a policy says in addresses and ports, beside the names it uses: for events and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fmgstate.inventory.model import Target
from fmgstate.policy import space
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.resolve import Addresses, Book
from fmgstate.policy.services import Services
from fmgstate.record import Record

MOST_RANGES = 200
"""Longer lists are cut in events; ``…_ranges`` then says how many there are."""

Resolved = dict[str, Any]


class Resolver:
    """Resolves the policies of one package: by default, and on targets where that differs."""

    def __init__(self, objects: Iterable[FirewallObject], targets: Iterable[Target]) -> None:
        self._objects = list(objects)
        self._default = Book(self._objects)
        self._books = {target: Book(self._objects, target) for target in sorted(set(targets))}
        self._mapped: dict[tuple[str, ...], list[Target]] = {}

    def add(self, record: Record) -> Record:
        """The policy's record with ``resolved``, and ``resolved_per_device`` where it differs."""
        default = resolved(record, self._default)
        found = {**record, "resolved": default}
        differing = []
        for target in self._differing_targets(record):
            there = resolved(record, self._books[target])
            if there != default:
                differing.append({"device": target.device, "vdom": target.vdom, **there})
        if differing:
            found["resolved_per_device"] = differing
        return found

    def _differing_targets(self, record: Record) -> Sequence[Target]:
        names = tuple(
            name
            for key in ("srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service")
            for name in record.get(key, ())
        )
        if names not in self._mapped:
            mapped = self._default.mapped(names)
            self._mapped[names] = [target for target in self._books if target in mapped]
        return self._mapped[names]


def resolved(record: Record, book: Book) -> Resolved:
    """Ranges as text for each dimension that the policy uses, with what is unknown in it."""
    found: Resolved = {}
    for key, v6 in (("srcaddr", False), ("dstaddr", False), ("srcaddr6", True), ("dstaddr6", True)):
        if record.get(key):
            _put(found, key, *_address_texts(book.addresses(record[key], v6), v6))
    if record.get("service"):
        _put(found, "service", *_service_texts(book.services(record["service"])))
    return found


def _address_texts(addresses: Addresses, v6: bool) -> tuple[list[str], tuple[str, ...]]:
    whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
    if addresses.ranges == whole:
        return ["any"], addresses.unknown
    return [space.address_text(one, v6) for one in addresses.ranges], addresses.unknown


def _service_texts(services: Services) -> tuple[list[str], tuple[str, ...]]:
    return [str(one) for one in services.known], services.unknown


def _put(found: Resolved, key: str, texts: list[str], unknown: tuple[str, ...]) -> None:
    found[key] = texts[:MOST_RANGES]
    if len(texts) > MOST_RANGES:
        found[f"{key}_ranges"] = len(texts)
    if unknown:
        found[f"{key}_unknown"] = list(unknown)
