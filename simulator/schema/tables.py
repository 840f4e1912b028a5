"""Which tables a place offers, by FortiManager version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from simulator.schema.device_system import DEVICE_SYSTEM_TABLES
from simulator.schema.enumerations import service_enums
from simulator.schema.objects import OBJECT_TABLES
from simulator.schema.policies import (
    BLOCK_TABLES,
    FIREWALL_POLICY,
    GLOBAL_PACKAGE_TABLES,
    OBJECT_HEADER_TABLES,
    PACKAGE_TABLES,
)
from simulator.schema.table_spec import TableSpec
from simulator.versions import Version, since

PLACES: dict[str, tuple[TableSpec, ...]] = {
    "object": OBJECT_TABLES,
    "package": PACKAGE_TABLES,
    "block": BLOCK_TABLES,
    "global package": GLOBAL_PACKAGE_TABLES,
    "device": (FIREWALL_POLICY, *DEVICE_SYSTEM_TABLES),
}
_IN_PACKAGE = since("7.0.5", "7.2.2")


@dataclass(frozen=True)
class Catalogue:
    """The tables one place offers. ``longest`` finds the table a url's rest begins with."""

    specs: dict[str, TableSpec]

    def longest(self, parts: list[str]) -> tuple[TableSpec, list[str]] | None:
        for length in range(min(4, len(parts)), 0, -1):
            spec = self.specs.get("/".join(parts[:length]))
            if spec is not None:
                return spec, parts[length:]
        return None


@cache
def catalogue(place: str, version: Version) -> Catalogue:
    """``place``: ``object``, ``package``, ``block``, ``global package`` or ``device``."""
    specs = PLACES[place]
    if place == "object" and version not in _IN_PACKAGE:
        specs = specs + OBJECT_HEADER_TABLES
    offered = (_for_version(spec, version) for spec in specs if version in spec.offered)
    return Catalogue({spec.path: spec for spec in offered})


def _for_version(spec: TableSpec, version: Version) -> TableSpec:
    if spec.path == "firewall/service/custom":
        return replace(spec, enums=service_enums(version))
    return spec
