"""FortiGates as the device manager knows them."""

from __future__ import annotations

from typing import Any

from simulator.schema.table_spec import words
from simulator.state.table import Database

_ZEROES = words(
    """
    av_ver app_ver checksum desc eip fap_cnt fex_cnt foslic_cpu foslic_dr_site
    foslic_inst_time foslic_last_sync foslic_ram foslic_type foslic_utm fsw_cnt ha_group_id
    ha_group_name hw_generation hw_rev_major hw_rev_minor hyperscale ips_ext ips_ver
    lic_flags lic_region location_from mgt_vdom module_sn node_flags nsxt_service_name opts
    prefer_img_ver prio role tab_status tunnel_cookie tunnel_ip vm_cpu vm_cpu_limit
    vm_lic_expire vm_lic_overdue_since vm_mem vm_mem_limit vm_payg_status vm_status
    """
)
_TEXTS = frozenset(
    words(
        """
        app_ver av_ver checksum desc eip ha_group_name ips_ver lic_region location_from
        mgt_vdom module_sn nsxt_service_name prefer_img_ver tab_status tunnel_cookie
        tunnel_ip
        """
    )
)
DEFAULTS: dict[str, Any] = {
    **{name: "" if name in _TEXTS else 0 for name in _ZEROES},
    **{f"mgmt.__data[{index}]": 0 for index in range(8)},
    "adm_usr": "admin",
    "beta": -1,
    "conf_status": "insync",
    "conn_mode": "passive",
    "conn_status": "up",
    "db_status": "nomod",
    "dev_status": "installed",
    "faz.full_act": 0,
    "faz.perm": 15,
    "faz.quota": 0,
    "faz.used": 0,
    "first_tunnel_up": 0,
    "flags": ["has_hdd", "reload"],
    "ha_mode": "standalone",
    "ha_slave": None,
    "hdisk_size": 0,
    "last_checked": 0,
    "last_resync": 0,
    "latitude": "0.0",
    "logdisk_size": 0,
    "longitude": "0.0",
    "maxvdom": 10,
    "mgmt_if": "port1",
    "mgmt_mode": "fmg",
    "onboard_rule": None,
    "os_type": "fos",
    "private_key": "",
    "private_key_status": "disable",
    "psk": "",
    "source": 1,
}


class Device:
    """``values``: the device record without defaults, in verbose form. ``members``: HA members.

    ``databases``: FortiManager's copy of its configuration, by VDOM; ``sdwan``: what there is one
    of in that, by VDOM. ``retrieved`` False: there is no copy.
    """

    def __init__(self, name: str, oid: int, adom: str, values: dict[str, Any]) -> None:
        self.name = name
        self.oid = oid
        self.adom = adom
        self.values = values
        self.vdoms: list[dict[str, Any]] = []
        self.members: list[dict[str, Any]] = []
        self.meta: dict[str, str] = {}
        self.databases: dict[str, Database] = {}
        self.sdwan: dict[str, dict[str, Any]] = {}
        self.retrieved = True
        self.version = 1

    def add_vdom(self, name: str, oid: int) -> None:
        self.vdoms.append(
            {
                "comments": "",
                "devid": self.name,
                "ext_flags": 1 if name == "root" else 0,
                "flags": 0,
                "name": name,
                "node_flags": 0,
                "oid": oid,
                "opmode": "nat",
                "rtm_prof_id": 0,
                "status": None,
                "tab_status": None,
                "vdom_type": "traffic",
                "vpn_id": 0,
            }
        )

    def database(self, vdom: str) -> Database:
        return self.databases.setdefault(vdom, Database("device"))

    def zones(self, vdom: str) -> dict[str, frozenset[str]]:
        """Interfaces by zone, as the FortiGate has them; disabled members of SD-WAN are in none."""
        found: dict[str, set[str]] = {}
        tables = self.database(vdom).tables
        for row in tables.get("system/zone") or ():
            found.setdefault(str(row.get("name")), set()).update(row.get("interface"))
        on = self.sdwan.get(vdom, {}).get("status") == "enable"
        for row in tables.get("system/sdwan/members") or ():
            if on and row.get("status") == "enable":
                found.setdefault(str(row.get("zone")[0]), set()).update(row.get("interface"))
        return {name: frozenset(some) for name, some in found.items()}

    def record(self) -> dict[str, Any]:
        """The whole row ``/dvmdb/device`` answers, secrets included as FortiManager does."""
        return {
            **DEFAULTS,
            **self.values,
            "name": self.name,
            "oid": self.oid,
            "ha_slave": [dict(member) for member in self.members] or None,
            "vdom": [dict(vdom) for vdom in self.vdoms],
        }
