"""A device gets another name: everything that names it follows."""

from __future__ import annotations

from typing import Any

from simulator.state.adom import Adom
from simulator.state.devices import Device
from simulator.state.fortimanager import FortiManager


def rename_device(fm: FortiManager, device: Device, name: str) -> None:
    """FortiManager keeps oids, so a new name shows everywhere at once and nothing counts as
    modified."""
    old = device.name
    fm.devices = {(name if key == old else key): one for key, one in fm.devices.items()}
    device.name = name
    for member in device.members:
        member["did"] = name
    for vdom in device.vdoms:
        vdom["devid"] = name
    for adom in fm.adoms.values():
        _rename_in_adom(adom, old, name)


def _rename_in_adom(adom: Adom, old: str, name: str) -> None:
    for group in adom.groups.values():
        group.members = [(name if one == old else one, vdom) for one, vdom in group.members]
    for package in adom.root.packages():
        package.targets = _scope(package.targets, old, name)
        package.statuses = {
            (name if one == old else one, vdom): state
            for (one, vdom), state in package.statuses.items()
        }
        for table in package.database.tables.values():
            for row in table:
                row.scope = _scope(row.scope, old, name)
    for table in adom.objects.tables.values():
        for row in table:
            mappings = row.values.get("dynamic_mapping")
            if mappings:
                renamed = [
                    {**one, "_scope": _scope(one.get("_scope"), old, name)} for one in mappings
                ]
                row.values = {**row.values, "dynamic_mapping": renamed}


def _scope(scope: Any, old: str, name: str) -> Any:
    if not scope:
        return scope
    return [
        {**one, "name": name} if one.get("name") == old and "vdom" in one else one for one in scope
    ]
