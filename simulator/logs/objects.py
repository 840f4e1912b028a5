"""Which addresses and services the objects of an ADOM mean on one device and VDOM.

Written anew for the logs, plainly, so that it can testify against anybody who computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any

from simulator.logs import world
from simulator.state.adom import Adom
from simulator.state.table import Row

FIRST_SOURCE_PORT = 1024
EVERYTHING = {4: (0, 2**32 - 1), 6: (0, 2**128 - 1)}


@dataclass(frozen=True)
class Addresses:
    """Addresses of one family, as ranges, without others that were taken out.

    ``bits``: (value, mask) of wildcard addresses.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    bits: tuple[tuple[int, int], ...] = ()
    without: tuple[Addresses, ...] = ()

    def contain(self, address: int) -> bool:
        return self._hold(address) and not any(other.contain(address) for other in self.without)

    def _hold(self, address: int) -> bool:
        for first, last in self.ranges:
            if first <= address <= last:
                return True
        return any(address & mask == value & mask for value, mask in self.bits)


@dataclass(frozen=True)
class VirtualIp:
    """A destination NAT. ``port`` and ``inner_port`` are 0 when ports stay as they are."""

    name: str
    outside: int
    inside: int
    port: int
    inner_port: int


@dataclass(frozen=True)
class Ports:
    """One service: ``protocol`` 0 is any. ``ranges`` are destination ports; for ICMP ``icmp_type``
    (None is any)."""

    protocol: int
    ranges: tuple[tuple[int, int], ...] = ()
    icmp_type: int | None = None

    def serve(self, protocol: int, port: int) -> bool:
        """``port`` is the destination port, or the ICMP type."""
        if self.protocol == 0:
            return True
        if protocol != self.protocol:
            return False
        if protocol in (1, 58):
            return self.icmp_type is None or port == self.icmp_type
        return not self.ranges or any(first <= port <= last for first, last in self.ranges)


class Objects:
    """The objects of an ADOM as (device, vdom) has them. ``zones``: its own, by name."""

    def __init__(
        self, adom: Adom, device: str, vdom: str, zones: Mapping[str, frozenset[str]]
    ) -> None:
        self._adom = adom
        self._zones = zones
        self._scope = {"name": device, "vdom": vdom}
        self._addresses: dict[tuple[int, str], list[Addresses]] = {}
        self._services: dict[str, list[Ports]] = {}
        self._interfaces: dict[str, frozenset[str] | None] = {}

    def addresses(self, name: str, version: int) -> list[Addresses]:
        """What an address, a range, a group means; [] for a virtual IP."""
        key = (version, name)
        if key not in self._addresses:
            self._addresses[key] = self._read_addresses(name, version)
        return self._addresses[key]

    def virtual_ips(self, names: Iterable[str]) -> list[VirtualIp]:
        """The virtual IPs among these names and in the groups among them."""
        found = []
        for name in names:
            group = self._row("firewall/vipgrp", name)
            if group is not None:
                found += self.virtual_ips(group.get("member", []))
            row = self._row("firewall/vip", name)
            if row is not None:
                found.append(self._virtual_ip(row))
        return found

    def services(self, name: str) -> list[Ports]:
        """What a service or a group of services serves."""
        if name not in self._services:
            group = self._row("firewall/service/group", name)
            if group is not None:
                parts = [
                    part for member in group.get("member", []) for part in self.services(member)
                ]
            else:
                row = self._row("firewall/service/custom", name)
                parts = [] if row is None else _ports(row.get)
            self._services[name] = parts
        return self._services[name]

    def interfaces(self, name: str) -> frozenset[str] | None:
        """The device's own interfaces under a policy's name for them; None is any."""
        if name not in self._interfaces:
            self._interfaces[name] = self._read_interfaces(name)
        return self._interfaces[name]

    def _read_interfaces(self, name: str) -> frozenset[str] | None:
        if name == "any":
            return None
        row = self._row("dynamic/interface", name)
        mapping = self._mapping(row) if row is not None else None
        local = [name] if row is None else mapping["local-intf"] if mapping is not None else ()
        # Traffic never comes through a zone, only through an interface in it.
        return frozenset[str]().union(*(self._zones.get(one, (one,)) for one in local))

    def schedule(self, name: str) -> Row | None:
        """A recurring or one-time schedule."""
        return self._row("firewall/schedule/recurring", name) or self._row(
            "firewall/schedule/onetime", name
        )

    def pool(self, name: str) -> Row | None:
        """An IP pool."""
        return self._row("firewall/ippool", name)

    def _row(self, path: str, name: str) -> Row | None:
        table = self._adom.objects.tables.get(path)
        return None if table is None else table.rows.get(name)

    def _mapping(self, row: Row) -> dict[str, Any] | None:
        for mapping in row.get("dynamic_mapping") or []:
            if self._scope in mapping["_scope"]:
                found: dict[str, Any] = mapping
                return found
        return None

    def _mapped(self, row: Row) -> Callable[..., Any]:
        """Attribute by name: the mapping's for this device, where there is one."""
        mapping = self._mapping(row)
        if mapping is None:
            return row.get
        return lambda name, default=None: mapping.get(name, row.get(name, default))

    def _read_addresses(self, name: str, version: int) -> list[Addresses]:
        suffix = "6" if version == 6 else ""
        group = self._row(f"firewall/addrgrp{suffix}", name)
        if group is not None:
            return self._group(group, version)
        row = self._row(f"firewall/address{suffix}", name)
        if row is None:
            return []
        get = self._mapped(row)
        if version == 6:
            return [Addresses((world.network(str(get("ip6"))),))]
        return [_four(get)]

    def _group(self, row: Row, version: int) -> list[Addresses]:
        get = self._mapped(row)
        parts = [part for name in get("member", []) for part in self.addresses(name, version)]
        if get("exclude") != "enable":
            return parts
        without = tuple(
            part for name in get("exclude-member", []) for part in self.addresses(name, version)
        )
        return [Addresses(part.ranges, part.bits, part.without + without) for part in parts]

    def _virtual_ip(self, row: Row) -> VirtualIp:
        get = self._mapped(row)
        forwards = get("portforward") == "enable"
        return VirtualIp(
            row.key,
            _number(str(get("extip")).partition("-")[0]),
            _number(str(get("mappedip")[0]).partition("-")[0]),
            _first_port(get("extport")) if forwards else 0,
            _first_port(get("mappedport")) if forwards else 0,
        )


@cache
def _number(text: str) -> int:
    return int(ip_address(text))


def _first_port(text: Any) -> int:
    return int(str(text or "0").partition("-")[0])


def _four(get: Callable[..., Any]) -> Addresses:
    kind = get("type") or "ipmask"
    if kind == "ipmask":
        address, mask = get("subnet")
        return Addresses((world.network(f"{address}/{mask}"),))
    if kind == "iprange":
        return Addresses(((_number(get("start-ip")), _number(get("end-ip"))),))
    if kind == "wildcard":
        address, mask = get("wildcard")
        return Addresses(bits=((_number(address), _number(mask)),))
    if kind == "fqdn":
        return Addresses(world.host_name(get("fqdn")))
    if kind == "wildcard-fqdn":
        return Addresses(world.wildcard_host_name(get("wildcard-fqdn")))
    if kind == "geography":
        code = get("country")
        return Addresses(world.country(code if isinstance(code, str) else "".join(code or [])))
    # Tags of endpoints and clouds: nobody carries one on that day.
    return Addresses()


def _ports(get: Callable[..., Any]) -> list[Ports]:
    protocol = get("protocol") or "TCP/UDP/SCTP"
    if protocol == "IP":
        return [Ports(int(get("protocol-number") or 0))]
    if protocol in ("ICMP", "ICMP6"):
        kind = get("icmptype")
        return [
            Ports(1 if protocol == "ICMP" else 58, icmp_type=None if kind is None else int(kind))
        ]
    if protocol != "TCP/UDP/SCTP":
        return []
    found = []
    for number, name in ((6, "tcp-portrange"), (17, "udp-portrange"), (132, "sctp-portrange")):
        ranges = tuple(_port_range(str(text)) for text in get(name) or [])
        if ranges:
            found.append(Ports(number, ranges))
    return found


def _port_range(text: str) -> tuple[int, int]:
    destination, _colon, source = text.partition(":")
    low, _dash, high = source.partition("-")
    if source and (int(low) > FIRST_SOURCE_PORT or int(high or low) < 65535):
        raise ValueError(f"{text}: flows come from any port above {FIRST_SOURCE_PORT - 1}")
    first, _dash, last = destination.partition("-")
    return int(first), int(last or first)
