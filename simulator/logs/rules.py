"""The rules of one VDOM in the order a FortiGate asks them, and which one decides a flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.logs import world
from simulator.logs.objects import Addresses, Objects, Ports, VirtualIp
from simulator.state.adom import Adom
from simulator.state.devices import Device
from simulator.state.packages import Package
from simulator.state.table import Row

POLICY = "firewall/policy"
HEADER, FOOTER = "global/header/policy", "global/footer/policy"
ALWAYS_KNOWN_SCHEDULES = ("always", "none")


@dataclass(frozen=True)
class Flow:
    """What a packet shows. ``port``: destination port, or the ICMP type. ``user``: in ``group``."""

    version: int
    srcintf: str
    dstintf: str
    source: int
    destination: int
    protocol: int
    port: int
    user: str = ""
    group: str = ""
    vip: VirtualIp | None = None


@dataclass
class Rule:
    """One policy as one VDOM has it. ``section``: header, package, block or footer."""

    row: Row
    section: str
    block: str
    srcintf: frozenset[str] | None
    dstintf: frozenset[str] | None
    schedule: str
    groups: frozenset[str]
    sources: dict[int, list[Addresses]]
    destinations: dict[int, list[Addresses]]
    virtual_ips: list[VirtualIp]
    services: list[Ports] = field(default_factory=list)

    def on(self, attribute: str) -> bool:
        return bool(self.row.get(attribute) == "enable")

    def joins(self, srcintf: str, dstintf: str) -> bool:
        """Whether the rule is about traffic between these interfaces."""
        return (self.srcintf is None or srcintf in self.srcintf) and (
            self.dstintf is None or dstintf in self.dstintf
        )

    def matches(self, flow: Flow, in_office: bool, *, all_takes_vips: bool, inner: bool) -> bool:
        """Whether the flow, between interfaces that the rule joins, is the rule's.

        FortiGates differ in whether an address takes what a virtual IP translates, and in
        which port a service then looks at: ``all_takes_vips``, ``inner`` (the translated one).
        """
        return (
            _active(self.schedule, in_office)
            and (not self.groups or flow.group in self.groups)
            and self._takes_source(flow)
            and self._takes_destination(flow, all_takes_vips)
            and self._serves(flow, inner)
        )

    def _takes_source(self, flow: Flow) -> bool:
        return _take(self.sources[flow.version], flow.source, self.on("srcaddr-negate"))

    def _takes_destination(self, flow: Flow, all_takes_vips: bool) -> bool:
        if flow.vip is not None:
            if flow.vip in self.virtual_ips:
                return not self.on("dstaddr-negate")
            if not all_takes_vips:
                return False
        return _take(self.destinations[flow.version], flow.destination, self.on("dstaddr-negate"))

    def _serves(self, flow: Flow, inner: bool) -> bool:
        if self.on("internet-service"):
            return True
        port = flow.port
        if inner and flow.vip is not None and flow.vip.inner_port:
            port = flow.vip.inner_port
        served = any(service.serve(flow.protocol, port) for service in self.services)
        return served != self.on("service-negate")


def _take(parts: list[Addresses], address: int, negated: bool) -> bool:
    if not parts:
        return False
    for part in parts:
        if part.contain(address):
            return not negated
    return negated


def _active(schedule: str, in_office: bool) -> bool:
    return schedule == "always" or (schedule == "office-hours" and in_office)


class RuleBase:
    """The rules of one package on one (device, vdom)."""

    def __init__(self, adom: Adom, package: Package, on: Device, vdom: str) -> None:
        self.package = package
        device = on.name
        self.objects = Objects(adom, device, vdom, on.zones(vdom))
        self.rules = [
            self._rule(row, section, block)
            for row, section, block in _ordered(adom, package)
            if row.get("status") == "enable" and _installed_on(row, adom, device, vdom)
        ]
        self.virtual_ips = {vip for rule in self.rules for vip in rule.virtual_ips}
        self._between: dict[tuple[str, str], list[Rule]] = {}

    def decide(self, flow: Flow, in_office: bool) -> Rule | None:
        """The first rule that matches, None for the implicit deny.

        Raises Doubtful when FortiGates of different releases would not agree.
        """
        if sum(vip.outside == flow.destination for vip in self.virtual_ips) > 1:
            raise Doubtful
        found = [
            self._first(flow, in_office, all_takes_vips=takes, inner=inner)
            for takes, inner in (
                ((True, True), (True, False), (False, True), (False, False))
                if flow.vip is not None
                else ((True, True),)
            )
        ]
        if any(each is not found[0] for each in found):
            raise Doubtful
        return found[0]

    def _first(
        self, flow: Flow, in_office: bool, *, all_takes_vips: bool, inner: bool
    ) -> Rule | None:
        pair = (flow.srcintf, flow.dstintf)
        if pair not in self._between:
            self._between[pair] = [rule for rule in self.rules if rule.joins(*pair)]
        for rule in self._between[pair]:
            if rule.matches(flow, in_office, all_takes_vips=all_takes_vips, inner=inner):
                return rule
        return None

    def _rule(self, row: Row, section: str, block: str) -> Rule:
        objects, get = self.objects, row.get
        return Rule(
            row,
            section,
            block,
            self._interfaces(get("srcintf")),
            self._interfaces(get("dstintf")),
            get("schedule")[0],
            frozenset(get("groups")),
            {
                4: self._addresses(get("srcaddr"), 4),
                6: self._addresses(get("srcaddr6"), 6),
            },
            {4: self._destinations(get), 6: self._addresses(get("dstaddr6"), 6)},
            objects.virtual_ips(get("dstaddr")),
            [ports for name in get("service") for ports in objects.services(name)],
        )

    def _destinations(self, get: Any) -> list[Addresses]:
        if get("internet-service") == "enable":
            return [
                Addresses(world.internet_service(name)) for name in get("internet-service-name")
            ]
        return self._addresses(get("dstaddr"), 4)

    def _addresses(self, names: list[str], version: int) -> list[Addresses]:
        return [part for name in names for part in self.objects.addresses(name, version)]

    def _interfaces(self, names: list[str]) -> frozenset[str] | None:
        parts = [self.objects.interfaces(name) for name in names]
        if any(part is None for part in parts):
            return None
        return frozenset[str]().union(*(part for part in parts if part is not None))


class Doubtful(Exception):
    """Which rule decides depends on what the simulated state does not say."""


def _ordered(adom: Adom, package: Package) -> Iterator[tuple[Row, str, str]]:
    """Header, package with its policy blocks in place, footer; each with section and block."""
    for row in _rows(adom, package, HEADER):
        yield row, "header", ""
    table = package.database.tables.get(POLICY)
    for row in table or ():
        name = row.get("_policy_block")
        if not name:
            yield row, "package", ""
            continue
        for inner in adom.blocks[name].database.tables.get(POLICY) or ():
            yield inner, "block", str(name)
    for row in _rows(adom, package, FOOTER):
        yield row, "footer", ""


def _rows(adom: Adom, package: Package, path: str) -> list[Row]:
    """Global rows lie in each package, or (older releases) in the ADOM's objects."""
    for database in (package.database, adom.objects):
        table = database.tables.get(path)
        if table is not None and len(table):
            return list(table)
    return []


def _installed_on(row: Row, adom: Adom, device: str, vdom: str) -> bool:
    """Whether an install-on list, if there is one, names this device and VDOM."""
    if row.scope is None:
        return True
    for member in row.scope:
        if "vdom" in member:
            if (member["name"], member["vdom"]) == (device, vdom):
                return True
        elif (device, vdom) in adom.members(member["name"]):
            return True
    return False
