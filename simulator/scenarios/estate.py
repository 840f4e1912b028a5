"""The objects of one ADOM: a network plan, groups, services, VIPs, interfaces, with mappings."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.scenarios import names
from simulator.scenarios.foundation import ADDRESS, CUSTOM, GROUP
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


def settle(fm: FortiManager, estate: Estate, hosts: int = 220, networks: int = 60) -> None:
    """Fill the ADOM's object database and remember the names."""
    _addresses(fm, estate, hosts, networks)
    _unusual_addresses(fm, estate)
    _mapped_addresses(fm, estate)
    _groups(fm, estate)
    _services(fm, estate)
    _schedules(fm, estate)
    _vips(fm, estate)
    _interfaces(fm, estate)


def _put(fm: FortiManager, estate: Estate, path: str, **values: Any) -> str:
    fm.insert(estate.adom.objects, path, {**values, "uuid": fm.uuid()})
    return str(values["name"])


def _addresses(fm: FortiManager, estate: Estate, hosts: int, networks: int) -> None:
    for index in range(networks):
        address = f"10.{estate.site}.{index * 4 % 250}.0"
        name = f"net-{address[:-2].replace('.', '-')}" if index % 9 else f"{address}/24"
        estate.networks.append(
            _put(fm, estate, ADDRESS, name=name, subnet=[address, NET], color=index % 32)
        )
    for index in range(hosts):
        app = names.APPS[index % len(names.APPS)].lower()
        address = f"10.{estate.site}.{index % 60 * 4}.{10 + index // 60}"
        estate.hosts.append(
            _put(fm, estate, ADDRESS, name=f"h-{app}-{index:03d}", subnet=[address, HOST],
                 comment=f"{app} server {index}")
        )
    for index in range(12):
        base = f"10.{estate.site}.{200 + index}"
        estate.networks.append(
            _put(fm, estate, ADDRESS, name=f"range-{index:02d}", type="iprange",
                 **{"start-ip": f"{base}.20", "end-ip": f"{base}.{40 + index}"})
        )
    for index in range(8):
        prefix = f"2001:db8:{estate.site:x}:{index:x}"
        estate.six.append(_put(fm, estate, "firewall/address6", name=f"six-net-{index}",
                               ip6=f"{prefix}::/64"))
    estate.six.append(_put(fm, estate, "firewall/addrgrp6", name="six-all", member=estate.six[:]))


def _unusual_addresses(fm: FortiManager, estate: Estate) -> None:
    for site in names.SITES:
        estate.sites.append(_put(fm, estate, ADDRESS, name=site, type="fqdn", fqdn=site))
    estate.sites.append(_put(fm, estate, ADDRESS, name="w-cloud", type="wildcard-fqdn",
                             **{"wildcard-fqdn": "*.cloud.example"}))
    for country in names.COUNTRIES:
        estate.countries.append(
            _put(fm, estate, ADDRESS, name=f"geo-{country}", type="geography", country=country)
        )
    _put(fm, estate, ADDRESS, name="ems-quarantine", type="dynamic",
         **{"sub-type": "ems-tag", "obj-type": "ip"})
    _put(fm, estate, ADDRESS, name="w-printers", type="wildcard",
         wildcard=[f"10.{estate.site}.0.9", "255.255.0.255"])
    for name, number in (("Google-Gmail", 65646), ("Microsoft-Office365", 327782)):
        fm.insert(estate.adom.objects, "firewall/internet-service-name",
                  {"name": name, "internet-service-id": number})
    for name in ("vpn-users", "domain-admins", "contractors"):
        fm.insert(estate.adom.objects, "user/group", {"name": name, "member": []})
    fm.insert(estate.adom.objects, "user/radius",
              {"name": "radius", "server": f"10.{estate.site}.0.50",
               "secret": ["ENC", "c2ltLWNvbXBhbnktcmFkaXVz"]})


def _scope(device: str, vdom: str) -> list[dict[str, str]]:
    return [{"name": device, "vdom": vdom}]


def _mapped_addresses(fm: FortiManager, estate: Estate) -> None:
    for place, name in enumerate(("local-lan", "local-servers", "local-voice", "local-guest")):
        mapping = [
            {"_scope": _scope(device, vdom),
             "subnet": [f"10.{estate.site}.{(index * 4 + place) % 250}.0", NET]}
            for index, (device, vdom) in enumerate(estate.targets)
        ]
        estate.mapped.append(
            _put(fm, estate, ADDRESS, name=name, subnet=[f"10.{estate.site}.255.0", NET],
                 dynamic_mapping=mapping)
        )


def _groups(fm: FortiManager, estate: Estate) -> None:
    pick = estate.random
    for index, app in enumerate(names.APPS):
        members = [host for host in estate.hosts if f"-{app.lower()}-" in host]
        members += pick.sample(estate.networks, 1) if index % 5 == 0 else []
        estate.groups.append(_put(fm, estate, GROUP, name=f"g-{app.lower()}", member=members))
    for index in range(20):
        estate.groups.append(
            _put(fm, estate, GROUP, name=f"g-nets-{index:02d}",
                 member=pick.sample(estate.networks, 4))
        )
    for index in range(10):
        estate.groups.append(
            _put(fm, estate, GROUP, name=f"gg-tier-{index}",
                 member=pick.sample(estate.groups[:60], 3) + pick.sample(estate.hosts, 1))
        )
    estate.groups.append(
        _put(fm, estate, GROUP, name="g-nets-without-plant", member=estate.groups[43:46],
             exclude="enable", **{"exclude-member": pick.sample(estate.networks, 2)})
    )


def _services(fm: FortiManager, estate: Estate) -> None:
    objects = estate.adom.objects
    for name, ports in names.SERVICES:
        fm.insert(objects, CUSTOM, {"name": name, "tcp-portrange": ports, "udp-portrange": []})
        estate.services.append(name)
    for index in range(30):
        name = f"udp-{40000 + index * 7}"
        fm.insert(objects, CUSTOM, {"name": name, "tcp-portrange": [],
                                    "udp-portrange": [str(40000 + index * 7)]})
        estate.services.append(name)
    for index in range(8):
        name = f"svc-app-{index}"
        fm.insert(objects, "firewall/service/group",
                  {"name": name, "member": estate.random.sample(estate.services[:30], 3)})
        estate.services.append(name)
    fm.insert(objects, "firewall/service/group",
              {"name": "svc-platform", "member": ["svc-app-0", "svc-app-1", "HTTPS", "SSH"]})
    estate.services += ["svc-platform", "HTTPS", "HTTP", "SSH", "DNS", "SMB", "RDP", "LDAPS"]


def _schedules(fm: FortiManager, estate: Estate) -> None:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    objects = estate.adom.objects
    fm.insert(objects, "firewall/schedule/recurring",
              {"name": "office-hours", "day": days, "start": ["07:00"], "end": ["19:00"]})
    fm.insert(objects, "firewall/schedule/onetime",
              {"name": "migration-2024", "start": ["08:00", "2024/03/01"],
               "end": ["20:00", "2024/03/31"]})
    fm.insert(objects, "firewall/schedule/group",
              {"name": "office-or-migration", "member": ["office-hours", "migration-2024"]})


def _vips(fm: FortiManager, estate: Estate) -> None:
    for index in range(24):
        more: dict[str, Any] = {}
        if index % 3 == 0:
            more = {"portforward": "enable", "extport": "443", "mappedport": "8443"}
        if index % 8 == 0:
            device, vdom = estate.targets[index % len(estate.targets)]
            more["dynamic_mapping"] = [
                {"_scope": _scope(device, vdom), "extip": f"203.0.113.{10 + index}",
                 "mappedip": [f"10.{estate.site}.8.{10 + index}"]}
            ]
        estate.vips.append(
            _put(fm, estate, "firewall/vip", name=f"vip-{index:02d}",
                 extip=f"198.51.100.{10 + index}", mappedip=[f"10.{estate.site}.8.{50 + index}"],
                 extintf=["any"], **more)
        )
    estate.vips.append(
        _put(fm, estate, "firewall/vipgrp", name="vips-web", member=estate.vips[:5])
    )
    fm.insert(estate.adom.objects, "firewall/ippool",
              {"name": "pool-out", "startip": "198.51.100.200", "endip": "198.51.100.207"})


def _interfaces(fm: FortiManager, estate: Estate) -> None:
    for port, zone in enumerate(names.ZONES, 1):
        single = zone not in ("plant", "lab")
        mapping = [
            {"_scope": _scope(device, vdom), "intrazone-deny": "disable",
             "local-intf": [f"port{port}"] if single else [f"port{port}", f"port{port + 12}"],
             "egress-shaping-profile": [], "ingress-shaping-profile": []}
            for device, vdom in estate.targets
        ]
        fm.insert(estate.adom.objects, "dynamic/interface",
                  {"name": zone, "single-intf": "enable" if single else "disable",
                   "dynamic_mapping": mapping})
