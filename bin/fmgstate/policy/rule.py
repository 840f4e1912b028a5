"""One rule as one (device, VDOM) enforces it, and whether it matches a packet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Optional

from fmgstate.policy import ports, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.conditions import NONE, Conditions
from fmgstate.policy.flow import HIT, MAY, MISS, Judgement, Reasons
from fmgstate.policy.interfaces import Interfaces, LocalInterfaces
from fmgstate.policy.model import Policy
from fmgstate.policy.reasons import Reason
from fmgstate.policy.translation import Packet

ALLOWING = ("accept", "ipsec", "ssl-vpn")
DENYING = ("deny",)


class Rule(NamedTuple):
    """``place``: 0-based, in the order of enforcement. ``source``/``dest``: IPv4; ``…6``: IPv6.

    ``vips``: names of virtual IPs among the destinations. ``block``: the policy block it is from.
    """

    place: int
    policy: Policy
    srcintf: Interfaces
    dstintf: Interfaces
    source: Bounds
    dest: Bounds
    source6: Bounds
    dest6: Bounds
    ports: ports.Ports
    vips: tuple[str, ...] = ()
    vips6: tuple[str, ...] = ()
    conditions: Conditions = NONE
    block: str = ""

    @property
    def allows(self) -> Optional[bool]:
        """Does it let traffic through? None when its action is none that is known."""
        if self.policy.action in ALLOWING:
            return True
        return False if self.policy.action in DENYING else None

    @property
    def match_vip(self) -> bool:
        return self.policy.other.get("match-vip") == "enable"

    @property
    def title(self) -> str:
        """What a person calls it: "12 (web in)"."""
        name = f" ({self.policy.name})" if self.policy.name else ""
        return f"{self.policy.policyid}{name}"

    def judge(self, packet: Packet, interfaces: LocalInterfaces) -> Judgement:
        """Does it match this packet? A disabled rule matches nothing."""
        if not self.policy.enabled:
            return MISS, ()
        flow = packet.flow
        doubts: list[str] = []
        for state, reasons in (
            inside(self.source6 if flow.v6 else self.source, flow.src, "source"),
            self._destination(packet),
            self.judge_service(packet),
            interfaces.judge(self.srcintf, flow.srcintf, "source interface"),
            interfaces.judge(self.dstintf, flow.dstintf, "destination interface"),
            self.conditions.judge(flow),
        ):
            if state == MISS:
                return MISS, ()
            doubts += reasons
        return (MAY, tuple(doubts)) if doubts else (HIT, ())

    def _destination(self, packet: Packet) -> Judgement:
        dest = self.dest6 if packet.flow.v6 else self.dest
        if not packet.vip:
            return _translated(dest, packet.dst)
        if packet.vip in (self.vips6 if packet.flow.v6 else self.vips):
            return HIT, ()
        if not self.match_vip:
            return _named_by_unknown(dest)
        outside = inside(dest, packet.flow.dst, "destination")
        within = _translated(dest, packet.dst)
        if outside == within:
            return outside
        return MAY, (Reason.MATCH_VIP(packet.vip),)

    def judge_service(self, packet: Packet) -> Judgement:
        """Does its service hold the packet's?"""
        found = self.ports
        if packet.place is None:
            if found.bounds.certain == ports.WHOLE:
                return HIT, ()
            return MAY, (Reason.TRANSLATED_PORT(),)
        state, reasons = inside(found.bounds, packet.place, "service")
        if state == HIT or not found.by_source:
            return state, reasons
        fits = ports.fits_source(found, packet.place, packet.flow.source_port)
        if fits is None:
            return MAY, (*reasons, Reason.SOURCE_PORT_NOT_GIVEN())
        return (HIT, ()) if fits else (state, reasons)


def judge(rule: Rule, packets: Iterable[Packet], interfaces: LocalInterfaces) -> Judgement:
    """Does the rule match a flow that may look like any of these packets?"""
    judged = [(packet, *rule.judge(packet, interfaces)) for packet in packets]
    states = {state for _, state, _ in judged}
    if states == {HIT}:
        return HIT, ()
    if states == {MISS}:
        return MISS, ()
    doubts: dict[str, None] = {}
    for packet, state, reasons in judged:
        if state != MISS:
            doubts.update(dict.fromkeys((*reasons, *((packet.doubt,) if packet.doubt else ()))))
    return MAY, tuple(doubts)


def inside(found: Bounds, value: int, what: str) -> Judgement:
    """Is the value in the set? ``what``: the word for it in reasons."""
    if space.contains(found.certain, value):
        return HIT, ()
    if space.contains(found.possible, value):
        return MAY, tuple(f"{what} {reason}" for reason in found.unknown)
    return MISS, ()


def _translated(dest: Bounds, value: Optional[int]) -> Judgement:
    if value is not None:
        return inside(dest, value, "destination")
    if not dest.possible:
        return MISS, ()
    whole = len(dest.certain) == 1 and dest.certain[0] in (*space.ALL_IPV4, *space.ALL_IPV6)
    return (HIT, ()) if whole else (MAY, (Reason.TRANSLATED_DESTINATION(),))


def _named_by_unknown(dest: Bounds) -> Judgement:
    """A rule that names no virtual IP misses a translated packet, unless its names are unknown."""
    lost = Reason.NO_SUCH_ADDRESS("")
    reasons: Reasons = tuple(f"destination {r}" for r in dest.unknown if r.endswith(lost))
    return (MAY, reasons) if reasons else (MISS, ())
