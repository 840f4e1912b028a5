"""Why a rule is not found, in sentences: one wording for every answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from fmgstate.collect.scope import Scope
from fmgstate.store.base import Head

RANGES = (
    (1071741825, 1072741824, "policy blocks"),
    (1072741825, 1073741824, "VPN policies"),
    (1073741825, 1074741824, "global header policies"),
    (1074741825, 1075741824, "global footer policies"),
)
"""Policy ids that FortiManager keeps for what it puts around a package's own policies."""

MOST_SHOWN = 60
SOME_ADOMS_ONLY = "Your roles show you some ADOMs only."
NOTHING_TO_SEE = "Your roles show you some ADOMs only, and nothing of those is here."


def no_device(name: str) -> str:
    return f"No device is called {name}, nor has it as host name or serial."


def no_vdom(device: str, vdom: str, vdoms: Iterable[str]) -> str:
    asked = f"has no VDOM {vdom}" if vdom else "has several VDOMs, and none is named"
    return f"Device {device} {asked}; it has: {', '.join(vdoms) or 'none'}."


def no_package(device: str, vdom: str) -> str:
    return f"No policy package is assigned to {device} [{vdom}]."


def not_collected(scope: Scope, head: Optional[Head]) -> str:
    error: Any = head.outcome.get("error") if head else ""
    told = f"{scope.kind.capitalize()} {scope.name} of ADOM {scope.adom} was not collected yet."
    return f"{told} {error}".rstrip() if error else told


def no_policy(package: Scope, policyid: int) -> str:
    return f"Package {package.name} of ADOM {package.adom} has no policy {policyid}."


def of_range(policyid: int) -> str:
    """What ids like this are for; "" for those of a package's own policies."""
    for first, last, what in RANGES:
        if first <= policyid <= last:
            return f"Ids like this are those of {what}."
    return ""


def no_number(text: str) -> str:
    """``text``: what stands where a policyid is looked for, several values one a line."""
    shown = ", ".join(text.split("\n"))
    return f"No policy has the policyid {shown[:MOST_SHOWN]}: that is no single number."


def no_uuid(uuid: str) -> str:
    return f"No policy has uuid {uuid}."


def doubt(heads: int, doubtful: int, what: str) -> str:
    """What may be missing where nothing was found; "" when all is known and fresh."""
    if not heads:
        return "Nothing was collected yet."
    if not doubtful:
        return ""
    return f"{doubtful} of {heads} {what} were not collected or are stale: see status."
