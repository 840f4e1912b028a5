"""From FortiManager's rows to the zones of one VDOM. Source: decision 11."""

from __future__ import annotations

from collections.abc import Iterable

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import Zone
from fmgstate.native import Row, flag, names, text

ZONE, SDWAN = "zone", "sdwan"
ONE_FOR_ALL = "virtual-wan-link"
"""The SD-WAN zone that there always is, and the only one before FortiOS 6.4.1."""


def zones(native: Iterable[Row]) -> list[Zone]:
    """The rows of ``system/zone``."""
    found = []
    for row in native:
        name = text(row, "name")
        if not name:
            raise NormalizeError("FortiManager sent a zone without a name.")
        found.append(Zone(name, ZONE, tuple(sorted(names(row, "interface")))))
    return sorted(found, key=_by_name)


def sdwan_zones(settings: Row, members: Iterable[Row]) -> list[Zone]:
    """The rows of ``system/sdwan/members``, or of ``system/virtual-wan-link/members``, by zone;
    ``settings``: the object above them."""
    enabled = flag(settings, "status")
    found: dict[str, tuple[set[str], set[str]]] = {}
    for row in members:
        zone = next(iter(names(row, "zone")), "") or ONE_FOR_ALL
        active, inactive = found.setdefault(zone, (set(), set()))
        on = enabled and (row.get("status") is None or flag(row, "status"))
        (active if on else inactive).update(one for one in names(row, "interface") if one)
    return [
        Zone(name, SDWAN, tuple(sorted(active)), tuple(sorted(inactive - active)))
        for name, (active, inactive) in sorted(found.items())
    ]


def _by_name(one: Zone) -> str:
    return one.name
