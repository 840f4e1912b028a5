"""A package as the FortiOS configuration that it would become, for peers that read only that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmgstate.policy.effective import PackageState
from fmgstate.policy.model import FirewallObject, Policy

TABLES = {
    "firewall/address": "firewall address",
    "firewall/address6": "firewall address6",
    "firewall/addrgrp": "firewall addrgrp",
    "firewall/vip": "firewall vip",
    "firewall/service/custom": "firewall service custom",
    "firewall/service/group": "firewall service group",
}
NETWORKS = ("subnet", "wildcard")
PLAIN = ("type", "exclude", "protocol", "portforward", "comment")


def config(state: PackageState, objects: Iterable[FirewallObject]) -> str:
    """The configuration of one VDOM."""
    listed = list(objects)
    lines = [
        "config system interface",
        *(f'    edit "port{n}"\n        set vdom "root"\n    next' for n in range(1, 17)),
        "end",
    ]
    for table, name in TABLES.items():
        lines.append(f"config {name}")
        for one in listed:
            if one.table == table:
                lines += [f'    edit "{one.name}"', *_values(one), "    next"]
        lines.append("end")
    lines.append("config firewall policy")
    for policy in state.policies:
        lines += [f"    edit {policy.policyid}", *_policy(policy), "    next"]
    return "\n".join([*lines, "end", ""])


def _values(one: FirewallObject) -> Iterator[str]:
    for key, value in one.values.items():
        if key in NETWORKS or key.endswith("portrange"):
            yield f"        set {key} {' '.join(value)}"
        elif isinstance(value, list):
            yield f"        set {key} " + " ".join(f'"{item}"' for item in value)
        elif key in PLAIN or value[:1].isdigit():
            yield f"        set {key} {value}"
        else:
            yield f'        set {key} "{value}"'


def _policy(policy: Policy) -> Iterator[str]:
    yield f'        set name "{policy.name}"'
    for key in ("srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service"):
        names = getattr(policy, key)
        if names:
            yield f"        set {key} " + " ".join(f'"{name}"' for name in names)
    yield f"        set action {policy.action}" if policy.action == "accept" else ""
    yield f'        set schedule "{policy.schedule[0]}"'
    for key in policy.negated:
        yield f"        set {key}-negate enable"
    if policy.groups:
        yield "        set groups " + " ".join(f'"{name}"' for name in policy.groups)
    if not policy.enabled:
        yield "        set status disable"
