"""Which rules cover or meet a set, in each dimension, as masks over a whole rule base.

A rule counts with what it holds *for certain*; a set is asked about with what it *possibly* holds.
So "covered" is never claimed on the strength of an unknown, except where both rules name the same
unknown: whatever a name stands for, it stands for it in both.

Masks are made when many rules are asked about at once. A few are asked one by one: that is what
the first dimensions mostly leave of a rule base to the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, reduce
from operator import and_, attrgetter
from typing import Optional

from fmgstate.policy import space
from fmgstate.policy.axis import mask_of
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.pieces import Pieces
from fmgstate.policy.rule import Rule

Masks = tuple[int, ...]
Names = Callable[[Rule], tuple[str, ...]]

NOTHING = -1
"""In place of the rules that hold a value, of a set that has none."""

FEW = 24
"""So many rules are asked one by one."""


class RangeDimension:
    """Addresses or services of some rules. ``every``: all rules by their places; ``places``: those
    that count. ``kind``: the attribute that holds the sets, ``sets``: them. ``names``: those that a
    rule lists, () when they are negated. ``resolve``: what one of them may hold."""

    def __init__(
        self,
        every: Sequence[Rule],
        places: Sequence[int],
        kind: str,
        sets: Iterable[Bounds],
        names: Names,
        resolve: Callable[[str], space.Ranges],
    ) -> None:
        self._every, self._places = every, places
        self._sets: list[space.Ranges] = list(map(attrgetter("certain"), sets))
        self._names, self._resolve = names, resolve
        bounds = "ports.bounds" if kind == "ports" else kind
        self._certain: Callable[[Rule], space.Ranges] = attrgetter(f"{bounds}.certain")
        self._possible: Callable[[Rule], space.Ranges] = attrgetter(f"{kind}.possible")
        self._named: dict[str, int] = {}
        self._profiles: dict[tuple[space.Ranges, int], Masks] = {}

    def firsts(self) -> Iterator[int]:
        """For each rule, in their order, the rules that hold the first value that it holds for
        certain, or else may hold; NOTHING where there is none."""
        at = self._pieces.by_start()
        at.update((~place, self.holding(self._every[place], 0, NOTHING)) for place in self._vague)
        return map(at.__getitem__, self._lows)

    def empty(self) -> list[Rule]:
        """The rules that hold nothing."""
        vague = map(self._every.__getitem__, self._vague)
        return [rule for rule in vague if not self._possible(rule)]

    def narrowed(self, left: Iterable[int]) -> Iterator[tuple[int, int]]:
        """``left``: for each rule, in their order, some earlier ones. The place of each, and those
        of them that hold its first value, where there are any. Does what ``holding`` does, written
        out for thousands of rules: by masks as soon as one of them has many left."""
        sets, few = dict(zip(self._places, self._sets)), FEW
        for place, low, among in zip(self._places, self._lows, left):
            found, rest, steps = 0, among, few if low >= 0 else 0
            while rest and steps:
                other = rest.bit_length() - 1
                rest ^= 1 << other
                if space.contains(sets.get(other, space.NONE), low):
                    found |= 1 << other
                steps -= 1
            if rest:
                found, few = self.holding(self._every[place], 0, among), 0
            if found:
                yield place, found

    def holding(self, rule: Rule, which: int, among: int) -> int:
        """Those of ``among`` that hold the first (0) or last (-1) value that the rule may hold; all
        when it has none."""
        ranges = self._possible(rule)
        if not ranges:
            return among
        value = ranges[which][which]
        few = None if "_pieces" in vars(self) else self._few(rule, among)
        if few is None:
            return among & (self._pieces.at(value) | self._by_names(rule))
        return mask_of(place for place, one in few if space.contains(one, value))

    def last(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that hold the last value that the rule may hold."""
        return self.holding(rule, -1, among)

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that hold all that this rule may hold."""
        ranges, few = self._possible(rule), self._few(rule, among)
        if few is None:
            return self._pieces.over(ranges, among) | (self._by_names(rule) & among)
        return mask_of(place for place, one in few if space.covers(one, ranges))

    def profile(self, rule: Rule, among: int) -> Masks:
        """For each piece of what the rule may hold, those of ``among`` that hold it: distinct."""
        few = self._few(rule, among)
        if few is None:
            return tuple({mask & among for mask in self._whole_profile(rule)})
        return tuple(Pieces(few).within(self._possible(rule)))

    def _few(self, rule: Rule, among: int) -> Optional[list[tuple[int, space.Ranges]]]:
        """Those of ``among`` with what they hold; None when they are many, or when names count."""
        if self._certain(rule) is not self._possible(rule):
            return None
        found: list[tuple[int, space.Ranges]] = []
        while among:
            if len(found) == FEW:
                return None
            place = among.bit_length() - 1
            found.append((place, self._certain(self._every[place])))
            among ^= 1 << place
        return found

    def _whole_profile(self, rule: Rule) -> Masks:
        """Where one piece has no rule that the others lack, it stands for all: covered there means
        covered everywhere. That is so for nearly every wide set."""
        same = self._by_names(rule)
        key = self._possible(rule), same
        if key not in self._profiles:
            masks = self._pieces.within(key[0])
            if same:
                masks = {mask | same for mask in masks}
            least = reduce(and_, masks, -1)
            self._profiles[key] = (least,) if least in masks else tuple(masks)
        return self._profiles[key]

    def _by_names(self, rule: Rule) -> int:
        """The rules that list every name of this one, or hold all that it may stand for."""
        known = self._certain(rule) == self._possible(rule)
        names = () if known else self._names(rule)
        return reduce(and_, map(self._by_one_name, names)) if names else 0

    def _by_one_name(self, name: str) -> int:
        if name not in self._named:
            self._named[name] = self._listing[name] | self._pieces.over(self._resolve(name), -1)
        return self._named[name]

    @cached_property
    def _lows(self) -> list[int]:
        """The first value of each rule; of one that holds none for certain, its place inverted."""
        sets = zip(self._places, self._sets)
        return [ranges[0][0] if ranges else ~place for place, ranges in sets]

    @cached_property
    def _vague(self) -> list[int]:
        """The rules that hold nothing for certain."""
        return [~low for low in self._lows if low < 0]

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(zip(self._places, self._sets))

    @cached_property
    def _listing(self) -> dict[str, int]:
        return _by_name(map(self._every.__getitem__, self._places), self._names)


class InterfaceDimension:
    """Source or destination interfaces of some rules. ``kind``: "srcintf" or "dstintf"; ``sets``:
    the interfaces of those at ``places``."""

    def __init__(
        self,
        every: Sequence[Rule],
        places: Sequence[int],
        kind: str,
        sets: Sequence[Interfaces],
    ) -> None:
        self._every, self._places = every, places
        self._interfaces: Callable[[Rule], Interfaces] = attrgetter(kind)
        self._names: Names = attrgetter(f"policy.{kind}")
        self._keys = list(map(id, sets))
        sharing: defaultdict[int, int] = defaultdict(int)
        for place, key in zip(places, self._keys):
            sharing[key] |= 1 << place
        self._one_with = {key: every[mask.bit_length() - 1] for key, mask in sharing.items()}
        self._any = 0
        local: dict[str, int] = {}
        for key, mask in sharing.items():
            one = self._interfaces(self._one_with[key])
            if one.everything:
                self._any |= mask
            for name in one.names:
                local[name] = local.get(name, 0) | mask
        self._for = {name: mask | self._any for name, mask in local.items()}

    def firsts(self) -> Iterator[int]:
        """For each rule, in their order, the rules that are for one of its interfaces."""
        found = {key: self._masks(rule)[0] for key, rule in self._one_with.items()}
        return map(found.__getitem__, self._keys)

    def last(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that are for another of its interfaces, where it has more than one."""
        return among & self._masks(rule)[-1]

    def covering(self, rule: Rule, among: int) -> int:
        """Those of ``among`` that are for all interfaces of this one."""
        return reduce(and_, self._masks(rule), among)

    def profile(self, rule: Rule, among: int) -> Masks:
        """For each interface of the rule, those of ``among`` that are for it; one mask at least."""
        return tuple({mask & among for mask in self._masks(rule)})

    def _masks(self, rule: Rule) -> Masks:
        one = self._interfaces(rule)
        if one.everything:
            return (self._any,)
        if one.unknown:
            listed = {self._listing.get(name, 0) | self._any for name in self._names(rule)}
            return tuple(listed) or (self._any,)
        return tuple({self._for[name] for name in one.names})

    @cached_property
    def _listing(self) -> dict[str, int]:
        return _by_name(map(self._every.__getitem__, self._places), self._names)


def _by_name(rules: Iterable[Rule], names: Callable[[Rule], Iterable[str]]) -> dict[str, int]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for rule in rules:
        for name in names(rule):
            found[name].append(rule.place)
    return {name: mask_of(places) for name, places in found.items()}
