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
from operator import and_, or_
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
        of_version = {
            False: [rule for rule in self.rules if rule.source.possible],
            True: [rule for rule in self.rules if rule.source6.possible],
        }
        versions = [v6 for v6, some in of_version.items() if some]
        self._common = _common(self.rules, policy)
        self._sides = {v6: _sides(of_version[v6], policy, v6) for v6 in versions}
        self._vips = {v6: _naming(of_version[v6], v6) for v6 in versions}
        translating = bool(policy.translation.vips) or any(self._vips.values())
        seeing = [rule for rule in self.rules if rule.match_vip] if translating else []
        self._match_vip = mask_of(rule.place for rule in seeing)
        self._match_all = {v6: _matching_all(seeing, v6) for v6 in versions}
        self._in_force = _in_force(self.rules)
        self._reached: set[int] = set()
        firsts = zip(*(one.firsts() for one in self._common), self._in_force.values())
        of_first_flow = dict(zip(self._in_force, firsts))
        self._takers = {
            v6: self._of_first_flows(of_version[v6], v6, of_first_flow) for v6 in versions
        }

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

    def _of_first_flows(
        self, rules: list[Rule], v6: bool, common: dict[int, Masks]
    ) -> dict[int, int]:
        """Of each rule whose first flow earlier ones hold: which those are.

        Nearly every rule is the first that holds the first flow that it may match: it is reached,
        and there is nothing more to ask of it. ``common``: what does not depend on the version.
        """
        found: dict[int, int] = {}
        reached = {rule.place for rule in rules}
        firsts = (one.firsts() for one in self._sides[v6])
        for rule, source, dest in zip(rules, *firsts):
            place = rule.place
            into, out, service, in_force = common[place]
            if dest == NOTHING and (rule.vips6 if v6 else rule.vips):
                dest = self._translated(rule, v6)[0]  # noqa: PLW2901
            earlier = (1 << place) - 1
            takers = earlier & source & dest & service & into & out & in_force
            if dest == NOTHING or service == NOTHING:
                reached.discard(place)
            elif takers:
                found[place] = takers
        self._reached |= reached.difference(found)
        return found

    def _by_union(
        self, rule: Rule, versions: list[bool], earlier: int, budget: int
    ) -> Optional[Verdict]:
        cover, undecided = 0, False
        if any(self._last_is_own(rule, v6, earlier) for v6 in versions):
            return None
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

    def _last_is_own(self, rule: Rule, v6: bool, earlier: int) -> bool:
        """Does no earlier rule hold its last flow? Half the rules that are left end here."""
        for one in (*self._sides[v6], *self._common):
            earlier &= one.last(rule)
        return not earlier

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
    sharing: defaultdict[int, list[Rule]] = defaultdict(list)
    for rule in rules:
        sharing[id(rule.conditions)].append(rule)
    demanding: dict[frozenset[object], int] = {}
    for some in sharing.values():
        demands = _asked(some[0])
        mask = mask_of(rule.place for rule in some)
        demanding[demands] = demanding.get(demands, 0) | mask
    found = {
        demands: reduce(or_, (mask for less, mask in demanding.items() if less <= demands))
        for demands in demanding
    }
    of_conditions = {key: found[_asked(some[0])] for key, some in sharing.items()}
    return {rule.place: of_conditions[id(rule.conditions)] for rule in rules}


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
