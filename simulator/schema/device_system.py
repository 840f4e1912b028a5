"""Tables of the device database that say which interfaces belong together: zones and SD-WAN."""

from __future__ import annotations

from simulator.schema.enumerations import SWITCH, listed
from simulator.schema.table_spec import TableSpec

_MEMBER = {
    "comment": None, "cost": 0, "gateway": "0.0.0.0", "gateway6": "::", "interface": [],
    "priority": 1, "source": "0.0.0.0", "source6": "::", "status": "enable", "weight": 1,
}  # fmt: skip

ZONE = TableSpec(
    path="system/zone",
    key="name",
    defaults={"description": None, "interface": [], "intrazone": "deny", "tagging": None},
    enums={"intrazone": listed("allow", "deny")},
)
SDWAN_ZONE = TableSpec(
    path="system/sdwan/zone",
    key="name",
    defaults={"service-sla-tie-break": "cfg-order"},
    enums={"service-sla-tie-break": listed("cfg-order", "fib-best-match", "input-device")},
)
SDWAN_MEMBER = TableSpec(
    path="system/sdwan/members",
    key="seq-num",
    defaults={**_MEMBER, "zone": ["virtual-wan-link"]},
    enums={"status": SWITCH},
)
OLD_SDWAN_MEMBER = TableSpec(
    path="system/virtual-wan-link/members",
    key="seq-num",
    defaults=_MEMBER,
    enums={"status": SWITCH},
)

DEVICE_SYSTEM_TABLES = (ZONE, SDWAN_ZONE, SDWAN_MEMBER, OLD_SDWAN_MEMBER)
SDWAN = {"status": SWITCH, "load-balance-mode": listed("source-ip-based", "weight-based")}
SDWAN_DEFAULTS = {"status": "disable", "load-balance-mode": "source-ip-based"}
SDWAN_OBJECTS = {
    "system/sdwan": ("zone", "members"),
    "system/virtual-wan-link": ("members",),
}
"""Objects that there is one of, with the tables below them. FortiOS has the second before 6.4.1."""
