"""How the traffic that a change opens and closes is told: on each changed policy's event, and once
for the package in an event of its own, which also stands where a rule means something else though
none of the package's own rows changed (a policy block, a schedule, a virtual IP, a mapping)."""

from __future__ import annotations

from typing import Any

from fmgstate.collect.difference import MODIFIED
from fmgstate.collect.scope import Scope
from fmgstate.policy.events import POLICY
from fmgstate.policy.traffic import lasting
from fmgstate.record import Record

TRAFFIC = "traffic"
"""The kind and the id of the package's event: it is no record of the package."""


def of_policy(traffic: dict[str, Any], record: Record) -> dict[str, Any]:
    """What the change of this policy opens and closes; nothing where that was not looked at."""
    if not traffic or record["kind"] != POLICY:
        return {}
    name = lasting(record.get("uuid", ""), record["part"], record["table"], record["policyid"])
    found: dict[str, Any] = traffic["of_policies"].get(name, traffic["otherwise"])
    return found


def of_package(scope: Scope, traffic: dict[str, Any]) -> dict[str, Any]:
    """The package's event, with the fields of CIM's Change model."""
    return {
        "kind": TRAFFIC,
        "id": TRAFFIC,
        "action": MODIFIED,
        "change_type": TRAFFIC,
        "object": scope.name,
        "object_id": scope.key,
        "object_category": TRAFFIC,
        "object_attrs": [TRAFFIC],
        "object_path": f"{scope.adom}/{scope.name}",
        "dvc": scope.manager,
        "dest": scope.name,
        "status": "success",
        "vendor_product": "Fortinet FortiManager",
        "traffic": traffic["told"],
    }
