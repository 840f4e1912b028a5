"""Devices, addresses, services and interfaces of the scenario ``branch``."""

from __future__ import annotations

from typing import Any

from simulator.scenarios.foundation import (
    ADDRESS,
    CUSTOM,
    GROUP,
    add_device,
    add_vdom,
    make_cluster,
)
from simulator.state.adom import Adom, Group
from simulator.state.fortimanager import FortiManager
from simulator.state.zones import put_zones


def put_devices(fm: FortiManager, adom: Adom) -> None:
    hq = add_device(
        fm,
        adom,
        "fgt-hq",
        ip="192.0.2.1",
        sn="FG200FT922900001",
        platform_str="FortiGate-200F",
        desc="Head office",
    )
    make_cluster(fm, hq, ["FG200FT922900001", "FG200FT922900002"])
    add_vdom(fm, adom, hq, "guest")
    hq.meta = {"City": "Hamburg", "Site ID": "S001"}
    add_device(
        fm,
        adom,
        "fgt-berlin",
        ip="192.0.2.11",
        sn="FGT60FTK21000011",
        platform_str="FortiGate-60F",
        desc="Branch Berlin",
    ).meta = {"City": "Berlin"}
    add_device(
        fm,
        adom,
        "fgt-lyon",
        ip="192.0.2.12",
        sn="FGT60FTK21000012",
        platform_str="FortiGate-60F",
        desc="Branch Lyon",
        conn_status="down",
        conf_status="outofsync",
    ).meta = {"City": "Lyon"}
    adom.groups["Branches"] = Group(
        "Branches", fm.oid(), [("fgt-berlin", "root"), ("fgt-lyon", "root")]
    )


def _mapped(device: str, vdom: str = "root", **values: Any) -> dict[str, Any]:
    return {"_scope": [{"name": device, "vdom": vdom}], **values}


def put_addresses(fm: FortiManager, adom: Adom) -> None:
    def put(path: str, **values: Any) -> None:
        fm.insert(adom.objects, path, {**values, "uuid": fm.uuid()})

    mask = "255.255.255.0"
    put(ADDRESS, name="hq-lan", subnet=["10.1.0.0", "255.255.0.0"], comment="Head office LAN")
    put(ADDRESS, name="hq-servers", subnet=["10.1.10.0", mask])
    put(ADDRESS, name="dc1", subnet=["10.1.10.11", "255.255.255.255"])
    put(ADDRESS, name="dc2", subnet=["10.1.10.12", "255.255.255.255"])
    put(
        ADDRESS,
        name="db-range",
        type="iprange",
        **{"start-ip": "10.1.20.10", "end-ip": "10.1.20.29"},
    )
    put(ADDRESS, name="net/24", subnet=["10.1.24.0", mask], comment="a name with a slash")
    put(ADDRESS, name="updates.example.com", type="fqdn", fqdn="updates.example.com")
    put(ADDRESS, name="any.example.net", type="wildcard-fqdn", **{"wildcard-fqdn": "*.example.net"})
    put(ADDRESS, name="geo-kp", type="geography", country="KP")
    put(ADDRESS, name="odd-hosts", type="wildcard", wildcard=["10.1.0.1", "255.255.0.1"])
    put(ADDRESS, name="quarantine", type="dynamic", **{"sub-type": "ems-tag", "obj-type": "ip"})
    put(ADDRESS, name="printer-mac", type="mac", macaddr=["00:00:5e:00:53:01"])


def put_mapped_addresses(fm: FortiManager, adom: Adom) -> None:
    mask = "255.255.255.0"
    mapping = [
        _mapped("fgt-hq", subnet=["10.1.0.0", "255.255.0.0"]),
        _mapped("fgt-berlin", subnet=["10.11.0.0", mask]),
        _mapped("fgt-lyon", type="iprange", **{"start-ip": "10.12.0.10", "end-ip": "10.12.0.99"}),
    ]
    values = {"name": "local-lan", "subnet": ["10.255.255.0", mask], "comment": "mapped per device"}
    fm.insert(adom.objects, ADDRESS, {**values, "dynamic_mapping": mapping, "uuid": fm.uuid()})


def put_groups(fm: FortiManager, adom: Adom) -> None:
    def put(path: str, **values: Any) -> None:
        fm.insert(adom.objects, path, {**values, "uuid": fm.uuid()})

    put(GROUP, name="domain-controllers", member=["dc1", "dc2"])
    put(GROUP, name="hq-core", member=["domain-controllers", "db-range"])
    put(
        GROUP,
        name="all-but-dc",
        member=["hq-lan"],
        exclude="enable",
        **{"exclude-member": ["domain-controllers"]},
    )
    put("firewall/address6", name="hq-lan6", ip6="2001:db8:1::/48")
    put("firewall/address6", name="web6", ip6="2001:db8:1:10::80/128")
    put("firewall/addrgrp6", name="six-all", member=["hq-lan6", "web6"])


def put_people_and_services(fm: FortiManager, adom: Adom) -> None:
    fm.insert(
        adom.objects,
        "firewall/internet-service-name",
        {"name": "Google-Gmail", "internet-service-id": 65646},
    )
    fm.insert(adom.objects, "user/group", {"name": "vpn-users", "member": ["alice"]})
    fm.insert(
        adom.objects,
        "user/local",
        {"name": "alice", "passwd": ["ENC", "c2ltdWxhdGVkLXVzZXItc2VjcmV0"]},
    )
    fm.insert(
        adom.objects,
        "user/radius",
        {"name": "radius-hq", "server": "10.1.10.50", "secret": ["ENC", "c2ltLXJhZGl1cw=="]},
    )


def put_services_and_schedules(fm: FortiManager, adom: Adom) -> None:
    def put(path: str, **values: Any) -> None:
        fm.insert(adom.objects, path, values)

    put(CUSTOM, name="tcp-8443", category=[], **{"tcp-portrange": ["8443"], "udp-portrange": []})
    put(
        CUSTOM,
        name="from-high-ports",
        **{"tcp-portrange": ["9000-9010:1024-65535"], "udp-portrange": []},
    )
    put("firewall/service/group", name="admin-tools", member=["SSH", "RDP", "tcp-8443"])
    put("firewall/service/group", name="everything-it", member=["admin-tools", "PING"])
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    put(
        "firewall/schedule/recurring", name="office-hours", day=days, start=["07:00"], end=["19:00"]
    )
    put(
        "firewall/schedule/onetime",
        name="migration-2024",
        start=["08:00", "2024/03/01"],
        end=["20:00", "2024/03/03"],
    )
    put("firewall/schedule/group", name="late", member=["office-hours", "migration-2024"])


def put_nat(fm: FortiManager, adom: Adom) -> None:
    fm.insert(
        adom.objects,
        "firewall/vip",
        {
            "name": "vip-web",
            "extip": "198.51.100.10",
            "mappedip": ["10.1.10.80"],
            "extintf": ["any"],
            "uuid": fm.uuid(),
        },
    )
    fm.insert(
        adom.objects,
        "firewall/vip",
        {
            "name": "vip-mail",
            "extip": "198.51.100.11",
            "mappedip": ["10.1.10.25"],
            "extintf": ["any"],
            "portforward": "enable",
            "extport": "25",
            "mappedport": "2525",
            "uuid": fm.uuid(),
            "dynamic_mapping": [
                _mapped("fgt-berlin", extip="203.0.113.11", mappedip=["10.11.0.25"])
            ],
        },
    )
    fm.insert(
        adom.objects,
        "firewall/vipgrp",
        {"name": "vips", "member": ["vip-web", "vip-mail"], "uuid": fm.uuid()},
    )
    fm.insert(
        adom.objects,
        "firewall/ippool",
        {"name": "pool-hq", "startip": "198.51.100.20", "endip": "198.51.100.23"},
    )


def put_interfaces(fm: FortiManager, adom: Adom) -> None:
    def put(name: str, **local: str) -> None:
        mapping = [
            {
                **_mapped(device),
                "intrazone-deny": "disable",
                "local-intf": [interface],
                "egress-shaping-profile": [],
                "ingress-shaping-profile": [],
            }
            for device, interface in local.items()
        ]
        fm.insert(adom.objects, "dynamic/interface", {"name": name, "dynamic_mapping": mapping})

    put("lan", **{"fgt-hq": "port2", "fgt-berlin": "office", "fgt-lyon": "internal"})
    put("wan", **{"fgt-hq": "virtual-wan-link", "fgt-berlin": "wan1"})
    put("dmz", **{"fgt-hq": "dmz-servers"})
    _put_unusual_interfaces(fm, adom)


def put_device_zones(fm: FortiManager) -> None:
    """What only the devices have: the zones that are mapped to above, and SD-WAN of fgt-hq."""
    inside = {"zone-inside": ["internal1", "internal2"]}
    hq, berlin, lyon = (fm.device(name) for name in ("fgt-hq", "fgt-berlin", "fgt-lyon"))
    put_zones(
        fm, hq, "root",
        {"dmz-servers": ["port3", "port6"], "zone-inside": ["port4", "port5"], "spare": ["port9"]},
        {"virtual-wan-link": ["port1", "port7"]},
    )  # fmt: skip
    put_zones(fm, berlin, "root", {"office": ["internal", "wifi"], **inside})
    put_zones(fm, lyon, "root", inside)


def _put_unusual_interfaces(fm: FortiManager, adom: Adom) -> None:
    fm.insert(
        adom.objects,
        "dynamic/interface",
        {
            "name": "wan-default",
            "default-mapping": "enable",
            "defmap-intf": "wan1",
            "dynamic_mapping": None,
            "platform_mapping": [
                {"name": "FortiGate-200F", "intf-zone": "port1", "intrazone-deny": "disable"}
            ],
        },
    )
    fm.insert(
        adom.objects,
        "dynamic/interface",
        {
            "name": "zone-inside",
            "single-intf": "disable",
            "defmap-zonemember": ["internal1", "internal2"],
            "dynamic_mapping": [
                {**_mapped("fgt-hq"), "intrazone-deny": "enable", "local-intf": ["port4", "port5"]}
            ],
        },
    )
