"""Rules that never decide a flow, because earlier rules always do.

Terms of Al-Shaer and Hamed: *shadowed*: earlier rules with another action take all its flows;
*redundant*: with the same action; here also *mixed*: with both. *Generalization*: a later rule
covers an earlier one of another action; *correlation*: two of different actions share some flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import compress
from operator import and_, attrgetter, not_
from typing import Any, Optional

from fmgstate.policy import ports
from fmgstate.policy.axis import bits
from fmgstate.policy.dimension import InterfaceDimension, Masks, RangeDimension
from fmgstate.policy.effective import Effective
from fmgstate.policy.in_force import InForce
from fmgstate.policy.rule import Rule
from fmgstate.policy.ruling import internet_services
from fmgstate.policy.space import Ranges
from fmgstate.policy.translated import Translated
from fmgstate.policy.union_cover import BUDGET, Profile, Search

SHADOWED, REDUNDANT, MIXED, EMPTY = "shadowed", "redundant", "mixed", "empty"
NEVER, UNDECIDED = "never active", "undecided"

Columns = Mapping[str, Sequence[Any]]
"""The values of some rules, attribute by attribute: read at once, they are read quickest."""


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
        columns = _columns(self.rules)
        self._common = _common(columns, policy)
        self._in_force = InForce(columns["place"], columns["conditions"])
        self._translated = Translated(self.rules)
        self._sides: dict[bool, tuple[RangeDimension, RangeDimension]] = {}
        self._takers: dict[bool, dict[int, int]] = {}
        self._unreached = set(columns["place"])
        for v6, source in ((False, "source"), (True, "source6")):
            here = list(map(attrgetter("possible"), columns[source]))
            if any(here):
                self._look_up_first_flows(v6, here, columns)

    def _look_up_first_flows(self, v6: bool, here: list[Ranges], columns: Columns) -> None:
        """Nearly every rule is the first that holds the first flow that it may match: it is
        reached, and there is nothing more to ask of it. Of the others those that hold that flow are
        kept. ``here``: has a rule addresses of this version?"""
        if not all(here):
            columns = _columns(list(compress(self.rules, here)))
        common = self._common if self._in_force.alike else (*self._common, self._in_force)
        source, dest = self._sides[v6] = _sides(columns, self.policy, v6)
        left: Iterator[int] = ((1 << place) - 1 for place in columns["place"])
        for one in common:
            left = map(and_, left, compress(one.firsts(), here))
        takers = dict(source.narrowed(map(and_, left, dest.firsts())))
        nothing = {rule.place for rule in self._common[2].empty()}
        for rule in dest.empty():
            translated = self._translated.matching(rule, v6)
            found = takers.pop(rule.place, 0) & translated[0] if translated else 0
            if found:
                takers[rule.place] = found
            elif not translated:
                nothing.add(rule.place)
        self._takers[v6] = {place: found for place, found in takers.items() if place not in nothing}
        elsewhere = compress(self.rules, map(not_, here))
        self._unreached &= nothing.union(takers, (rule.place for rule in elsewhere))

    def verdicts(self, budget: int = BUDGET) -> Iterator[Verdict]:
        """Every rule that never decides, or of which that is undecided, in order."""
        never = self._in_force.never
        for place in sorted(self._unreached.union(never)):
            found = self.verdict(self.policy.rules[place], budget)
            if found is not None:
                yield found

    def verdict(self, rule: Rule, budget: int = BUDGET) -> Optional[Verdict]:
        """Why the rule never decides; None when it does. ``budget`` 0: by one rule only."""
        if rule.conditions.windows == ():
            return Verdict(rule, NEVER)
        if rule.place not in self._unreached:
            return None
        versions = [v6 for v6, takers in self._takers.items() if rule.place in takers]
        if not versions:
            return Verdict(rule, EMPTY)
        earlier = self._in_force.whenever(rule) & ((1 << rule.place) - 1)
        single = earlier
        for v6 in versions:
            single = self._covering(rule, v6, single & self._takers[v6][rule.place])
        if single:
            return self._named(rule, single & -single)
        return self._by_union(rule, versions, earlier, budget) if budget else None

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
        source, dest = self._sides[v6]
        for one in (*self._common, dest, source):
            earlier = one.last(rule, earlier)
        return not earlier

    def _named(self, rule: Rule, cover: int) -> Verdict:
        blockers = tuple(self.policy.rules[place] for place in bits(cover))
        same = {_same_action(rule, blocker) for blocker in blockers}
        word = MIXED if len(same) > 1 else REDUNDANT if same == {True} else SHADOWED
        return Verdict(rule, word, blockers)

    def _covering(self, rule: Rule, v6: bool, among: int) -> int:
        """Those of ``among`` that cover the rule; the cheapest question first."""
        source, dest = self._sides[v6]
        for one in (*self._common, dest, source):
            if not among:
                return 0
            among = one.covering(rule, among)
        among = reduce(and_, self._translated.matching(rule, v6), among)
        if rule.match_vip and self.policy.translation.vips:
            among &= self._translated.seeing
        return among

    def _profiles(self, rule: Rule, v6: bool) -> Iterator[Profile]:
        """The cheapest dimension first: most searches end before the last."""
        source, dest = self._sides[v6]
        for one in self._common:
            yield partial(one.profile, rule)
        yield partial(self._destinations, rule, v6, dest)
        yield partial(source.profile, rule)

    def _destinations(self, rule: Rule, v6: bool, dest: RangeDimension, among: int) -> Masks:
        if rule.match_vip and self.policy.translation.vips:
            among &= self._translated.seeing
        translated = self._translated.matching(rule, v6)
        return (*dest.profile(rule, among), *(mask & among for mask in translated))


def _same_action(one: Rule, other: Rule) -> bool:
    if one.allows is None or other.allows is None:
        return one.policy.action == other.policy.action
    return one.allows == other.allows


def _columns(rules: list[Rule]) -> Columns:
    return dict(zip(Rule._fields, zip(*rules))) if rules else dict.fromkeys(Rule._fields, ())


def _sides(columns: Columns, policy: Effective, v6: bool) -> tuple[RangeDimension, RangeDimension]:
    book = policy.interfaces.book
    six = "6" if v6 else ""

    def resolve(name: str) -> Ranges:
        return book.addresses([name], v6).bounds.possible

    def side(key: str, kind: str) -> RangeDimension:
        def names(rule: Rule) -> tuple[str, ...]:
            of = rule.policy
            if of.table == "firewall/policy6" or f"{key}addr{six}" in of.negated:
                return ()
            if internet_services(of, key):
                return ()
            found: tuple[str, ...] = getattr(of, f"{key}addr{six}")
            return found

        sets = columns[kind]
        return RangeDimension(policy.rules, columns["place"], kind, sets, names, resolve)

    return side("src", f"source{six}"), side("dst", f"dest{six}")


def _common(
    columns: Columns, policy: Effective
) -> tuple[InterfaceDimension, InterfaceDimension, RangeDimension]:
    book, places = policy.interfaces.book, columns["place"]

    def names(rule: Rule) -> tuple[str, ...]:
        of = rule.policy
        other = "service" in of.negated or internet_services(of, "dst")
        return () if other else of.service

    def resolve(name: str) -> Ranges:
        return ports.ports(book.services([name])).possible

    bounds = map(attrgetter("bounds"), columns["ports"])
    return (
        InterfaceDimension(policy.rules, places, "srcintf", columns["srcintf"]),
        InterfaceDimension(policy.rules, places, "dstintf", columns["dstintf"]),
        RangeDimension(policy.rules, places, "ports", bounds, names, resolve),
    )
