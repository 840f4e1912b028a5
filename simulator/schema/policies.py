"""Policy tables of a package, a policy block and the global database."""

from __future__ import annotations

from typing import Any

from simulator.schema.enumerations import POLICY
from simulator.schema.policy_defaults import FIREWALL, HIT_COUNTERS, REFERENCES
from simulator.schema.table_spec import TableSpec
from simulator.versions import between, since

_SECURITY = {
    **HIT_COUNTERS,
    "_policy_block": 0,
    "action": "deny",
    "app-category": [],
    "app-group": [],
    "application": [],
    "dstaddr": [],
    "dstaddr-negate": "disable",
    "dstaddr6": [],
    "dstintf": [],
    "enforce-default-app-port": "enable",
    "groups": [],
    "internet-service": "disable",
    "learning-mode": "disable",
    "logtraffic": "utm",
    "logtraffic-start": "disable",
    "name": None,
    "profile-type": "single",
    "schedule": ["always"],
    "service": [],
    "service-negate": "disable",
    "srcaddr": [],
    "srcaddr-negate": "disable",
    "srcaddr6": [],
    "srcintf": [],
    "status": "enable",
    "url-category": [],
    "users": [],
    "utm-status": "disable",
}
_PLAIN = {
    "_policy_block": 0,
    "dstaddr": [],
    "dstintf": [],
    "name": None,
    "schedule": ["always"],
    "service": [],
    "srcaddr": [],
    "srcintf": [],
    "status": "enable",
    "action": "deny",
}
_PROXY = {
    **HIT_COUNTERS,
    **_PLAIN,
    "access-proxy": [],
    "dstaddr6": [],
    "logtraffic": "utm",
    "proxy": "explicit-web",
    "srcaddr6": [],
    "transparent": "disable",
    "utm-status": "disable",
    "webcache": "disable",
}
_PROXY_ENUMS = {
    **POLICY,
    "proxy": {
        "explicit-web": 0,
        "transparent-web": 1,
        "ftp": 2,
        "ssh": 4,
        "ssh-tunnel": 5,
        "wanopt": 6,
        "access-proxy": 7,
    },
}
_SHAPING = {
    **_PLAIN,
    "class-id": 0,
    "ip-version": "4",
    "traffic-shaper": [],
    "traffic-shaper-reverse": [],
    "traffic-type": ["forwarding"],
}
_LOCAL_IN = {
    "action": "deny",
    "dstaddr": [],
    "ha-mgmt-intf-only": "disable",
    "intf": [],
    "status": "enable",
    "schedule": ["always"],
    "service": [],
    "srcaddr": [],
    "comments": None,
    "virtual-patch": "disable",
}
_DOS: dict[str, Any] = {
    "anomaly": [],
    "dstaddr": [],
    "interface": [],
    "name": None,
    "service": [],
    "srcaddr": [],
    "status": "enable",
}
_SNAT = {
    "dst-addr": [],
    "dst-port": "0",
    "dstintf": [],
    "nat": "enable",
    "nat-ippool": [],
    "nat-port": "0",
    "orig-addr": [],
    "orig-port": "0",
    "protocol": 0,
    "srcintf": [],
    "status": "enable",
    "type": "ipv4",
    "comments": None,
}
_INTERFACE = {
    "application-list-status": "disable",
    "av-profile-status": "disable",
    "dstaddr": [],
    "interface": [],
    "ips-sensor-status": "disable",
    "logtraffic": "utm",
    "service": [],
    "srcaddr": [],
    "status": "enable",
}
_MULTICAST = {
    "action": "accept",
    "dnat": "0.0.0.0",
    "dstaddr": [],
    "dstintf": [],
    "logtraffic": "disable",
    "protocol": 0,
    "snat": "disable",
    "srcaddr": [],
    "srcintf": [],
    "status": "enable",
    "name": None,
}


def _policy(path: str, defaults: dict[str, Any], category: int = 0, **more: Any) -> TableSpec:
    more.setdefault("enums", POLICY)
    more.setdefault("key", "policyid")
    return TableSpec(
        path=path, defaults=defaults, references=REFERENCES, ordered=True, category=category, **more
    )


FIREWALL_POLICY = _policy("firewall/policy", FIREWALL, 181)
SECURITY_POLICY = _policy("firewall/security-policy", _SECURITY, 1626, offered=since("6.2.1"))
PROXY_POLICY = _policy("firewall/proxy-policy", _PROXY, 971, enums=_PROXY_ENUMS)
POLICY6 = _policy("firewall/policy6", FIREWALL, 183, offered=between("6.0", "7.6.3"))
CONSOLIDATED = _policy(
    "firewall/consolidated/policy", FIREWALL, 1605, offered=between("6.2.0", "7.6.3")
)
_TYPES = {
    "ip-version": {"4": 0, "6": 1},
    "type": {"ipv4": 0, "ipv6": 1},
    "status": {"disable": 0, "enable": 1},
    "action": POLICY["action"],
    "logtraffic": POLICY["logtraffic"],
}
PACKAGE_TABLES = (
    FIREWALL_POLICY,
    SECURITY_POLICY,
    PROXY_POLICY,
    POLICY6,
    CONSOLIDATED,
    _policy("firewall/policy46", _PLAIN, 185, offered=between("6.0", "7.0.1")),
    _policy("firewall/policy64", _PLAIN, 187, offered=between("6.0", "7.0.1")),
    _policy("firewall/shaping-policy", _SHAPING, 190, key="id", enums=_TYPES),
    _policy("firewall/local-in-policy", _LOCAL_IN, 192),
    _policy("firewall/local-in-policy6", _LOCAL_IN, 193),
    _policy("firewall/DoS-policy", _DOS, 194),
    _policy("firewall/DoS-policy6", _DOS, 195),
    _policy("firewall/central-snat-map", _SNAT, 196, enums=_TYPES),
    _policy("firewall/interface-policy", _INTERFACE, 197),
    _policy("firewall/interface-policy6", _INTERFACE, 198),
    _policy("firewall/multicast-policy", _MULTICAST, 199, key="id"),
    _policy("firewall/multicast-policy6", _MULTICAST, 200, key="id"),
    _policy(
        "firewall/hyperscale-policy",
        _PLAIN,
        201,
        offered=since("6.4.7", "7.0.1", "7.2.6", "7.4.3"),
    ),
    _policy("central/dnat", {"status": "enable"}, 202, key="name"),
    _policy("central/dnat6", {"status": "enable"}, 205, key="name", offered=since("6.4.2")),
    _policy(
        "authentication/rule",
        {"status": "enable", "ip-based": "enable"},
        203,
        key="name",
        offered=since("6.2.1"),
    ),
    _policy("authentication/setting", {}, 204, key="name", offered=since("6.2.1")),
    _policy("global/header/policy", FIREWALL, 181, offered=since("7.0.5", "7.2.2")),
    _policy("global/footer/policy", FIREWALL, 181, offered=since("7.0.5", "7.2.2")),
    _policy("global/header/consolidated/policy", FIREWALL, 1605, offered=between("6.2.0", "7.6.3")),
    _policy("global/footer/consolidated/policy", FIREWALL, 1605, offered=between("6.2.0", "7.6.3")),
)
BLOCK_TABLES = (
    FIREWALL_POLICY,
    SECURITY_POLICY,
    _policy("firewall/proxy-policy", _PROXY, 971, enums=_PROXY_ENUMS, offered=since("7.6.0")),
    _policy("firewall/policy6", FIREWALL, 183, offered=between("7.0.3", "7.6.3")),
    _policy("firewall/consolidated/policy", FIREWALL, 1605, offered=between("7.0.3", "7.6.3")),
)
GLOBAL_PACKAGE_TABLES = (
    _policy("global/header/policy", FIREWALL, 181),
    _policy("global/footer/policy", FIREWALL, 181),
)
OBJECT_HEADER_TABLES = (
    # Where an ADOM's copy of the global policies is read before it moved into the package.
    _policy("global/header/policy", FIREWALL, 181),
    _policy("global/footer/policy", FIREWALL, 181),
)
