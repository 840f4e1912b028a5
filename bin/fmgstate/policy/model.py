"""Policies and the objects they refer to, as FortiManager keeps them for one ADOM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from fmgstate.inventory.model import Target

HEADER, PACKAGE, FOOTER, BLOCK = "header", "package", "footer", "block"
PARTS = (HEADER, PACKAGE, FOOTER, BLOCK)
"""Where a policy stands: global header or footer, the package itself, or a policy block."""


@dataclass(frozen=True)
class Policy:
    """One rule.

    ``table``: FortiManager's name of its table ("firewall/policy"). ``sequence``: 1-based place in
    that table. References are names, unresolved. ``negated``: the dimensions that are negated
    ("srcaddr", "service"). ``install_on``: None = wherever the package goes, () = nowhere.
    ``block``: the policy block that this row stands for. ``section``: title of its section.
    ``expires``: "YYYY-MM-DD HH:MM:SS" as set on the rule, "" = never. ``modified_time``: epoch
    seconds by FortiManager's clock. ``profiles``: security profiles by their attribute.
    ``other``: further attributes of this kind of table, as FortiManager names them.
    """

    policyid: int
    table: str
    part: str
    sequence: int
    uuid: str = ""
    name: str = ""
    enabled: bool = True
    action: str = ""
    srcintf: tuple[str, ...] = ()
    dstintf: tuple[str, ...] = ()
    srcaddr: tuple[str, ...] = ()
    dstaddr: tuple[str, ...] = ()
    srcaddr6: tuple[str, ...] = ()
    dstaddr6: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ()
    internet_service: tuple[str, ...] = ()
    internet_service_src: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    fsso_groups: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()
    nat: bool = False
    ippool: bool = False
    poolname: tuple[str, ...] = ()
    logtraffic: str = ""
    utm: bool = False
    inspection_mode: str = ""
    profiles: dict[str, str] = field(default_factory=dict)
    comments: str = ""
    section: str = ""
    expires: str = ""
    block: str = ""
    install_on: Optional[tuple[Target, ...]] = None
    meta: dict[str, str] = field(default_factory=dict)
    modified_time: Optional[int] = None
    modified_by: str = ""
    other: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """What an object is on one (device, VDOM) instead of its default ("per-device mapping")."""

    target: Target
    values: dict[str, Any]


@dataclass(frozen=True)
class FirewallObject:
    """An address, service, schedule, VIP, interface or a group of such.

    ``table``: FortiManager's name of its table ("firewall/addrgrp"). ``values``: its attributes by
    FortiManager's names, only those that are filled in; enumerations as words, references as
    lists of names.
    """

    table: str
    name: str
    uuid: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    mappings: tuple[Mapping, ...] = ()
