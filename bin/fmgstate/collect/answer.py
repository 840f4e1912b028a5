"""Answers from the store alone: which rule is this? FortiManager is never asked from here.

Every row says ``snapshot_time``, ``changed_time``, ``age`` (seconds), ``stale`` and ``plane``.
Where nothing is found, the one row has ``found`` False and ``why``.
"""

from __future__ import annotations

import json
from typing import Any, Optional

from fmgstate.collect import index
from fmgstate.collect.scope import BLOCK, KINDS, PACKAGE, Scope, prefix
from fmgstate.store.base import Found, Head, Store

Row = dict[str, Any]

IMPLICIT_DENY = 0


class Answers:
    """``now``: epoch seconds; ``fresh_seconds``: an older snapshot is called stale."""

    def __init__(self, store: Store, now: float, fresh_seconds: float) -> None:
        self._store, self._now, self._fresh_seconds = store, now, fresh_seconds

    def by_uuid(self, uuid: str) -> list[Row]:
        """The policy with this uuid; several rows where several packages hold it."""
        keys = [found.value.decode() for found in self._store.find([index.uuid_key(uuid)])]
        found = self._store.find(list(dict.fromkeys(keys)))
        return [self._policy(one) for one in found] or [_not_found(f"No policy has uuid {uuid}.")]

    def by_policyid(self, device: str, vdom: str, policyid: int) -> list[Row]:
        """The policy with this id on one VDOM. ``device``: name, host name or any HA serial."""
        devices = [json.loads(one.value) for one in self._store.find([index.device_key(device)])]
        if not devices:
            return [_not_found(f"No device is called {device}, nor has it as host name or serial.")]
        rows = [row for one in devices for row in self._on_device(one, vdom, policyid)]
        found = [row for row in rows if row["found"]]
        return found or rows[:1]

    def status(self) -> list[Row]:
        """Every scope: times, age, records, and how its last refresh went."""
        heads = [head for kind in KINDS for head in self._store.heads(prefix(kind))]
        return [self._status(head) for head in heads]

    def _status(self, head: Head) -> Row:
        scope = Scope.parse(head.key)
        facts = {"result": "", "seconds": 0.0, "requests": 0.0, "saved": 0.0, "records": 0,
                 "error": "", **head.outcome}  # fmt: skip
        return {"scope": head.key, "scope_text": str(scope), "kind": scope.kind,
                "fortimanager": scope.manager, "adom": scope.adom, "name": scope.name,
                **facts, **self._age(head)}  # fmt: skip

    def _on_device(self, device: Row, vdom: str, policyid: int) -> list[Row]:
        name = device["device"]
        if vdom not in device["vdoms"]:
            known = ", ".join(device["vdoms"]) or "none"
            return [_not_found(f"Device {name} has no VDOM {vdom}; it has: {known}.")]
        installed = [one for one in device["packages"] if one["vdom"] == vdom]
        if not installed:
            return [_not_found(f"No policy package is assigned to {name} [{vdom}].")]
        return [row for one in installed for row in self._in_package(device, one, policyid)]

    def _in_package(self, device: Row, installed: dict[str, str], policyid: int) -> list[Row]:
        scope = Scope(PACKAGE, device["manager"], device["adom"], installed["package"])
        where = {
            "device": device["device"],
            "vdom": installed["vdom"],
            "package_status": installed["status"],
        }
        if policyid == IMPLICIT_DENY:
            return [{**self._implicit_deny(scope), **where}]
        keys = [index.policy_key(one, policyid) for one in (scope, *self._blocks(scope))]
        rows = [{**self._policy(found), **where} for found in self._store.find(keys)]
        return rows or [self._no_policy(scope, policyid, where)]

    def _blocks(self, scope: Scope) -> list[Scope]:
        """The policy blocks that stand in a package, by their paths."""
        found = self._store.find([index.blocks_key(scope)])
        names = [name for one in found for name in json.loads(one.value)]
        return [
            Scope(BLOCK, scope.manager, scope.adom, self._block_path(scope, name)) for name in names
        ]

    def _block_path(self, scope: Scope, name: str) -> str:
        key = index.block_number_key(scope.manager, scope.adom, name)
        found = self._store.find([key])
        return found[0].value.decode() if found else name

    def _policy(self, found: Found) -> Row:
        record = json.loads(found.value)
        return {"found": True, **_place(Scope.parse(found.head.key)), **record,
                **self._age(found.head)}  # fmt: skip

    def _implicit_deny(self, scope: Scope) -> Row:
        row = {"found": True, **_place(scope), "policyid": IMPLICIT_DENY, "name": "Implicit Deny",
               "action": "deny", "enabled": True}  # fmt: skip
        return {**row, **self._age(self._head(scope))}

    def _no_policy(self, scope: Scope, policyid: int, where: dict[str, str]) -> Row:
        head = self._head(scope)
        if head is None or head.snapshot_time is None:
            why = f"Package {scope.name} of ADOM {scope.adom} was not collected yet."
            error = head.outcome.get("error") if head else ""
            return {**_not_found(f"{why} {error}".rstrip()), **where}
        why = f"Package {scope.name} of ADOM {scope.adom} has no policy {policyid}."
        return {**_not_found(why), **_place(scope), **where, **self._age(head)}

    def _head(self, scope: Scope) -> Optional[Head]:
        return next((head for head in self._store.heads(scope.key) if head.key == scope.key), None)

    def _age(self, head: Optional[Head]) -> Row:
        if head is None or head.snapshot_time is None:
            return {"snapshot_time": None, "changed_time": None, "age": None, "stale": True,
                    "plane": "package"}  # fmt: skip
        age = max(0.0, self._now - head.snapshot_time)
        return {
            "snapshot_time": head.snapshot_time,
            "changed_time": head.changed_time,
            "age": round(age, 3),
            "stale": age > self._fresh_seconds,
            "plane": "package",
        }


def _place(scope: Scope) -> Row:
    return {"fortimanager": scope.manager, "adom": scope.adom, scope.kind: scope.name}


def _not_found(why: str) -> Row:
    return {"found": False, "why": why}
