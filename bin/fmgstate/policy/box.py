"""Boxes of traffic: a set in each dimension, and what is left of one when another is cut out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional

from fmgstate.policy import ports, space
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.rule import Rule

OTHER = "*"
"""Stands for every interface that neither policy names."""


class Box(NamedTuple):
    """All flows between these interfaces and addresses with these services, of one IP version."""

    srcintf: frozenset[str]
    dstintf: frozenset[str]
    source: space.Ranges
    dest: space.Ranges
    service: space.Ranges

    @property
    def size(self) -> int:
        """Pairs of addresses times places of service, whatever the interfaces."""
        return space.size(self.source) * space.size(self.dest) * space.size(self.service)

    def texts(self, v6: bool, everywhere: frozenset[str], most: int = 20) -> dict[str, Any]:
        """As people write it; a list longer than ``most`` is cut, and "…_count" says its length.

        ``everywhere``: all interfaces there are, "any" for short.
        """
        lists: dict[str, Sequence[Any]] = {
            "srcintf": _interfaces(self.srcintf, everywhere),
            "dstintf": _interfaces(self.dstintf, everywhere),
            "srcaddr": self.source,
            "dstaddr": self.dest,
            "service": self.service,
        }
        found: dict[str, Any] = {key: list(one[:most]) for key, one in lists.items()}
        found["srcaddr"] = _addresses(found["srcaddr"], v6)
        found["dstaddr"] = _addresses(found["dstaddr"], v6)
        found["service"] = [ports.text(one) for one in found["service"]]
        counts = {f"{key}_count": len(one) for key, one in lists.items() if len(one) > most}
        return {**found, **counts}


def _interfaces(names: frozenset[str], everywhere: frozenset[str]) -> list[str]:
    return ["any"] if names == everywhere else sorted(names)


def _addresses(ranges: Sequence[space.Range], v6: bool) -> list[str]:
    if tuple(ranges) == (space.ALL_IPV6 if v6 else space.ALL_IPV4):
        return ["any"]
    return [space.address_text(one, v6) for one in ranges]


def certain(rule: Rule, v6: bool, names: frozenset[str]) -> Optional[Box]:
    """What the rule matches for certain; None = nothing. ``names``: every interface there is."""
    if not rule.policy.enabled or not rule.conditions.trivial:
        return None
    source, dest = (rule.source6, rule.dest6) if v6 else (rule.source, rule.dest)
    found = Box(
        _names(rule.srcintf, names, False),
        _names(rule.dstintf, names, False),
        source.certain,
        dest.certain,
        rule.ports.bounds.certain,
    )
    return found if all(found) else None


def possible(rule: Rule, v6: bool, names: frozenset[str]) -> Optional[Box]:
    """What it may match at most; None = nothing."""
    if not rule.policy.enabled or rule.conditions.windows == ():
        return None
    source, dest = (rule.source6, rule.dest6) if v6 else (rule.source, rule.dest)
    found = Box(
        _names(rule.srcintf, names, True),
        _names(rule.dstintf, names, True),
        source.possible,
        dest.possible,
        rule.ports.possible,
    )
    return found if all(found) else None


def common(one: Box, other: Box) -> Optional[Box]:
    """The flows that are in both; None = none."""
    into, out = one.srcintf & other.srcintf, one.dstintf & other.dstintf
    if not into or not out:
        return None
    source = space.intersect(one.source, other.source)
    dest = space.intersect(one.dest, other.dest) if source else ()
    service = space.intersect(one.service, other.service) if dest else ()
    return Box(into, out, source, dest, service) if service else None


def without(one: Box, cut: Box) -> Iterator[Box]:
    """``one`` without ``cut``, which lies inside it, as boxes that share no flow."""
    if one.srcintf - cut.srcintf:
        yield one._replace(srcintf=one.srcintf - cut.srcintf)
    one = one._replace(srcintf=cut.srcintf)
    if one.dstintf - cut.dstintf:
        yield one._replace(dstintf=one.dstintf - cut.dstintf)
    one = one._replace(dstintf=cut.dstintf)
    source = space.subtract(one.source, cut.source)
    if source:
        yield one._replace(source=source)
    one = one._replace(source=cut.source)
    dest = space.subtract(one.dest, cut.dest)
    if dest:
        yield one._replace(dest=dest)
    service = space.subtract(one.service, cut.service)
    if service:
        yield one._replace(dest=cut.dest, service=service)


def _names(found: Interfaces, names: frozenset[str], at_most: bool) -> frozenset[str]:
    if found.everything or (at_most and found.unknown):
        return names
    return found.names
