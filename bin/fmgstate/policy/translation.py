"""Virtual IPs: which flows the FortiGate translates before it looks for a policy.

A translated flow matches policies that name the virtual IP, with the port it has *after* the
translation, and policies with ``match-vip``. With central NAT policies name no virtual IPs: the
flow is looked up with its new destination.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from fmgstate.lean_dataclass import dataclass
from fmgstate.policy import ports, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.flow import HIT, MAY, MISS, Flow, Judgement
from fmgstate.policy.interfaces import ANY, Interfaces, LocalInterfaces
from fmgstate.policy.model import FirewallObject
from fmgstate.policy.reasons import Reason
from fmgstate.policy.resolve import Book, Undecided, vip_ranges

TRANSLATING = ("", "static-nat", "load-balance", "server-load-balance")
PORT_PROTOCOLS = ("tcp", "udp", "sctp", "icmp")


class Packet(NamedTuple):
    """A flow as the policies see it.

    ``vip``: the virtual IP that policies must name, "" = none. ``dst``, ``place``: after
    translation, None = not known. ``doubt``: why the flow may not be this packet.
    """

    flow: Flow
    vip: str
    dst: Optional[int]
    place: Optional[int]
    doubt: str = ""


@dataclass(frozen=True)
class Vip:
    """One virtual IP that can translate. ``places``: of the outside, on the service axis."""

    name: str
    v6: bool
    outside: space.Ranges
    interfaces: Interfaces
    places: space.Ranges
    sources: Bounds
    services: Bounds
    inside: Optional[int]
    """First address inside, when the others follow one by one."""
    shift: Optional[int]
    """What is added to the port; None = not known."""
    unknown: tuple[str, ...] = ()
    """What of it cannot be read: it then *may* translate."""

    def judge(self, flow: Flow, interfaces: LocalInterfaces) -> Judgement:
        """Does it translate this flow?"""
        if flow.v6 != self.v6 or not space.contains(self.outside, flow.dst):
            return MISS, ()
        if not space.contains(self.places, flow.place):
            return MISS, ()
        found = [
            interfaces.judge(self.interfaces, flow.srcintf, "source interface"),
            _inside(self.sources, flow.src),
            _inside(self.services, flow.place),
        ]
        if any(state == MISS for state, _ in found):
            return MISS, ()
        if self.unknown or any(state == MAY for state, _ in found):
            return MAY, ()
        return HIT, ()

    def packet(self, flow: Flow, doubt: str) -> Packet:
        """The flow after this translation."""
        inside = None
        if self.inside is not None:
            inside = self.inside + flow.dst - self.outside[0][0]
        where = None if self.shift is None else flow.place + self.shift
        return Packet(flow, self.name, inside, where, doubt)


@dataclass
class Translation:
    """All virtual IPs that are in force on one target."""

    vips: tuple[Vip, ...]
    interfaces: LocalInterfaces
    central_nat: bool = False

    def packets(self, flow: Flow, vips: Optional[tuple[Vip, ...]] = None) -> list[Packet]:
        """What the flow may look like to the policies; one packet when that is certain.

        ``vips``: those whose outside holds the destination, where that is known already.
        """
        wanted = self.vips if vips is None else vips
        judged = [(vip, vip.judge(flow, self.interfaces)[0]) for vip in wanted]
        hits = [vip for vip, state in judged if state == HIT]
        doubtful = [vip for vip, state in judged if state == MAY]
        if len(hits) == 1 and not doubtful:
            return [self._packet(hits[0], flow)._replace(doubt="")]
        if not hits and not doubtful:
            return [plain(flow)]
        found = [self._packet(vip, flow) for vip in (*hits, *doubtful)]
        if not hits:
            found.append(plain(flow)._replace(doubt=found[0].doubt))
        return found

    def _packet(self, vip: Vip, flow: Flow) -> Packet:
        found = vip.packet(flow, Reason.MAY_TRANSLATE(vip.name))
        return found._replace(vip="") if self.central_nat else found


def plain(flow: Flow) -> Packet:
    """The flow untranslated."""
    return Packet(flow, "", flow.dst, flow.place)


def read(one: FirewallObject, book: Book, interfaces: LocalInterfaces) -> Optional[Vip]:
    """The virtual IP on the book's target; None when it translates nothing, or nobody knows what.

    A rule that names one with an unknown outside may match anything; see ``effective``.
    """
    values = book.values(one)
    kind = str(values.get("type", ""))
    if kind not in TRANSLATING or values.get("status") == "disable":
        return None
    try:
        outside = space.union(vip_ranges(values))
    except (Undecided, ValueError):
        return None
    unknown: list[str] = []
    places, shift = _ports(values, unknown)
    return Vip(
        name=one.name,
        v6="6" in one.table,
        outside=outside,
        interfaces=_interfaces(values, interfaces),
        places=places,
        sources=_sources(values, "6" in one.table),
        services=ports.ports(book.services(_listed(values["service"]))).bounds
        if values.get("service")
        else ports.ANY.bounds,
        inside=_inside_address(values, kind, outside),
        shift=None if kind == "server-load-balance" else shift,
        unknown=tuple(unknown),
    )


def _interfaces(values: dict[str, Any], interfaces: LocalInterfaces) -> Interfaces:
    names = [*_listed(values.get("srcintf-filter")), *_listed(values.get("extintf"))]
    specific = [name for name in names if name != ANY]
    return interfaces.resolve(specific) if specific else Interfaces(everything=True)


def _ports(values: dict[str, Any], unknown: list[str]) -> tuple[space.Ranges, Optional[int]]:
    if values.get("portforward") != "enable":
        return ports.WHOLE, 0
    protocol = str(values.get("protocol", "tcp"))
    if protocol == "icmp":
        return ((1 << 16, 1 << 16 | 65535),), 0
    try:
        number = ports.NUMBERS[protocol]
        outside = _span(values["extport"])
        inside = _span(values.get("mappedport") or values["extport"])
    except (KeyError, ValueError):
        unknown.append("ports")
        return ports.WHOLE, None
    base = number << 16
    places = ((base | outside[0], base | outside[1]),)
    same_length = inside[1] - inside[0] == outside[1] - outside[0]
    return places, inside[0] - outside[0] if same_length else None


def _inside_address(values: dict[str, Any], kind: str, outside: space.Ranges) -> Optional[int]:
    if kind not in ("", "static-nat") or len(outside) != 1:
        return None
    try:
        spans = [space.span(text) for text in _listed(values.get("mappedip"))]
    except ValueError:
        return None
    if len(spans) != 1 or spans[0][1] - spans[0][0] != outside[0][1] - outside[0][0]:
        return None
    return spans[0][0]


def _sources(values: dict[str, Any], v6: bool) -> Bounds:
    whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
    listed = _listed(values.get("src-filter"))
    if not listed:
        return Bounds(whole, whole)
    try:
        ranges = space.union(
            space.span(text) if "-" in text else space.network(text) for text in listed
        )
    except ValueError:
        return Bounds(space.NONE, whole, ("src-filter",))
    return Bounds(ranges, ranges)


def _inside(found: Bounds, value: int) -> Judgement:
    if space.contains(found.certain, value):
        return HIT, ()
    return (MAY if space.contains(found.possible, value) else MISS), ()


def _span(value: Any) -> space.Range:
    (text,) = _listed(value)
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
