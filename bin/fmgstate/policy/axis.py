"""One dimension of a rule base, cut where any rule's set begins or ends.

Between two cuts every value meets the same rules, so one mask (bit n = rule n) stands for the
whole piece. Masks are cut into blocks of rules: the first block that has a hit ends the search,
and a block's masks differ only where its own rules begin or end.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import xor

from fmgstate.policy import space

SHIFT = 11
BLOCK = 1 << SHIFT
"""Rules in a block; a multiple of 8."""

Group = tuple[space.Ranges, Sequence[int]]
"""A set, and the places of the rules that have it."""

Turns = tuple[bytes, bytes]
"""Of one block: pieces at whose start a rule begins or ends, and which rule, as unsigned ints and
shorts; sorted by piece."""

Axis = tuple[list[int], list[Turns]]
"""The first value of each piece, and what turns there, by block. Plain data."""


def axis(groups: Iterable[Group], size: int, cuts: Iterable[int] = ()) -> Axis:
    """All pieces from 0 up. ``size``: number of rules; ``cuts``: values that shall begin one."""
    turning: dict[int, list[int]] = {cut: [] for cut in (0, *cuts)}
    for ranges, places in groups:
        for low, high in ranges:
            turning.setdefault(low, []).extend(places)
            turning.setdefault(high + 1, []).extend(places)
    starts = sorted(turning)
    blocks = [(array("I"), array("H")) for _ in range(blocks_of(size))]
    for piece, start in enumerate(starts):
        for place in turning[start]:
            pieces, rules = blocks[place >> SHIFT]
            pieces.append(piece)
            rules.append(place & (BLOCK - 1))
    return starts, [(pieces.tobytes(), rules.tobytes()) for pieces, rules in blocks]


def masks(turns: Turns, pieces_in_all: int) -> list[int]:
    """The mask of every piece for one block of rules."""
    pieces, rules = array("I", turns[0]), array("H", turns[1])
    states = list(accumulate(map((1).__lshift__, rules), xor, initial=0))
    found: list[int] = []
    before = 0
    for turned, piece in enumerate(pieces):
        if piece != before:
            found += [states[turned]] * (piece - before)
            before = piece
    found += [states[-1]] * (pieces_in_all - before)
    return found


def blocks_of(size: int) -> int:
    """How many blocks that many rules take; one at least."""
    return max(1, (size + BLOCK - 1) >> SHIFT)


def octets(places: Iterable[int], size: int) -> bytes:
    """The mask with these bits, as bytes that divide evenly into blocks."""
    found = bytearray(blocks_of(size) * BLOCK // 8)
    for place in places:
        found[place >> 3] |= 1 << (place & 7)
    return bytes(found)


def block_masks(mask: bytes) -> list[int]:
    """What ``octets`` wrote, one mask a block."""
    step = BLOCK // 8
    return [int.from_bytes(mask[at : at + step], "little") for at in range(0, len(mask), step)]


def piece_of(starts: Sequence[int], value: int) -> int:
    """Which piece a value is in."""
    return bisect_right(starts, value) - 1
