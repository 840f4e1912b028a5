"""What fmgpolicy must add to a simulated log line, told from the simulator's state alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simulator.logs import Truth
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Package
from simulator.state.table import Database, Row

Told = dict[str, Any]
"""Field to text, or to a list of several texts; fields that are empty are left out."""

PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
POLICY, HEADER, FOOTER = "firewall/policy", "global/header/policy", "global/footer/policy"
TABLE = {"header": HEADER, "footer": FOOTER, "package": POLICY, "block": POLICY}
LISTS = ("srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service",
         "schedule", "users", "groups")  # fmt: skip
NEGATIONS = ("srcaddr", "dstaddr", "service", "srcaddr6", "dstaddr6", "internet-service",
             "internet-service-src", "internet-service6", "internet-service6-src")  # fmt: skip
LOCAL = "Traffic of the FortiGate itself that no local-in policy decided: access settings did."


def fields(line: str) -> dict[str, str]:
    """The fields of a log line."""
    return {name: quoted or bare for name, quoted, bare in PAIR.findall(line)}


class State:
    """Every rule of the simulated FortiManager, by where it stands and its number."""

    def __init__(self, fm: FortiManager, manager: str) -> None:
        self._fm, self._manager = fm, manager

    def told(self, truth: Truth) -> Told:
        """The fields, but for times of the collection. ``why``: how it must begin."""
        if truth.why == "unknown device":
            start = f"No policy has uuid {truth.uuid}." if truth.uuid_logged else "No device is "
            return {"found": "false", "why": start, "stale": "false"}
        where = self._where(truth)
        if truth.why == "local traffic":
            return {"found": "false", "why": LOCAL, **where}
        if truth.why == "deleted policy":
            number = f"Package {truth.package} of ADOM {truth.adom} has no policy {truth.policyid}."
            start = f"No policy has uuid {truth.uuid}." if truth.uuid_logged else number
            return {"found": "false", "why": start, **where}
        if not truth.found:
            deny = {"name": "Implicit Deny", "policyid": "0", "table": POLICY, "action": "deny",
                    "enabled": "true"}  # fmt: skip
            return {"found": "true", **deny, **where, **self._hits(truth, POLICY, "0")}
        return {"found": "true", **self._rule(truth), **where,
                **self._hits(truth, TABLE[truth.section], str(truth.policyid))}  # fmt: skip

    def _where(self, truth: Truth) -> Told:
        package = self._package(truth)
        told = {
            "fortimanager": self._manager, "adom": truth.adom, "package": truth.package,
            "block": truth.block, "device": truth.device, "vdom": truth.vdom,
            "package_status": package.statuses.get((truth.device, truth.vdom), "never"),
            "stale": "false", "plane": "package",
        }  # fmt: skip
        return {name: text for name, text in told.items() if text}

    def _rule(self, truth: Truth) -> Told:
        database = self._database(truth)
        rows = list(database.tables[TABLE[truth.section]])
        at = next(at for at, row in enumerate(rows) if row.values["policyid"] == truth.policyid)
        row = rows[at]
        get, meta = row.get, row.meta or {}
        told = {
            "uuid": get("uuid"), "policyid": str(get("policyid")), "table": TABLE[truth.section],
            "name": get("name"), "action": get("action"), "section": _section(rows[: at + 1]),
            "owner": meta.get("owner"), "ticket": meta.get("ticket"),
            "comments": get("comments"), "modified_by": row.author,
            "modified_time": str(row.modified), "enabled": "true", "part": truth.section,
            "sequence": str(at + 1), "nat": _truth(get("nat") == "enable"),
            "utm": _truth(get("utm-status") == "enable"), "logtraffic": get("logtraffic"),
            "inspection_mode": get("inspection-mode"),
            **{name: _listed(get(name)) for name in LISTS},
            "internet_service": ", ".join(_names(row, "internet-service")),
            "internet_service_src": ", ".join(_names(row, "internet-service-src")),
            "negated": _listed([name for name in NEGATIONS if get(f"{name}-negate") == "enable"]),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}

    def _hits(self, truth: Truth, table: str, key: str) -> Told:
        """Hits are counted by package: those of a policy block are not among them."""
        if truth.section == "block":
            return {}
        counts = self._package(truth).hits.get((table, key), (0,) * 8)
        return {"hits": str(counts[0]), "last_hit": str(counts[4])}

    def _database(self, truth: Truth) -> Database:
        adom, package = self._fm.adoms[truth.adom], self._package(truth)
        if truth.section == "block":
            return adom.blocks[truth.block].database
        if truth.section in ("header", "footer") and not package.database.tables.get(
            TABLE[truth.section]
        ):
            return adom.objects
        return package.database

    def _package(self, truth: Truth) -> Package:
        return self._fm.adoms[truth.adom].root.package(truth.package)


def _section(rows: list[Row]) -> str:
    """A label begins a section: it holds for the rules below it, too."""
    labels = [str(row.get("global-label")) for row in rows if row.get("global-label")]
    return labels[-1] if labels else ""


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _listed(value: Any) -> Any:
    names = [value] if isinstance(value, str) else list(value or ())
    return names[0] if len(names) == 1 else names


def _names(row: Row, attribute: str) -> Iterator[str]:
    if row.get(attribute) == "enable":
        yield from row.get(f"{attribute}-name") or ()
