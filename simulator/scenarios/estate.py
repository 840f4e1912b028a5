"""The objects of one ADOM: a network plan, groups, services, VIPs, interfaces, with mappings."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.state.adom import Adom
from simulator.state.fortimanager import FortiManager

HOST, NET = "255.255.255.255", "255.255.255.0"


@dataclass
class Estate:
    """Names to build rules from. ``site`` is the second octet of the ADOM's networks."""

    adom: Adom
    random: Random
    site: int
    targets: list[tuple[str, str]]
    hosts: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    mapped: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    vips: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    six: list[str] = field(default_factory=list)


def put(fm: FortiManager, estate: Estate, path: str, **values: Any) -> str:
    fm.insert(estate.adom.objects, path, {**values, "uuid": fm.uuid()})
    return str(values["name"])


def scope(device: str, vdom: str) -> list[dict[str, str]]:
    return [{"name": device, "vdom": vdom}]
