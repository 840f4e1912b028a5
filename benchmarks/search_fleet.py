"""FortiGates with their rules for measurements: saved as the collector would, and what is expected.

What is expected of an event is made beside the store, not read from it.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from fmgstate.collect import index
from fmgstate.collect.scope import HITCOUNTS, INVENTORY, PACKAGE, Scope
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory.model import Adom, Assignment, Device, Inventory, Package, Vdom
from fmgstate.policy.events import policy_records
from fmgstate.policy.model import Policy
from fmgstate.store.base import Head, Snapshot, Store
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import refresh_key_files

MANAGER = "fmg.example.com"
DEVICES_AN_ADOM = 40
CHANGED = 1_732_000_000.5


@dataclass(frozen=True)
class Rule:
    """``event``: fields of a log of it. ``expected``: what must be added."""

    device: int
    policy: Policy
    event: dict[str, str]
    expected: dict[str, str]


def fleet(devices: int, policies: int) -> Iterator[Rule]:
    """So many FortiGates with one package each of so many policies."""
    dice = random.Random(devices)
    now = time.time()
    for device in range(devices):
        for number in range(1, policies + 1):
            yield _rule(dice, device, number, now)


def _rule(dice: random.Random, device: int, number: int, now: float) -> Rule:
    bits = f"{dice.getrandbits(128):032x}"
    uuid = "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))
    app = dice.choice(("web", "mail", "vpn", "backup", "erp"))
    name = f"{app} to servers {number}"
    action = dice.choice(("accept", "accept", "deny"))
    section, owner = f"{app.title()}, internal", f"team-{app}"
    policy = Policy(
        number, "firewall/policy", "package", number, uuid, name, True, action,
        ("lan",), ("dmz",), (f"net-{number % 97}", f"net-{number % 89}"), (f"srv-{number % 83}",),
        service=("HTTPS", f"tcp-{number % 61}"), schedule=("always",), nat=False, logtraffic="all",
        comments=f"CHG{number:07} for {owner}, asked by app owners", section=section,
        meta={"owner": owner, "ticket": f"CHG-{number:05}"}, modified_time=1_700_000_000 + number,
        modified_by="j.weber",
    )  # fmt: skip
    event = {
        "poluuid": uuid, "policyid": str(number), "policytype": "policy", "subtype": "forward",
        "devid": _serial(device), "devname": _name(device), "vd": "root",
        "srcip": f"10.{device % 250}.{number % 250}.7", "dstip": f"192.0.2.{number % 250}",
        "dstport": "443", "action": action,
    }  # fmt: skip
    expected = {
        "name": name, "action": action, "package": f"branch/{_name(device)}", "section": section,
        "owner": owner, "snapshot_time": str(now), "changed_time": str(CHANGED), "stale": "false",
        "plane": "package",
    }  # fmt: skip
    return Rule(device, policy, event, expected)


def denied(rule: Rule) -> Rule:
    """An event on the same FortiGate that no rule decided."""
    event = {**rule.event, "poluuid": "", "policyid": "0"}
    none = {"name": "Implicit Deny", "action": "deny", "section": "", "owner": ""}
    return replace(rule, event=event, expected={**rule.expected, **none})


def by_default(rule: Rule) -> Rule:
    """What must be added when no fields are asked for."""
    policy = rule.policy
    hits, last_hit = _hits(rule)
    more = {
        "found": "true", "why": "", "comments": policy.comments, "ticket": policy.meta["ticket"],
        "modified_time": str(policy.modified_time), "modified_by": policy.modified_by,
        "hits": str(hits), "last_hit": str(last_hit),
    }  # fmt: skip
    return replace(rule, expected={**rule.expected, **more})


def _hits(rule: Rule) -> tuple[int, int]:
    return 11 * rule.policy.policyid + rule.device, 1_731_000_000 + rule.policy.policyid


def count_hits(file: Path, rules: Iterable[Rule]) -> None:
    """Save how often each was hit into the store, and the files by key of that."""
    store = OnDiskStore(file)
    for device, found in groupby(rules, lambda rule: rule.device):
        records = []
        for rule in found:
            own = rule.policy
            hits, last_hit = _hits(rule)
            records.append({
                "kind": "hitcount", "id": own.uuid, "table": own.table, "policyid": own.policyid,
                "uuid": own.uuid, "hits": hits, "last_hit": last_hit,
            })  # fmt: skip
        scope = Scope(HITCOUNTS, MANAGER, _adom(device), rule.expected["package"])
        head = Head(scope.key, float(rule.expected["snapshot_time"]), CHANGED, "1")
        store.save(Snapshot(head, {"records": records}))
    refresh_key_files(store, file)
    store.close()


def save(file: Path, rules: Iterable[Rule]) -> tuple[float, float]:
    """A new store of these; seconds for it, and for its files by key."""
    shutil.rmtree(file.parent, ignore_errors=True)
    store = OnDiskStore(file)
    started = time.perf_counter()
    fill(store, rules)
    saved = time.perf_counter() - started
    refresh_key_files(store, file)
    store.close()
    return saved, time.perf_counter() - started - saved


def fill(store: Store, rules: Iterable[Rule]) -> None:
    """Save them as collected."""
    devices: dict[int, list[tuple[int, float]]] = {}
    for device, found in groupby(rules, lambda rule: rule.device):
        own = list(found)
        now = float(own[0].expected["snapshot_time"])
        scope = Scope(PACKAGE, MANAGER, _adom(device), own[0].expected["package"])
        records = policy_records(rule.policy for rule in own)
        _keep(store, scope, {"records": records}, now)
        devices.setdefault(device // DEVICES_AN_ADOM, []).append((device, now))
    for members in devices.values():
        scope = Scope(INVENTORY, MANAGER, _adom(members[0][0]))
        records = inventory_events.records(_inventory([device for device, _ in members]))
        _keep(store, scope, {"records": records}, members[0][1])


def _keep(store: Store, scope: Scope, content: dict[str, Any], now: float) -> None:
    head = Head(scope.key, now, CHANGED, "1")
    store.save(Snapshot(head, content), index.rows(scope, content["records"]))


def _inventory(devices: list[int]) -> Inventory:
    adom = _adom(devices[0])
    known = [
        Device(adom, _name(one), _serial(one), hostname=_name(one), vdoms=(Vdom("root"),))
        for one in devices
    ]
    packages = [
        Package(adom, path, assignments=(Assignment(one.name, "root", path, "installed"),))
        for one in known
        for path in [f"branch/{one.name}"]
    ]
    return Inventory(Adom(adom), tuple(known), tuple(packages))


def _adom(device: int) -> str:
    return f"region-{device // DEVICES_AN_ADOM}"


def _name(device: int) -> str:
    return f"fgt-branch-{device:04}"


def _serial(device: int) -> str:
    return f"FG100F{device:010}"
