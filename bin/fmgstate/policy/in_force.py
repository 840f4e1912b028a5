"""Which rules are in force whenever another one is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from fmgstate.policy.axis import mask_of
from fmgstate.policy.conditions import Conditions
from fmgstate.policy.rule import Rule

Demands = frozenset[object]


class InForce:
    """Of one rule base, as masks. ``asked``: the conditions of the rules at ``places``.

    ``alike``: all ask the same, mostly nothing. ``never``: the places of those never active.
    """

    def __init__(self, places: Sequence[int], asked: Sequence[Conditions]) -> None:
        self._places, self._keys = places, list(map(id, asked))
        distinct = dict(zip(self._keys, asked))
        demands = {key: _demands(one) for key, one in distinct.items()}
        none = {key for key, one in distinct.items() if one.windows == ()}
        self.never = [p for p, key in zip(places, self._keys) if key in none] if none else []
        self.alike = len(set(demands.values())) < 2
        self._masks = dict.fromkeys(demands, -1) if self.alike else self._of(demands)

    def firsts(self) -> Iterator[int]:
        """For each rule, in their order, those that are in force whenever it is."""
        return map(self._masks.__getitem__, self._keys)

    def whenever(self, rule: Rule) -> int:
        """Those that are in force whenever this one is."""
        return self._masks[id(rule.conditions)]

    def _of(self, demands: dict[int, Demands]) -> dict[int, int]:
        places: dict[Demands, list[int]] = {one: [] for one in demands.values()}
        for place, key in zip(self._places, self._keys):
            places[demands[key]].append(place)
        masks = {one: mask_of(some) for one, some in places.items()}
        found = {
            one: reduce(or_, (mask for less, mask in masks.items() if less <= one)) for one in masks
        }
        return {key: found[one] for key, one in demands.items()}


def _demands(asked: Conditions) -> Demands:
    """What must hold for a rule to be in force; fewer demands, more flows."""
    found: list[object] = [("doubt", doubt) for doubt in asked.doubts]
    if asked.windows is not None:
        found.append(("schedule", frozenset(asked.schedule)))
    if asked.expires:
        found.append(("expires", asked.expires, asked.expiry_sure))
    if asked.users or asked.groups:
        found.append(("users", frozenset(asked.users), frozenset(asked.groups)))
    return frozenset(found)
