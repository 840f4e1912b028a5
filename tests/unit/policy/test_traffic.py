from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.inventory.model import Package
from fmgstate.policy import space
from fmgstate.policy.box import OTHER, Box
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.lookup import ACCEPT, DENY, UNCERTAIN, look_up
from fmgstate.policy.model import PACKAGE, Policy
from fmgstate.policy.traffic import CLOSED, OPENED, Change, difference
from tests.unit.policy import test_shadowing as world
from tests.unit.policy import universe


def edited(policy: Effective, rng: Random) -> Effective:
    """One rule less, two swapped, one with another action."""
    policies = [rule.policy for rule in policy.rules]
    policies.pop(rng.randrange(len(policies)))
    a, b = rng.sample(range(len(policies)), 2)
    policies[a], policies[b] = policies[b], policies[a]
    n = rng.randrange(len(policies))
    other = "deny" if policies[n].action == "accept" else "accept"
    policies[n] = replace(policies[n], action=other)
    ordered = tuple(replace(one, sequence=n) for n, one in enumerate(policies, start=1))
    state = PackageState(Package("root", "p"), ordered)
    return effective(universe.HERE, state, world.objects())


def inside(change: Change, flow) -> bool:
    into, out = ("*" if name == "elsewhere" else name for name in (flow.srcintf, flow.dstintf))
    return (
        into in change.box.srcintf
        and out in change.box.dstintf
        and space.contains(change.box.source, flow.src)
        and space.contains(change.box.dest, flow.dst)
        and space.contains(change.box.service, flow.place)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_exactly_the_flows_whose_outcome_changed_are_named(seed: int) -> None:
    rng = Random(seed)
    before = world.rule_base(rng, 8, unknown=False)
    after = edited(before, rng)
    found = difference(before, after)
    assert found.complete
    known = {*before.interfaces.known, *after.interfaces.known}
    for policy in (before, after):  # each interface one of its own, none perhaps a zone's member
        policy.interfaces.known.update(known, {"elsewhere"})
    for flow in world.every_flow():
        if not {flow.srcintf, flow.dstintf} <= known | {"elsewhere"}:
            continue
        effects = [change.effect for change in found.changes if inside(change, flow)]
        was, now = (_outcome(policy, flow) for policy in (before, after))
        wanted = {(ACCEPT, DENY): [CLOSED], (DENY, ACCEPT): [OPENED]}.get((was, now), [])
        assert effects == wanted, (flow, was, now)


def _outcome(policy: Effective, flow) -> str:
    answer = look_up(policy, flow)
    assert answer.action != UNCERTAIN
    return answer.action


def test_what_cannot_be_told_is_uncertain_and_a_spent_budget_is_said() -> None:
    before = world.rule_base(Random(3), 8, unknown=True)
    after = edited(before, Random(3))
    cut = difference(before, after, budget=3)
    assert not cut.complete
    assert OTHER == "*"


def rule(n: int, action: str = "accept", **fields: object) -> Policy:
    names = {"srcintf": ("port1",), "dstintf": ("port2",), "srcaddr": ("a",), "dstaddr": ("b",),
             "service": ("http",), "schedule": ("always",), **fields}  # fmt: skip
    return Policy(n, "firewall/policy", PACKAGE, n, action=action, **names)  # type: ignore[arg-type]


def enforced(*policies: Policy) -> Effective:
    ordered = tuple(replace(one, sequence=n) for n, one in enumerate(policies, start=1))
    return effective(universe.HERE, PackageState(Package("root", "p"), ordered), world.objects())


def effects(before: Effective, after: Effective) -> list[tuple[str, int, int, list[int]]]:
    rows = [one.row() for one in difference(before, after).changes]
    return [
        (row["effect"], row["policyid_before"], row["policyid_after"], row.get("may_hit", []))
        for row in rows
    ]


MAYBE = {"schedule": ("no such schedule",)}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([rule(1)], [rule(1, "deny")], [("closed", 1, 1, [])]),
        ([rule(1)], [rule(1), rule(2, "deny")], []),
        ([rule(1)], [], [("closed", 1, 0, [])]),
        ([rule(9, **MAYBE)], [rule(9, **MAYBE), rule(1)], [("may be opened", 0, 1, [9])]),
        ([rule(9, "deny", **MAYBE), rule(1)], [rule(9, "deny", **MAYBE)],
         [("may be closed", 1, 0, [9])]),
        ([rule(9, **MAYBE), rule(1)], [rule(9, **MAYBE), rule(1, comments="x")], []),
        ([rule(9, **MAYBE)], [rule(9, schedule=("another",))], [("uncertain", 0, 0, [9])]),
        ([rule(9, **MAYBE), rule(1)], [rule(1, "deny")], [("closed", 1, 1, [9])]),
        ([rule(1, "deny")], [rule(9, **MAYBE), rule(1, "deny")], [("may be opened", 1, 1, [9])]),
        ([rule(1)], [rule(9, "deny", **MAYBE), rule(1)], [("may be closed", 1, 1, [9])]),
        ([rule(1)], [rule(1, "learn")], [("uncertain", 1, 1, [])]),
        ([rule(8, **MAYBE), rule(1)], [rule(1)], []),
    ],
)  # fmt: skip
def test_what_became_of_flows(
    before: list[Policy], after: list[Policy], wanted: list[tuple[str, int, int, list[int]]]
) -> None:
    assert effects(enforced(*before), enforced(*after)) == wanted


def test_lists_that_are_cut_say_how_long_they_are() -> None:
    box = Box(frozenset({"p"}), frozenset({"p", "q"}), tuple((n * 4, n * 4) for n in range(30)),
              space.ALL_IPV4, ((6 << 16, 6 << 16 | 80),))  # fmt: skip
    told = box.texts(False, frozenset({"p", "q"}), 2)
    assert told == {
        "srcintf": ["p"],
        "dstintf": ["any"],
        "srcaddr": ["0.0.0.0", "0.0.0.4"],
        "dstaddr": ["any"],
        "service": ["tcp/0-80"],
        "srcaddr_count": 30,
    }
