"""Shadowing against brute force: a world so small that every flow in it can be asked."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmgstate.inventory.model import Package
from fmgstate.policy import dimension
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.flow import HIT, Flow
from fmgstate.policy.model import PACKAGE, FirewallObject, Policy
from fmgstate.policy.shadowing import (
    EMPTY,
    MIXED,
    NEVER,
    REDUNDANT,
    SHADOWED,
    UNDECIDED,
    Shadowing,
    Verdict,
)
from tests.unit.policy import universe

BASE = 10 << 24
ADDRESSES = [*range(BASE, BASE + 4), 1]
PLACES = [6 << 16 | 80, 6 << 16 | 443, 17 << 16 | 53]
INTERFACES = ["port1", "port2", "elsewhere"]


def objects() -> list[FirewallObject]:
    def span(name: str, low: int, high: int) -> FirewallObject:
        values = {"type": "iprange", "start-ip": f"10.0.0.{low}", "end-ip": f"10.0.0.{high}"}
        return FirewallObject("firewall/address", name, values=values)

    def service(name: str, **ports: list[str]) -> FirewallObject:
        values = {"protocol": "TCP/UDP/SCTP", **{k.replace("_", "-"): ports[k] for k in ports}}
        return FirewallObject("firewall/service/custom", name, values=values)

    return [
        FirewallObject("firewall/address", "all", values={"subnet": "0.0.0.0/0"}),
        span("a", 0, 0), span("b", 1, 1), span("c", 2, 3), span("ab", 0, 1), span("bc", 1, 3),
        FirewallObject("firewall/address", "fqdn", values={"type": "fqdn"}),
        FirewallObject("firewall/vip", "vip", values={"extip": "10.0.0.3", "mappedip": "10.0.0.0"}),
        FirewallObject("firewall/service/custom", "ALL", values={"protocol": "IP"}),
        service("http", tcp_portrange=["80"]),
        service("web", tcp_portrange=["80", "443"]),
        service("dns", udp_portrange=["53"]),
    ]  # fmt: skip


def rule_base(rng: Random, rules: int, unknown: bool) -> Effective:
    def some(*names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rng.choices(names, k=rng.randint(1, 2))))

    more = ("fqdn", "vip") if unknown else ()
    policies = tuple(
        Policy(
            n, "firewall/policy", PACKAGE, n,
            action=rng.choice(["accept", "deny"]),
            srcintf=some("any", "port1", "port2"), dstintf=some("any", "any", "port1", "port2"),
            srcaddr=some("all", "a", "b", "c", "ab", "bc", *more[:1]),
            dstaddr=some("all", "a", "b", "c", "ab", "bc", *more),
            service=some("ALL", "http", "web", "dns"), schedule=("always",),
            users=("anna",) if unknown and rng.random() < 0.2 else (),
            negated=("srcaddr",) if rng.random() < 0.1 else (),
            enabled=rng.random() < 0.95,
            other={"match-vip": "enable"} if unknown and rng.random() < 0.3 else {},
        )
        for n in range(1, rules + 1)
    )  # fmt: skip
    return effective(universe.HERE, PackageState(Package("root", "p"), policies), objects())


def every_flow() -> list[Flow]:
    return [
        Flow(into, out, src, dst, place)
        for into, out, src, dst, place in product(
            INTERFACES, INTERFACES, ADDRESSES, ADDRESSES, [*PLACES, 99 << 16]
        )
    ]


def verdicts(policy: Effective, few: int) -> list[Verdict]:
    """With at most ``few`` rules asked one by one, more by masks."""
    kept, dimension.FEW = dimension.FEW, few
    try:
        return list(Shadowing(policy).verdicts())
    finally:
        dimension.FEW = kept


@pytest.mark.parametrize("few", [0, 24])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_without_unknowns_the_verdict_is_what_asking_every_flow_says(few: int, seed: int) -> None:
    policy = rule_base(Random(seed), 9, unknown=False)
    said = {one.rule.place: one for one in verdicts(policy, few)}
    decided = {rule.place: False for rule in policy.rules if rule.policy.enabled}
    for flow in every_flow():
        hits = [rule.place for rule in policy.rules if policy.judge(rule, flow)[0] == HIT]
        for place in hits:
            decided[place] |= place == hits[0]
    assert set(said) == {place for place, ever in decided.items() if not ever}
    for one in said.values():
        assert one.verdict != UNDECIDED
        same = {blocker.allows == one.rule.allows for blocker in one.blockers}
        words = {(): EMPTY, (True,): REDUNDANT, (False,): SHADOWED, (False, True): MIXED}
        assert one.verdict == words[tuple(sorted(same))]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), unknown=st.booleans())
def test_masks_and_asking_one_by_one_say_the_same(seed: int, unknown: bool) -> None:
    policy = rule_base(Random(seed), 40, unknown)
    by_masks, *others = ([_told(one) for one in verdicts(policy, few)] for few in (0, 3, 24))
    assert by_masks
    assert others == [by_masks, by_masks]


def _told(one: Verdict) -> tuple[object, ...]:
    """Of several that cover together there may be more than one choice."""
    single = one.blockers if len(one.blockers) == 1 else ()
    return one.rule.place, len(one.blockers) > 1 or one.verdict, [rule.place for rule in single]


@pytest.mark.parametrize("few", [0, 24])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_blockers_take_every_flow_of_the_rule(few: int, seed: int) -> None:
    policy = rule_base(Random(seed), 9, unknown=False)
    for one in verdicts(policy, few):
        for flow in every_flow():
            if policy.judge(one.rule, flow)[0] == HIT:
                assert any(policy.judge(rule, flow)[0] == HIT for rule in one.blockers)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_with_unknowns_a_covered_rule_is_never_reached_whatever_they_are(seed: int) -> None:
    """The unknown name is tried as each address, the user as there and not there."""
    rng = Random(seed)
    policy = rule_base(rng, 9, unknown=True)
    said = [one for one in Shadowing(policy).verdicts() if one.verdict not in (NEVER, UNDECIDED)]
    for stands_for in ("10.0.0.0/32", "10.0.0.2/31", "0.0.0.0/0"):
        known = [
            FirewallObject("firewall/address", "fqdn", values={"subnet": stands_for})
            if one.name == "fqdn"
            else one
            for one in objects()
        ]
        policies = tuple(rule.policy for rule in policy.rules)
        state = PackageState(Package("root", "p"), policies)
        world = effective(universe.HERE, state, known)
        for flow in every_flow():
            for user in ("anna", "bob") if any(one.policy.users for one in world.rules) else ("",):
                asked = flow._replace(user=user)
                states = [world.judge(rule, asked)[0] for rule in world.rules]
                for one in said:
                    if states[one.rule.place] == HIT:
                        assert HIT in states[: one.rule.place], (one.rule.title, asked)


def test_a_rule_that_holds_nothing_and_one_that_is_never_active() -> None:
    def policy(n: int, **fields: object) -> Policy:
        kept = {
            "srcintf": ("any",), "dstintf": ("any",), "srcaddr": ("all",), "dstaddr": ("all",),
            "service": ("ALL",), "schedule": ("always",), "action": "accept", **fields,
        }  # fmt: skip
        return Policy(n, "firewall/policy", PACKAGE, n, **kept)  # type: ignore[arg-type]

    policies = (policy(1, schedule=("none",)), policy(2, negated=("dstaddr",)), policy(3))
    state = PackageState(Package("root", "p"), policies)
    found = Shadowing(effective(universe.HERE, state, objects())).verdicts()
    assert [(one.rule.policy.policyid, one.verdict) for one in found] == [
        (1, "never active"),
        (2, "empty"),
    ]


def test_when_the_budget_is_spent_the_verdict_is_undecided() -> None:
    policy = rule_base(Random(7), 40, unknown=False)
    whole = [one for one in Shadowing(policy).verdicts() if len(one.blockers) > 1]
    found = Shadowing(policy).verdict(whole[0].rule, budget=1)
    assert found is not None
    assert found.verdict == UNDECIDED


def test_a_rule_that_sees_translated_flows_is_not_covered_by_one_that_does_not() -> None:
    def policy(n: int, **fields: object) -> Policy:
        kept = {
            "srcintf": ("any",), "dstintf": ("any",), "srcaddr": ("all",), "dstaddr": ("all",),
            "service": ("ALL",), "schedule": ("always",), "action": "deny", **fields,
        }  # fmt: skip
        return Policy(n, "firewall/policy", PACKAGE, n, **kept)  # type: ignore[arg-type]

    seeing = {"match-vip": "enable"}
    blind, sees, sees_less, names = (
        policy(1),
        policy(2, other=seeing),
        policy(3, other=seeing, dstaddr=("a",)),
        policy(4, dstaddr=("vip",)),
    )
    state = PackageState(Package("root", "p"), (blind, sees, sees_less, names))
    found = Shadowing(effective(universe.HERE, state, objects())).verdicts()
    assert [
        (one.rule.policy.policyid, [b.policy.policyid for b in one.blockers]) for one in found
    ] == [
        (3, [2]),
        (4, [2]),
    ]


def test_a_rule_without_interfaces_is_covered_only_by_one_for_any() -> None:
    def policy(n: int, srcintf: tuple[str, ...]) -> Policy:
        return Policy(
            n, "firewall/policy", PACKAGE, n, action="accept", srcintf=srcintf, dstintf=("any",),
            srcaddr=("all",), dstaddr=("all",), service=("ALL",), schedule=("always",),
        )  # fmt: skip

    policies = (policy(1, ("port1",)), policy(2, ()), policy(3, ("any",)), policy(4, ()))
    state = PackageState(Package("root", "p"), policies)
    found = Shadowing(effective(universe.HERE, state, objects())).verdicts()
    assert [
        (one.rule.policy.policyid, [b.policy.policyid for b in one.blockers]) for one in found
    ] == [(4, [3])]
