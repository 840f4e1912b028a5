"""What the terminal shows to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from fmgstate.errors import FmgStateError

if TYPE_CHECKING:
    from fmgstate.collect.outcome import Outcome, RunSummary

Row = Mapping[str, Any]

POLICY_LINES = (
    "uuid", "policyid", "part", "table", "sequence", "section", "enabled", "action", "srcintf",
    "dstintf", "srcaddr", "srcaddr6", "dstaddr", "dstaddr6", "negated", "service", "schedule",
    "internet_service", "internet_service_src", "users", "groups", "nat", "poolname", "logtraffic",
    "profiles", "expires", "install_on", "comments", "meta", "modified_by", "package_status",
)  # fmt: skip


def outcome(one: Outcome) -> str:
    """One line for a scope."""
    line = f"{one.result:<9} {one.scope!s:<44} {one.records:>6} records {one.seconds:6.2f} s"
    return f"{line}\n          {one.error}" if one.error else line


def set_aside(damage: FmgStateError, moved_to: Path) -> str:
    """That a damaged store was replaced."""
    return f"{damage.what} It was moved to {moved_to}; a new store is filled now."


def summary_facts(summary: RunSummary) -> dict[str, Any]:
    """A run for programs."""
    scopes = [{"scope": one.scope.key, **one.facts()} for one in summary.outcomes]
    return {
        "seconds": round(summary.seconds, 3),
        "requests": summary.requests,
        "saved": round(summary.saved, 2),
        "failed": summary.failed,
        "scopes": scopes,
    }


def status(rows: Sequence[Row]) -> str:
    """A table of all scopes with a line of totals."""
    if not rows:
        return "Nothing was collected yet. Run: python -m fmgstate refresh --host …"
    head = f"{'scope':<44} {'snapshot':>19} {'age':>8}  {'changed':>19} {'records':>7}  outcome"
    lines = [head, *(_status_line(row) for row in rows)]
    failed = sum(row["result"] == "failed" for row in rows)
    stale = sum(bool(row["stale"]) for row in rows)
    made, saved = sum(row["requests"] for row in rows), sum(row["saved"] for row in rows)
    lines.append(
        f"{len(rows)} scopes, {stale} stale, {failed} failed; "
        f"last refresh of each: {made:.0f} requests made, {saved:.0f} saved"
    )
    return "\n".join(lines)


def _status_line(row: Row) -> str:
    name = row["scope_text"]
    line = (
        f"{name:<44} {time(row['snapshot_time']):>19} {age(row):>8}"
        f"  {time(row['changed_time']):>19}"
        f" {row['records']:>7}  {row['result']} in {row['seconds']:.2f} s,"
        f" {row['requests']:.1f} requests"
    )
    return f"{line}\n    {row['error']}" if row["error"] else line


def policy(row: Row) -> str:
    """One policy, every line a fact; or why there is none."""
    if not row["found"]:
        return f"Not found: {row['why']}" + (f" (as of {_as_of(row)})" if "age" in row else "")
    where = row.get("package") or row.get("block")
    title = f"{row.get('name') or 'unnamed policy'} · policy {row['policyid']} · {where}"
    if "device" in row:
        title += f" on {row['device']} [{row['vdom']}]"
    lines = [title, f"  as of {_as_of(row)}"]
    lines += [f"  {name:<16} {_value(row[name])}" for name in POLICY_LINES if name in row]
    if "hits" in row:
        lines.append(f"  {'hits':<16} {_hits(row)}")
    return "\n".join(lines)


def _hits(row: Row) -> str:
    last = f"last {time(row['last_hit'])} UTC" if row["last_hit"] else "never"
    return f"{row['hits']}, {last} (counted {time(row['hit_time'])} UTC)"


def _as_of(row: Row) -> str:
    if row["snapshot_time"] is None:
        return "never"
    stale = ", STALE" if row["stale"] else ""
    return f"{time(row['snapshot_time'])} UTC ({age(row)} old{stale}; plane: {row['plane']})"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or "nowhere"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else (
        str(value))  # fmt: skip


def time(seconds: Optional[float]) -> str:
    """Epoch seconds as UTC; "never" for None."""
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def age(row: Row) -> str:
    """How old, in the unit that fits; "-" when there is nothing."""
    seconds = row["age"]
    if seconds is None:
        return "-"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
