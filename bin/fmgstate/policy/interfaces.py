"""Interface names of policies as interfaces of one device. Source: API facts 2.5.

A policy names normalized interfaces; a log names what the FortiGate has. A normalized interface
is one interface of the device, or a zone with its members, by a mapping for the (device, VDOM),
for the platform, or by default. What is mapped to may be a zone of the device itself, SD-WAN's
among them, and stands for its members. An interface that a rule names is in no zone, as FortiOS has
it. One that no rule names may be a member of any zone where these are not known; where they are, it
is in none, but what a log calls by a name that nobody gave may be one of the others all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones
from fmgstate.lean_dataclass import dataclass, field
from fmgstate.policy.flow import HIT, MAY, MISS, Judgement
from fmgstate.policy.reasons import Reason
from fmgstate.policy.resolve import Book

ANY = "any"
TABLE = "dynamic/interface"
SSL_VPN = "sslvpn_tun_intf"


@dataclass(frozen=True)
class Interfaces:
    """``names``: of the device; ``unknown``: why there may be more. ``everything``: "any"."""

    names: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    everything: bool = False


@dataclass
class LocalInterfaces:
    """The interfaces of one device. ``known``: those of which it is clear in which zone they are,
    or that they are in none."""

    book: Book
    target: Target
    platform: str = ""
    zones: Zones = NOTHING_KNOWN
    known: set[str] = field(default_factory=set)
    aliases: dict[str, frozenset[str]] = field(default_factory=dict)
    _resolved: dict[tuple[str, ...], Interfaces] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known.update(*self.zones.members.values())
        for one in self.book.every(TABLE):
            self._local(one.name)

    def resolve(self, names: Iterable[str]) -> Interfaces:
        """What the names of one policy stand for."""
        key = tuple(names)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(key)
        return self._resolved[key]

    def judge(self, rule: Interfaces, given: Optional[str], what: str) -> Judgement:
        """Does a rule with these interfaces match a flow through this one?"""
        if rule.everything:
            return HIT, ()
        if given is None:
            return MAY, (Reason.INTERFACE_NOT_GIVEN(what),)
        members = self.members(given)
        if members is None:
            return MAY, (self._doubt(what, given),)
        inside = len(members & rule.names)
        if inside == len(members):
            return HIT, ()
        if inside:
            return MAY, (Reason.SEVERAL_INTERFACES(what, given),)
        return (MAY, rule.unknown) if rule.unknown else (MISS, ())

    def members(self, given: str) -> Optional[frozenset[str]]:
        """The device's interfaces behind a name; None = nobody knows."""
        if given in self.zones.inactive:
            return None
        if given in self.known:
            return frozenset((given,))
        return self.aliases.get(given)

    def _doubt(self, what: str, given: str) -> str:
        if given in self.zones.inactive:
            return Reason.INACTIVE_MEMBER(what, given)
        if self.zones.unknown:
            return Reason.IN_A_ZONE(what, given, self.zones.unknown)
        return Reason.NOT_NAMED(what, given)

    def _resolve(self, names: tuple[str, ...]) -> Interfaces:
        if ANY in names:
            return Interfaces(everything=True)
        if not names:
            return Interfaces(unknown=(Reason.NO_INTERFACE_NAMED(),))
        found: set[str] = set()
        unknown: list[str] = []
        for name in names:
            local = self._local(name)
            if local is None:
                unknown.append(Reason.NOT_MAPPED(name))
            else:
                found |= local
        return Interfaces(frozenset(found), tuple(sorted(unknown)))

    def _local(self, name: str) -> Optional[set[str]]:
        if name == SSL_VPN:
            return {name, f"ssl.{self.target.vdom}"}
        values = self.book.named(TABLE, name)
        if values is None:
            return self._with_members({name})
        local = _mapped(values, self.platform)
        if not local:
            return None
        if values.get("single-intf") == "disable":
            return {name, *self._with_members(local)}
        self.aliases[name] = frozenset(local)
        return self._with_members(local)

    def _with_members(self, local: Iterable[str]) -> set[str]:
        """The device's names, and what is in those of them that are zones."""
        found = set(local)
        return found.union(*(self.zones.members.get(name, ()) for name in found))


def _mapped(values: dict[str, Any], platform: str) -> list[str]:
    if values.get("local-intf"):
        return _listed(values["local-intf"])
    for one in values.get("platform_mapping", ()):
        if platform and one.get("name") == platform and one.get("intf-zone"):
            return _listed(one["intf-zone"])
    if values.get("default-mapping") != "enable":
        return []
    key = "defmap-zonemember" if values.get("single-intf") == "disable" else "defmap-intf"
    return _listed(values.get(key, []))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
