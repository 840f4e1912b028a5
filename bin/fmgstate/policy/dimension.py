"""Which rules cover or meet a set, in each dimension, as masks over a whole rule base.

A rule counts with what it holds *for certain*; a set is asked about with what it *possibly* holds.
So "covered" is never claimed on the strength of an unknown, except where both rules name the same
unknown: whatever a name stands for, it stands for it in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from itertools import accumulate
from operator import and_, attrgetter, xor

from fmgstate.policy import space
from fmgstate.policy.axis import mask_of, piece_of
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.rule import Rule

Masks = tuple[int, ...]
Names = Callable[[Rule], tuple[str, ...]]

NOTHING = -1
"""In place of the rules that hold a value, of a set that has none."""

STEP = 8
"""Pieces that are also kept as one, so that wide ranges take fewer steps."""


class RangeDimension:
    """Addresses or services. ``kind``: the attribute of a rule that holds them. ``names``: those
    that a rule lists, () when they are negated. ``resolve``: what one of them may hold."""

    def __init__(
        self,
        rules: Sequence[Rule],
        kind: str,
        names: Names,
        resolve: Callable[[str], space.Ranges],
    ) -> None:
        self._rules, self._names, self._resolve = rules, names, resolve
        self._bounds: Callable[[Rule], Bounds] = attrgetter(
            "ports.bounds" if kind == "ports" else kind
        )
        self._possible: Callable[[Rule], space.Ranges] = attrgetter(f"{kind}.possible")
        self._named: dict[str, int] = {}
        self._profiles: dict[tuple[int, int], Masks] = {}
        sets = list(map(self._bounds, rules))
        self._certain = [one.certain for one in sets]
        self._exact = [one.certain is one.possible for one in sets]
        self._starts, self._masks = _pieces([rule.place for rule in rules], self._certain)

    def firsts(self) -> list[int]:
        """For each rule, in their order, the rules that hold the first value that it may hold."""
        at = dict(zip(self._starts, self._masks))
        return [
            at[ranges[0][0]] if exact and ranges else self._one_of(rule, 0)
            for rule, ranges, exact in zip(self._rules, self._certain, self._exact)
        ]

    def last(self, rule: Rule) -> int:
        """The rules that hold the last value that this one may hold."""
        return self._one_of(rule, -1)

    def _one_of(self, rule: Rule, which: int) -> int:
        ranges = self._possible(rule)
        if not ranges:
            return NOTHING
        return self._masks[piece_of(self._starts, ranges[which][which])] | self._by_names(rule)

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that hold all that this rule may hold."""
        return self._over(self._possible(rule), among) | (self._by_names(rule) & among)

    def profile(self, rule: Rule) -> Masks:
        """For each piece of what the rule may hold, the rules that hold it: distinct masks.

        Where one piece has no rule that the others lack, it stands for all: covered there means
        covered everywhere. That is so for nearly every wide set.
        """
        same = self._by_names(rule)
        key = id(self._bounds(rule)), same
        if key not in self._profiles:
            self._profiles[key] = self._profile(rule, same)
        return self._profiles[key]

    def _profile(self, rule: Rule, same: int) -> Masks:
        masks: set[int] = set()
        for low, high in self._possible(rule):
            first, last = piece_of(self._starts, low), piece_of(self._starts, high)
            masks.update(self._masks[first : last + 1])
        if same:
            masks = {mask | same for mask in masks}
        least = reduce(and_, masks, -1)
        return (least,) if least in masks else tuple(masks)

    def _over(self, ranges: space.Ranges, among: int) -> int:
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

    def _by_names(self, rule: Rule) -> int:
        """The rules that list every name of this one, or hold all that it may stand for."""
        same = self._bounds(rule).certain == self._possible(rule)
        names = () if same else self._names(rule)
        return reduce(and_, map(self._by_one_name, names)) if names else 0

    def _by_one_name(self, name: str) -> int:
        if name not in self._named:
            self._named[name] = self._listing[name] | self._over(self._resolve(name), -1)
        return self._named[name]

    @cached_property
    def _listing(self) -> dict[str, int]:
        return _by_name(self._rules, self._names)


class InterfaceDimension:
    """Source or destination interfaces. ``kind``: "srcintf" or "dstintf"."""

    def __init__(self, rules: Sequence[Rule], kind: str) -> None:
        self._rules = rules
        self._interfaces: Callable[[Rule], Interfaces] = attrgetter(kind)
        self._names: Names = attrgetter(f"policy.{kind}")
        self._sets = list(map(self._interfaces, rules))
        sharing: defaultdict[int, list[int]] = defaultdict(list)
        for rule, one in zip(rules, self._sets):
            sharing[id(one)].append(rule.place)
        self._one_with = dict(zip(map(id, self._sets), rules))
        self._any = 0
        self._local: dict[str, int] = {}
        for key, places in sharing.items():
            mask = mask_of(places)
            one = self._interfaces(self._one_with[key])
            if one.everything:
                self._any |= mask
            for name in one.names:
                self._local[name] = self._local.get(name, 0) | mask

    def firsts(self) -> list[int]:
        """For each rule, in their order, the rules that are for one of its interfaces."""
        found = {key: self.profile(rule)[0] for key, rule in self._one_with.items()}
        return [found[id(one)] for one in self._sets]

    def last(self, rule: Rule) -> int:
        """The rules that are for another of its interfaces, where it has more than one."""
        return self.profile(rule)[-1]

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that are for all interfaces of this one."""
        return reduce(and_, self.profile(rule), among)

    def profile(self, rule: Rule) -> Masks:
        """For each interface of this rule, the rules that are for it; one mask at least."""
        one = self._interfaces(rule)
        if one.everything:
            return (self._any,)
        if one.unknown:
            listed = {self._listing.get(name, 0) | self._any for name in self._names(rule)}
            return tuple(listed) or (self._any,)
        return tuple({self._local[name] | self._any for name in one.names})

    @cached_property
    def _listing(self) -> dict[str, int]:
        return _by_name(self._rules, self._names)


def _by_name(rules: Iterable[Rule], names: Callable[[Rule], Iterable[str]]) -> dict[str, int]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for rule in rules:
        for name in names(rule):
            found[name].append(rule.place)
    return {name: mask_of(places) for name, places in found.items()}


def _pieces(places: Sequence[int], sets: Sequence[space.Ranges]) -> tuple[list[int], list[int]]:
    """The first value of each piece, and the rules that hold it for certain."""
    spans: defaultdict[space.Range, list[int]] = defaultdict(list)
    for place, ranges in zip(places, sets):
        for span in ranges:
            spans[span].append(place)
    turns: defaultdict[int, int] = defaultdict(int, {0: 0})
    for (low, high), holding in spans.items():
        mask = 0
        for place in holding:
            mask |= 1 << place
        turns[low] ^= mask
        turns[high + 1] ^= mask
    starts = sorted(turns)
    return starts, list(accumulate([turns[start] for start in starts], xor))
