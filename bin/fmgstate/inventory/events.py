"""An inventory as records: what is kept, compared, published and looked up."""

from __future__ import annotations

from collections.abc import Iterable

from fmgstate.inventory.model import (
    Adom,
    Assignment,
    Device,
    HaMember,
    Inventory,
    Package,
    Target,
    Vdom,
)
from fmgstate.record import Record, from_record, to_record

ADOM, DEVICE, PACKAGE = "adom", "device", "package"


def records(inventory: Inventory) -> list[Record]:
    """The ADOM, its devices, its packages and blocks, each with ``kind`` and a lasting ``id``.

    The ADOM's name stands in its own record only: the scope tells it for the others.
    """
    return [
        {"kind": ADOM, "id": f"{ADOM}:{inventory.adom.name}", **to_record(inventory.adom)},
        *(_device_record(one) for one in inventory.devices),
        *(_package_record(one) for one in inventory.packages),
    ]


def inventory(kept: Iterable[Record]) -> Inventory:
    """The inventory that ``records`` wrote."""
    by_kind: dict[str, list[Record]] = {ADOM: [], DEVICE: [], PACKAGE: []}
    for record in kept:
        by_kind[record["kind"]].append(record)
    adom = from_record(Adom, by_kind[ADOM][0])
    return Inventory(
        adom=adom,
        devices=tuple(_device(adom.name, record) for record in by_kind[DEVICE]),
        packages=tuple(_package(adom.name, record) for record in by_kind[PACKAGE]),
    )


def title(record: Record) -> str:
    """What a person calls it."""
    return str(record.get("path") or record["name"])


def _device_record(one: Device) -> Record:
    fields = to_record(one)
    del fields["adom"]
    return {"kind": DEVICE, "id": f"{DEVICE}:{one.name}", **fields}


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
        vdoms=lambda one: from_record(Vdom, one),
    )


def _package(adom: str, record: Record) -> Package:
    return from_record(
        Package,
        {**record, "adom": adom, "kind": record["package_kind"]},
        targets=lambda one: from_record(Target, one),
        assignments=lambda one: from_record(Assignment, one),
    )
