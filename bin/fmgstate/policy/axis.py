"""One dimension of a rule base, cut where any rule's set begins or ends.

Between two cuts every value meets the same rules, so one mask (bit n = rule n) stands for the
whole piece. Masks are cut into blocks of rules: the first block that has a hit ends the search,
and a block's masks differ only where its own rules begin or end.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate, chain, repeat
from operator import sub, xor

from fmgstate.policy import space

SHIFT = 13
BLOCK = 1 << SHIFT
"""Rules in a block; a multiple of 8. Smaller ones cost more steps, larger ones longer masks."""

Group = tuple[space.Ranges, Sequence[int]]
"""A set, and the places of the rules that have it."""

Turns = tuple[bytes, bytes, bytes, bytes]
"""Of one block: the rules that begin or end together (shorts), where each such set ends in that
list, which set turns at each piece where one does, and how many pieces it holds for (ints)."""

Axis = tuple[list[int], list[Turns]]
"""The first value of each piece, and what turns there, by block. Plain data."""


def axis(groups: Iterable[Group], size: int, cuts: Iterable[int] = ()) -> Axis:
    """All pieces from 0 up. ``size``: number of rules; ``cuts``: values that shall begin one."""
    turning: dict[int, list[int]] = {cut: [] for cut in (0, *cuts)}
    for ranges, places in groups:
        for low, high in ranges:
            for edge in (low, high + 1):
                if edge in turning:
                    turning[edge] += places
                else:
                    turning[edge] = list(places)
    starts = sorted(turning)
    blocks = [_Block() for _ in range(blocks_of(size))]
    for piece, start in enumerate(starts):
        places, begin = sorted(turning[start]), 0
        while begin < len(places):
            number = places[begin] >> SHIFT
            first = number << SHIFT
            end = bisect_left(places, first + BLOCK, begin)
            blocks[number].turn(piece, tuple([place - first for place in places[begin:end]]))
            begin = end
    return starts, [block.turns(len(starts)) for block in blocks]


class _Block:
    """Gathers what turns in one block."""

    def __init__(self) -> None:
        self._sets: dict[tuple[int, ...], int] = {}
        self._turned = array("I")
        self._begins = array("I", [0])

    def turn(self, piece: int, rules: tuple[int, ...]) -> None:
        """These rules begin or end at this piece; pieces come in their order."""
        self._turned.append(self._sets.setdefault(rules, len(self._sets)))
        self._begins.append(piece)

    def turns(self, pieces: int) -> Turns:
        self._begins.append(pieces)
        runs = array("I", map(sub, self._begins[1:], self._begins))
        rules = array("H", chain.from_iterable(self._sets))
        ends = array("I", accumulate(map(len, self._sets)))
        return rules.tobytes(), ends.tobytes(), self._turned.tobytes(), runs.tobytes()


def masks(turns: Turns) -> list[int]:
    """The mask of every piece for one block of rules."""
    rules, ends = array("H", turns[0]), array("I", turns[1])
    turned, runs = array("I", turns[2]), array("I", turns[3])
    sets, begin = [], 0
    bit = _bits(max(rules, default=0)).__getitem__
    for end in ends:
        alone = end - begin == 1
        sets.append(bit(rules[begin]) if alone else reduce(xor, map(bit, rules[begin:end])))
        begin = end
    states = accumulate(map(sets.__getitem__, turned), xor, initial=0)
    return list(chain.from_iterable(map(repeat, states, runs)))


_known_bits: list[list[int]] = [[]]
"""One list, which is replaced by a longer one and never changed: threads may load at once."""


def _bits(most: int) -> list[int]:
    """``1 << n`` for every n up to ``most`` at least: all of a block are megabytes, and few have so
    many rules."""
    found = _known_bits[0]
    if len(found) <= most:
        found = [*found, *[1 << n for n in range(len(found), most + 1)]]
        _known_bits[0] = found
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


def mask_of(places: Iterable[int]) -> int:
    """The mask with these bits."""
    found = 0
    for place in places:
        found |= 1 << place
    return found


def bits(mask: int) -> list[int]:
    """The bits of a mask, lowest first."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
