"""``branch``: three FortiGates of one small company, to be read by eye.

ADOM ``branch``: ``fgt-hq`` (an HA pair with the VDOMs root and guest), ``fgt-berlin`` and
``fgt-lyon``. Packages: ``hq`` (to fgt-hq), ``hq-guest`` (to its VDOM guest), ``sites/branches``
(in a folder; to the group ``Branches``), ``default`` (to nobody).
"""

from __future__ import annotations

from typing import Any

from simulator.scenarios.foundation import (
    ADDRESS,
    CUSTOM,
    GROUP,
    add_adom,
    add_device,
    add_package,
    add_vdom,
    lay,
    make_cluster,
)
from simulator.state.adom import Adom, Group
from simulator.state.fortimanager import START, FortiManager
from simulator.state.installing import install
from simulator.state.packages import Block, Package

FIRST_BLOCK_POLICY = 1_071_741_825
FIRST_HEADER_POLICY = 1_073_741_825
FIRST_FOOTER_POLICY = 1_074_741_825
_POLICY = "firewall/policy"


def build_branch(fm: FortiManager) -> None:
    lay(fm)
    adom = add_adom(fm, "branch", "three FortiGates")
    _devices(fm, adom)
    _addresses(fm, adom)
    _services_and_schedules(fm, adom)
    _nat(fm, adom)
    _interfaces(fm, adom)
    _block(fm, adom)
    _packages(fm, adom)
    _global_policies(fm, adom)
    fm.meta_fields["firewall/address"] = []
    adom.revisions.append(
        {"created_by": "admin", "created_time": START, "desc": "first", "locked": 0,
         "name": "start", "oid": fm.oid(), "version": 1}
    )


def _devices(fm: FortiManager, adom: Adom) -> None:
    hq = add_device(fm, adom, "fgt-hq", ip="192.0.2.1", sn="FG200FT922900001",
                    platform_str="FortiGate-200F", desc="Head office")
    make_cluster(fm, hq, ["FG200FT922900001", "FG200FT922900002"])
    add_vdom(fm, adom, hq, "guest")
    hq.meta = {"City": "Hamburg", "Site ID": "S001"}
    add_device(fm, adom, "fgt-berlin", ip="192.0.2.11", sn="FGT60FTK21000011",
               platform_str="FortiGate-60F", desc="Branch Berlin").meta = {"City": "Berlin"}
    add_device(fm, adom, "fgt-lyon", ip="192.0.2.12", sn="FGT60FTK21000012",
               platform_str="FortiGate-60F", desc="Branch Lyon", conn_status="down",
               conf_status="outofsync").meta = {"City": "Lyon"}
    adom.groups["Branches"] = Group(
        "Branches", fm.oid(), [("fgt-berlin", "root"), ("fgt-lyon", "root")]
    )


def _mapped(device: str, vdom: str = "root", **values: Any) -> dict[str, Any]:
    return {"_scope": [{"name": device, "vdom": vdom}], **values}


def _addresses(fm: FortiManager, adom: Adom) -> None:
    def put(path: str, **values: Any) -> None:
        fm.insert(adom.objects, path, {**values, "uuid": fm.uuid()})

    mask = "255.255.255.0"
    put(ADDRESS, name="hq-lan", subnet=["10.1.0.0", "255.255.0.0"], comment="Head office LAN")
    put(ADDRESS, name="hq-servers", subnet=["10.1.10.0", mask])
    put(ADDRESS, name="dc1", subnet=["10.1.10.11", "255.255.255.255"])
    put(ADDRESS, name="dc2", subnet=["10.1.10.12", "255.255.255.255"])
    put(ADDRESS, name="db-range", type="iprange", **{"start-ip": "10.1.20.10", "end-ip": "10.1.20.29"})
    put(ADDRESS, name="net/24", subnet=["10.1.24.0", mask], comment="a name with a slash")
    put(ADDRESS, name="updates.example.com", type="fqdn", fqdn="updates.example.com")
    put(ADDRESS, name="any.example.net", type="wildcard-fqdn", **{"wildcard-fqdn": "*.example.net"})
    put(ADDRESS, name="geo-kp", type="geography", country="KP")
    put(ADDRESS, name="odd-hosts", type="wildcard", wildcard=["10.1.0.1", "255.255.0.1"])
    put(ADDRESS, name="quarantine", type="dynamic", **{"sub-type": "ems-tag", "obj-type": "ip"})
    put(ADDRESS, name="printer-mac", type="mac", macaddr=["00:00:5e:00:53:01"])
    put(ADDRESS, name="local-lan", subnet=["10.255.255.0", mask], comment="mapped per device",
        dynamic_mapping=[
            _mapped("fgt-hq", subnet=["10.1.0.0", "255.255.0.0"]),
            _mapped("fgt-berlin", subnet=["10.11.0.0", mask]),
            _mapped("fgt-lyon", type="iprange", **{"start-ip": "10.12.0.10", "end-ip": "10.12.0.99"}),
        ])
    put(GROUP, name="domain-controllers", member=["dc1", "dc2"])
    put(GROUP, name="hq-core", member=["domain-controllers", "db-range"])
    put(GROUP, name="all-but-dc", member=["hq-lan"], exclude="enable",
        **{"exclude-member": ["domain-controllers"]})
    put("firewall/address6", name="hq-lan6", ip6="2001:db8:1::/48")
    put("firewall/address6", name="web6", ip6="2001:db8:1:10::80/128")
    put("firewall/addrgrp6", name="six-all", member=["hq-lan6", "web6"])
    fm.insert(adom.objects, "firewall/internet-service-name",
              {"name": "Google-Gmail", "internet-service-id": 65646})
    fm.insert(adom.objects, "user/group", {"name": "vpn-users", "member": ["alice"]})
    fm.insert(adom.objects, "user/local",
              {"name": "alice", "passwd": ["ENC", "c2ltdWxhdGVkLXVzZXItc2VjcmV0"]})
    fm.insert(adom.objects, "user/radius",
              {"name": "radius-hq", "server": "10.1.10.50", "secret": ["ENC", "c2ltLXJhZGl1cw=="]})


def _services_and_schedules(fm: FortiManager, adom: Adom) -> None:
    def put(path: str, **values: Any) -> None:
        fm.insert(adom.objects, path, values)

    put(CUSTOM, name="tcp-8443", category=[], **{"tcp-portrange": ["8443"], "udp-portrange": []})
    put(CUSTOM, name="from-high-ports", **{"tcp-portrange": ["9000-9010:1024-65535"],
                                           "udp-portrange": []})
    put("firewall/service/group", name="admin-tools", member=["SSH", "RDP", "tcp-8443"])
    put("firewall/service/group", name="everything-it", member=["admin-tools", "PING"])
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    put("firewall/schedule/recurring", name="office-hours", day=days, start=["07:00"],
        end=["19:00"])
    put("firewall/schedule/onetime", name="migration-2024", start=["08:00", "2024/03/01"],
        end=["20:00", "2024/03/03"])
    put("firewall/schedule/group", name="late", member=["office-hours", "migration-2024"])


def _nat(fm: FortiManager, adom: Adom) -> None:
    fm.insert(adom.objects, "firewall/vip",
              {"name": "vip-web", "extip": "198.51.100.10", "mappedip": ["10.1.10.80"],
               "extintf": ["any"], "uuid": fm.uuid()})
    fm.insert(adom.objects, "firewall/vip",
              {"name": "vip-mail", "extip": "198.51.100.11", "mappedip": ["10.1.10.25"],
               "extintf": ["any"], "portforward": "enable", "extport": "25", "mappedport": "2525",
               "uuid": fm.uuid(),
               "dynamic_mapping": [_mapped("fgt-berlin", extip="203.0.113.11",
                                           mappedip=["10.11.0.25"])]})
    fm.insert(adom.objects, "firewall/vipgrp",
              {"name": "vips", "member": ["vip-web", "vip-mail"], "uuid": fm.uuid()})
    fm.insert(adom.objects, "firewall/ippool",
              {"name": "pool-hq", "startip": "198.51.100.20", "endip": "198.51.100.23"})


def _interfaces(fm: FortiManager, adom: Adom) -> None:
    def put(name: str, **local: str) -> None:
        mapping = [
            {**_mapped(device), "intrazone-deny": "disable", "local-intf": [interface],
             "egress-shaping-profile": [], "ingress-shaping-profile": []}
            for device, interface in local.items()
        ]
        fm.insert(adom.objects, "dynamic/interface", {"name": name, "dynamic_mapping": mapping})

    put("lan", **{"fgt-hq": "port2", "fgt-berlin": "internal", "fgt-lyon": "internal"})
    put("wan", **{"fgt-hq": "port1", "fgt-berlin": "wan1"})
    put("dmz", **{"fgt-hq": "port3"})
    fm.insert(adom.objects, "dynamic/interface", {
        "name": "wan-default", "default-mapping": "enable", "defmap-intf": "wan1",
        "dynamic_mapping": None,
        "platform_mapping": [{"name": "FortiGate-200F", "intf-zone": "port1", "intrazone-deny":
                              "disable"}],
    })
    fm.insert(adom.objects, "dynamic/interface", {
        "name": "zone-inside", "single-intf": "disable",
        "defmap-zonemember": ["internal1", "internal2"],
        "dynamic_mapping": [{**_mapped("fgt-hq"), "intrazone-deny": "enable",
                             "local-intf": ["port4", "port5"]}],
    })


def _policy(fm: FortiManager, number: int, name: str, flow: str, **more: Any) -> dict[str, Any]:
    """``flow``: ``srcintf srcaddr > dstintf dstaddr : service``, commas between several."""
    source, _arrow, rest = flow.partition(" > ")
    target, _colon, service = rest.partition(" : ")
    (srcintf, srcaddr), (dstintf, dstaddr) = source.split(" ", 1), target.split(" ", 1)
    values: dict[str, Any] = {
        "policyid": number, "name": name, "srcintf": srcintf.split(","),
        "srcaddr": srcaddr.split(","), "dstintf": dstintf.split(","), "dstaddr": dstaddr.split(","),
        "service": service.split(","), "action": "accept", "uuid": fm.uuid(),
    }
    return {**values, **more}


def _put(fm: FortiManager, package: Package | Block, rows: list[dict[str, Any]],
         path: str = _POLICY) -> None:
    for values in rows:
        values = dict(values)
        scope, meta = values.pop("scope member", None), values.pop("meta fields", None)
        row = fm.insert(package.database, path, values)
        row.scope, row.meta = scope, meta


def _block(fm: FortiManager, adom: Adom) -> None:
    block = adom.blocks["block-threats"] = Block("block-threats", fm.oid())
    _put(fm, block, [
        _policy(fm, FIRST_BLOCK_POLICY, "no geo", "any all > wan geo-kp : ALL", action="deny"),
        _policy(fm, FIRST_BLOCK_POLICY + 1, "no quarantined", "any quarantine > any all : ALL",
                action="deny", logtraffic="all"),
    ])


def _packages(fm: FortiManager, adom: Adom) -> None:
    hq = add_package(fm, adom, "hq", [{"name": "fgt-hq", "vdom": "root"}])
    guest = add_package(fm, adom, "hq-guest", [{"name": "fgt-hq", "vdom": "guest"}])
    sites = add_package(fm, adom, "sites/branches", [{"name": "Branches"}])
    _put(fm, hq, _hq_rules(fm))
    _put(fm, guest, [
        _policy(fm, 1, "guest web", "lan all > wan all : Web Access", nat="enable"),
        _policy(fm, 2, "guest deny", "any all > any all : ALL", action="deny"),
    ])
    _put(fm, sites, _site_rules(fm))
    security = {"name": "learn", "srcintf": ["lan"], "dstintf": ["wan"], "srcaddr": ["all"],
                "dstaddr": ["all"], "service": ["ALL"], "action": "accept", "uuid": fm.uuid()}
    _put(fm, sites, [{"policyid": 1, **security}], "firewall/security-policy")
    _put(fm, hq, [{"policyid": 1, "name": "proxy out", "srcintf": ["lan"], "dstintf": ["wan"],
                   "srcaddr": ["hq-lan"], "dstaddr": ["all"], "service": ["webproxy"],
                   "action": "accept", "uuid": fm.uuid()}], "firewall/proxy-policy")
    for number in range(1, 12):
        count = 0 if number in (5, 8) else number * 137
        last = START - number * 86_400 if count else 0
        hq.hits[_POLICY, str(number)] = (count, count * 900, count * 6, last and START - 9_000_000,
                                         last, last and START - 9_000_000, last, 0)
    for package in (hq, guest, sites):
        install(fm, adom, package)
    sites.statuses["fgt-lyon", "root"] = "modified"
    hq.version, guest.version, sites.version = 24, 3, 9


def _hq_rules(fm: FortiManager) -> list[dict[str, Any]]:
    owner = {"owner": "team-web", "ticket": "CHG-1001"}
    return [
        _policy(fm, 1, "web in", "wan all > dmz vip-web : HTTPS", **{"global-label": "Inbound",
                "meta fields": owner, "comments": "public web server"}),
        _policy(fm, 2, "mail in", "wan all > dmz vips : SMTP,IMAPS", schedule=["office-hours"]),
        {"policyid": 3, "_policy_block": "block-threats", "uuid": fm.uuid()},
        _policy(fm, 4, "to core", "lan hq-lan > dmz hq-core : Windows AD",
                **{"global-label": "Inside", "logtraffic": "all"}),
        _policy(fm, 5, "old migration", "lan hq-lan > dmz db-range : MS-SQL",
                schedule=["migration-2024"]),
        _policy(fm, 6, "not from dc", "lan domain-controllers > wan all : Web Access",
                **{"srcaddr-negate": "enable", "nat": "enable"}),
        _policy(fm, 7, "updates", "lan local-lan > wan updates.example.com,any.example.net : HTTPS",
                nat="enable", ippool="enable", poolname=["pool-hq"]),
        _policy(fm, 8, "switched off", "lan net/24 > dmz hq-servers : everything-it",
                status="disable"),
        _policy(fm, 9, "v6 web", "lan all > wan all : HTTP,HTTPS", srcaddr=[], dstaddr=[],
                srcaddr6=["six-all"], dstaddr6=["all"]),
        _policy(fm, 10, "gmail", "lan hq-lan > wan all : ALL", dstaddr=[], service=[], **{
                "internet-service": "enable", "internet-service-name": ["Google-Gmail"]}),
        _policy(fm, 11, "users", "zone-inside all-but-dc > dmz hq-servers : admin-tools",
                groups=["vpn-users"], **{"global-label": "Administration"}),
        _policy(fm, 12, "odd", "lan odd-hosts,printer-mac > dmz all : from-high-ports",
                **{"service-negate": "enable"}),
        _policy(fm, 13, "everything inside", "lan all > lan all : ALL"),
    ]


def _site_rules(fm: FortiManager) -> list[dict[str, Any]]:
    return [
        _policy(fm, 1, "site web", "lan local-lan > wan all : Web Access", nat="enable",
                **{"meta fields": {"owner": "team-net", "ticket": "CHG-1002"}}),
        _policy(fm, 2, "berlin only", "lan local-lan > wan all : SSH",
                **{"scope member": [{"name": "fgt-berlin", "vdom": "root"}]}),
        _policy(fm, 3, "nowhere", "lan local-lan > wan all : TELNET", **{"scope member": []}),
        {"policyid": 4, "_policy_block": "block-threats", "uuid": fm.uuid()},
        _policy(fm, 5, "mail", "wan all > lan vip-mail : SMTP",
                **{"scope member": [{"name": "Branches"}]}),
        _policy(fm, 6, "by default interface", "lan local-lan > wan-default all : HTTPS"),
    ]


def _global_policies(fm: FortiManager, adom: Adom) -> None:
    shared = add_package(fm, fm.global_database, "corporate", [{"name": "branch"}])
    shared.database.place = "global package"
    header = _policy(fm, FIRST_HEADER_POLICY, "header deny telnet", "any all > any all : TELNET",
                     action="deny")
    footer = _policy(fm, FIRST_FOOTER_POLICY, "footer deny", "any all > any all : ALL",
                     action="deny", logtraffic="all")
    _put(fm, shared, [header], "global/header/policy")
    _put(fm, shared, [footer], "global/footer/policy")
    give_global_policies(fm, adom, shared)


def give_global_policies(fm: FortiManager, adom: Adom, shared: Package) -> None:
    """The ADOM's copy of a global package: in each package, or (older) in its object database."""
    shared.statuses[adom.name, ""] = "installed"
    for path in ("global/header/policy", "global/footer/policy"):
        places = [package.database for package in adom.root.packages()]
        if path in fm.catalogue(adom.objects).specs:
            places = [adom.objects]
        for row in shared.database.tables[path]:
            for place in places:
                fm.insert(place, path, row.values)
