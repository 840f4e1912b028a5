"""Flows aimed at the rules of a VDOM, so that all kinds of rules come to decide some."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from random import Random

from simulator.logs import world
from simulator.logs.objects import EVERYTHING, Addresses, Ports, VirtualIp
from simulator.logs.rules import Flow, Rule, RuleBase

_ICMP = (1, 58)
_ECHO = {4: 8, 6: 128}
"""Types of echo requests."""
_USERS = ("a.novak", "b.silva", "c.tanaka", "d.okafor", "e.lind")
_FAMILIAR = (22, 53, 80, 123, 443, 445, 993, 3389, 8080, 8443)


class Aim:
    """Makes flows for one VDOM."""

    def __init__(self, base: RuleBase, random: Random, ports: Sequence[str]) -> None:
        self._base = base
        self._random = random
        self._ports = ports

    def flow(self) -> Flow | None:
        """A flow that some rule should take, though an earlier one may; None when none comes."""
        rule = self._random.choice(self._base.rules)
        version = (
            6 if rule.sources[6] and (not rule.sources[4] or self._random.random() < 0.5) else 4
        )
        vip = self._vip(rule) if version == 4 else None
        source = self._address(rule.sources[version], version)
        destination = (
            vip.outside if vip is not None else self._address(rule.destinations[version], version)
        )
        if source is None or destination is None:
            return None
        protocol, port = self._service(rule, version, vip)
        user = self._random.choice(_USERS) if rule.groups else ""
        return Flow(
            version,
            self._interface(rule.srcintf),
            self._interface(rule.dstintf),
            source,
            destination,
            protocol,
            port,
            user,
            self._random.choice(sorted(rule.groups)) if rule.groups else "",
            vip or self._translated(destination, protocol, port),
        )

    def six(self) -> Flow:
        """A flow in IPv6 between any interfaces: most often nobody's."""
        pick = self._random
        prefix = int(ip_address("2001:db8:ffff::"))
        interfaces = pick.choice(self._ports), pick.choice(self._ports)
        source = prefix + pick.getrandbits(32)
        destination = prefix + (1 << 64) + pick.getrandbits(32)
        protocol = pick.choice((6, 17, 58))
        port = _ECHO[6] if protocol in _ICMP else 443
        return Flow(6, *interfaces, source, destination, protocol, port)

    def _vip(self, rule: Rule) -> VirtualIp | None:
        return self._random.choice(rule.virtual_ips) if rule.virtual_ips else None

    def _translated(self, destination: int, protocol: int, port: int) -> VirtualIp | None:
        """The virtual IP that takes a flow, by its outside address."""
        for vip in self._base.virtual_ips:
            if vip.outside == destination and (not vip.port or (protocol, port) == (6, vip.port)):
                return vip
        return None

    def _interface(self, names: frozenset[str] | None) -> str:
        return self._random.choice(sorted(names) if names else self._ports)

    def _address(self, parts: list[Addresses], version: int) -> int | None:
        ranges = [each for part in parts for each in part.ranges]
        if not ranges:
            return None
        first, last = self._random.choice(ranges)
        if (first, last) == EVERYTHING[version]:
            first, last = self._anywhere(version)
        # A few hosts talk most: hosts of a network are few.
        return first + self._random.randrange(min(last - first + 1, 24))

    def _anywhere(self, version: int) -> tuple[int, int]:
        if version == 6:
            return world.network("2001:db8:ffff::/64")
        pick = self._random
        if pick.random() < 0.5:
            return world.network(pick.choice(world.ELSEWHERE))
        return world.network(f"10.{pick.randrange(10, 20)}.{pick.randrange(0, 240, 4)}.0/24")

    def _service(self, rule: Rule, version: int, vip: VirtualIp | None) -> tuple[int, int]:
        if vip is not None and vip.port:
            return 6, vip.port
        services = rule.services or [Ports(6, ((443, 443),))]
        if rule.on("service-negate"):
            services = [Ports(6), Ports(17)]
        service = self._random.choice(services)
        protocol = service.protocol or self._random.choice((6, 6, 17, 58 if version == 6 else 1))
        if protocol in _ICMP:
            return protocol, _ECHO[6 if protocol == 58 else 4]
        if protocol not in (6, 17, 132):
            return protocol, 0
        if not service.ranges:
            return protocol, self._random.choice(_FAMILIAR)
        first, last = self._random.choice(service.ranges)
        if last - first > 1000:
            return protocol, self._random.choice(_FAMILIAR)
        return protocol, self._random.randrange(first, last + 1)
