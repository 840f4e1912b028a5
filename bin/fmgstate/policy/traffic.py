"""What a change means for traffic: which flows are newly allowed, which newly denied.

Outcomes differ only inside what changed, moved, new or removed rules match; that region alone is
cut along the rules of both policies, within a budget of steps. Flows that virtual IPs translate
are not followed: rules that name one are listed apart. Zones that the device alone knows count as
interfaces of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.policy.box import OTHER, Box, certain, common, possible, without
from fmgstate.policy.effective import Effective
from fmgstate.policy.rule import Rule

OPENED, CLOSED, UNCERTAIN = "opened", "closed", "uncertain"
BUDGET = 20_000

Outcome = Optional[bool]
"""Allowed, denied, or None: the configuration cannot tell."""


@dataclass(frozen=True)
class Change:
    """Flows with another outcome. ``effect``: opened, closed or uncertain (for one of the two
    policies cannot tell). ``before``, ``after``: policyids that decide, 0 = implicit deny."""

    effect: str
    v6: bool
    box: Box
    before: int
    after: int

    def row(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return {
            "effect": self.effect,
            **self.box.texts(self.v6),
            "combinations": self.box.size,
            "policyid_before": self.before,
            "policyid_after": self.after,
        }


@dataclass(frozen=True)
class TrafficDifference:
    """``complete``: nothing was left out for the budget. ``rules``: the policyids whose change
    led here. ``translated``: those among them that name virtual IPs, whose flows are not here."""

    changes: tuple[Change, ...]
    complete: bool
    rules: tuple[int, ...] = ()
    translated: tuple[int, ...] = ()


def difference(before: Effective, after: Effective, budget: int = BUDGET) -> TrafficDifference:
    """What became of traffic from one state of a target to the next."""
    names = frozenset({OTHER, *_interfaces(before), *_interfaces(after)})
    changed = changed_rules(before, after)
    walk = _Walk(before, after, names, budget)
    changes = tuple(one for v6 in (False, True) for one in walk.changes(changed, v6))
    policies = [rule.policy for rule in changed]
    named = [rule.policy.policyid for rule in changed if rule.vips or rule.vips6]
    return TrafficDifference(
        changes,
        walk.steps <= budget,
        tuple(dict.fromkeys(policy.policyid for policy in policies)),
        tuple(dict.fromkeys(named)),
    )


def changed_rules(before: Effective, after: Effective) -> list[Rule]:
    """Rules that differ, are new, are gone, or moved past another; old and new forms of each."""
    old = {_key(rule): rule for rule in before.rules}
    new = {_key(rule): rule for rule in after.rules}
    found = [rule for key, rule in old.items() if key not in new or _differ(rule, new[key])]
    found += [rule for key, rule in new.items() if key not in old or _differ(rule, old[key])]
    kept = [old[key].place for key in new if key in old]
    unmoved = _longest_rise(kept)
    moved = [rule for key, rule in new.items() if key in old and old[key].place not in unmoved]
    return found + [rule for rule in moved if rule not in found]


class _Walk:
    def __init__(
        self, before: Effective, after: Effective, names: frozenset[str], budget: int
    ) -> None:
        self._policies = (before, after)
        self._names, self._budget = names, budget
        self.steps = 0

    def changes(self, changed: Sequence[Rule], v6: bool) -> Iterator[Change]:
        """Every part of what the changed rules match whose outcome differs; none twice."""
        seen: list[Box] = []
        old, new = (self._boxes(policy, v6) for policy in self._policies)
        for rule in changed:
            region = possible(rule, v6, self._names)
            for part in [] if region is None else self._beyond(region, seen):
                for piece, was, first in self._decided(part, old):
                    for flows, now, second in self._decided(piece, new):
                        if was is not now or (was is None and first != second):
                            yield Change(_effect(was, now), v6, flows, first, second)
            if region is not None:
                seen.append(region)

    def _boxes(
        self, policy: Effective, v6: bool
    ) -> list[tuple[Rule, Optional[Box], Optional[Box]]]:
        found = [
            (rule, certain(rule, v6, self._names), possible(rule, v6, self._names))
            for rule in policy.rules
        ]
        return [one for one in found if one[2] is not None]

    def _beyond(self, region: Box, seen: list[Box]) -> list[Box]:
        """What of the region was not looked at yet."""
        left = [region]
        for one in seen:
            left = [rest for box in left for rest in self._cut(box, one)]
        return left

    def _cut(self, box: Box, one: Box) -> Iterator[Box]:
        self.steps += 1
        shared = common(box, one)
        if shared is None:
            yield box
        else:
            yield from without(box, shared)

    def _decided(
        self, box: Box, rules: list[tuple[Rule, Optional[Box], Optional[Box]]]
    ) -> Iterator[tuple[Box, Outcome, int]]:
        """The box in parts, each with its outcome and the policyid that decides."""
        pending: list[tuple[Box, frozenset[Outcome]]] = [(box, frozenset())]
        for rule, sure, maybe in rules:
            if self.steps > self._budget:
                return
            following: list[tuple[Box, frozenset[Outcome]]] = []
            for part, doubts in pending:
                self.steps += 1
                hit = None if sure is None else common(part, sure)
                if hit is not None:
                    yield hit, _outcome(doubts | {rule.allows}), rule.policy.policyid
                rest = [part] if hit is None else list(without(part, hit))
                for one in rest:
                    may = None if maybe is None else common(one, maybe)
                    if may is None or maybe == sure:
                        following.append((one, doubts))
                        continue
                    following.append((may, doubts | {rule.allows}))
                    following += [(left, doubts) for left in without(one, may)]
            pending = following
            if not pending:
                return
        for part, doubts in pending:
            yield part, _outcome(doubts | {False}), 0


def _outcome(outcomes: frozenset[Outcome]) -> Outcome:
    return next(iter(outcomes)) if len(outcomes) == 1 else None


def _effect(was: Outcome, now: Outcome) -> str:
    if was is None or now is None:
        return UNCERTAIN
    return OPENED if now else CLOSED


def _interfaces(policy: Effective) -> Iterator[str]:
    for rule in policy.rules:
        yield from rule.srcintf.names
        yield from rule.dstintf.names


def _key(rule: Rule) -> str:
    of = rule.policy
    return of.uuid or f"{of.part}:{of.table}:{of.policyid}:{rule.block}"


def _differ(one: Rule, other: Rule) -> bool:
    return _decisive(one) != _decisive(other)


def _decisive(rule: Rule) -> tuple[Any, ...]:
    return (
        rule.policy.enabled, rule.allows, rule.srcintf, rule.dstintf, rule.source, rule.dest,
        rule.source6, rule.dest6, rule.ports, rule.vips, rule.vips6, rule.match_vip,
        rule.conditions,
    )  # fmt: skip


def _longest_rise(places: list[int]) -> set[int]:
    """A longest part of the list that rises: the rules that need not have moved."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, place in enumerate(places):
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
        before.append(ends[at - 1] if at else -1)
        ends[at : at + 1] = [n]
    found, n = set(), ends[-1] if ends else -1
    while n >= 0:
        found.add(places[n])
        n = before[n]
    return found
