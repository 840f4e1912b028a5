"""From FortiManager's hit-count answers to counters. Sources: API facts 1.6, 2.7 and 2.9."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fmgstate.errors import NormalizeError
from fmgstate.native import Row, choice, number, rows, text
from fmgstate.policy.model import HitCount, Progress

STATES = dict(
    enumerate(
        ("pending", "running", "cancelling", "cancelled", "done", "error", "aborting", "aborted",
         "warning", "to_continue", "unknown")
    )
)  # fmt: skip
MONITORED = "firewall/policy"
"""The table whose counters a FortiGate tells through the proxy."""


@dataclass(frozen=True)
class Answered:
    """What FortiGates told of one VDOM. ``missing``: by device, why it told nothing."""

    counts: list[HitCount]
    missing: dict[str, str]


def progress(row: Row) -> Progress:
    """One task's row; ``state`` is a word or its number."""
    said = [
        f"{text(line, 'name') or 'task'}: {text(line, 'detail') or 'no reason given'}"
        for line in rows(row, "line")
        if number(line, "err")
    ]
    return Progress(
        state=choice(row, "state", STATES),
        errors=number(row, "num_err") or 0,
        percent=number(row, "percent") or 0,
        failed=tuple(said),
    )


def of_package(native: Any) -> list[HitCount]:
    """The counters of a package, as the task found them: tables with their rows.

    What is "firewall/policy" elsewhere is called "firewall policy" here.
    """
    if not isinstance(native, Mapping):
        raise NormalizeError("FortiManager's hit counts are not given by table.")
    return [
        _of_policy(table.replace(" ", "/"), row) for table in native for row in rows(native, table)
    ]


def of_devices(native: Iterable[Row], devices: Iterable[str], vdom: str) -> Answered:
    """The counters of one VDOM on each of ``devices``. FortiManager leaves out a device that it
    does not know without a word."""
    by_device = {text(entry, "target"): entry for entry in native}
    counts: list[HitCount] = []
    missing: dict[str, str] = {}
    for device in devices:
        entry = by_device.get(device)
        why = "FortiManager gave no answer for it" if entry is None else _refusal(entry)
        if entry is None or why:
            missing[device] = why
            continue
        response = entry["response"]
        counts += [_of_device(device, vdom, row) for row in rows(response, "results")]
    return Answered(counts, missing)


def _of_policy(table: str, row: Row) -> HitCount:
    return HitCount(
        table=table,
        policyid=_required(row, "policyid"),
        uuid=text(row, "uuid"),
        name=text(row, "name"),
        hits=_required(row, "hitcount"),
        bytes=number(row, "byte") or 0,
        packets=number(row, "pkts") or 0,
        first_hit=number(row, "first_hit") or 0,
        last_hit=number(row, "last_hit") or 0,
        first_session=number(row, "first_session"),
        last_session=number(row, "last_session"),
        sessions=number(row, "sesscount"),
    )


def _of_device(device: str, vdom: str, row: Row) -> HitCount:
    """A FortiGate leaves hits and times out where there was no hit."""
    return HitCount(
        table=MONITORED,
        policyid=_required(row, "policyid"),
        uuid=text(row, "uuid"),
        hits=number(row, "hit_count") or 0,
        bytes=number(row, "bytes") or 0,
        packets=number(row, "packets") or 0,
        first_hit=number(row, "first_used") or 0,
        last_hit=number(row, "last_used") or 0,
        active_sessions=number(row, "active_sessions"),
        device=device,
        vdom=vdom,
    )


def _required(row: Row, key: str) -> int:
    value = number(row, key)
    if value is None:
        raise NormalizeError(f"FortiManager sent a hit count without {key}.")
    return value


def _refusal(entry: Row) -> str:
    """Why a FortiGate's entry holds no counters; "" when it does."""
    status = entry.get("status")
    if not isinstance(status, Mapping):
        raise NormalizeError("FortiManager's answer for a FortiGate has no status.")
    if number(status, "code") != 0:
        return text(status, "message") or f"code {status.get('code')}"
    response = entry.get("response")
    if not isinstance(response, Mapping) or response.get("status", "success") != "success":
        return "the FortiGate did not answer with its counters"
    if not isinstance(response.get("results"), list):
        return "the FortiGate did not answer with its counters"
    return ""
