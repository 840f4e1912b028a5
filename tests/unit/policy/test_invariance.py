"""What must not matter: what objects are called, whether a group is written out, whether one rule
stands as two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.policy.compiled import compiled
from fmgstate.policy.effective import PackageState, effective
from fmgstate.policy.flow import Flow
from fmgstate.policy.model import FirewallObject, Policy
from tests.unit.policy import universe

ADDRESS_TABLES = ("firewall/address", "firewall/addrgrp", "firewall/vip", "firewall/vipgrp")
Decided = list[tuple[int, list[int]]]


def decided(state: PackageState, objects: list[FirewallObject], flows: list[Flow]) -> Decided:
    policy = effective(universe.HERE, state, objects, zones=universe.KNOWN_ZONES[-1])
    answers = map(compiled(policy).answer, flows)
    return [
        (
            answer.decider.policy.policyid if answer.decider else 0,
            list(dict.fromkeys(rule.policy.policyid for rule, _ in answer.may)),
        )
        for answer in answers
    ]


def changed(state: PackageState, change: Callable[[Policy], list[Policy]]) -> PackageState:
    def each(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        found = [one for policy in policies for one in change(policy)]
        return tuple(replace(one, sequence=n) for n, one in enumerate(found, start=1))

    blocks = {path: each(policies) for path, policies in state.blocks.items()}
    return replace(state, policies=each(state.policies), blocks=blocks)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_names_do_not_matter(seed: int) -> None:
    rng = Random(seed)
    objects, state = universe.objects(rng), universe.state(rng, 8)
    flows = universe.flows(rng, 40)

    def other(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"x {name}" for name in names)

    renamed = []
    for one in objects:
        values = dict(one.values)
        if one.table in ADDRESS_TABLES:
            for key in ("member", "exclude-member"):
                if key in values:
                    values[key] = list(other(tuple(values[key])))
        name = f"x {one.name}" if one.table in ADDRESS_TABLES else one.name
        renamed.append(replace(one, name=name, values=values))
    again = changed(
        state, lambda one: [replace(one, srcaddr=other(one.srcaddr), dstaddr=other(one.dstaddr))]
    )
    assert decided(again, renamed, flows) == decided(state, objects, flows)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_group_and_its_members_are_the_same(seed: int) -> None:
    rng = Random(seed)
    objects, state = universe.objects(rng), universe.state(rng, 8)
    groups = {
        one.name: tuple(one.values["member"])
        for one in objects
        if one.table in ("firewall/addrgrp", "firewall/vipgrp") and "exclude" not in one.values
    }

    def flat(names: tuple[str, ...]) -> tuple[str, ...]:
        found = [member for name in names for member in groups.get(name, (name,))]
        return flat(tuple(found)) if set(found) & set(groups) else tuple(dict.fromkeys(found))

    again = changed(
        state, lambda one: [replace(one, srcaddr=flat(one.srcaddr), dstaddr=flat(one.dstaddr))]
    )
    flows = universe.flows(rng, 40)
    assert decided(again, objects, flows) == decided(state, objects, flows)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_rule_and_its_halves_are_the_same(seed: int) -> None:
    rng = Random(seed)
    objects, state = universe.objects(rng), universe.state(rng, 8)

    def halves(one: Policy) -> list[Policy]:
        if len(one.service) < 2 or "service" in one.negated:
            return [one]
        return [replace(one, service=(name,)) for name in one.service]

    flows = universe.flows(rng, 40)
    whole, split = decided(state, objects, flows), decided(changed(state, halves), objects, flows)
    for (decider, may), (decider_of_halves, may_of_halves) in zip(whole, split):
        assert decider_of_halves == decider
        assert [one for one in may_of_halves if one != decider] == may
