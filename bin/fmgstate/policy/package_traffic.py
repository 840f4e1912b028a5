"""The traffic that a change of one package opens and closes, on all its targets at once.

Targets that enforce the same before and after are looked at once, and what comes out the same for
several is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.policy.effective import FORWARD, GLOBAL, POLICY_BASED, SECURITY
from fmgstate.policy.enforced import NOWHERE, Enforced, decisive
from fmgstate.policy.rule import Rule
from fmgstate.policy.traffic import (
    CLOSED,
    MAY_CLOSE,
    MAY_OPEN,
    OPENED,
    UNCERTAIN,
    Change,
    TrafficDifference,
    difference,
    lasting,
)

MOST_BOXES, MOST_BOXES_OF_POLICY = 50, 10
"""Longer lists are cut, for each group of targets; "left_out" then says how many there are more."""
STEPS = 100_000
"""Budget of each group of targets: 0.2 to 2 s."""
NONE, UNKNOWN = "none", "unknown"
DESCRIPTIONS = {
    NONE: "No traffic opened or closed.",
    UNCERTAIN: "It is uncertain whether traffic was opened or closed.",
    UNKNOWN: "It is not known whether traffic was opened or closed.",
}
OUT_OF_TIME = "the time for looking at changes was used up"
TOO_MUCH = "there was more than is looked at for one change"
TRANSLATED = "flows that virtual IPs translate are not followed"

Facts = dict[str, Any]
MayGoOn = Callable[[], bool]


@dataclass(frozen=True)
class PackageTraffic:
    """``told``: of the whole package; ``of_policies``: by ``traffic.lasting``, of each rule that
    changed; ``otherwise``: of every other policy of the package. All JSON-able."""

    told: Facts
    of_policies: dict[str, Facts]
    otherwise: Facts


@dataclass(frozen=True)
class _Part:
    """Targets with equal changes. ``everywhere``: those are all targets."""

    targets: tuple[Target, ...]
    everywhere: bool
    found: TrafficDifference


def not_known(why: str) -> PackageTraffic:
    """Nothing can be said, for this reason."""
    facts = _facts([], [why])
    return PackageTraffic(facts, {}, facts)


def nothing() -> PackageTraffic:
    """Nothing that decides traffic differs."""
    facts = _facts([], [])
    return PackageTraffic(facts, {}, facts)


def package_traffic(
    before: Enforced, after: Enforced, may_go_on: MayGoOn, budget: int = STEPS
) -> Optional[PackageTraffic]:
    """What became of traffic; None when nothing that decides it differs.

    ``may_go_on``: asked before each group of targets; ``budget``: steps for each of them.
    """
    shared = tuple(sorted(set(before.targets) & set(after.targets)))
    targets = shared or (NOWHERE,)
    groups: dict[tuple[Any, ...], list[Target]] = {}
    for target in targets:
        groups.setdefault((before.special(target), after.special(target)), []).append(target)
    if _same_meaning(before, after):
        groups = {key: some for key, some in groups.items() if key[0] != key[1]}
    if not groups:
        return None
    found: list[tuple[tuple[Target, ...], TrafficDifference]] = []
    cut: list[str] = []
    for some in groups.values():
        if not may_go_on():
            cut = [OUT_OF_TIME]
            break
        one = difference(before.on(some[0]), after.on(some[0]), budget)
        changes = tuple(sorted(one.changes, key=_weight))
        found.append((tuple(some), replace(one, changes=changes)))
    if not all(one.complete for _, one in found):
        cut.append(TOO_MUCH)
    differences = [one for _, one in found]
    parts = _parts(found, targets)
    aside = not_followed(before, after)
    return _package_traffic(parts, differences, cut, aside, len(shared))


def _weight(change: Change) -> tuple[bool, int]:
    """What is certain first, and the most of it: a list may be cut."""
    return change.effect not in (OPENED, CLOSED), -change.box.size


def _same_meaning(before: Enforced, after: Enforced) -> bool:
    """Whether both mean the same on targets that are the same to them."""
    if before.around != after.around:
        return False
    old, new = before.policies, after.policies
    return old == new or list(map(decisive, old)) == list(map(decisive, new))


def not_followed(before: Enforced, after: Enforced) -> list[str]:
    """Reasons to say nothing of all traffic: changes of policies that forward none, or that do not
    decide in this mode."""
    tables = sorted({one.table for one in (*before.policies, *after.policies)}
                    - set(followed(before, after)))  # fmt: skip
    old, new = (
        [replace(decisive(one), sequence=0) for one in some.policies] for some in (before, after)
    )
    return [
        f"policies of {table} are not followed"
        for table in tables
        if [one for one in old if one.table == table] != [one for one in new if one.table == table]
    ]


def followed(*states: Enforced) -> set[str]:
    """The tables that decide in all these states."""
    modes = [
        set(SECURITY if one.state.package.ngfw_mode == POLICY_BASED else (*FORWARD, *GLOBAL))
        for one in states
    ]
    return set.intersection(*modes)


def _parts(
    found: Iterable[tuple[tuple[Target, ...], TrafficDifference]], targets: Sequence[Target]
) -> list[_Part]:
    """Targets whose changes are equal together."""
    alike: list[tuple[list[Target], TrafficDifference, Any]] = []
    for some, one in found:
        rows = [change.row() for change in one.changes]
        same = next((known for known in alike if known[2] == rows), None)
        if same is None:
            alike.append((list(some), one, rows))
        else:
            same[0].extend(some)
    return [_Part(tuple(sorted(some)), len(some) == len(targets), one) for some, one, _ in alike]


def _package_traffic(
    parts: list[_Part],
    found: list[TrafficDifference],
    cut: list[str],
    aside: list[str],
    targets: int,
) -> PackageTraffic:
    translating = [rule for one in found for rule in one.translating]
    changed = [rule for one in found for rule in one.changed]
    names = sorted({name for one in found for name in one.virtual_ips})
    reasons = [*cut, *aside, *([TRANSLATED] if translating or names else [])]
    told: Facts = {
        **_facts(parts, reasons),
        "policies": _policyids(changed),
        "virtual_ip_policies": _policyids(translating),
        "virtual_ips": names,
        "targets_count": targets,
        "parts": [_part(part, MOST_BOXES) for part in parts if part.found.changes],
    }
    translated = {_name(rule) for rule in translating}
    of_policies = {
        name: _of_policy(name, parts, [*cut, *([TRANSLATED] if name in translated else [])])
        for name in dict.fromkeys([*map(_name, changed), *sorted(translated)])
    }
    return PackageTraffic(told, of_policies, _facts([], cut))


def _of_policy(name: str, parts: Iterable[_Part], cut: list[str]) -> Facts:
    own = [
        _Part(part.targets, part.everywhere, TrafficDifference(changes, True))
        for part in parts
        if (changes := tuple(one for one in part.found.changes if name in one.rules))
    ]
    return {**_facts(own, cut), "parts": [_part(part, MOST_BOXES_OF_POLICY) for part in own]}


def _facts(parts: Sequence[_Part], cut: list[str]) -> Facts:
    """``complete`` is false where anything was left out of what is looked at."""
    counts = dict.fromkeys((OPENED, CLOSED, MAY_OPEN, MAY_CLOSE, UNCERTAIN), 0)
    for part in parts:
        for change in part.found.changes:
            counts[change.effect] += 1
    surely, maybe = (
        " and ".join(word for word in words if counts[word])
        for words in ((OPENED, CLOSED), (MAY_OPEN, MAY_CLOSE))
    )
    effect = surely or maybe or (UNCERTAIN if counts[UNCERTAIN] else UNKNOWN if cut else NONE)
    return {
        "effect": effect,
        "description": DESCRIPTIONS.get(effect, f"Traffic {effect}."),
        "complete": not cut,
        "cut": cut,
        **{word.replace(" ", "_"): count for word, count in counts.items()},
    }


def _part(part: _Part, most: int) -> Facts:
    changes = part.found.changes
    facts: Facts = {
        "everywhere": part.everywhere,
        "targets": [f"{one.device}/{one.vdom}" for one in part.targets if one != NOWHERE],
        "changes": [change.row() for change in changes[:most]],
    }
    return {**facts, "left_out": len(changes) - most} if len(changes) > most else facts


def _policyids(rules: Iterable[Rule]) -> list[int]:
    return sorted({rule.policy.policyid for rule in rules})


def _name(rule: Rule) -> str:
    of = rule.policy
    return lasting(of.uuid, of.part, of.table, of.policyid, rule.block)
