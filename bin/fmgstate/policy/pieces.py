"""Sets of many rules, cut where any of them begins or ends: a mask of rules for each piece."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, reduce
from itertools import accumulate
from operator import and_, xor

from fmgstate.policy import space
from fmgstate.policy.axis import piece_of

STEP = 8
"""Pieces that are also kept as one, so that wide ranges take fewer steps."""


class Pieces:
    """``sets``: the place of each rule, and what it holds."""

    def __init__(self, sets: Iterable[tuple[int, space.Ranges]]) -> None:
        turns = _turns(sets)
        self._starts = sorted(turns)
        self._masks: list[int] = list(accumulate(map(turns.__getitem__, self._starts), xor))

    def by_start(self) -> dict[int, int]:
        """By the first value of each piece, the rules that hold it."""
        return dict(zip(self._starts, self._masks))

    def at(self, value: int) -> int:
        """The rules that hold the value."""
        return self._masks[piece_of(self._starts, value)]

    def within(self, ranges: space.Ranges) -> set[int]:
        """For each piece of these ranges the rules that hold it: distinct masks."""
        found: set[int] = set()
        for low, high in ranges:
            first, last = piece_of(self._starts, low), piece_of(self._starts, high)
            found.update(self._masks[first : last + 1])
        return found

    def over(self, ranges: space.Ranges, among: int) -> int:
        """Those of ``among`` that hold all of the ranges."""
        found = among
        for low, high in ranges:
            piece, last = piece_of(self._starts, low), piece_of(self._starts, high)
            least = among & self._floor if last - piece > STEP else 0
            while piece <= last and found != least:
                if piece % STEP == 0 and piece + STEP <= last + 1:
                    found &= self._coarse[piece // STEP]
                    piece += STEP
                else:
                    found &= self._masks[piece]
                    piece += 1
        return found

    @cached_property
    def _coarse(self) -> list[int]:
        steps = range(0, len(self._masks), STEP)
        return [reduce(and_, self._masks[at : at + STEP]) for at in steps]

    @cached_property
    def _floor(self) -> int:
        return reduce(and_, self._coarse)


def _turns(sets: Iterable[tuple[int, space.Ranges]]) -> dict[int, int]:
    """At each value where a set begins or ends, the rules whose sets do."""
    holding: dict[space.Range, int] = {}
    held = holding.get
    for place, ranges in sets:
        bit = 1 << place
        for span in ranges:
            holding[span] = held(span, 0) | bit
    turns = {0: 0}
    for (low, high), mask in holding.items():
        beyond = high + 1
        turns[low] = turns[low] ^ mask if low in turns else mask
        turns[beyond] = turns[beyond] ^ mask if beyond in turns else mask
    return turns
