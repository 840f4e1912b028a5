"""The findings of one package: of each group of targets that enforce the same, and put together.

A finding is told once for a package, with the targets that it holds on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.policy.effective import Effective
from fmgstate.policy.events import FINDING
from fmgstate.policy.risk import Finding, RiskRule, findings
from fmgstate.policy.shadowing import Shadowing
from fmgstate.policy.traffic import lasting
from fmgstate.record import Record

Row = dict[str, Any]


def rows(
    policy: Effective,
    risks: Sequence[RiskRule],
    time: Optional[datetime],
    hits: Optional[Mapping[int, int]],
) -> list[Row]:
    """The findings of one target, each with an ``id`` that lasts within the package."""
    verdicts = Shadowing(policy).verdicts()
    found: dict[str, Row] = {}
    for one in findings(policy, risks, time, hits, verdicts):
        row = _row(one)
        again = 2
        while row["id"] in found:  # a policy block that stands in the package twice
            row["id"] = f"{row['id'].partition('#')[0]}#{again}"
            again += 1
        found[row["id"]] = row
    return list(found.values())


def records(groups: Iterable[tuple[Sequence[Target], Sequence[Row]]], targets: int) -> list[Record]:
    """The findings of a package with ``targets`` targets, from those of groups of them.

    Where groups differ in detail: what opens least and most of all, and what is related in any.
    """
    found: dict[str, Record] = {}
    for where, some in groups:
        names = [f"{one.device}/{one.vdom}" for one in where]
        for row in some:
            known = found.setdefault(row["id"], {"kind": FINDING, **row, "targets": []})
            known["targets"] += names
            known["related"] = list(dict.fromkeys([*known["related"], *row["related"]]))
            for key, better in (("opens_at_least", min), ("opens_at_most", max)):
                known[key] = better(known[key], row[key])
    return [_told(found[name], targets) for name in sorted(found)]


def _told(record: Record, targets: int) -> Record:
    where = sorted(record.pop("targets"))
    record["related"] = sorted(record["related"])
    devices = dict.fromkeys(name.partition("/")[0] for name in where)
    # Long lists last: Splunk's automatic extraction ends after so many characters.
    return {**record, "everywhere": len(where) == targets, "targets_count": len(where),
            "devices": list(devices), "targets": where}  # fmt: skip


def _row(one: Finding) -> Row:
    of, opens = one.rule.policy, one.opens
    name = lasting(of.uuid, of.part, of.table, of.policyid, one.rule.block)
    found = {
        "id": f"{one.risk.id}:{name}",
        "risk": one.risk.id,
        "severity": one.risk.severity,
        "description": one.risk.text,
        "standard": one.risk.standard,
        "policyid": of.policyid,
        "policy_name": of.name,
        "uuid": of.uuid,
        "table": of.table,
        "part": of.part,
        "block": one.rule.block,
        "policy_action": of.action,
        "related": list(one.related),
        "opens_at_least": opens.at_least,
        "opens_at_most": opens.at_most,
    }
    return {key: value for key, value in found.items() if value != ""}
