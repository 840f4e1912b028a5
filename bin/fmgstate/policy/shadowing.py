"""Rules that never decide a flow, because earlier rules always do.

Terms of Al-Shaer and Hamed: *shadowed*: earlier rules with another action take all its flows;
*redundant*: with the same action; here also *mixed*: with both. *Generalization*: a later rule
covers an earlier one of another action; *correlation*: two of different actions share some flows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, attrgetter, or_
from typing import Optional

from fmgstate.policy import ports, space
from fmgstate.policy.axis import bits, mask_of
from fmgstate.policy.dimension import NOTHING, InterfaceDimension, Masks, RangeDimension
from fmgstate.policy.effective import Effective
from fmgstate.policy.rule import Rule
from fmgstate.policy.ruling import internet_services
from fmgstate.policy.union_cover import BUDGET, Search

SHADOWED, REDUNDANT, MIXED, EMPTY = "shadowed", "redundant", "mixed", "empty"
NEVER, UNDECIDED = "never active", "undecided"
ALWAYS: frozenset[object] = frozenset()
"""What a rule demands that is in force at any time, for anybody."""


@dataclass(frozen=True)
class Verdict:
    """Why a rule never decides. ``blockers``: rules that together take all its flows.

    ``empty``: its own sets hold nothing; ``never active``: its schedule has no time;
    ``undecided``: the budget ran out before it was known whether the union of ``blockers`` does.
    """

    rule: Rule
    verdict: str
    blockers: tuple[Rule, ...] = ()


class Shadowing:
    """All questions about one rule base. Disabled rules neither cover nor are asked about."""

    def __init__(self, policy: Effective) -> None:
        self.policy = policy
        self.rules = [rule for rule in policy.rules if rule.policy.enabled]
        versions = [
            v6
            for v6, source in ((False, "source.possible"), (True, "source6.possible"))
            if any(map(attrgetter(source), self.rules))
        ]
        self._common = _common(self.rules, policy)
        self._sides = {v6: _sides(self.rules, policy, v6) for v6 in versions}
        self._vips = {v6: _naming(self.rules, v6) for v6 in versions}
        seeing = [rule for rule in self.rules if rule.match_vip]
        self._match_vip = mask_of(rule.place for rule in seeing)
        self._match_all = {v6: _matching_all(seeing, v6) for v6 in versions}
        self._in_force = _in_force(self.rules)
        self._reached: set[int] = set()
        self._takers = {v6: self._of_first_flows(v6) for v6 in versions}

    def verdicts(self, budget: int = BUDGET) -> Iterator[Verdict]:
        """Every rule that never decides, or of which that is undecided, in order."""
        for rule in self.rules:
            if rule.place not in self._reached or rule.conditions.windows == ():
                found = self.verdict(rule, budget)
                if found is not None:
                    yield found

    def verdict(self, rule: Rule, budget: int = BUDGET) -> Optional[Verdict]:
        """Why the rule never decides; None when it does. ``budget`` 0: by one rule only."""
        if rule.conditions.windows == ():
            return Verdict(rule, NEVER)
        if rule.place in self._reached:
            return None
        versions = [v6 for v6, takers in self._takers.items() if rule.place in takers]
        if not versions:
            return Verdict(rule, EMPTY)
        earlier = self._in_force[rule.place] & ((1 << rule.place) - 1)
        single = earlier
        for v6 in versions:
            single = self._covering(rule, v6, single & self._takers[v6][rule.place])
        if single:
            return self._named(rule, single & -single)
        return self._by_union(rule, versions, earlier, budget) if budget else None

    def _of_first_flows(self, v6: bool) -> dict[int, int]:
        """Of each rule whose first flow earlier ones take: which rules hold that flow.

        Nearly every rule is the first that holds the first flow that it may match: it is reached,
        and there is nothing more to ask of it.
        """
        found: dict[int, int] = {}
        dimensions = (*self._common, *self._sides[v6])
        firsts = [one.firsts() for one in dimensions]
        for rule, asked, into, out, service, source, dest in zip(
            self.rules, self._in_force.values(), *firsts
        ):
            if dest == NOTHING and (rule.vips6 if v6 else rule.vips):
                dest = self._translated(rule, v6)[0]  # noqa: PLW2901
            if NOTHING in (service, source, dest):
                continue
            takers = source & dest & service & into & out & asked
            if 0 < (takers & -takers).bit_length() <= rule.place:
                found[rule.place] = takers
            else:
                self._reached.add(rule.place)
        return found

    def _by_union(
        self, rule: Rule, versions: list[bool], earlier: int, budget: int
    ) -> Optional[Verdict]:
        cover, undecided = 0, False
        for v6 in versions:
            search = Search(earlier, self._profiles(rule, v6), budget)
            covered = search.covered()
            if covered is False:
                return None
            undecided = undecided or covered is None
            cover |= search.cover
        if undecided:
            blockers = tuple(self.policy.rules[place] for place in bits(cover))
            return Verdict(rule, UNDECIDED, blockers)
        return self._named(rule, cover)

    def _named(self, rule: Rule, cover: int) -> Verdict:
        blockers = tuple(self.policy.rules[place] for place in bits(cover))
        same = {_same_action(rule, blocker) for blocker in blockers}
        word = MIXED if len(same) > 1 else REDUNDANT if same == {True} else SHADOWED
        return Verdict(rule, word, blockers)

    def _covering(self, rule: Rule, v6: bool, among: int) -> int:
        """Those of ``among`` that cover the rule; the cheapest question first."""
        for one in (*self._common, *self._sides[v6]):
            if not among:
                return 0
            among = one.covering(rule, among)
        among = reduce(and_, self._translated(rule, v6), among)
        if rule.match_vip and self.policy.translation.vips:
            among &= self._match_vip
        return among

    def _translated(self, rule: Rule, v6: bool) -> Masks:
        """For each virtual IP that the rule names, the rules that match what it translates."""
        names = rule.vips6 if v6 else rule.vips
        return tuple(self._vips[v6][name] | self._match_all[v6] for name in names)

    def _profiles(self, rule: Rule, v6: bool) -> Iterator[Masks]:
        """The cheapest dimension first: most searches end before the last."""
        source, dest = self._sides[v6]
        for one in (*self._common, source):
            yield one.profile(rule)
        there = (*dest.profile(rule), *self._translated(rule, v6))
        if rule.match_vip and self.policy.translation.vips:
            there = tuple(mask & self._match_vip for mask in there)
        yield there


def _same_action(one: Rule, other: Rule) -> bool:
    if one.allows is None or other.allows is None:
        return one.policy.action == other.policy.action
    return one.allows == other.allows


def _asked(rule: Rule) -> frozenset[object]:
    """What must hold for the rule to be in force; fewer demands, more flows."""
    asked = rule.conditions
    found: list[object] = [("doubt", doubt) for doubt in asked.doubts]
    if asked.windows is not None:
        found.append(("schedule", frozenset(asked.schedule)))
    if asked.expires:
        found.append(("expires", asked.expires, asked.expiry_sure))
    if asked.users or asked.groups:
        found.append(("users", frozenset(asked.users), frozenset(asked.groups)))
    return frozenset(found)


def _in_force(rules: list[Rule]) -> dict[int, int]:
    """For each rule's place the rules that are in force whenever that one is."""
    asked = [ALWAYS if rule.conditions.trivial else _asked(rule) for rule in rules]
    of_demands: defaultdict[frozenset[object], list[int]] = defaultdict(list)
    for rule, demands in zip(rules, asked):
        of_demands[demands].append(rule.place)
    masks = {demands: mask_of(places) for demands, places in of_demands.items()}
    found = {
        demands: reduce(or_, (mask for less, mask in masks.items() if less <= demands))
        for demands in masks
    }
    return {rule.place: found[demands] for rule, demands in zip(rules, asked)}


def _naming(rules: list[Rule], v6: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    for rule in rules:
        for name in rule.vips6 if v6 else rule.vips:
            found[name] = found.get(name, 0) | 1 << rule.place
    return found


def _matching_all(rules: list[Rule], v6: bool) -> int:
    """The rules that match a translated flow whatever its destination."""
    whole = space.ALL_IPV6 if v6 else space.ALL_IPV4
    return mask_of(
        rule.place
        for rule in rules
        if rule.match_vip and (rule.dest6 if v6 else rule.dest).certain == whole
    )


def _sides(rules: list[Rule], policy: Effective, v6: bool) -> tuple[RangeDimension, RangeDimension]:
    book = policy.interfaces.book
    six = "6" if v6 else ""

    def side(key: str, kind: str) -> RangeDimension:
        def names(rule: Rule) -> tuple[str, ...]:
            of = rule.policy
            if of.table == "firewall/policy6" or f"{key}addr{six}" in of.negated:
                return ()
            if internet_services(of, key):
                return ()
            found: tuple[str, ...] = getattr(of, f"{key}addr{six}")
            return found

        return RangeDimension(
            rules, kind + six, names, lambda name: book.addresses([name], v6).bounds.possible
        )

    return side("src", "source"), side("dst", "dest")


def _common(
    rules: list[Rule], policy: Effective
) -> tuple[InterfaceDimension, InterfaceDimension, RangeDimension]:
    book = policy.interfaces.book

    def names(rule: Rule) -> tuple[str, ...]:
        of = rule.policy
        other = "service" in of.negated or internet_services(of, "dst")
        return () if other else of.service

    return (
        InterfaceDimension(rules, "srcintf"),
        InterfaceDimension(rules, "dstintf"),
        RangeDimension(
            rules, "ports", names, lambda name: ports.ports(book.services([name])).possible
        ),
    )
