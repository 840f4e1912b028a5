"""Rows of the policy engine as text for people."""

from __future__ import annotations

from typing import Any

from fmgstate.policy import ports, space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.effective import Effective
from fmgstate.policy.interfaces import Interfaces
from fmgstate.policy.rule import Rule
from fmgstate.policy.traffic import TrafficDifference


def rule_row(rule: Rule) -> dict[str, Any]:
    """One rule as it is enforced, JSON-able."""
    of = rule.policy
    found: dict[str, Any] = {
        "place": rule.place + 1,
        "policyid": of.policyid,
        "policy_name": of.name,
        "uuid": of.uuid,
        "part": of.part,
        "block": rule.block,
        "enabled": of.enabled,
        "action": of.action,
        "srcintf": _interfaces(rule.srcintf),
        "dstintf": _interfaces(rule.dstintf),
        "service": [ports.text(one) for one in rule.ports.possible],
        "virtual_ips": [*rule.vips, *rule.vips6],
        "conditions": list(rule.conditions.doubts),
    }
    for key, bounds, v6 in (
        ("srcaddr", rule.source, False), ("dstaddr", rule.dest, False),
        ("srcaddr6", rule.source6, True), ("dstaddr6", rule.dest6, True),
    ):  # fmt: skip
        found[key] = [space.address_text(one, v6) for one in bounds.certain]
        found[f"{key}_unknown"] = list(bounds.unknown)
    found["service_unknown"] = list(rule.ports.bounds.unknown)
    return {key: value for key, value in found.items() if value not in ([], "")}


def rule_line(rule: Rule) -> str:
    """One rule on one line."""
    state = rule.policy.action if rule.policy.enabled else f"{rule.policy.action}, disabled"
    source = _set(rule.source, False) or _set(rule.source6, True)
    dest = ", ".join([*rule.vips, *filter(None, [_set(rule.dest, False)])])
    services = [ports.text(one) for one in rule.ports.possible]
    return (
        f"{rule.place + 1:>5}  {rule.title:<28} {state:<16} "
        f"{_short(_interfaces(rule.srcintf))} > {_short(_interfaces(rule.dstintf))}  "
        f"{source} > {dest or _set(rule.dest6, True)}  {_short(services)}"
    )


def effective_text(policy: Effective) -> str:
    """All rules, the implicit deny at the end."""
    head = f"{policy.target.device} {policy.target.vdom}: package {policy.package}"
    return "\n".join([head, *map(rule_line, policy.rules), "    -  implicit deny"])


def answer_text(row: dict[str, Any]) -> str:
    """One look-up."""
    where = f"{row['device']} {row['vdom']}"
    lines = [f"{where}: {row['action']} by policy {row['policyid']} {row['policy_name']}".rstrip()]
    return "\n".join([*lines, *(f"    {line}" for line in row["explanation"])])


def finding_text(row: dict[str, Any]) -> str:
    """One finding on one line."""
    related = f" ({', '.join(map(str, row['related']))})" if row["related"] else ""
    name = f"{row['policyid']} {row['policy_name']}".rstrip()
    where = f"{row['device']} {row['vdom']}"
    return f"{row['severity']:<13} {where}  {name}: {row['description']}{related}"


def overlap_text(row: dict[str, Any]) -> str:
    """How one rule stands to earlier ones, on one line."""
    taken = row["taken"]
    share = "share taken not decided" if taken is None else f"{_percent(taken)} taken"
    words = [f"{one['relation']} of {one['policyid']}" for one in row["relations"]]
    name = f"{row['policyid']} {row['policy_name']}".rstrip()
    return f"{row['device']} {row['vdom']}  {name}: {'; '.join([share, *words])}"


def unused_text(row: dict[str, Any]) -> str:
    """Objects of one ADOM that no policy uses, and how far that can be told."""
    lines = [f"{one['table']:<28} {one['name']}" for one in row["unused_objects"]]
    lines.append(f"{len(lines)} objects of {row['adom']} are used by no policy; routes, VPN and "
                 "other features were not looked at.")  # fmt: skip
    if row["not_collected"]:
        missing = _short(row["not_collected"])
        lines.append(f"They may be used in packages that were not collected: {missing}.")
    return "\n".join(lines)


def difference_text(found: TrafficDifference) -> str:
    """What a change opens and closes."""
    lines = []
    for row in (change.row() for change in found.changes):
        parts = (
            _short(row[key]) for key in ("srcintf", "dstintf", "srcaddr", "dstaddr", "service")
        )
        lines.append(
            f"{row['effect']:<10} {' '.join(parts)}  "
            f"(policy {row['policyid_before']} before, {row['policyid_after']} after)"
        )
    if found.translated:
        named = ", ".join(map(str, found.translated))
        lines.append(f"Flows to virtual IPs were not followed: policies {named}.")
    if not found.complete:
        lines.append("Cut: there is more than the budget allowed to look at.")
    return "\n".join(lines or ["No traffic is treated differently."])


def _percent(share: float) -> str:
    """Nothing but all is told as 100%, nothing but nothing as 0%."""
    if share in (0, 1):
        return f"{share:.0%}"
    return "under 0.1%" if share < 0.001 else f"{min(share, 0.999):.1%}"


def _interfaces(found: Interfaces) -> list[str]:
    return ["any"] if found.everything else [*sorted(found.names), *found.unknown]


def _set(found: Bounds, v6: bool) -> str:
    if found.certain in (space.ALL_IPV4, space.ALL_IPV6):
        return "all"
    return _short([*(space.address_text(one, v6) for one in found.certain), *found.unknown])


def _short(texts: list[str], most: int = 3) -> str:
    more = f", … {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
