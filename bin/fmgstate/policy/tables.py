"""Which attributes are read, by FortiManager's names, and the words behind bare integers.

Sources: API facts 1.5 (enumerations), 2.4 (policies), 2.5 (objects). Where no source gives the
numbers of an enumeration, a bare integer stays ``unknown(7)``.
"""

from __future__ import annotations

REFERENCES = {
    "srcintf": "srcintf",
    "dstintf": "dstintf",
    "srcaddr": "srcaddr",
    "dstaddr": "dstaddr",
    "srcaddr6": "srcaddr6",
    "dstaddr6": "dstaddr6",
    "service": "service",
    "schedule": "schedule",
    "users": "users",
    "groups": "groups",
    "fsso_groups": "fsso-groups",
    "poolname": "poolname",
}
"""Policy field -> FortiManager's attribute, for lists of names."""

INTERNET_SERVICES = tuple(
    f"internet-service{version}{kind}"
    for version in ("", "6")
    for kind in ("-name", "-group", "-custom", "-custom-group")
)
INTERNET_SERVICES_SRC = tuple(
    f"internet-service{version}-src{kind}"
    for version in ("", "6")
    for kind in ("-name", "-group", "-custom", "-custom-group")
)
NEGATIONS = (
    "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service", "internet-service",
    "internet-service-src", "internet-service6", "internet-service6-src",
)  # fmt: skip
PROFILES = (
    "application-list", "av-profile", "casb-profile", "cifs-profile", "dlp-profile", "dlp-sensor",
    "dnsfilter-profile", "emailfilter-profile", "file-filter-profile", "icap-profile", "ips-sensor",
    "profile-group", "profile-protocol-options", "sctp-filter-profile", "ssh-filter-profile",
    "ssl-ssh-profile", "videofilter-profile", "voip-profile", "waf-profile", "webfilter-profile",
)  # fmt: skip
OTHER_LISTS = (
    "intf", "application", "app-category", "app-group", "url-category", "ztna-ems-tag",
    "ztna-geo-tag", "access-proxy", "vpntunnel", "srcaddr4", "dstaddr4",
)  # fmt: skip
OTHER_WORDS = {
    "match-vip": {0: "disable", 1: "enable"},
    "match-vip-only": {0: "disable", 1: "enable"},
    "internet-service": {0: "disable", 1: "enable"},
    "internet-service-src": {0: "disable", 1: "enable"},
    "internet-service6": {0: "disable", 1: "enable"},
    "internet-service6-src": {0: "disable", 1: "enable"},
    "ztna-status": {0: "disable", 1: "enable"},
    "learning-mode": {0: "disable", 1: "enable"},
    "rtp-nat": {0: "disable", 1: "enable"},
    "send-deny-packet": {0: "disable", 1: "enable"},
    "logtraffic-start": {0: "disable", 1: "enable"},
    "enforce-default-app-port": {0: "disable", 1: "enable"},
    "proxy": {},
    "policy-expiry": {0: "disable", 1: "enable"},
}
ACTION = {0: "deny", 1: "accept", 2: "ipsec", 3: "ssl-vpn", 4: "redirect", 5: "isolate"}
LOGTRAFFIC = {0: "disable", 1: "enable", 2: "all", 3: "utm"}
INSPECTION_MODE = {0: "proxy", 1: "flow"}

POLICY_FIELDS = [
    "policyid", "uuid", "obj flags", "name", "status", "action", "nat", "ippool", "logtraffic",
    "utm-status",
    "inspection-mode", "comments", "global-label", "label", "_policy_block", "policy-expiry-date",
    "policy-expiry-date-utc",
    *REFERENCES.values(), *INTERNET_SERVICES, *INTERNET_SERVICES_SRC,
    *(f"{name}-negate" for name in NEGATIONS), *PROFILES, *OTHER_LISTS, *OTHER_WORDS,
]  # fmt: skip

_ADDRESS = ["name", "uuid", "type", "comment", "associated-interface"]
_MEMBERS = ["name", "uuid", "member", "comment"]
_VIP = [
    "name", "uuid", "type", "extip", "mappedip", "mapped-addr", "extintf", "portforward", "extport",
    "mappedport", "protocol", "src-filter", "srcintf-filter", "service", "status", "comment",
]  # fmt: skip
OBJECT_TABLES: dict[str, list[str]] = {
    "firewall/address": [
        *_ADDRESS, "subnet", "start-ip", "end-ip", "fqdn", "wildcard", "wildcard-fqdn", "country",
        "interface", "macaddr", "sub-type", "obj-type", "sdn", "filter", "list", "route-tag",
    ],
    "firewall/address6": [
        *_ADDRESS, "ip6", "start-ip", "end-ip", "fqdn", "country", "template", "host", "host-type",
        "macaddr", "sdn", "list",
    ],
    "firewall/addrgrp": [*_MEMBERS, "exclude", "exclude-member", "type", "category"],
    "firewall/addrgrp6": [*_MEMBERS, "exclude", "exclude-member"],
    "firewall/vip": _VIP,
    "firewall/vip6": _VIP,
    "firewall/vipgrp": [*_MEMBERS, "interface"],
    "firewall/vipgrp6": _MEMBERS,
    "firewall/service/custom": [
        "name", "uuid", "protocol", "protocol-number", "tcp-portrange", "udp-portrange",
        "sctp-portrange", "udplite-portrange",
        "icmptype", "icmpcode", "iprange", "fqdn", "proxy", "category", "comment",
        "app-service-type", "application", "app-category",
    ],
    "firewall/service/group": [*_MEMBERS, "proxy"],
    "firewall/schedule/recurring": ["name", "day", "start", "end"],
    "firewall/schedule/onetime": ["name", "start", "end", "start-utc", "end-utc"],
    "firewall/schedule/group": ["name", "member"],
    "firewall/ippool": ["name", "type", "startip", "endip", "comments"],
    "firewall/internet-service-name": ["name", "type", "internet-service-id"],
    "firewall/internet-service-group": ["name", "member", "direction"],
    "firewall/internet-service-custom": ["name", "comment"],
    "firewall/wildcard-fqdn/custom": ["name", "uuid", "wildcard-fqdn"],
    "dynamic/interface": [
        "name", "single-intf", "default-mapping", "defmap-intf", "defmap-zonemember",
        "defmap-intrazone-deny", "platform_mapping", "description",
    ],
}  # fmt: skip

ADDRESS_TYPE = {0: "ipmask", 1: "iprange", 2: "fqdn", 3: "wildcard", 4: "geography", 15: "dynamic"}
SERVICE_PROTOCOL = {
    1: "ICMP", 2: "IP", 5: "TCP/UDP/SCTP", 6: "ICMP6", 15: "TCP/UDP/SCTP",
}  # fmt: skip
ON_OFF = {0: "disable", 1: "enable"}
OBJECT_WORDS: dict[str, dict[str, dict[int, str]]] = {
    "firewall/address": {"type": ADDRESS_TYPE, "sub-type": {}, "obj-type": {9: "ip"}},
    "firewall/address6": {"type": {}, "host-type": {}},
    "firewall/addrgrp": {"exclude": ON_OFF, "type": {}, "category": {}},
    "firewall/addrgrp6": {"exclude": ON_OFF},
    "firewall/vip": {"type": {}, "portforward": ON_OFF, "protocol": {}, "status": ON_OFF},
    "firewall/vip6": {"type": {}, "portforward": ON_OFF, "protocol": {}, "status": ON_OFF},
    "firewall/service/custom": {"protocol": SERVICE_PROTOCOL, "proxy": ON_OFF,
                                "app-service-type": {}},
    "firewall/service/group": {"proxy": ON_OFF},
    "firewall/ippool": {"type": {}},
    "firewall/internet-service-name": {"type": {}},
    "firewall/internet-service-group": {"direction": {}},
    "dynamic/interface": {"single-intf": ON_OFF, "default-mapping": ON_OFF,
                          "defmap-intrazone-deny": ON_OFF},
}  # fmt: skip
"""Enumerated attributes of each table, with the numbers that are known."""
