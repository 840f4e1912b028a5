"""The keys by which one policy, or a device's packages, are found without loading a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Union

from fmgstate.collect.scope import HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope, prefix
from fmgstate.inventory.events import inventory
from fmgstate.inventory.groups import members, targets
from fmgstate.inventory.model import Inventory
from fmgstate.record import Record
from fmgstate.store.base import IndexRow

HITS = "hits/"
_OF_PACKAGE = f"policy/{PACKAGE}/"

NEVER = "never"
"""FortiManager's word for a package that was not installed on its target yet."""


def rows(scope: Scope, records: Iterable[Record]) -> Iterator[IndexRow]:
    """Index rows for a scope's records; objects have none."""
    if scope.kind == INVENTORY:
        return _inventory_rows(scope, list(records))
    if scope.kind == OBJECTS:
        return iter(())
    if scope.kind == HITCOUNTS:
        return _hit_rows(scope, records)
    return _policy_rows(scope, list(records))


def policy_key(scope: Scope, policyid: Union[int, str]) -> str:
    """Finds a policy's record: a policyid counts within its package or block only."""
    return f"policy/{scope.key}/{policyid}"


def counted_key(scope: Scope) -> str:
    """Finds whether a package's hits were ever counted."""
    return "counted/" + prefix(scope.manager, scope.adom, scope.name)


def hits_key(scope: Scope, policyid: Union[int, str]) -> str:
    """Finds how often the policies of a package with this id were hit; ids count within a table."""
    return f"{HITS}{prefix(scope.manager, scope.adom, scope.name)}{policyid}"


def hits_key_beside(key: str) -> str:
    """The ``hits_key`` for a ``policy_key``; "" for a block's, whose hits count per package."""
    return HITS + key[len(_OF_PACKAGE) :] if key.startswith(_OF_PACKAGE) else ""


def uuid_key(uuid: str) -> str:
    """Finds the ``policy_key`` of every policy with this uuid."""
    return f"uuid/{uuid.lower()}"


def device_key(name: str) -> str:
    """Finds a device by its name in FortiManager, its host name, or any HA member's serial."""
    return f"device/{name.lower()}"


def blocks_key(scope: Scope) -> str:
    """Finds the names of the policy blocks that stand in a package."""
    return f"blocks/{scope.key}"


def block_number_key(manager: str, adom: str, number: str) -> str:
    """Finds a policy block's path by FortiManager's number for it."""
    return f"block/{manager}/{adom}/{number}"


def pack(value: Any) -> bytes:
    """A value as compact JSON in ASCII: it also holds what is no valid Unicode."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _policy_rows(scope: Scope, records: list[Record]) -> Iterator[IndexRow]:
    blocks = []
    for record in records:
        if record["kind"] != "policy":
            continue
        key = policy_key(scope, record["policyid"])
        yield key, pack(record)
        if record.get("uuid"):
            yield uuid_key(record["uuid"]), key.encode()
        if record.get("block"):
            blocks.append(record["block"])
    if blocks:
        yield blocks_key(scope), pack(blocks)


def _hit_rows(scope: Scope, records: Iterable[Record]) -> Iterator[IndexRow]:
    yield counted_key(scope), b""
    for record in records:
        if "device" not in record:
            told = {key: record.get(key, "") for key in ("table", "uuid", "hits", "last_hit")}
            yield hits_key(scope, record["policyid"]), pack(told)


def devices(scope: Scope, records: list[Record]) -> dict[str, list[dict[str, Any]]]:
    """What a look-up needs of each device, by all that it is known as, in lower case: ``device``
    (its name), ``serial``, ``connection``, ``vdoms`` (names), ``adom``, ``manager``, ``packages``
    (each with ``vdom``, ``package``, ``status``)."""
    packages = _Packages(inventory(records))
    found: dict[str, list[dict[str, Any]]] = {}
    for device in records:
        if device["kind"] == "device":
            facts = {**_facts(device), "adom": scope.adom, "manager": scope.manager,
                     "packages": packages.of(device["name"])}  # fmt: skip
            for name in _known_as(device):
                found.setdefault(name, []).append(facts)
    return found


def block_paths(records: list[Record]) -> dict[str, str]:
    """Paths of policy blocks by FortiManager's number for them, as builds exist that tell it."""
    packages = [one for one in records if one["kind"] == "package"]
    return {
        f"oid {one.get('oid')}": one["path"] for one in packages if one["package_kind"] == "block"
    }


def _inventory_rows(scope: Scope, records: list[Record]) -> Iterator[IndexRow]:
    for number, path in block_paths(records).items():
        yield block_number_key(scope.manager, scope.adom, number), path.encode()
    for name, known in devices(scope, records).items():
        for facts in known:
            yield device_key(name), pack(facts)


def _known_as(device: Record) -> list[str]:
    members = [member["serial"] for member in device.get("ha_members", ())]
    known_as = [device["name"], device.get("hostname"), device.get("serial"), *members]
    return list(dict.fromkeys(name.lower() for name in known_as if name))


def _facts(device: Record) -> dict[str, Any]:
    return {
        "device": device["name"],
        "serial": device.get("serial", ""),
        "connection": device.get("connection", ""),
        "vdoms": [vdom["name"] for vdom in device.get("vdoms", ())],
    }


class _Packages:
    """Which packages are on a device: those that FortiManager tells a status of; on VDOMs without
    one, those whose target it is: of a package that was never installed there is no status."""

    def __init__(self, kept: Inventory) -> None:
        known = members(kept)
        self._assigned: dict[str, list[dict[str, str]]] = {}
        self._waiting: dict[str, list[dict[str, str]]] = {}
        for package in kept.packages:
            for one in package.assignments:
                told = {"vdom": one.vdom, "package": package.path, "status": one.status}
                self._assigned.setdefault(one.device, []).append(told)
            for target in sorted(targets(package, known)):
                told = {"vdom": target.vdom, "package": package.path, "status": NEVER}
                self._waiting.setdefault(target.device, []).append(told)

    def of(self, device: str) -> list[dict[str, str]]:
        """Each with ``vdom``, ``package``, ``status``."""
        assigned = self._assigned.get(device, [])
        told = {one["vdom"] for one in assigned}
        waiting = self._waiting.get(device, [])
        return [*assigned, *(one for one in waiting if one["vdom"] not in told)]
