"""The companies look like companies, at the size they promise."""

from __future__ import annotations

import pytest

from simulator.scenarios import build
from simulator.versions import Version

VERSION = Version.parse("7.4.5")
POLICY = "firewall/policy"


def _packages(fm):
    return [
        (adom, package)
        for adom in fm.adoms.values()
        for package in adom.root.packages()
        if POLICY in package.database.tables
    ]


def _policies(fm):
    return [row for _adom, one in _packages(fm) for row in one.database.tables[POLICY]]


@pytest.fixture(name="eighty", scope="module")
def _eighty():
    return build("eighty", VERSION, 1)


def test_eighty_has_the_size_it_promises(eighty) -> None:
    devices = eighty.devices.values()
    fortigate_adoms = [adom for adom in eighty.adoms.values() if eighty.adom_devices(adom)]
    facts = {
        "devices": len(devices),
        "serials": len({device.values["sn"] for device in devices}),
        "adoms": len(fortigate_adoms),
        "clusters": sum(len(device.members) == 2 for device in devices),
        "multi-vdom": sum(len(device.vdoms) == 3 for device in devices),
        "policies": len(_policies(eighty)),
        "in folders": sum("/" in package.path for _adom, package in _packages(eighty)),
    }
    assert facts == {
        "devices": 80, "serials": 80, "adoms": 10, "clusters": 20, "multi-vdom": 10,
        "policies": 40000, "in folders": 20,
    }  # fmt: skip


def test_eighty_has_every_kind_of_rule(eighty) -> None:
    rows = _policies(eighty)
    counts = {
        "deny": sum(row.get("action") == "deny" for row in rows),
        "disabled": sum(row.get("status") == "disable" for row in rows),
        "expired": sum(row.get("schedule") == ["migration-2024"] for row in rows),
        "negated": sum(
            "enable"
            in (row.get("srcaddr-negate"), row.get("dstaddr-negate"), row.get("service-negate"))
            for row in rows
        ),
        "version 6": sum(bool(row.get("srcaddr6")) for row in rows),
        "vip": sum(any(name.startswith("vip") for name in row.get("dstaddr")) for row in rows),
        "install-on": sum(row.scope is not None for row in rows),
        "nowhere": sum(row.scope == [] for row in rows),
        "block": sum("_policy_block" in row.values for row in rows),
        "section": sum("global-label" in row.values for row in rows),
        "owner": sum(row.meta is not None for row in rows),
        "hit": sum(len(package.hits) for _adom, package in _packages(eighty)),
    }
    assert all(count > 30 for count in counts.values()), counts
    assert counts["owner"] > 30_000


def test_names_of_rules_are_single_in_a_package_and_short_enough(eighty) -> None:
    for _adom, package in _packages(eighty):
        names = [
            row.values["name"] for row in package.database.tables[POLICY] if "name" in row.values
        ]
        assert len(names) == len(set(names))
        assert max(map(len, names)) <= 35


@pytest.mark.parametrize("name", ["branch", "eighty"])
def test_every_reference_exists(name, eighty) -> None:
    fm = eighty if name == "eighty" else build("branch", VERSION, 1)
    missing = set()
    for adom, package in _packages(fm):
        known = {path: set(table.rows) for path, table in adom.objects.tables.items()}
        known["dynamic/interface"] |= {"any"}
        databases = [package.database, adom.objects]
        databases += [block.database for block in adom.blocks.values()]
        for row in (row for one in databases for table in one.tables.values() for row in table):
            for attribute, paths in row.spec.references.items():
                names = set(row.get(attribute) or ())
                for path in paths:
                    names -= known.get(path, set())
                missing |= {(row.spec.path, attribute, one) for one in names}
    assert missing == set()


def test_targets_exist_and_every_vdom_has_one_package(eighty) -> None:
    served = [
        target for adom, package in _packages(eighty) for target in eighty.targets(adom, package)
    ]
    every = [(one.name, vdom["name"]) for one in eighty.devices.values() for vdom in one.vdoms]
    assert sorted(served) == sorted(every)


def test_bench80_is_80_packages_of_500() -> None:
    sizes = [
        len(package.database.tables[POLICY])
        for _a, package in _packages(build("bench80", VERSION, 1))
    ]
    assert sizes == [500] * 80


def test_companies_can_be_resized_and_seeded() -> None:
    small = build("eighty", VERSION, 1, devices=12, adoms=3, policies=20)
    assert (len(small.devices), len(_policies(small))) == (12, 240)
    again, other = (
        build("eighty", VERSION, seed, devices=12, adoms=3, policies=20) for seed in (1, 2)
    )
    rows = [
        [(row.values, row.scope, row.meta, row.oid) for row in _policies(one)]
        for one in (small, again, other)
    ]
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]
