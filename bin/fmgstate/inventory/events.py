"""An inventory as records: what is kept, compared, published and looked up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from fmgstate.inventory.groups import memberships
from fmgstate.inventory.model import (
    Adom,
    Assignment,
    Device,
    Group,
    HaMember,
    Inventory,
    Package,
    Target,
    Vdom,
    Zone,
)
from fmgstate.record import Record, from_record, to_record

ADOM, DEVICE, GROUP, PACKAGE = "adom", "device", "group", "package"


def records(inventory: Inventory) -> list[Record]:
    """The ADOM, its devices, their groups, its packages and blocks, each with ``kind`` and a
    lasting ``id``. A device has the names of the ``groups`` that it is in for certain.

    The ADOM's name stands in its own record only: the scope tells it for the others.
    """
    groups = _groups_of_devices(inventory)
    return [
        {"kind": ADOM, "id": f"{ADOM}:{inventory.adom.name}", **to_record(inventory.adom)},
        *(_device_record(one, groups.get(one.name)) for one in inventory.devices),
        *(_group_record(one) for one in inventory.groups),
        *(_package_record(one) for one in inventory.packages),
    ]


def inventory(kept: Iterable[Record]) -> Inventory:
    """The inventory that ``records`` wrote."""
    by_kind: dict[str, list[Record]] = {ADOM: [], DEVICE: [], GROUP: [], PACKAGE: []}
    for record in kept:
        by_kind[record["kind"]].append(record)
    adom = from_record(Adom, by_kind[ADOM][0])
    return Inventory(
        adom=adom,
        devices=tuple(_device(adom.name, record) for record in by_kind[DEVICE]),
        packages=tuple(_package(adom.name, record) for record in by_kind[PACKAGE]),
        groups=tuple(_group(adom.name, record) for record in by_kind[GROUP]),
    )


def vdoms(kept: Iterable[Record]) -> dict[tuple[str, str], Vdom]:
    """The VDOMs alone of what ``records`` wrote, by the names of device and VDOM."""
    return {
        (record["name"], one["name"]): _vdom(one)
        for record in kept
        if record["kind"] == DEVICE
        for one in record.get("vdoms", ())
    }


def title(record: Record) -> str:
    """What a person calls it."""
    return str(record.get("path") or record["name"])


def _groups_of_devices(of: Inventory) -> dict[str, list[str]]:
    """Device -> the groups that any of its VDOMs is in, groups in groups included."""
    found: dict[str, list[str]] = {}
    for name, one in sorted(memberships(of.groups, of.devices).items()):
        for device in {target.device for target in one.targets}:
            found.setdefault(device, []).append(name)
    return found


def _device_record(one: Device, groups: Optional[list[str]]) -> Record:
    fields = to_record(one)
    del fields["adom"]
    if groups:
        fields["groups"] = groups
    return {"kind": DEVICE, "id": f"{DEVICE}:{one.name}", **fields}


def _group_record(one: Group) -> Record:
    fields = to_record(one)
    del fields["adom"]
    if "kind" in fields:
        fields["group_kind"] = fields.pop("kind")
    return {"kind": GROUP, "id": f"{GROUP}:{one.name}", **fields}


def _package_record(one: Package) -> Record:
    fields = to_record(one)
    del fields["adom"]
    fields["package_kind"] = fields.pop("kind")
    return {"kind": PACKAGE, "id": f"{one.kind}:{one.path}", **fields}


def _device(adom: str, record: Record) -> Device:
    return from_record(
        Device,
        {**record, "adom": adom},
        ha_members=lambda one: from_record(HaMember, one),
        vdoms=_vdom,
    )


def _vdom(record: Record) -> Vdom:
    return from_record(Vdom, record, zones=lambda one: from_record(Zone, one))


def _group(adom: str, record: Record) -> Group:
    return from_record(
        Group,
        {**record, "adom": adom, "kind": record.get("group_kind", "")},
        members=lambda one: from_record(Target, one),
    )


def _package(adom: str, record: Record) -> Package:
    return from_record(
        Package,
        {**record, "adom": adom, "kind": record["package_kind"]},
        targets=lambda one: from_record(Target, one),
        assignments=lambda one: from_record(Assignment, one),
    )
