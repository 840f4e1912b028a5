"""Tables of an ADOM's object database."""

from __future__ import annotations

from typing import Any

from simulator.schema import enumerations as values
from simulator.schema.table_spec import TableSpec
from simulator.versions import since

_TAGGED: dict[str, Any] = {"color": 0, "dynamic_mapping": None, "tagging": None}
_ADDRESS = {
    **_TAGGED,
    "associated-interface": ["any"],
    "allow-routing": "disable",
    "clearpass-spt": "unknown",
    "dirty": "clean",
    "fabric-object": "disable",
    "list": None,
    "sdn-addr-type": "private",
    "type": "ipmask",
    "_image-base64": None,
    "comment": None,
}
_GROUP = {
    **_TAGGED,
    "allow-routing": "disable",
    "category": "default",
    "exclude": "disable",
    "exclude-member": [],
    "fabric-object": "disable",
    "member": [],
    "type": "default",
    "comment": None,
}
_ADDRESS6 = {
    **_TAGGED,
    "fabric-object": "disable",
    "host": "::",
    "ip6": "::/0",
    "list": None,
    "sdn": None,
    "subnet-segment": None,
    "template": None,
    "type": "ipprefix",
    "comment": None,
}
_VIP = {
    **_TAGGED,
    "arp-reply": "enable",
    "comment": None,
    "extintf": ["any"],
    "extip": "0.0.0.0",
    "mappedip": [],
    "nat-source-vip": "disable",
    "portforward": "disable",
    "protocol": "tcp",
    "realservers": None,
    "src-filter": [],
    "srcintf-filter": [],
    "status": "enable",
    "type": "static-nat",
}
_SERVICE = {
    "app-category": [],
    "app-service-type": "disable",
    "application": [],
    "category": [],
    "check-reset-range": "default",
    "color": 0,
    "comment": None,
    "fabric-object": "disable",
    "fqdn": None,
    "helper": "auto",
    "iprange": "0.0.0.0",
    "protocol": "TCP/UDP/SCTP",
    "proxy": "disable",
    "session-ttl": 0,
    "tcp-halfclose-timer": 0,
    "tcp-halfopen-timer": 0,
    "tcp-timewait-timer": 0,
    "udp-idle-timer": 0,
    "visibility": "enable",
}
_SERVICE_GROUP: dict[str, Any] = {
    "color": 0,
    "comment": None,
    "fabric-object": "disable",
    "member": [],
    "proxy": "disable",
}
_SCHEDULE = {"color": 0, "fabric-object": "disable"}
_INTERFACE = {
    "color": 0,
    "default-mapping": "disable",
    "defmap-intf": None,
    "defmap-intrazone-deny": "disable",
    "defmap-zonemember": [],
    "dynamic_mapping": None,
    "egress-shaping-profile": [],
    "ingress-shaping-profile": [],
    "platform_mapping": None,
    "single-intf": "enable",
    "wildcard": "disable",
    "wildcard-intf": None,
    "zone-only": "disable",
}
_IPPOOL: dict[str, Any] = {
    "arp-intf": [],
    "arp-reply": "enable",
    "associated-interface": [],
    "comments": None,
    "dynamic_mapping": None,
    "endip": "0.0.0.0",
    "startip": "0.0.0.0",
    "type": "overload",
}
_ADDRESS_NAMES = ("firewall/address", "firewall/addrgrp")


def _members(*paths: str) -> dict[str, tuple[str, ...]]:
    return {"member": paths, "exclude-member": paths}


def _table(path: str, defaults: dict[str, Any] | None = None, **more: Any) -> TableSpec:
    more.setdefault("key", "name")
    return TableSpec(path=path, defaults=defaults or {}, **more)


OBJECT_TABLES = (
    _table("firewall/address", _ADDRESS, enums=values.ADDRESS, category=140),
    _table(
        "firewall/addrgrp",
        _GROUP,
        enums=values.ADDRGRP,
        category=142,
        references=_members(*_ADDRESS_NAMES),
    ),
    _table("firewall/address6", _ADDRESS6, enums=values.ADDRESS6, category=141),
    _table(
        "firewall/addrgrp6",
        _GROUP,
        enums=values.ADDRGRP,
        category=143,
        references=_members("firewall/address6", "firewall/addrgrp6"),
    ),
    _table("firewall/address6-template", {"subnet-segment": None}, category=1155),
    _table("firewall/vip", _VIP, enums=values.VIP, category=172),
    _table("firewall/vip6", _VIP, enums=values.VIP, category=173),
    _table(
        "firewall/vipgrp",
        {"color": 0, "comments": None, "interface": ["any"], "member": []},
        references=_members("firewall/vip"),
        category=174,
    ),
    _table(
        "firewall/vipgrp6",
        {"color": 0, "comments": None, "member": []},
        references=_members("firewall/vip6"),
        category=175,
    ),
    _table("firewall/service/custom", _SERVICE, enums=values.SERVICE, ordered=True, category=168),
    _table(
        "firewall/service/group",
        _SERVICE_GROUP,
        category=169,
        references=_members("firewall/service/custom", "firewall/service/group"),
    ),
    _table("firewall/service/category", {"comment": None}, ordered=True, category=167),
    _table(
        "firewall/schedule/recurring",
        {**_SCHEDULE, "day": ["none"], "start": ["00:00"], "end": ["00:00"]},
        enums={"day": values.DAYS},
        flags=frozenset({"day"}),
        category=164,
    ),
    _table(
        "firewall/schedule/onetime",
        {
            **_SCHEDULE,
            "start": ["00:00", "2001/01/01"],
            "end": ["00:00", "2001/01/01"],
            "expiration-days": 3,
        },
        category=163,
    ),
    _table(
        "firewall/schedule/group",
        {**_SCHEDULE, "member": []},
        category=165,
        references=_members("firewall/schedule/recurring", "firewall/schedule/onetime"),
    ),
    _table("firewall/ippool", _IPPOOL, enums=values.IPPOOL, category=157),
    _table(
        "firewall/ippool6", {"startip": "::", "endip": "::", "dynamic_mapping": None}, category=158
    ),
    _table("firewall/internet-service-name", {"type": "default"}, category=1603),
    _table("firewall/internet-service-group", {"member": []}, category=1181),
    _table("firewall/internet-service-custom", {"comment": None, "entry": None}, category=1176),
    _table("firewall/wildcard-fqdn/custom", {"color": 0, "comment": None}, category=1198),
    _table(
        "firewall/wildcard-fqdn/group",
        {"color": 0, "comment": None, "member": []},
        references=_members("firewall/wildcard-fqdn/custom"),
        category=1199,
    ),
    _table("firewall/profile-group", {}, category=160),
    _table("firewall/profile-protocol-options", {"comment": None}, category=161),
    _table("firewall/ssl-ssh-profile", {"comment": None}, category=171),
    _table(
        "firewall/shaper/traffic-shaper",
        {"guaranteed-bandwidth": 0, "maximum-bandwidth": 0, "priority": "high"},
        enums={"priority": {"high": 0, "medium": 1, "low": 2}},
        category=170,
    ),
    _table("dynamic/interface", _INTERFACE, category=228),
    _table(
        "fmg/variable",
        {"description": None, "dynamic_mapping": None, "value": None},
        category=1700,
        offered=since("7.2.0"),
    ),
    _table("antivirus/profile", {"comment": None}, category=102),
    _table("application/list", {"comment": None}, category=104),
    _table("ips/sensor", {"comment": None}, category=109),
    _table("webfilter/profile", {"comment": None}, category=127),
    _table(
        "user/group",
        {"group-type": "firewall", "member": []},
        enums={"group-type": values.listed("firewall", "directory-service", "fsso-service")},
        category=155,
    ),
    _table(
        "user/local",
        {"passwd": None, "status": "enable", "type": "password"},
        enums={"type": values.listed("password", "radius", "tacacs+", "ldap")},
        category=156,
    ),
    _table("user/radius", {"secret": None, "server": None, "dynamic_mapping": None}, category=148),
    _table("vpn/ssl/web/portal", {"tunnel-mode": "disable", "web-mode": "disable"}, category=145),
)
