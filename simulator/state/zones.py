"""Zones and SD-WAN of one VDOM, put into FortiManager's copy of a device's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.state.devices import Device
from simulator.state.fortimanager import FortiManager
from simulator.state.table import Table

Members = Mapping[str, Sequence[str]]


def put_zones(
    fm: FortiManager,
    device: Device,
    vdom: str,
    zones: Members | None = None,
    sdwan: Members | None = None,
) -> None:
    """Interfaces by zone, and by zone of SD-WAN, which is on if it has any; None: as they are."""
    if zones is not None:
        _refill(
            fm, device, vdom, "system/zone",
            [{"name": name, "interface": list(some)} for name, some in zones.items()],
        )  # fmt: skip
    if sdwan is not None:
        listed = [(zone, one) for zone, some in sdwan.items() for one in some]
        names = dict.fromkeys(["virtual-wan-link", *sdwan])
        _refill(fm, device, vdom, "system/sdwan/zone", [{"name": name} for name in names])
        _refill(
            fm, device, vdom, "system/sdwan/members",
            [
                {"seq-num": number, "interface": [one], "zone": [zone]}
                for number, (zone, one) in enumerate(listed, 1)
            ],
        )  # fmt: skip
        status = "enable" if listed else "disable"
        device.sdwan[vdom] = {"oid": fm.oid(), "status": status}


def _refill(
    fm: FortiManager, device: Device, vdom: str, path: str, rows: list[dict[str, Any]]
) -> None:
    database = device.database(vdom)
    spec = fm.spec(database, path)
    database.tables[path] = Table(spec)
    for row in rows:
        fm.insert(database, path, row)
