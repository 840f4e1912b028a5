"""Rules for zones of the device: what covers what, where membership is known and where not."""

from __future__ import annotations

import pytest

from fmgstate.inventory.model import Package, Target, Vdom, Zone
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones, from_facts, of_vdom
from fmgstate.policy.effective import PackageState, effective
from fmgstate.policy.model import PACKAGE, FirewallObject, Mapping, Policy
from fmgstate.policy.shadowing import SHADOWED, Shadowing

HERE = Target("fw1", "root")
KNOWN = of_vdom(Vdom("root", zones=(Zone("inside", interfaces=("port3", "port4")),)))


def named(name: str, *local: str) -> FirewallObject:
    mapping = Mapping(HERE, {"local-intf": list(local)})
    return FirewallObject("dynamic/interface", name, mappings=(mapping,))


OBJECTS = [
    FirewallObject("firewall/address", "all", values={"subnet": "0.0.0.0/0"}),
    FirewallObject("firewall/service/custom", "ALL", values={"protocol": "IP"}),
    named("office", "inside"), named("desks", "port3"), named("both", "port3", "port4"),
    named("lab", "port9"),
]  # fmt: skip


def shadowed(zones: Zones, *names: str) -> list[int]:
    """Policyids of the rules that never decide, of rules for these interfaces in this order."""
    policies = tuple(
        Policy(n, "firewall/policy", PACKAGE, n, uuid=f"u{n}", srcintf=(name,), dstintf=("any",),
               srcaddr=("all",), dstaddr=("all",), service=("ALL",), schedule=("always",),
               action="accept" if n % 2 else "deny")
        for n, name in enumerate(names, 1)
    )  # fmt: skip
    state = PackageState(Package("adom", "edge"), policies)
    found = Shadowing(effective(HERE, state, OBJECTS, zones=zones)).verdicts()
    return [one.rule.policy.policyid for one in found if one.verdict == SHADOWED]


@pytest.mark.parametrize(
    ("names", "known", "unknown"),
    [
        (("office", "inside"), [2], [2]),
        (("office", "desks"), [2], []),
        (("office", "both"), [2], []),
        (("desks", "office"), [], []),
        (("office", "lab"), [], []),
    ],
)
def test_what_a_rule_for_a_zone_covers(
    names: tuple[str, ...], known: list[int], unknown: list[int]
) -> None:
    assert shadowed(KNOWN, *names) == known
    assert shadowed(NOTHING_KNOWN, *names) == unknown


def test_zones_are_what_was_written_down() -> None:
    partly = of_vdom(
        Vdom(
            "root",
            zones=(Zone("b", "zone", ("y", "x")), Zone("a", "sdwan", ("z",), ("off",))),
            zones_unknown="refused",
        )
    )
    assert partly.facts() == [{"a": ["z"], "b": ["x", "y"]}, ["off"], "refused"]
    assert from_facts(partly.facts()) == partly
    assert from_facts(None) == NOTHING_KNOWN == of_vdom(Vdom("root"))
    assert of_vdom(Vdom("root", zones=())).unknown == ""
