"""Which rules cover or meet a set, in each dimension, as masks over a whole rule base.

A rule counts with what it holds *for certain*; a set is asked about with what it *possibly* holds.
So "covered" is never claimed on the strength of an unknown, except where both rules name the same
unknown: whatever a name stands for, it stands for it in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_
from typing import Any

from fmgstate.policy import space
from fmgstate.policy.axis import mask_of, piece_of
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.rule import Rule

Masks = tuple[int, ...]

SHARED = 5
"""Answers are kept for sets that so many rules share; a mask of 50,000 rules takes 7 kB."""

STEP = 8
"""Pieces that are also kept as one, so that wide ranges take fewer steps."""


class RangeDimension:
    """Addresses or services. ``names``: those that a rule lists, () when they are negated."""

    def __init__(
        self,
        rules: Sequence[Rule],
        sets: Callable[[Rule], Any],
        names: Callable[[Rule], tuple[str, ...]],
        resolve: Callable[[str], space.Ranges],
    ) -> None:
        self._sets, self._names, self._resolve = sets, names, resolve
        self._rules = rules
        self._listing: dict[str, int] = {}
        self._named: dict[str, int] = {}
        groups: dict[int, tuple[space.Ranges, list[int]]] = {}
        for rule in rules:
            one = sets(rule)
            found = groups.get(id(one))
            if found is None:
                found = groups[id(one)] = (certain(one), [])
            found[1].append(rule.place)
        self._sharing = {key for key, (_, places) in groups.items() if len(places) >= SHARED}
        self._starts, self._masks = _pieces(groups.values())
        steps = range(0, len(self._masks), STEP)
        self._coarse = [reduce(and_, self._masks[at : at + STEP]) for at in steps]
        self._floor = reduce(and_, self._coarse)
        self._covering: dict[int, int] = {}
        self._profiles: dict[int, Masks] = {}

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that hold all that this rule may hold."""
        one = self._sets(rule)
        key = id(one)
        if key not in self._sharing:
            return self._over(possible(one), among) | (self._by_names(rule) & among)
        if key not in self._covering:
            self._covering[key] = self._over(possible(one), -1) | self._by_names(rule)
        return self._covering[key] & among

    def profile(self, rule: Rule) -> Masks:
        """For each piece of what the rule may hold, the rules that hold it: distinct masks.

        Where one piece has no rule that the others lack, it stands for all: covered there means
        covered everywhere. That is so for nearly every wide set.
        """
        one = self._sets(rule)
        key = id(one)
        if key in self._profiles:
            return self._profiles[key]
        same = self._by_names(rule)
        masks: set[int] = set()
        for low, high in possible(one):
            first, last = piece_of(self._starts, low), piece_of(self._starts, high)
            masks.update(self._masks[first : last + 1])
        if same:
            masks = {mask | same for mask in masks}
        least = reduce(and_, masks, -1)
        found = (least,) if least in masks else tuple(masks)
        if key in self._sharing:
            self._profiles[key] = found
        return found

    def _over(self, ranges: space.Ranges, among: int) -> int:
        """Those of ``among`` that hold all of the ranges."""
        found, least = among, among & self._floor
        for low, high in ranges:
            piece, last = piece_of(self._starts, low), piece_of(self._starts, high)
            while piece <= last:
                if piece % STEP == 0 and piece + STEP <= last + 1:
                    found &= self._coarse[piece // STEP]
                    piece += STEP
                else:
                    found &= self._masks[piece]
                    piece += 1
                if found == least:
                    return found
        return found

    def _by_names(self, rule: Rule) -> int:
        """The rules that list every name of this one, or hold all that it may stand for."""
        one = self._sets(rule)
        names = self._names(rule) if certain(one) != possible(one) else ()
        if not names:
            return 0
        return reduce(and_, map(self._by_one_name, names))

    def _by_one_name(self, name: str) -> int:
        if not self._listing:
            listed = _by_name(self._rules, self._names)
            self._listing = {name: mask_of(places) for name, places in listed.items()}
        if name not in self._named:
            self._named[name] = self._listing[name] | self._over(self._resolve(name), -1)
        return self._named[name]


class InterfaceDimension:
    """Source or destination interfaces."""

    def __init__(
        self,
        rules: Sequence[Rule],
        sets: Callable[[Rule], Interfaces],
        names: Callable[[Rule], tuple[str, ...]],
    ) -> None:
        self._sets, self._names = sets, names
        self._any = mask_of(rule.place for rule in rules if sets(rule).everything)
        local = _by_name(rules, lambda rule: tuple(sets(rule).names))
        self._local = {name: mask_of(places) | self._any for name, places in local.items()}
        self._listing = {
            name: mask_of(places) | self._any for name, places in _by_name(rules, names).items()
        }

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that are for all interfaces of this one."""
        return reduce(and_, self.profile(rule), among)

    def profile(self, rule: Rule) -> Masks:
        """For each interface of this rule, the rules that are for it."""
        one = self._sets(rule)
        if one.everything:
            return (self._any,)
        if one.unknown:
            return tuple({self._listing.get(name, self._any) for name in self._names(rule)})
        return tuple({self._local[name] for name in one.names})


def certain(one: Any) -> space.Ranges:
    """What an address set or a service holds for certain."""
    found: space.Ranges = one.bounds.certain if hasattr(one, "bounds") else one.certain
    return found


def possible(one: Any) -> space.Ranges:
    """What it may hold."""
    found: space.Ranges = one.possible
    return found


def _by_name(
    rules: Iterable[Rule], names: Callable[[Rule], tuple[str, ...]]
) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rule in rules:
        for name in names(rule):
            found.setdefault(name, []).append(rule.place)
    return found


def _pieces(groups: Iterable[tuple[space.Ranges, list[int]]]) -> tuple[list[int], list[int]]:
    turns: dict[int, int] = {0: 0}
    for ranges, places in groups:
        mask = mask_of(places)
        for low, high in ranges:
            turns[low] = turns.get(low, 0) ^ mask
            turns[high + 1] = turns.get(high + 1, 0) ^ mask
    starts = sorted(turns)
    masks, now = [], 0
    same: dict[int, int] = {}
    for start in starts:
        now ^= turns[start]
        masks.append(same.setdefault(now, now))
    return starts, masks
