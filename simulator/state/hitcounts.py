"""Hit counts: what the FortiGates counted, and FortiManager's copy of it."""

from __future__ import annotations

from typing import Any

from simulator.state.packages import Package
from simulator.state.table import Row

COUNTERS = (
    "hitcount",
    "byte",
    "pkts",
    "first_hit",
    "last_hit",
    "first_session",
    "last_session",
    "sesscount",
)
_TABLES = (
    "firewall/policy",
    "firewall/policy6",
    "firewall/proxy-policy",
    "firewall/security-policy",
    "global/footer/policy",
    "global/header/policy",
)


def hit_count_result(package: Package) -> dict[str, Any]:
    """The answer of ``/sys/task/result``: counts summed over the package's targets."""
    result: dict[str, Any] = {}
    for path in _TABLES:
        table = package.database.tables.get(path)
        rows = [_counted(package, path, row) for row in table] if table is not None else []
        if path == "firewall/policy" and rows:
            rows.append(_implicit_deny(package))
        result[path.replace("/", " ")] = rows
    return result


def _counted(package: Package, path: str, row: Row) -> dict[str, Any]:
    counts = package.hits.get((path, row.key), (0,) * len(COUNTERS))
    return {
        "policyid": row.values["policyid"],
        "name": row.values.get("name") or "",
        "uuid": row.values.get("uuid") or "",
        "srcintf": ",".join(row.get("srcintf") or []),
        "dstintf": ",".join(row.get("dstintf") or []),
        **dict(zip(COUNTERS, counts, strict=True)),
    }


def _implicit_deny(package: Package) -> dict[str, Any]:
    counts = package.hits.get(("firewall/policy", "0"), (0,) * len(COUNTERS))
    return {
        "policyid": 0,
        "name": "Implicit Deny",
        "uuid": "",
        "srcintf": "",
        "dstintf": "",
        **dict(zip(COUNTERS, counts, strict=True)),
    }


def more_hits(old: tuple[int, ...], hits: int, last_hit: int) -> tuple[int, ...]:
    """Counters after so many more sessions of 900 bytes; ``old`` empty = as after a restart."""
    counts = dict(zip(COUNTERS, old or (0,) * len(COUNTERS), strict=True))
    counts["hitcount"] += hits
    counts["byte"] += hits * 900
    counts["pkts"] += hits * 6
    if hits:
        counts["first_hit"] = counts["first_session"] = counts["first_hit"] or last_hit
        counts["last_hit"] = counts["last_session"] = last_hit
    return tuple(counts[name] for name in COUNTERS)


def copy_to_rows(package: Package) -> None:
    """The ``_hitcount`` attributes of policy rows are a copy made by the last collection."""
    for (path, key), counts in package.hits.items():
        table = package.database.tables.get(path)
        row = table.rows.get(key) if table is not None else None
        if row is not None:
            copied = {f"_{name}": count for name, count in zip(COUNTERS, counts, strict=True)}
            row.values = {**row.values, **copied}
