"""Per-device mappings: FortiManager answers each as a whole object, not only what differs."""

from __future__ import annotations

from typing import Any

from simulator.schema.table_spec import TableSpec

_NOWHERE = ["0.0.0.0", "0.0.0.0"]
_DEFAULTS: dict[str, dict[str, Any]] = {
    "firewall/address": {
        "allow-routing": "disable", "clearpass-spt": "unknown", "color": 0, "comment": None,
        "country": [], "dirty": "dirty", "end-ip": "0.0.0.0", "fabric-object": "disable",
        "fqdn": None, "interface": None, "macaddr": [], "obj-type": "ip", "sdn": [],
        "sdn-addr-type": "private", "start-ip": "0.0.0.0", "sub-type": "sdn", "subnet": _NOWHERE,
        "type": "ipmask", "wildcard": _NOWHERE, "wildcard-fqdn": None,
    },
    "firewall/vip": {
        "arp-reply": "enable", "color": 0, "comment": None, "extintf": ["any"], "extip": "0.0.0.0",
        "mappedip": [], "nat-source-vip": "disable", "portforward": "disable", "protocol": "tcp",
        "status": "enable", "type": "static-nat",
    },
    "dynamic/interface": {
        "egress-shaping-profile": [], "ingress-shaping-profile": [], "intrazone-deny": "disable",
        "local-intf": [],
    },
}  # fmt: skip


def complete_mappings(spec: TableSpec, name: str, value: Any) -> Any:
    """The entries of ``dynamic_mapping`` with every attribute; other tables as they are."""
    defaults = _DEFAULTS.get(spec.path)
    if name != "dynamic_mapping" or not value or defaults is None:
        return value
    return [{**defaults, **entry} for entry in value]
