"""Targets that are said to enforce the same do; what a package does not reach decides nothing."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from fmgstate.inventory.model import Package, Target
from fmgstate.inventory.zones import NOT_COLLECTED, NOTHING_KNOWN, Zones
from fmgstate.policy.audit import records
from fmgstate.policy.effective import Effective, PackageState, effective
from fmgstate.policy.enforced import Enforced, Names
from fmgstate.policy.model import BLOCK, PACKAGE, FirewallObject, Mapping, Policy

TARGETS = tuple(Target(f"fw{n}", vdom) for n in range(5) for vdom in ("root", "guest"))
ZONES = [
    NOTHING_KNOWN,
    Zones({"port2": frozenset(["port8"])}, unknown=""),
    Zones({"port7": frozenset(["port8"]), "of no rule": frozenset(["port5"])}, unknown=""),
]
PLATFORMS = {f"fw{n}": f"FortiGate-{n % 2}" for n in range(5)}


def adom(dice: Random) -> list[FirewallObject]:
    """Nested groups, virtual IPs, interfaces and a schedule, each perhaps mapped somewhere."""

    def mapped(kind: str, name: str, values: dict[str, Any], other: dict[str, Any]) -> Any:
        some = dice.sample(TARGETS, dice.choice([0, 0, 1, 3]))
        mappings = tuple(Mapping(target, other) for target in some)
        return FirewallObject(kind, name, values=values, mappings=mappings)

    def net(n: int) -> dict[str, Any]:
        return {"subnet": [f"10.{n}.0.0", "255.255.0.0"]}

    found = [FirewallObject("firewall/service/custom", "ALL", values={"protocol": "IP"})]
    found += [mapped("firewall/address", f"a{n}", net(n), net(100 + n)) for n in range(6)]
    found += [
        mapped("firewall/addrgrp", f"g{n}", {"member": [f"a{n}", f"g{n - 1}"][: 1 + bool(n)]},
               {"member": ["a5"]})
        for n in range(4)
    ]  # fmt: skip
    found += [
        mapped("firewall/vip", f"v{n}", {"extip": [f"192.0.2.{n}"], "mappedip": ["10.0.0.1"],
               "extintf": "wan"}, {"extip": [f"198.51.100.{n}"]})
        for n in range(2)
    ]  # fmt: skip
    by_platform = [{"name": "FortiGate-1", "intf-zone": ["port9"]}]
    found += [
        mapped("dynamic/interface", "wan", {"default-mapping": "enable", "defmap-intf": "port1"},
               {"local-intf": ["port2"]}),
        mapped("dynamic/interface", "lan", {"platform_mapping": by_platform},
               {"local-intf": ["port3"]}),
        mapped("firewall/schedule/recurring", "office",
               {"day": ["monday"], "start": "08:00", "end": "18:00"}, {"day": ["sunday"]}),
    ]  # fmt: skip
    return found


def policy(n: int, dice: Random, part: str = PACKAGE, **fields: Any) -> Policy:
    group = Target(dice.choice(["Branches", "Edge", "unlisted"]), "")
    install = dice.choice([None, None, None, tuple(dice.sample(TARGETS, 3)), (TARGETS[0], group)])
    return Policy(
        n, "firewall/policy", part, n, uuid=f"u{n}", action="accept",
        srcintf=(dice.choice(["any", "wan", "lan", "port7", "sslvpn_tun_intf"]),), dstintf=("any",),
        srcaddr=(dice.choice(["a1", "a2", "g1", "g3", "nobody"]),),
        dstaddr=(dice.choice(["a0", "g2", "v1"]),), service=("ALL",),
        schedule=(dice.choice(["always", "office"]),), install_on=install, **fields,
    )  # fmt: skip


def enforced(dice: Random) -> tuple[Enforced, list[FirewallObject]]:
    policies = [policy(n, dice) for n in range(1, dice.randint(2, 4))]
    policies.append(Policy(9, "firewall/policy", PACKAGE, 9, block="oid 7"))
    blocks = {"base": (policy(20, dice, BLOCK),), "other": (policy(21, dice, BLOCK),)}
    package = Package("adom", "edge", central_nat=dice.random() < 0.2)
    state = PackageState(package, tuple(policies), blocks, {7: "base"})
    objects = adom(dice)
    groups = {name: dice.sample(TARGETS, 3) for name in ("Branches", "Edge")}
    zones = {target: dice.choice(ZONES) for target in TARGETS}
    return Enforced(state, Names(objects), TARGETS, PLATFORMS, groups, zones), objects


def meaning(of: Effective) -> tuple[Any, ...]:
    return of.rules, of.local_in, set(of.translation.vips)


@pytest.mark.parametrize("seed", range(60))
def test_equal_in_what_is_special_is_equal_in_all(seed: int) -> None:
    one, objects = enforced(Random(seed))
    by_special: dict[Any, tuple[Any, ...]] = {}
    for target in one.targets:
        found = meaning(one.on(target))
        platform = PLATFORMS[target.device]
        zones = one.zones[target]
        assert found == meaning(effective(target, one.state, objects, platform, one.groups, zones))
        known = by_special.setdefault(one.special(target), found)
        assert known == found, target


def test_most_targets_of_a_package_without_mappings_are_one_group() -> None:
    state = PackageState(Package("adom", "edge"), (Policy(1, "firewall/policy", PACKAGE, 1),))
    one = Enforced(state, Names(()), TARGETS, PLATFORMS)
    unknown = ((), (), NOT_COLLECTED)
    assert {one.special(target) for target in TARGETS} == {((), (), "", "", unknown)}


def test_zones_that_no_name_of_the_package_is_make_no_difference() -> None:
    rule = Policy(1, "firewall/policy", PACKAGE, 1, srcintf=("lan",), dstintf=("any",))
    state = PackageState(Package("adom", "edge"), (rule,))
    mapped = FirewallObject("dynamic/interface", "lan", values={"default-mapping": "enable",
                            "defmap-intf": "inside"})  # fmt: skip
    here, there, elsewhere = TARGETS[:3]
    known = {
        here: Zones({"inside": frozenset(["port3"]), "own": frozenset(["port4"])}, unknown=""),
        there: Zones({"inside": frozenset(["port3"])}, unknown=""),
        elsewhere: Zones({"inside": frozenset(["port4"])}, unknown=""),
    }
    one = Enforced(state, Names([mapped]), TARGETS, PLATFORMS, zones=known)
    assert one.special(here) == one.special(there) != one.special(elsewhere)
    assert one.special(TARGETS[3]) != one.special(there)
    assert one.on(here).rules == one.on(there).rules
    assert [sorted(one.on(target).rules[0].srcintf.names) for target in TARGETS[1:4]] == [
        ["inside", "port3"], ["inside", "port4"], ["inside"],
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_digest_moves_with_what_is_reached_and_with_nothing_else(seed: int) -> None:
    one, objects = enforced(Random(seed))
    reached = {(each.table, each.name) for each in one.objects}
    for at, each in enumerate(objects):
        changed = [*objects]
        changed[at] = replace(each, values={**each.values, "comment": "x"})
        other = Enforced(one.state, Names(changed), TARGETS, PLATFORMS)
        assert (other.content != one.content) is ((each.table, each.name) in reached)
    later = replace(one.state, blocks={**one.state.blocks, "other": ()})
    assert Enforced(later, one.names, TARGETS, PLATFORMS).content == one.content
    empty = replace(one.state, blocks={**one.state.blocks, "base": ()})
    assert Enforced(empty, one.names, TARGETS, PLATFORMS).content != one.content


def test_findings_of_groups_are_put_together_with_the_widest_of_all() -> None:
    row = {"id": "r:u", "related": [3], "opens_at_least": 5, "opens_at_most": 9}
    wider = {"id": "r:u", "related": [1, 3], "opens_at_least": 7, "opens_at_most": 20}
    alone = {"id": "s:u", "related": [], "opens_at_least": 1, "opens_at_most": 1}
    a, b, c = Target("fw2", "root"), Target("fw1", "root"), Target("fw1", "guest")
    assert records([([a], [row]), ([b, c], [wider, alone])], 3) == [
        {
            "kind": "finding", "id": "r:u", "related": [1, 3], "opens_at_least": 5,
            "opens_at_most": 20, "everywhere": True, "targets_count": 3,
            "devices": ["fw1", "fw2"], "targets": ["fw1/guest", "fw1/root", "fw2/root"],
        },
        {
            "kind": "finding", "id": "s:u", "related": [], "opens_at_least": 1,
            "opens_at_most": 1, "everywhere": False, "targets_count": 2,
            "devices": ["fw1"], "targets": ["fw1/guest", "fw1/root"],
        },
    ]  # fmt: skip
