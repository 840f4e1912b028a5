"""The integers FortiManager answers without ``verbose``. Known ones are from published answers;
those marked *guess* have a plausible integer that nobody published."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.schema.table_spec import Enum
from simulator.versions import Version


def listed(*words: str) -> Enum:
    """Words whose integer is their place in the list."""
    return {word: index for index, word in enumerate(words)}


SWITCH = listed("disable", "enable")

POLICY: Mapping[str, Enum] = {
    "action": listed("deny", "accept", "ipsec", "ssl-vpn", "redirect", "isolate"),
    "logtraffic": listed("disable", "enable", "all", "utm"),
    "inspection-mode": listed("proxy", "flow"),
    "tcp-session-without-syn": listed("all", "data-only", "disable"),
    "profile-type": listed("single", "group"),
    "geoip-match": listed("physical-location", "registered-location"),
    "reputation-direction": {"source": 1, "destination": 2},
    "reputation-direction6": {"source": 41, "destination": 42},
    "auto-asic-offload": SWITCH,
    "ztna-device-ownership": SWITCH,
    "policy-expiry": SWITCH,
}

ADDRESS: Mapping[str, Enum] = {
    # 0 to 4, 8 and 15 are published; interface-subnet, mac, fqdn-group, route-tag: guess.
    "type": {
        "ipmask": 0,
        "iprange": 1,
        "fqdn": 2,
        "wildcard": 3,
        "geography": 4,
        "url": 5,
        "wildcard-fqdn": 6,
        "nsx": 7,
        "aws": 8,
        "dynamic": 15,
        "interface-subnet": 16,
        "mac": 17,
        "fqdn-group": 18,
        "route-tag": 19,
    },
    "sub-type": listed("sdn", "clearpass-spt", "fsso", "ems-tag", "fortivoice-tag"),
    "obj-type": {"ip": 9, "mac": 10},
    "sdn-addr-type": listed("private", "public", "all"),
    "clearpass-spt": listed("unknown", "healthy", "quarantine", "checkup", "transient", "infected"),
}
ADDRGRP: Mapping[str, Enum] = {
    "category": listed("default", "ztna-ems-tag", "ztna-geo-tag"),
    "type": listed("default", "folder"),
}
ADDRESS6: Mapping[str, Enum] = {
    "type": listed(
        "ipprefix", "iprange", "nsx", "dynamic", "fqdn", "template", "sdn", "geography", "mac"
    ),
    "host-type": listed("any", "specific"),
}
SERVICE: Mapping[str, Enum] = {
    "protocol": {
        "ICMP": 1,
        "IP": 2,
        "TCP/UDP/SCTP": 5,
        "ICMP6": 6,
        "HTTP": 7,
        "FTP": 8,
        "CONNECT": 9,
        "SOCKS": 10,
        "ALL": 11,
        "SOCKS-TCP": 12,
        "SOCKS-UDP": 13,
    },
    "check-reset-range": {"disable": 0, "strict": 1, "default": 3},
    "helper": listed("disable", "auto", "ftp", "tftp", "ras", "h323", "tns", "mms", "sip"),
    "app-service-type": listed("disable", "app-id", "app-category"),
}
VIP: Mapping[str, Enum] = {
    "type": listed("static-nat", "load-balance", "server-load-balance", "dns-translation", "fqdn"),
    "protocol": {"tcp": 1, "udp": 2, "sctp": 3, "icmp": 4},
    "portmapping-type": listed("m-to-n", "1-to-1"),
}
DAYS: Enum = {
    "sunday": 1,
    "monday": 2,
    "tuesday": 4,
    "wednesday": 8,
    "thursday": 16,
    "friday": 32,
    "saturday": 64,
    "none": 128,
}
IPPOOL: Mapping[str, Enum] = {
    "type": listed("overload", "one-to-one", "fixed-port-range", "port-block-allocation")
}
PACKAGE_SETTINGS: Mapping[str, Enum] = {
    "ngfw-mode": listed("profile-based", "policy-based"),
    "inspection-mode": listed("proxy", "flow"),
    "policy-offload-level": listed("disable", "default", "dos-offload", "full-offload"),
}
# Sums seen in published answers fit these bits (2120, 2056 of ADOMs; 2, 67371040 of devices).
ADOM_FLAGS: Enum = {
    "migration": 1, "db_export": 2, "no_vpn_console": 8, "backup": 16, "other_devices": 32,
    "central_sdwan": 64, "is_autosync": 128, "per_device_wtp": 256,
    "policy_check_on_install": 512, "install_on_policy_check_fail": 1024, "auto_push_cfg": 2048,
    "per_device_fsw": 4096, "install_deselect_all": 8192,
}  # fmt: skip
DEVICE_FLAGS: Enum = {
    "has_hdd": 1, "vdom_enabled": 2, "discover": 4, "reload": 8, "interim_build": 16,
    "offline_mode": 32, "is_model": 262_144, "linked_to_model": 67_108_864,
}  # fmt: skip
DEVICE: Mapping[str, Enum] = {
    "flags": DEVICE_FLAGS,
    "conn_status": listed("UNKNOWN", "up", "down"),
    "conf_status": listed("unknown", "insync", "outofsync"),
    "db_status": listed("unknown", "nomod", "mod"),
    "dev_status": listed(
        "none",
        "unknown",
        "checkedin",
        "inprogress",
        "installed",
        "aborted",
        "sched",
        "retry",
        "canceled",
        "pending",
        "retrieved",
        "changed_conf",
        "sync_fail",
        "timeout",
        "rev_revert",
        "auto_updated",
    ),
    "conn_mode": {"active": 1, "passive": 0},
    "mgmt_mode": listed("unreg", "fmg", "faz", "fmgfaz"),
    "os_type": listed("fos", "fsw", "fml", "fwb", "faz", "fch"),
    "os_ver": {f"{major}.0": major for major in range(4, 9)},
    "ha_mode": listed(
        "standalone", "AP", "AA", "ELBC", "DUAL", "enabled", "unknown", "fmg-enabled"
    ),
    "opmode": {"nat": 1, "transparent": 2},
    "private_key_status": SWITCH,
    "vdom_type": {"traffic": 1, "lan-extension": 2, "admin": 3},
}
HA_MEMBER: Mapping[str, Enum] = {"role": {"slave": 0, "master": 1}}
ADOM: Mapping[str, Enum] = {
    "flags": ADOM_FLAGS,
    "restricted_prds": {
        "fos": 1,
        "foc": 2,
        "fml": 4,
        "fch": 8,
        "fwb": 16,
        "log": 32,
        "fct": 64,
        "faz": 128,
        "fsa": 256,
        "fsw": 512,
        "fmg": 1024,
        "fdd": 2048,
        "fac": 4096,
        "fpx": 8192,
    },
    "mode": {"ems": 1, "gms": 0, "provider": 2},
    "os_ver": {f"{major}.0": major for major in range(4, 9)},
    "mig_os_ver": {f"{major}.0": major for major in range(4, 9)},
}
GROUP: Mapping[str, Enum] = {
    "type": {"normal": 0, "default": 1, "auto": 2},
    "os_type": DEVICE["os_type"],
}


def service_enums(version: Version) -> Mapping[str, Enum]:
    """Service protocols: TCP/UDP/SCTP became 15 with 7.6.7 and 8.0.0."""
    if version < Version(7, 6, 7):
        return SERVICE
    return {**SERVICE, "protocol": {**SERVICE["protocol"], "TCP/UDP/SCTP": 15}}
