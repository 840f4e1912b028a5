from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.inventory.model import Package
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.flow import HIT
from fmgstate.policy.model import PACKAGE, Policy
from fmgstate.policy.overlap import CORRELATION, GENERALIZATION, Overlaps
from fmgstate.policy.shadowing import EMPTY, Shadowing
from tests.unit.policy import test_shadowing as world
from tests.unit.policy import universe


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_relations_are_what_the_sets_of_flows_say(seed: int) -> None:
    policy = world.rule_base(Random(seed), 7, unknown=False)
    flows = world.every_flow()
    hits = {
        rule.place: frozenset(n for n, one in enumerate(flows) if policy.judge(rule, one)[0] == HIT)
        for rule in policy.rules
    }
    overlaps = Overlaps(policy)
    for later in policy.rules:
        found = {one.earlier.place: one.relation for one in overlaps.relations(later)}
        wanted = {}
        for earlier in policy.rules[: later.place]:
            here, there = hits[later.place], hits[earlier.place]
            if earlier.allows != later.allows and here & there and not here <= there:
                wanted[earlier.place] = GENERALIZATION if there <= here else CORRELATION
        assert found == wanted


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_all_is_taken_exactly_of_the_rules_that_never_decide(seed: int) -> None:
    policy = world.rule_base(Random(seed), 9, unknown=False)
    never = {one.rule.place for one in Shadowing(policy).verdicts() if one.verdict != EMPTY}
    overlaps = Overlaps(policy)
    taken = {rule.place for rule in policy.rules if overlaps.taken(rule) == 1}
    assert taken == never


def rules(*sources: str) -> Effective:
    policies = tuple(
        Policy(
            n, "firewall/policy", PACKAGE, n, action="accept", srcintf=("any",), dstintf=("any",),
            srcaddr=(source,), dstaddr=("a",), service=("http",), schedule=("always",),
        )
        for n, source in enumerate(sources, start=1)
    )  # fmt: skip
    return effective(universe.HERE, PackageState(Package("root", "p"), policies), world.objects())


def test_a_share_is_counted_in_flows() -> None:
    policy = rules("a", "ab", "bc")
    overlaps = Overlaps(policy)
    shares = [overlaps.taken(rule) for rule in policy.rules]
    assert shares == [0, 0.5, pytest.approx(1 / 3)]


def test_a_spent_budget_is_no_share() -> None:
    policy = rules("a", "b", "c", "all")
    assert Overlaps(policy).taken(policy.rules[3], budget=1) is None
