"""The rules of one target in the form that answers quickest: a bit for each rule.

A flow falls into one piece of each axis; the rules that may match it are the bits that all those
masks share. Nearly every rule is *plain*: nothing about it is unknown, so its bit is the answer.
The others are judged one by one as ``lookup.look_up`` judges them, which stays the meaning.
"""

from __future__ import annotations

import marshal
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Optional, TypeVar

from fmgstate.inventory.model import Target
from fmgstate.inventory.zones import Zones
from fmgstate.policy import axis, residue
from fmgstate.policy.flow import HIT, MAY, Flow, Head, Reasons
from fmgstate.policy.form import FORMAT, Form, form, kept_form
from fmgstate.policy.interfaces import LocalInterfaces
from fmgstate.policy.lookup import IMPLICIT, Answer
from fmgstate.policy.packing import MARSHAL, PackedRules, unpack, unpack_vip
from fmgstate.policy.resolve import Book
from fmgstate.policy.rule import Rule, judge
from fmgstate.policy.translation import Packet, Translation, Vip

if TYPE_CHECKING:
    from fmgstate.policy.effective import Effective

T = TypeVar("T")
May = list[tuple[int, Reasons]]
Decision = tuple[int, Sequence[tuple[int, Reasons]]]
"""Place of the rule that decides (``IMPLICIT`` = none), and (place, reasons) of those before it
that may match."""


class Block(NamedTuple):
    """One block of rules: its masks by interface, and by piece of each axis.

    ``source``, ``dest``: of IPv4 and of IPv6. ``first``: the place of its first rule.
    """

    first: int
    into: dict[Optional[str], int]
    out: dict[Optional[str], int]
    source: tuple[list[int], list[int]]
    dest: tuple[list[int], list[int]]
    ports: list[int]
    judged: int
    enabled: int


class Compiled:
    """Ready to be asked. ``rules``: as ``effective`` gave them, or read back one by one."""

    def __init__(
        self,
        kept: Form,
        rules: Sequence[Rule],
        interfaces: LocalInterfaces,
        translation: Translation,
    ) -> None:
        self.target, self.package, self.rules = Target(*kept.target), kept.package, rules
        self.interfaces, self.translation = interfaces, translation
        source, dest, source6, dest6, self._ports = (starts for starts, _ in kept.axes)
        self._source, self._dest = (source, source6), (dest, dest6)
        self._vips = (
            _touching(dest, [vip for vip in translation.vips if not vip.v6]),
            _touching(dest6, [vip for vip in translation.vips if vip.v6]),
        )
        self._blocks = _blocks(kept)
        self._checks: dict[tuple[int, bool], tuple[residue.Check, ...]] = {}

    def decide(self, flow: Flow) -> Decision:
        """Which rule decides the flow."""
        return self.decided(flow[:6], lambda _head, one: one, flow)

    def decided(self, head: Head, whole: Callable[[Head, T], Flow], one: T) -> Decision:
        """As ``decide``, of the flow ``whole(head, one)``, which is made only if it is needed."""
        srcintf, dstintf, src, dst, place, v6 = head
        to = bisect_right(self._dest[v6], dst) - 1
        vips = self._vips[v6][to]
        known = self._blocks[0]
        if vips or srcintf not in known.into or dstintf not in known.out:
            return self._decide_carefully(whole(head, one), vips)
        since = bisect_right(self._source[v6], src) - 1
        service = bisect_right(self._ports, place) - 1
        may: Optional[May] = None
        for first, into, out, source, dest, ports, judged, _ in self._blocks:
            left = into[srcintf] & source[v6][since] & dest[v6][to] & ports[service] & out[dstintf]
            if left:
                lowest = left & -left
                if not lowest & judged:
                    return first + lowest.bit_length() - 1, may or ()
                if may is None:
                    may = []
                decider = self._ask(first, left, judged, whole(head, one), may)
                if decider != IMPLICIT:
                    return decider, may
        return IMPLICIT, may or ()

    def answer(self, flow: Flow) -> Answer:
        """The decision with its rules."""
        decider, may = self.decide(flow)
        return Answer(
            flow,
            None if decider == IMPLICIT else self.rules[decider],
            tuple((self.rules[place], reasons) for place, reasons in may),
        )

    def _ask(self, first: int, left: int, judged: int, flow: Flow, may: May) -> int:
        """The first certain hit among these rules of a block; adds to ``may`` what comes before."""
        while left:
            lowest = left & -left
            place = first + lowest.bit_length() - 1
            if not lowest & judged:
                return place
            left ^= lowest
            state, reasons = residue.ask(self._left_to_ask(place, flow.v6), flow)
            if state == HIT:
                return place
            if state == MAY:
                may.append((place, reasons))
        return IMPLICIT

    def _left_to_ask(self, place: int, v6: bool) -> tuple[residue.Check, ...]:
        found = self._checks.get((place, v6))
        if found is None:
            found = residue.checks(self.rules[place], self.interfaces, v6)
            self._checks[place, v6] = found
        return found

    def _decide_carefully(self, flow: Flow, vips: tuple[Vip, ...]) -> Decision:
        """Part of the flow is not given, or it may be translated: every rule is judged that its
        source, service and interfaces and, untranslated, its destination do not rule out."""
        packets = self.translation.packets(flow, vips)
        since = axis.piece_of(self._source[flow.v6], flow.src)
        may: May = []
        for block in self._blocks:
            left = block.source[flow.v6][since]
            left &= block.into.get(flow.srcintf, block.enabled)
            left &= block.out.get(flow.dstintf, block.enabled)
            reached = 0
            for packet in packets:
                reached |= self._reached(block, packet)
            for number in axis.bits(left & reached):
                place = block.first + number
                state, reasons = judge(self.rules[place], packets, self.interfaces)
                if state == HIT:
                    return place, may
                if state == MAY:
                    may.append((place, reasons))
        return IMPLICIT, may

    def _reached(self, block: Block, packet: Packet) -> int:
        """No less than the rules whose destination and service this packet may meet."""
        left = block.enabled
        if packet.place is not None:
            left = block.ports[axis.piece_of(self._ports, packet.place)]
        if packet.vip or packet.dst is None:
            return left
        v6 = packet.flow.v6
        return left & block.dest[v6][axis.piece_of(self._dest[v6], packet.dst)]


def compiled(policy: Effective) -> Compiled:
    """The effective policy, ready for many questions."""
    return Compiled(form(policy), policy.rules, policy.interfaces, policy.translation)


def dump(policy: Effective) -> bytes:
    """The compiled form, to be kept."""
    return marshal.dumps(tuple(kept_form(policy)), MARSHAL)


def load(kept: bytes) -> Optional[Compiled]:
    """What ``dump`` wrote; None when another version of this program did. Only for bytes that
    this program itself keeps: what others could have written must not be read."""
    plain = unpack(kept)
    if plain[0] != FORMAT:
        return None
    read = Form(*plain)
    zones = Zones({}, frozenset(read.inactive), read.zones_unknown)
    interfaces = LocalInterfaces(Book(()), Target(*read.target), zones=zones)
    interfaces.known.update(read.known)
    interfaces.aliases.update({name: frozenset(found) for name, found in read.aliases.items()})
    vips = tuple(unpack_vip(one) for one in read.vips)
    translation = Translation(vips, interfaces, read.central_nat)
    return Compiled(read, PackedRules(read.rules), interfaces, translation)


def _touching(starts: list[int], vips: Iterable[Vip]) -> list[tuple[Vip, ...]]:
    """For each piece the virtual IPs whose outside it is in."""
    found: list[tuple[Vip, ...]] = [()] * len(starts)
    for vip in vips:
        for low, high in vip.outside:
            for piece in range(axis.piece_of(starts, low), axis.piece_of(starts, high) + 1):
                found[piece] = (*found[piece], vip)
    return found


def _blocks(kept: Form) -> list[Block]:
    """The masks of every block, from what turns where."""
    count = len(kept.axes[0][1])
    into, out = _names(kept.into, count), _names(kept.out, count)
    judged, enabled = axis.block_masks(kept.judged), axis.block_masks(kept.enabled)
    found = []
    for n in range(count):
        source, dest, source6, dest6, ports = (axis.masks(turns[n]) for _, turns in kept.axes)
        found.append(
            Block(
                first=n * axis.BLOCK,
                into=into[n],
                out=out[n],
                source=(source, source6),
                dest=(dest, dest6),
                ports=ports,
                judged=judged[n],
                enabled=enabled[n],
            )
        )
    return found


def _names(masks: dict[str, bytes], count: int) -> list[dict[Optional[str], int]]:
    split = {name: axis.block_masks(mask) for name, mask in masks.items()}
    return [{name: found[n] for name, found in split.items()} for n in range(count)]
