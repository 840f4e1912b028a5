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
MAY_OPEN, MAY_CLOSE = "may be opened", "may be closed"
BUDGET = 20_000
MOST_MAY_HIT = 20

Deciders = tuple[Optional[Rule], ...]
"""The rules that may match, in order, and last the one that does for certain; None = no rule."""


@dataclass(frozen=True)
class Change:
    """Flows with another outcome. ``first``, ``second``: the rules that decided before, and decide
    now. ``effect``: opened, closed; "may be" where rules that may come before are the same in both;
    uncertain where the configuration cannot tell. ``rules``: names (``lasting``) of the changed
    rules that led here. ``everywhere``: all interfaces there are."""

    effect: str
    v6: bool
    box: Box
    first: Deciders
    second: Deciders
    rules: tuple[str, ...] = ()
    everywhere: frozenset[str] = frozenset()

    @property
    def before(self) -> int:
        """The policyid that decided, 0 = implicit deny."""
        return _policyid(self.first[-1])

    @property
    def after(self) -> int:
        """The policyid that decides, 0 = implicit deny."""
        return _policyid(self.second[-1])

    def row(self) -> dict[str, Any]:
        """As JSON-able fields. ``may_hit``: policyids that may come before."""
        may = dict.fromkeys(map(_policyid, (*self.first[:-1], *self.second[:-1])))
        return {
            "effect": self.effect,
            **self.box.texts(self.v6, self.everywhere),
            "combinations": self.box.size,
            "policyid_before": self.before,
            "policyid_after": self.after,
            **({"may_hit": list(may)[:MOST_MAY_HIT]} if may else {}),
        }


@dataclass(frozen=True)
class TrafficDifference:
    """``complete``: nothing was left out for the budget. ``changed``: the rules whose change led
    here, in their old and new forms."""

    changes: tuple[Change, ...]
    complete: bool
    changed: tuple[Rule, ...] = ()
    virtual_ips: tuple[str, ...] = ()
    translating: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[int, ...]:
        """Policyids of the rules that changed."""
        return tuple(dict.fromkeys(rule.policy.policyid for rule in self.changed))

    @property
    def translated(self) -> tuple[int, ...]:
        """Policyids of rules whose change of flows that virtual IPs translate is not here."""
        return tuple(dict.fromkeys(rule.policy.policyid for rule in self.translating))


def difference(before: Effective, after: Effective, budget: int = BUDGET) -> TrafficDifference:
    """What became of traffic from one state of a target to the next."""
    names = frozenset({OTHER, *_interfaces(before), *_interfaces(after)})
    changed = changed_rules(before, after)
    walk = _Walk(before, after, names, budget)
    changes = tuple(one for v6 in (False, True) for one in walk.changes(changed, v6))
    vips = _changed_vips(before, after)
    named = [rule for rule in changed if rule.vips or rule.vips6]
    named += [rule for rule in after.rules if not vips.isdisjoint((*rule.vips, *rule.vips6))]
    return TrafficDifference(
        changes, walk.steps <= budget, tuple(changed), tuple(sorted(vips)), tuple(named)
    )


def lasting(uuid: str, part: str, table: str, policyid: int, block: str = "") -> str:
    """What a rule is called in two states of a policy."""
    return uuid or f"{part}:{table}:{policyid}:{block}"


def changed_rules(before: Effective, after: Effective) -> list[Rule]:
    """Rules that differ, are new, are gone, or moved past another; old and new forms of each."""
    old = {_key(rule): rule for rule in before.rules}
    new = {_key(rule): rule for rule in after.rules}
    found = [rule for key, rule in old.items() if key not in new or _differ(rule, new[key])]
    found += [rule for key, rule in new.items() if key not in old or _differ(rule, old[key])]
    kept = [old[key].place for key in new if key in old]
    unmoved = _longest_rise(kept)
    known = {_key(rule) for rule in found}
    moved = [rule for key, rule in new.items() if key in old and old[key].place not in unmoved]
    return found + [rule for rule in moved if _key(rule) not in known]


def _changed_vips(before: Effective, after: Effective) -> set[str]:
    """Names of the virtual IPs that translate otherwise than before, or only in one state."""
    old, new = (set(policy.translation.vips) for policy in (before, after))
    return {vip.name for vip in old ^ new}


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
        regions = [(_key(rule), possible(rule, v6, self._names)) for rule in changed]
        keys = {_key(rule) for rule in changed}
        for _, region in regions:
            for part in [] if region is None else self._beyond(region, seen):
                for piece, first in self._decided(part, old):
                    for flows, second in self._decided(piece, new):
                        if effect := _effect(first, second, keys):
                            led = _led(flows, regions, (*first, *second))
                            yield Change(effect, v6, flows, first, second, led, self._names)
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
    ) -> Iterator[tuple[Box, Deciders]]:
        """The box in parts, each with the rules that decide."""
        pending: list[tuple[Box, tuple[Rule, ...]]] = [(box, ())]
        for rule, sure, maybe in rules:
            if self.steps > self._budget:
                return
            following: list[tuple[Box, tuple[Rule, ...]]] = []
            for part, doubts in pending:
                self.steps += 1
                hit = None if sure is None else common(part, sure)
                if hit is not None:
                    yield hit, (*doubts, rule)
                rest = [part] if hit is None else list(without(part, hit))
                for one in rest:
                    may = None if maybe is None else common(one, maybe)
                    if may is None or maybe == sure:
                        following.append((one, doubts))
                        continue
                    following.append((may, (*doubts, rule)))
                    following += [(left, doubts) for left in without(one, may)]
            pending = following
            if not pending:
                return
        for part, doubts in pending:
            yield part, (*doubts, None)


def _effect(first: Deciders, second: Deciders, changed: set[str]) -> str:
    """What became of flows that these rules decided, and decide now; "" = nothing."""
    sure = _actions(first) | _actions(second)
    if len(_actions(first)) == len(_actions(second)) == 1 and None not in sure:
        return "" if len(sure) == 1 else OPENED if _actions(second) == {True} else CLOSED
    old, new = _beyond_shared(first, second, changed)
    if _keys(old) == _keys(new) and changed.isdisjoint(_keys(old)):
        return ""
    was, now = _actions(old), _actions(new)
    if None in was | now or len(was) == len(now) == 2:
        return UNCERTAIN
    if was == now:
        return ""
    return MAY_OPEN if now == {True} or was == {False} else MAY_CLOSE


def _actions(deciders: Deciders) -> set[Optional[bool]]:
    """Allowed, denied, or None: an action that is not known."""
    return {False if rule is None else rule.allows for rule in deciders}


def _beyond_shared(
    first: Deciders, second: Deciders, changed: set[str]
) -> tuple[Deciders, Deciders]:
    """Without the rules at the front that may match in both: whatever they do, they still do."""
    shared = 0
    for old, new in zip(first[:-1], second[:-1]):
        if _keys((old,)) != _keys((new,)) or not changed.isdisjoint(_keys((old,))):
            break
        shared += 1
    return first[shared:], second[shared:]


def _keys(deciders: Deciders) -> list[str]:
    return ["" if rule is None else _key(rule) for rule in deciders]


def _led(
    flows: Box, regions: Sequence[tuple[str, Optional[Box]]], deciders: Deciders
) -> tuple[str, ...]:
    """The changed rules that decide these flows; where none does, those that may match them."""
    changed = dict.fromkeys(key for key, _ in regions)
    deciding = {_key(rule) for rule in deciders if rule is not None}
    found = [key for key in changed if key in deciding]
    if not found:
        met = {key for key, region in regions if region is not None and common(flows, region)}
        found = [key for key in changed if key in met]
    return tuple(found)


def _policyid(rule: Optional[Rule]) -> int:
    return 0 if rule is None else rule.policy.policyid


def _interfaces(policy: Effective) -> Iterator[str]:
    for rule in policy.rules:
        yield from rule.srcintf.names
        yield from rule.dstintf.names


def _key(rule: Rule) -> str:
    of = rule.policy
    return lasting(of.uuid, of.part, of.table, of.policyid, rule.block)


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
