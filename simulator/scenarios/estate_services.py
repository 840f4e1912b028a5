"""Services, schedules, NAT and interfaces of an estate."""

from __future__ import annotations

from typing import Any

from simulator.scenarios import names
from simulator.scenarios.estate import Estate, put, scope
from simulator.scenarios.foundation import CUSTOM
from simulator.state.fortimanager import FortiManager
from simulator.state.zones import put_zones

IN_TWOS = ("plant", "lab")
"""Names that FortiManager itself makes a zone of two ports of."""


def put_services(fm: FortiManager, estate: Estate) -> None:
    objects = estate.adom.objects
    for name, ports in names.SERVICES:
        fm.insert(objects, CUSTOM, {"name": name, "tcp-portrange": ports, "udp-portrange": []})
        estate.services.append(name)
    for index in range(30):
        name = f"udp-{40000 + index * 7}"
        fm.insert(
            objects,
            CUSTOM,
            {"name": name, "tcp-portrange": [], "udp-portrange": [str(40000 + index * 7)]},
        )
        estate.services.append(name)
    for index in range(8):
        name = f"svc-app-{index}"
        fm.insert(
            objects,
            "firewall/service/group",
            {"name": name, "member": estate.random.sample(estate.services[:30], 3)},
        )
        estate.services.append(name)
    fm.insert(
        objects,
        "firewall/service/group",
        {"name": "svc-platform", "member": ["svc-app-0", "svc-app-1", "HTTPS", "SSH"]},
    )
    estate.services += ["svc-platform", "HTTPS", "HTTP", "SSH", "DNS", "SMB", "RDP", "LDAPS"]


def put_schedules(fm: FortiManager, estate: Estate) -> None:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    objects = estate.adom.objects
    fm.insert(
        objects,
        "firewall/schedule/recurring",
        {"name": "office-hours", "day": days, "start": ["07:00"], "end": ["19:00"]},
    )
    fm.insert(
        objects,
        "firewall/schedule/onetime",
        {
            "name": "migration-2024",
            "start": ["08:00", "2024/03/01"],
            "end": ["20:00", "2024/03/31"],
        },
    )
    fm.insert(
        objects,
        "firewall/schedule/group",
        {"name": "office-or-migration", "member": ["office-hours", "migration-2024"]},
    )


def put_vips(fm: FortiManager, estate: Estate) -> None:
    for index in range(24):
        more: dict[str, Any] = {}
        if index % 3 == 0:
            more = {"portforward": "enable", "extport": "443", "mappedport": "8443"}
        if index % 8 == 0:
            device, vdom = estate.targets[index % len(estate.targets)]
            more["dynamic_mapping"] = [
                {
                    "_scope": scope(device, vdom),
                    "extip": f"203.0.113.{10 + index}",
                    "mappedip": [f"10.{estate.site}.8.{10 + index}"],
                }
            ]
        estate.vips.append(
            put(
                fm,
                estate,
                "firewall/vip",
                name=f"vip-{index:02d}",
                extip=f"198.51.100.{10 + index}",
                mappedip=[f"10.{estate.site}.8.{50 + index}"],
                extintf=["any"],
                **more,
            )
        )
    estate.vips.append(put(fm, estate, "firewall/vipgrp", name="vips-web", member=estate.vips[:5]))
    fm.insert(
        estate.adom.objects,
        "firewall/ippool",
        {"name": "pool-out", "startip": "198.51.100.200", "endip": "198.51.100.207"},
    )


def put_interfaces(fm: FortiManager, estate: Estate) -> None:
    for port, zone in enumerate(names.ZONES, 1):
        single = zone not in IN_TWOS
        mapping = [
            {
                "_scope": scope(device, vdom),
                "intrazone-deny": "disable",
                "local-intf": [own_zone(zone, place) or f"port{port}"] if single else _two(port),
                "egress-shaping-profile": [],
                "ingress-shaping-profile": [],
            }
            for place, (device, vdom) in enumerate(estate.targets)
        ]
        fm.insert(
            estate.adom.objects,
            "dynamic/interface",
            {
                "name": zone,
                "single-intf": "enable" if single else "disable",
                "dynamic_mapping": mapping,
            },
        )


def own_zone(zone: str, place: int) -> str:
    """The zone, or zone of SD-WAN, that a name for interfaces stands for on the target of this
    place; "" = a port."""
    if zone == "lan" and place % 2 == 0:
        return "inside"
    if zone == "wan" and place % 3 == 0:
        return "underlay" if place % 6 == 3 else "virtual-wan-link"
    return ""


def put_device_zones(fm: FortiManager, estate: Estate) -> None:
    """What only the devices have: the zones that names are mapped to, and those made of two."""
    for place, (device, vdom) in enumerate(estate.targets):
        zones: dict[str, list[str]] = {}
        sdwan: dict[str, list[str]] = {}
        for port, zone in enumerate(names.ZONES, 1):
            own = own_zone(zone, place)
            if own:
                (sdwan if zone == "wan" else zones)[own] = _two(port)
            elif zone in IN_TWOS:
                zones[zone] = _two(port)
        put_zones(fm, fm.device(device), vdom, zones, sdwan)


def _two(port: int) -> list[str]:
    return [f"port{port}", f"port{port + 12}"]
