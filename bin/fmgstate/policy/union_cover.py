"""Is a box covered by the union of others? Decided exactly, within a budget of steps.

A box is one set in each dimension; each set falls into pieces, and each piece meets some of the
boxes (a mask). The union covers the box when no choice of one piece in each dimension leaves the
masks with nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_, or_
from typing import Optional

Profile = Callable[[int], Iterable[int]]
"""Of one dimension: the boxes, of those given, that each of its pieces meets."""

BUDGET = 2000
"""Steps for one box."""

MANY = 50
"""More distinct pieces than that are not thinned out: comparing them all would cost more."""


class Search:
    """One question. ``steps``: what it has cost; ``cover``: boxes that together cover, so far."""

    def __init__(self, candidates: int, profiles: Iterable[Profile], budget: int) -> None:
        self._pieces: list[list[int]] = []
        self._rest = [-1]
        self._known: dict[tuple[int, int], Optional[bool]] = {}
        self._budget = budget
        self._candidates = candidates
        self.steps = 0
        self.cover = 0
        self._open = self._narrowed(profiles)

    def _narrowed(self, profiles: Iterable[Profile]) -> bool:
        """Keep the boxes that meet the asked one everywhere; False when a piece meets none."""
        restricted: list[set[int]] = []
        for profile in profiles:
            here = set(profile(self._candidates))
            if 0 in here:
                return False
            restricted.append(here)
            self._candidates &= reduce(or_, here)
        for here in reversed(restricted):
            masks = _thinned({mask & self._candidates for mask in here})
            if not masks[0]:
                return False
            self._pieces.insert(0, masks)
            self._rest.insert(0, reduce(and_, masks, self._rest[0]))
        return True

    def covered(self) -> Optional[bool]:
        """None: the budget ran out."""
        if not self._open:
            return False
        return self._covered(0, self._candidates)

    def _covered(self, depth: int, boxes: int) -> Optional[bool]:
        whole = boxes & self._rest[depth]
        if whole:
            self.cover |= whole & -whole
            return True
        key = depth, boxes
        if key in self._known:
            return self._known[key]
        found: Optional[bool] = True
        for mask in self._pieces[depth]:
            self.steps += 1
            if self.steps > self._budget:
                return None
            left = boxes & mask
            part = self._covered(depth + 1, left) if left else False
            if part is not True:
                found = part
                break
        self._known[key] = found
        return found


def _thinned(masks: set[int]) -> list[int]:
    """Without those that hold another one: where that is covered, they are. Smallest first."""
    if 0 in masks:
        return [0]
    if len(masks) > MANY:
        return sorted(masks)
    found: list[int] = []
    for mask in sorted(masks, key=_count):
        if not any(smaller & mask == smaller for smaller in found):
            found.append(mask)
    return found


def _count(mask: int) -> int:
    return bin(mask).count("1")
