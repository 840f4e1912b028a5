from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fmgstate import policy_cli
from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.errors import ConfigurationError, FmgStateError
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory.model import (
    Adom,
    Assignment,
    Device,
    Group,
    Inventory,
    Package,
    Target,
    Vdom,
)
from fmgstate.policy import events, model
from fmgstate.policy.model import FirewallObject, Policy
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore

FMG, ADOM = "fmg.example.com", "root"


def rule(n: int, **fields: Any) -> Policy:
    kept = {
        "srcintf": ("any",), "dstintf": ("any",), "srcaddr": ("all",), "dstaddr": ("all",),
        "service": ("ALL",), "schedule": ("always",), "action": "accept", "name": f"r{n}",
        "logtraffic": "all", **fields,
    }  # fmt: skip
    return Policy(n, "firewall/policy", kept.pop("part", model.PACKAGE), n, **kept)


HOST = ["192.0.2.10", "255.255.255.255"]
OBJECTS_KEPT = [
    FirewallObject("firewall/address", "all", values={"subnet": ["0.0.0.0", "0.0.0.0"]}),
    FirewallObject("firewall/address", "server", values={"subnet": HOST}),
    FirewallObject("firewall/service/custom", "ALL", values={"protocol": "IP"}),
]  # fmt: skip


def keep(file: Path, policies: list[Policy], block: list[Policy]) -> Path:
    """A store with two firewalls: fw1 has package edge with block base, fw2 has nothing."""
    device = Device(ADOM, "fw1", "FGT1", vdoms=(Vdom("root"), Vdom("other")))
    installed = (Assignment("fw1", "root", "edge", "installed"),)
    inventory = Inventory(
        Adom(ADOM),
        (device, Device(ADOM, "fw2", "FGT2", vdoms=(Vdom("root"),))),
        (Package(ADOM, "edge", assignments=installed, targets=(Target("fw1", "root"),)),
         Package(ADOM, "base", kind="block", oid=7)),
    )  # fmt: skip
    kept = {
        Scope(INVENTORY, FMG, ADOM): inventory_events.records(inventory),
        Scope(OBJECTS, FMG, ADOM): events.object_records(OBJECTS_KEPT),
        Scope(PACKAGE, FMG, ADOM, "edge"): events.policy_records(policies),
        Scope(BLOCK, FMG, ADOM, "base"): events.policy_records(block),
    }
    store = OnDiskStore(file)
    for scope, records in kept.items():
        store.save(Snapshot(Head(scope.key, 100.0, 50.0), {"records": records}))
    store.close()
    return file


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    policies = [
        Policy(1, "firewall/policy", model.PACKAGE, 1, block="oid 7"),
        rule(2, srcaddr=("all",)),
        rule(3),
    ]
    block = [rule(9, part=model.BLOCK, dstaddr=("server",), action="deny")]
    return keep(tmp_path / "store", policies, block)


def run(capsys: pytest.CaptureFixture[str], file: Path, *words: str) -> tuple[int, Any]:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true")
    parser = argparse.ArgumentParser()
    policy_cli.add_commands(parser.add_subparsers(), common, lambda _: file)
    options = parser.parse_args(words)
    code = options.command(options)
    said = capsys.readouterr().out
    return code, json.loads(said) if options.json else said


FLOW = ("--src", "10.0.0.1", "--dst", "192.0.2.10", "--dport", "443")


def test_lookup_says_which_rule_decides_and_why(capsys, store_file) -> None:
    matched = (
        "source interface any; destination interface any; source all; destination server; "
        "service ALL"
    )
    code, said = run(
        capsys, store_file, "lookup", "--device", "FGT1", "--srcintf", "port1",
        "--dstintf", "port2", *FLOW,
    )  # fmt: skip
    assert code == 0
    assert said.splitlines() == [
        "fw1 root: deny by policy 9 r9",
        f"    9 (r9) of policy block base in edge matches: {matched}.",
    ]


def test_lookup_on_all_devices_asks_those_that_have_a_package(capsys, store_file) -> None:
    code, rows = run(capsys, store_file, "lookup", "--all-devices", *FLOW, "--json")
    assert code == 0
    (row,) = rows
    wanted = {"device": "fw1", "vdom": "root", "adom": "root", "package": "edge",
              "action": "deny", "policyid": 9, "snapshot_time": 100.0, "plane": "package",
              "may_hit": []}  # fmt: skip
    assert {key: row[key] for key in wanted} == wanted


def test_effective_lists_the_rules_in_order(capsys, store_file) -> None:
    _, rows = run(capsys, store_file, "effective", "--device", "fw1", "--json")
    assert [(one["policyid"], one.get("block")) for one in rows[0]["rules"]] == [
        (9, "base"),
        (2, None),
        (3, None),
    ]
    code, said = run(capsys, store_file, "effective", "--device", "fw1")
    assert code == 0
    assert said.splitlines()[0] == "fw1 root: package edge"
    assert said.splitlines()[-1] == "    -  implicit deny"


def test_audit_by_device_and_by_package_say_the_same(capsys, store_file) -> None:
    _, by_device = run(capsys, store_file, "audit", "--device", "fw1", "--json")
    _, by_package = run(capsys, store_file, "audit", "--package", "edge", "--json")
    assert by_device == by_package
    assert [(one["policyid"], one["risk"], one["related"]) for one in by_device] == [
        (2, "any-any-any", []),
        (2, "any-source", []),
        (2, "no-inspection", []),
        (3, "any-any-any", [2]),
        (3, "any-source", [2]),
        (3, "no-inspection", [2]),
        (3, "redundant", [2]),
        (3, "duplicate", [2]),
    ]


def test_audit_tells_what_earlier_rules_take_and_in_which_relation_they_stand(
    capsys, tmp_path
) -> None:
    file = keep(tmp_path / "state.db", [
        rule(1, action="deny", dstaddr=("server",)), rule(2), rule(3, srcaddr=("server",)),
        rule(4, action="deny", srcaddr=("server",), enabled=False),
    ], [])  # fmt: skip
    at = {"device": "fw1", "vdom": "root", "package": "edge", "uuid": "", "adom": ADOM,
          "snapshot_time": 100.0}  # fmt: skip
    code, rows = run(capsys, file, "audit", "--device", "fw1", "--overlaps", "--json")
    two, three = rows
    assert (code, two.pop("taken") == 2**-32) == (0, True)
    assert two == {**at, "policyid": 2, "policy_name": "r2",
                   "relations": [{"relation": "generalization", "policyid": 1}]}  # fmt: skip
    assert three == {**at, "policyid": 3, "policy_name": "r3", "taken": 1,
                     "relations": [{"relation": "correlation", "policyid": 1}]}  # fmt: skip
    assert run(capsys, file, "audit", "--device", "fw1", "--overlaps")[1].splitlines() == [
        "fw1 root  2 r2: under 0.1% taken; generalization of 1",
        "fw1 root  3 r3: 100% taken; correlation of 1",
    ]


def test_audit_knows_what_was_never_hit_as_long_as_counts_are_fresh(
    capsys, store_file, monkeypatch
) -> None:
    scope = Scope(HITCOUNTS, FMG, ADOM, "edge")
    counts = [model.HitCount("firewall/policy", 2), model.HitCount("firewall/policy", 3, hits=7)]
    with closing(OnDiskStore(store_file)) as store:
        records = events.hitcount_records(counts)
        store.save(Snapshot(Head(scope.key, 1000.0, 1000.0), {"records": records}))

    def never_hit(now: float) -> list[int]:
        monkeypatch.setattr(policy_cli, "time", lambda: now)
        _, rows = run(capsys, store_file, "audit", "--device", "fw1", "--json")
        return [one["policyid"] for one in rows if one["risk"] == "never-hit"]

    assert never_hit(1060.0) == [2]
    assert never_hit(1000.0 + 86_401.0) == []


def test_compare_says_what_traffic_was_closed(capsys, store_file, tmp_path) -> None:
    later = keep(tmp_path / "later", [rule(2, action="deny", dstaddr=("server",)), rule(3)], [])
    code, rows = run(
        capsys, store_file, "compare", str(store_file), str(later), "--device", "fw1", "--json"
    )
    assert code == 0
    assert rows["changes"] == []
    even_later = keep(tmp_path / "even-later", [rule(3, dstaddr=("server",))], [])
    _, said = run(capsys, later, "compare", str(later), str(even_later), "--device", "fw1")
    rest = "0.0.0.0-192.0.2.9, 192.0.2.11-255.255.255.255"
    assert said.splitlines() == [
        "opened     any any any 192.0.2.10 any  (policy 2 before, 3 after)",
        f"closed     any any any {rest} any  (policy 3 before, 0 after)",
    ]


def test_what_is_not_there_is_not_found_and_what_makes_no_sense_says_so(capsys, store_file) -> None:
    assert run(capsys, store_file, "effective", "--device", "fw2")[0] == 3
    with pytest.raises(ConfigurationError, match="--device"):
        run(capsys, store_file, "effective")
    with pytest.raises(FmgStateError, match="no address"):
        run(capsys, store_file, "lookup", "--device", "fw1", "--src", "x", "--dst", "10.0.0.1")
    with pytest.raises(FmgStateError, match="YYYY-MM-DD"):
        run(capsys, store_file, "lookup", "--device", "fw1", *FLOW, "--time", "noon")


def test_a_package_that_waits_for_its_group_is_in_force_as_one_that_waits_for_a_name(
    capsys, store_file
) -> None:
    devices = tuple(Device(ADOM, f"fw{n}", f"FGT{n}", vdoms=(Vdom("root"),)) for n in (1, 2, 3))
    inventory = Inventory(
        Adom(ADOM),
        devices,
        (Package(ADOM, "edge", targets=(Target("fw1", "root"), Target("Branches", ""))),),
        (Group(ADOM, "Branches", members=(Target("fw2", "root"),)),),
    )
    with closing(OnDiskStore(store_file)) as store:
        records = inventory_events.records(inventory)
        store.save(Snapshot(Head(Scope(INVENTORY, FMG, ADOM).key, 200.0, 200.0),
                            {"records": records}))  # fmt: skip
    rows = [run(capsys, store_file, "effective", "--device", f"fw{n}", "--json") for n in (1, 2)]
    assert [(code, [one["package"] for one in found]) for code, found in rows] == [
        (0, ["edge"]), (0, ["edge"]),
    ]  # fmt: skip
    assert run(capsys, store_file, "effective", "--device", "fw3")[0] == 3


def test_a_virtual_ip_that_central_dnat_names_is_in_use(store_file: Path, capsys) -> None:
    vip = FirewallObject("firewall/vip", "web", values={"extip": ["203.0.113.5"]})
    with closing(OnDiskStore(store_file)) as store:
        edge = Scope(PACKAGE, FMG, ADOM, "edge").key
        kept = store.load(edge)
        assert kept is not None
        dnat = events.dnat_records([model.CentralDnat("central/dnat", "web", 1)])
        records = [*kept.content["records"], *dnat]
        store.save(Snapshot(Head(edge, 200.0, 200.0), {"records": records}))
        named = events.object_records([*OBJECTS_KEPT, vip])
        store.save(Snapshot(Head(Scope(OBJECTS, FMG, ADOM).key, 200.0, 200.0), {"records": named}))
    _, [found] = run(capsys, store_file, "audit", "--unused-objects", ADOM, "--json")
    assert found["unused_objects"] == []
    assert run(capsys, store_file, "effective", "--device", "fw1", "--json")[0] == 0


def test_objects_that_no_policy_uses(store_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unused = FirewallObject("firewall/address", "old-server", values={"subnet": HOST})
    with closing(OnDiskStore(store_file)) as store:
        records = events.object_records([*OBJECTS_KEPT, unused])
        head = Head(Scope(OBJECTS, FMG, ADOM).key, 200.0, 200.0)
        store.save(Snapshot(head, {"records": records}))
    expected = {
        "fortimanager": FMG, "adom": ADOM, "not_collected": [], "snapshot_time": 200.0,
        "unused_objects": [{"table": "firewall/address", "name": "old-server"}],
    }  # fmt: skip
    assert run(capsys, store_file, "audit", "--unused-objects", ADOM, "--json") == (0, [expected])
    with closing(OnDiskStore(store_file)) as store:
        store.delete(Scope(BLOCK, FMG, ADOM, "base").key)
    code, [row] = run(capsys, store_file, "audit", "--unused-objects", ADOM, "--json")
    assert (code, row["not_collected"]) == (0, ["base"])
    assert [one["name"] for one in row["unused_objects"]] == ["server", "old-server"]
    assert run(capsys, store_file, "audit", "--unused-objects", "nowhere", "--json") == (3, [])
