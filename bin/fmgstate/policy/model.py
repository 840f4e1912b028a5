"""Policies and the objects they refer to, as FortiManager keeps them for one ADOM."""

from __future__ import annotations

from typing import Any, Optional

from fmgstate.inventory.model import Target
from fmgstate.lean_dataclass import dataclass, field

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


CENTRAL_DNAT = ("central/dnat", "central/dnat6")
"""Which virtual IPs of IPv4 and IPv6 a package puts in force with central NAT."""


@dataclass(frozen=True)
class CentralDnat:
    """One virtual IP that a package puts in force with central NAT, by its name.

    ``table``: central/dnat, or central/dnat6 for IPv6. ``install_on``: as a policy's.
    """

    table: str
    name: str
    sequence: int
    enabled: bool = True
    install_on: Optional[tuple[Target, ...]] = None


@dataclass(frozen=True)
class HitCount:
    """What one policy let through or blocked, as FortiGates counted it.

    Of a whole package: summed over the FortiGates it is installed on; ``first_session``,
    ``last_session`` and ``sessions`` (open when it was counted) come with it. Of one ``device`` and
    ``vdom``: with ``active_sessions`` instead. Times are epoch seconds, 0 = never. Counters start
    from 0 when a FortiGate reboots; what counts is the start of a session, not its packets.
    """

    table: str
    policyid: int
    uuid: str = ""
    name: str = ""
    hits: int = 0
    bytes: int = 0
    packets: int = 0
    first_hit: int = 0
    last_hit: int = 0
    first_session: Optional[int] = None
    last_session: Optional[int] = None
    sessions: Optional[int] = None
    active_sessions: Optional[int] = None
    device: str = ""
    vdom: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a task of FortiManager is. ``state``: its word for it. ``errors``: how many of its
    parts failed; ``failed``: what those said. ``percent``: 0 to 100."""

    state: str
    errors: int
    percent: int
    failed: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it ended, well or not."""
        return self.state in ENDED

    @property
    def succeeded(self) -> bool:
        """Whether it ended and nothing of it failed."""
        return self.state in SUCCEEDED and not self.errors


SUCCEEDED = ("done", "warning")
ENDED = (*SUCCEEDED, "cancelled", "error", "aborted")
