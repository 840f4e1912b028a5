from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.inventory.model import Package
from fmgstate.policy import space
from fmgstate.policy.box import OTHER
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.lookup import ACCEPT, DENY, UNCERTAIN, look_up
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
