"""What to ask FortiManager for policies and objects. Only questions: nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fmgstate.fortimanager import urls, versions
from fmgstate.policy.model import BLOCK, CENTRAL_DNAT, FOOTER, HEADER, PACKAGE
from fmgstate.policy.tables import OBJECT_TABLES, POLICY_FIELDS

Version = versions.Version

READING = "5"
"""Of this module and ``normalize``: raised when they read more or otherwise, to fetch anew."""

POLICY_OPTIONS = ["get meta", "scope member", "extra info"]


@dataclass(frozen=True)
class Table:
    """One table to read. ``optional``: builds exist that do not know it (code -6), which is then
    recorded as absent; a required one that is refused fails the scope."""

    name: str
    part: str
    param: dict[str, Any]
    optional: bool


def package_tables(adom: str, package: str, version: Version) -> list[Table]:
    """All policy tables of one package, in the order in which they are kept."""
    root = urls.path("pm", "config", "adom", adom, "pkg", *package.split("/"))
    old_global = urls.path("pm", "config", "adom", adom, "obj")
    above = root if versions.has(version, versions.GLOBAL_POLICIES_IN_PACKAGE) else old_global
    return [
        _policies("global/header/policy", HEADER, above),
        *(_policies(name, PACKAGE, root) for name in _names(version)),
        _policies("global/footer/policy", FOOTER, above),
        *(_central_dnat(name, root) for name in CENTRAL_DNAT),
    ]


def block_tables(adom: str, block: str, version: Version) -> list[Table]:
    """The policy tables of one policy block."""
    root = urls.path("pm", "config", "adom", adom, "pblock", *block.split("/"))
    names = ["firewall/policy", "firewall/security-policy"]
    if versions.has(version, versions.PROXY_POLICIES_IN_BLOCKS):
        names.append("firewall/proxy-policy")
    return [_policies(name, BLOCK, root) for name in names]


def object_tables(adom: str) -> list[Table]:
    """The object tables of one ADOM that policies refer to."""
    root = urls.path("pm", "config", "adom", adom, "obj")
    return [
        Table(
            name,
            "object",
            {"url": f"{root}/{name}", "fields": [*fields, "dynamic_mapping"]},
            optional=name
            not in ("firewall/address", "firewall/addrgrp", "firewall/service/custom"),
        )
        for name, fields in OBJECT_TABLES.items()
    ]


WITHOUT_REVISIONS = {"global/header/policy", "global/footer/policy", *CENTRAL_DNAT}
"""Tables whose history is kept in the global database, or of which no history is known."""


def revisions(adom: str, kind: str, name: str, table: str, since: int) -> dict[str, Any]:
    """The history of one table since ``since`` (epoch seconds, FortiManager's clock).

    ``kind``: of the scope, "package", "block" or "objects"; ``name``: its path.
    """
    holder = {"package": ["pkg"], "block": ["pblock"]}.get(kind, ["obj"])
    path = [*holder, *name.split("/")] if name else holder
    return {
        "url": urls.path("pm", "config", "adom", adom, "_objrev", *path) + f"/{table}",
        "fields": ["act", "key", "user", "timestamp", "note"],
        "filter": ["timestamp", ">=", since],
    }


def block_chksums(adom: str, block: str, version: Version) -> list[dict[str, Any]]:
    """Version questions about the tables of one policy block."""
    tables = block_tables(adom, block, version)
    return [{"url": table.param["url"], "option": "chksum"} for table in tables]


def global_chksums(adom: str, package: str, version: Version) -> list[dict[str, Any]]:
    """Version questions about the header and footer policies of one package."""
    return [
        {"url": table.param["url"], "option": "chksum"}
        for table in package_tables(adom, package, version)
        if table.part in (HEADER, FOOTER)
    ]


def hit_count_task(adom: str, package: str) -> dict[str, Any]:
    """To be executed: FortiManager asks the package's FortiGates for their counters."""
    return {"url": urls.path("sys", "hitcount"), "data": {"adom": adom, "pkg": package}}


def progress(task: int) -> dict[str, Any]:
    """How far a task is."""
    return {"url": urls.path("task", "task", str(task))}


def task_result(task: int) -> dict[str, Any]:
    """To be executed: what a task that is over found."""
    return {"url": urls.path("sys", "task", "result"), "data": {"taskid": task}}


def device_counters(adom: str, devices: Sequence[str], vdom: str) -> dict[str, Any]:
    """To be executed: each FortiGate's own counters, asked through FortiManager."""
    return {
        "url": urls.path("sys", "proxy", "json"),
        "data": {
            "action": "get",
            "resource": f"/api/v2/monitor/firewall/policy?vdom={quote(vdom, safe='')}",
            "target": [f"adom/{adom}/device/{device}" for device in devices],
        },
    }


def _central_dnat(name: str, root: str) -> Table:
    """Which virtual IPs are in force. No ``fields``: rows are a name and little else."""
    return Table(name, PACKAGE, {"url": f"{root}/{name}", "option": ["scope member"]}, True)


def _names(version: Version) -> list[str]:
    names = ["firewall/policy", "firewall/security-policy", "firewall/proxy-policy"]
    names.append("firewall/local-in-policy")
    if not versions.has(version, versions.ONE_TABLE_FOR_IPV6):
        names += ["firewall/policy6", "firewall/consolidated/policy"]
    return names


def _policies(name: str, part: str, root: str) -> Table:
    return Table(
        name,
        part,
        {"url": f"{root}/{name}", "fields": POLICY_FIELDS, "option": POLICY_OPTIONS},
        optional=name != "firewall/policy" and part != BLOCK,
    )
