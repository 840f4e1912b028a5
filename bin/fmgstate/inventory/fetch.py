"""What to ask FortiManager for an ADOM's inventory. Only questions: nothing is sent from here."""

from __future__ import annotations

from typing import Any

from fmgstate.fortimanager import urls

Param = dict[str, Any]

DEVICE_FIELDS = [
    "name", "sn", "hostname", "ip", "platform_str", "os_ver", "mr", "patch", "build", "conn_status",
    "conf_status", "db_status", "ha_mode", "ha_slave", "vdom", "desc", "latitude", "longitude",
    "dev_status", "last_resync", "checksum",
]  # fmt: skip
ADOM_FIELDS = [
    "name", "os_ver", "mr", "uuid", "mode", "state", "restricted_prds", "workspace_mode", "desc",
]  # fmt: skip


def system_questions() -> dict[str, Param]:
    """Who FortiManager is, which ADOMs there are, and what moved in the global database."""
    return {
        "status": {"url": urls.STATUS},
        "adoms": {"url": urls.path("dvmdb", "adom"), "fields": ADOM_FIELDS},
        "global_packages": {"url": urls.path("pm", "pkg", "global")},
        "global_status": {"url": urls.path("pm", "config", "global", "_package", "status")},
    }


def adom_questions(adom: str, blocks: bool) -> dict[str, Param]:
    """Packages, their status, and the version of the objects; ``blocks``: since 7.0.3."""
    questions: dict[str, Param] = {
        "packages": {"url": urls.path("pm", "pkg", "adom", adom)},
        "assignments": {"url": urls.path("pm", "config", "adom", adom, "_package", "status")},
        "objects": objects_question(adom),
    }
    if blocks:
        questions["blocks"] = {"url": urls.path("pm", "pblock", "adom", adom)}
    return questions


def objects_question(adom: str) -> Param:
    """The version of the ADOM's object database."""
    return {"url": urls.path("pm", "config", "adom", adom, "obj"), "option": "devinfo"}


def package_question(adom: str, path: str, block: bool) -> Param:
    """One package or policy block, for its version."""
    return {"url": urls.path("pm", "pblock" if block else "pkg", "adom", adom, *path.split("/"))}


def group_question(adom: str) -> Param:
    """The ADOM's device groups with their members, as a table to be paged. No ``fields``: nobody
    tells whether these would leave the members out."""
    return {"url": urls.path("dvmdb", "adom", adom, "group"), "option": ["object member"]}


def device_question(adom: str) -> Param:
    """The ADOM's devices with VDOMs, HA members and meta fields, as a table to be paged."""
    return {
        "url": urls.path("dvmdb", "adom", adom, "device"),
        "fields": DEVICE_FIELDS,
        "option": ["get meta"],
    }


ZONES_READING = "1"
"""Of the questions about zones and of ``zone_rows``: raised when more is read, or otherwise."""
FIRST_WITH_SDWAN_ZONES = (6, 4, 1)
"""FortiOS; before, SD-WAN is one zone, in a table of another name."""


def zone_tables(device: str, vdom: str, fortios: str) -> list[Param]:
    """Zones of one VDOM and members of its SD-WAN, from the device database, as tables."""
    fields = ["seq-num", "interface", "status"]
    if _has_sdwan_zones(fortios):
        fields.append("zone")
    zones = urls.path("pm", "config", "device", device, "vdom", vdom, "system", "zone")
    return [
        {"url": zones, "fields": ["name", "interface"], "loadsub": 0},
        {"url": f"{_sdwan(device, vdom, fortios)}/members", "fields": fields, "loadsub": 0},
    ]


def sdwan_question(device: str, vdom: str, fortios: str) -> Param:
    """Whether SD-WAN is on in one VDOM. Its sub-tables are left out: they hold passwords."""
    return {"url": _sdwan(device, vdom, fortios), "fields": ["status"], "loadsub": 0}


def _sdwan(device: str, vdom: str, fortios: str) -> str:
    name = "sdwan" if _has_sdwan_zones(fortios) else "virtual-wan-link"
    return urls.path("pm", "config", "device", device, "vdom", vdom, "system", name)


def _has_sdwan_zones(fortios: str) -> bool:
    """A version that is not told is taken for a new one."""
    numbers = tuple(int(part) for part in fortios.split(".") if part.isdigit())
    return not numbers or numbers >= FIRST_WITH_SDWAN_ZONES
