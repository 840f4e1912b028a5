from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest

from fmgstate.errors import ConfigurationError
from fmgstate.inventory.model import Package
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.model import PACKAGE, FirewallObject, Policy
from fmgstate.policy.predicates import PREDICATES
from fmgstate.policy.risk import findings, risk_rules, unused_objects
from fmgstate.policy.shadowing import Shadowing
from tests.unit.policy import test_shadowing as world
from tests.unit.policy import universe

SHIPPED = Path(__file__).resolve().parents[3] / "lookups" / "fmg_risk_rules.csv"
NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 (the FortiGate's own clock)


def policy(n: int, **fields: object) -> Policy:
    kept = {
        "srcintf": ("port1",), "dstintf": ("port2",), "srcaddr": ("a",), "dstaddr": ("b",),
        "service": ("http",), "schedule": ("always",), "action": "accept", "name": f"r{n}",
        "logtraffic": "all", "utm": True, **fields,
    }  # fmt: skip
    return Policy(n, "firewall/policy", PACKAGE, n, **kept)  # type: ignore[arg-type]


def base(*policies: Policy) -> Effective:
    state = PackageState(Package("root", "p"), policies)
    return effective(universe.HERE, state, world.objects())


def found(policy: Effective, **more: object) -> list[tuple[int, str]]:
    with SHIPPED.open(encoding="utf-8") as file:
        risks = risk_rules(csv.DictReader(file))
    verdicts = list(Shadowing(policy).verdicts())
    listed = findings(policy, risks, verdicts=verdicts, **more)  # type: ignore[arg-type]
    return [(one.rule.policy.policyid, one.risk.id) for one in listed]


def test_a_narrow_rule_with_everything_in_order_raises_nothing() -> None:
    assert found(base(policy(1))) == []


@pytest.mark.parametrize(
    ("fields", "risk"),
    [
        ({"srcaddr": ("all",), "dstaddr": ("all",), "service": ("ALL",)}, "any-any-any"),
        ({"srcaddr": ("all",), "srcintf": ("any",)}, "any-source"),
        ({"dstaddr": ("all",), "service": ("ALL",)}, "any-destination-service"),
        ({"service": ("ALL",)}, "any-service"),
        ({"logtraffic": "disable"}, "no-log"),
        ({"logtraffic": "disable", "action": "deny"}, "deny-no-log"),
        ({"utm": False}, "no-inspection"),
        ({"expires": "2024-05-01 00:00:00"}, "expired"),
        ({"expires": "2024-06-20 00:00:00"}, "expires-soon"),
        ({"schedule": ("none",)}, "never-active"),
        ({"srcaddr": ("all",), "negated": ("srcaddr",)}, "empty"),
        ({"name": ""}, "unnamed"),
    ],
)
def test_each_shipped_risk_is_found_alone(fields: dict[str, object], risk: str) -> None:
    assert found(base(policy(1, **fields)), time=NOON) == [(1, risk)]


def test_rules_that_never_decide_name_those_that_do() -> None:
    effective_policy = base(policy(1, action="deny"), policy(2), policy(3, action="deny"))
    assert found(effective_policy) == [(2, "shadowed"), (3, "redundant"), (3, "duplicate")]


def test_hits_that_were_not_counted_are_not_zero() -> None:
    rules = base(policy(1), policy(2, srcaddr=("b",)))
    assert found(rules) == []
    assert found(rules, hits={1: 0}) == [(1, "never-hit")]


def test_what_is_unknown_is_never_any() -> None:
    rules = base(policy(1, srcaddr=("fqdn",), srcintf=("any",)))
    assert found(rules) == []


@pytest.mark.parametrize(
    "condition",
    ["__import__('os')", "allows or denies", "opens_at_least(much)", "serves(telnet)", "any()", ""],
)
def test_a_condition_outside_the_closed_set_is_refused_with_its_cure(condition: str) -> None:
    row = {"id": "mine", "severity": "high", "condition": condition, "text": "x"}
    with pytest.raises(ConfigurationError, match="mine") as refused:
        risk_rules([row])
    assert refused.value.cure


def test_every_shipped_condition_is_made_of_known_predicates() -> None:
    with SHIPPED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(risk_rules(rows)) == len(rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert "never_hit" in PREDICATES


def test_unused_objects_are_those_no_policy_reaches_through_any_group() -> None:
    group = FirewallObject("firewall/addrgrp", "g", values={"member": ["a", "b"]})
    objects = [*world.objects(), group]
    unused = unused_objects(objects, [policy(1, srcaddr=("g",), dstaddr=("vip",))])
    assert sorted(one.name for one in unused) == [
        "ALL", "ab", "all", "bc", "c", "dns", "fqdn", "web",
    ]  # fmt: skip
