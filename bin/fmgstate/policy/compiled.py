"""The rules of one target in the form that answers quickest: a bit for each rule.

A flow falls into one piece of each axis; the rules that may match it are the bits that all those
masks share. Nearly every rule is *plain*: nothing about it is unknown, so its bit is the answer.
The others are judged one by one as ``lookup.look_up`` judges them, which stays the meaning.
"""

from __future__ import annotations

import marshal
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Optional

from fmgstate.policy import axis, residue
from fmgstate.policy.effective import Effective
from fmgstate.policy.flow import HIT, MAY, Flow, Reasons
from fmgstate.policy.form import FORMAT, Form, StoredRules, form, read_vip, target_of
from fmgstate.policy.interfaces import LocalInterfaces
from fmgstate.policy.lookup import IMPLICIT, Answer
from fmgstate.policy.resolve import Book
from fmgstate.policy.rule import Rule, judge
from fmgstate.policy.translation import Packet, Translation, Vip

May = list[tuple[int, Reasons]]
Decision = tuple[int, Sequence[tuple[int, Reasons]]]
"""Place of the rule that decides (``IMPLICIT`` = none), and (place, reasons) of those before it
that may match."""


class Block(NamedTuple):
    """One block of rules: mask by interface, and by piece of each axis."""

    first: int
    into: dict[Optional[str], int]
    out: dict[Optional[str], int]
    source: tuple[list[int], list[int]]
    dest: tuple[list[int], list[int]]
    ports: list[int]
    judged: int
    named_vips: dict[tuple[bool, str], int]
    match_vip: int


class Compiled:
    """Ready to be asked. ``rules``: as ``effective`` gave them, or read back one by one."""

    def __init__(
        self,
        kept: Form,
        rules: Sequence[Rule],
        interfaces: LocalInterfaces,
        translation: Translation,
    ) -> None:
        self.target, self.package, self.rules = target_of(kept), kept.package, rules
        self.interfaces, self.translation = interfaces, translation
        source, dest, source6, dest6, ports = (starts for starts, _ in kept.axes)
        self._source, self._dest, self._ports = (source, source6), (dest, dest6), ports
        self._vips = tuple(_touching(dest, translation, v6)
                           for v6, dest in enumerate(self._dest))  # fmt: skip
        self._blocks = _blocks(kept)
        self._checks: dict[tuple[int, bool], tuple[residue.Check, ...]] = {}

    def decide(self, flow: Flow) -> Decision:
        """Which rule decides the flow."""
        srcintf, dstintf, src, dst, place, v6, *_ = flow
        dest = bisect_right(self._dest[v6], dst) - 1
        blocks = self._blocks
        if self._vips[v6][dest] or srcintf not in blocks[0].into or dstintf not in blocks[0].out:
            return self._decide_carefully(flow, self._vips[v6][dest])
        source = bisect_right(self._source[v6], src) - 1
        service = bisect_right(self._ports, place) - 1
        may: May = []
        for block in blocks:
            first, into, out, sources, dests, ports, judged, _, _ = block
            left = (
                into[srcintf] & sources[v6][source] & dests[v6][dest]
                & ports[service] & out[dstintf]
            )  # fmt: skip
            if not left:
                continue
            lowest = left & -left
            if not lowest & judged:
                return first + lowest.bit_length() - 1, may
            decider = self._ask(first, left, judged, flow, may)
            if decider != IMPLICIT:
                return decider, may
        return IMPLICIT, may

    def answer(self, flow: Flow) -> Answer:
        """The decision with its rules."""
        decider, may = self.decide(flow)
        return Answer(
            flow,
            None if decider == IMPLICIT else self.rules[decider],
            tuple((self.rules[place], reasons) for place, reasons in may),
        )

    def decide_all(self, flows: Iterable[Flow]) -> Iterator[Decision]:
        """Many flows, in their order."""
        return map(self.decide, flows)

    def _ask(self, first: int, left: int, judged: int, flow: Flow, may: May) -> int:
        """The first certain hit among these rules of a block; adds to ``may`` what comes before."""
        while left:
            lowest = left & -left
            place = first + lowest.bit_length() - 1
            if not lowest & judged:
                return place
            left ^= lowest
            key = place, flow.v6
            checks = self._checks.get(key)
            if checks is None:
                checks = self._checks[key] = residue.checks(
                    self.rules[place], self.interfaces, flow.v6
                )
            state, reasons = residue.ask(checks, flow)
            if state == HIT:
                return place
            if state == MAY:
                may.append((place, reasons))
        return IMPLICIT

    def _judge(self, first: int, left: int, packets: list[Packet], may: May) -> int:
        """The same for flows of which no rule is plain."""
        while left:
            lowest = left & -left
            place = first + lowest.bit_length() - 1
            state, reasons = judge(self.rules[place], packets, self.interfaces)
            if state == HIT:
                return place
            if state == MAY:
                may.append((place, reasons))
            left ^= lowest
        return IMPLICIT

    def _decide_carefully(self, flow: Flow, vips: tuple[Vip, ...]) -> Decision:
        """Part of the flow is not given, or it may be translated: no rule is plain then."""
        packets = self.translation.packets(flow, vips)
        source = axis.piece_of(self._source[flow.v6], flow.src)
        whole = axis.BLOCK
        may: May = []
        for block in self._blocks:
            everything = (1 << whole) - 1
            left = block.source[flow.v6][source]
            left &= block.into.get(flow.srcintf, everything)
            left &= block.out.get(flow.dstintf, everything)
            reached = 0
            for packet in packets:
                reached |= self._reached(block, packet, everything)
            decider = self._judge(block.first, left & reached, packets, may)
            if decider != IMPLICIT:
                return decider, may
        return IMPLICIT, may

    def _reached(self, block: Block, packet: Packet, everything: int) -> int:
        """No less than the rules whose destination and service this packet may meet."""
        left, v6 = everything, packet.flow.v6
        if packet.place is not None:
            left = block.ports[axis.piece_of(self._ports, packet.place)]
        if packet.vip:
            named = block.named_vips.get((v6, packet.vip), 0)
            return left & (named | block.match_vip | block.judged)
        if packet.dst is None:
            return left
        return left & block.dest[v6][axis.piece_of(self._dest[v6], packet.dst)]


def compiled(policy: Effective) -> Compiled:
    """The effective policy, ready for many questions."""
    return Compiled(form(policy), policy.rules, policy.interfaces, policy.translation)


def dump(policy: Effective) -> bytes:
    """The compiled form, to be kept."""
    return marshal.dumps(tuple(form(policy)))


def load(kept: bytes) -> Optional[Compiled]:
    """What ``dump`` wrote; None when another version of this program did. Only for bytes that
    this program itself keeps: what others could have written must not be read."""
    plain = marshal.loads(kept)  # noqa: S302
    if plain[0] != FORMAT:
        return None
    read = Form(*plain)
    interfaces = LocalInterfaces(Book(()), target_of(read))
    interfaces.known.update(read.known)
    interfaces.aliases.update({name: frozenset(found) for name, found in read.aliases.items()})
    vips = tuple(read_vip(one) for one in read.vips)
    translation = Translation(vips, interfaces, read.central_nat)
    return Compiled(read, StoredRules(read), interfaces, translation)


def _touching(starts: list[int], translation: Translation, v6: int) -> list[tuple[Vip, ...]]:
    """For each piece the virtual IPs whose outside it is in."""
    found: list[tuple[Vip, ...]] = [()] * len(starts)
    for vip in translation.vips:
        if vip.v6 == v6:
            for low, high in vip.outside:
                for piece in range(axis.piece_of(starts, low), axis.piece_of(starts, high) + 1):
                    found[piece] = (*found[piece], vip)
    return found


def _blocks(kept: Form) -> list[Block]:
    """The masks of every block, from what turns where."""
    count = axis.blocks_of(len(kept.rows))
    sides = [
        [axis.masks(turns[n], len(starts)) for starts, turns in kept.axes] for n in range(count)
    ]
    into, out = _names(kept.into, count), _names(kept.out, count)
    judged, match_vip = axis.block_masks(kept.judged), axis.block_masks(kept.match_vip)
    vips = [(v6, name, axis.block_masks(mask)) for v6, name, mask in kept.named_vips]
    return [
        Block(
            first=n * axis.BLOCK,
            into=into[n],
            out=out[n],
            source=(source, source6),
            dest=(dest, dest6),
            ports=ports,
            judged=judged[n],
            named_vips={(v6, name): masks[n] for v6, name, masks in vips},
            match_vip=match_vip[n],
        )
        for n, (source, dest, source6, dest6, ports) in enumerate(sides)
    ]


def _names(masks: dict[str, bytes], count: int) -> list[dict[Optional[str], int]]:
    split = {name: axis.block_masks(mask) for name, mask in masks.items()}
    return [{name: found[n] for name, found in split.items()} for n in range(count)]
