"""Services as protocols with port ranges. Source: API facts 2.5, ``firewall/service/custom``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from fmgstate.lean_dataclass import dataclass
from fmgstate.policy import space
from fmgstate.policy.reasons import Reason

PORT_PROTOCOLS = ("tcp", "udp", "sctp")
ZERO = str(space.address_text((0, 0)))


@dataclass(frozen=True, order=True)
class Service:
    """One protocol with its ports. ``protocol``: tcp, udp, sctp, icmp, icmp6, ip.

    ``low``/``high``: destination ports, or the ICMP type, or the IP protocol number; ``source``:
    source ports, None = all; ``code``: of ICMP, None = all. ip 0-255 is every protocol.
    """

    protocol: str
    low: int
    high: int
    source: Optional[space.Range] = None
    code: Optional[int] = None

    def __str__(self) -> str:
        if self.protocol == "ip" and (self.low, self.high) == (0, 255):
            return "any"
        if self.protocol.startswith("icmp") and (self.low, self.high) == (0, 255):
            return self.protocol
        text = f"{self.protocol}/{space.port_text((self.low, self.high))}"
        if self.code is not None:
            text += f" code {self.code}"
        return text if self.source is None else f"{text} from {space.port_text(self.source)}"


@dataclass(frozen=True)
class Services:
    """``known``: sorted. ``unknown``: "name (reason)", sorted.

    ``perhaps``: what the unknown ones may be; ``boundless``: one of them may be anything.
    """

    known: tuple[Service, ...] = ()
    unknown: tuple[str, ...] = ()
    perhaps: tuple[Service, ...] = ()
    boundless: bool = False

    @staticmethod
    def united(parts: Iterable[Services]) -> Services:
        """All of them together; port ranges that touch are merged."""
        gathered = list(parts)
        known = [service for part in gathered for service in part.known]
        perhaps = [service for part in gathered for service in part.perhaps]
        return Services(
            known=tuple(_merged(known)),
            unknown=tuple(sorted({doubt for part in gathered for doubt in part.unknown})),
            perhaps=tuple(_merged(perhaps)),
            boundless=any(part.boundless for part in gathered),
        )


def custom_service(name: str, values: dict[str, Any]) -> Services:
    """One service object. A restriction that ports cannot express makes it unknown."""
    try:
        read = tuple(_merged(_read(values)))
    except (ValueError, TypeError):
        return Services(unknown=(Reason.UNREADABLE_PORTS(name),), boundless=True)
    if not read:  # what it has is of a kind that is not read, as UDP-Lite ports
        return Services(unknown=(Reason.NO_PORTS(name),), boundless=True)
    for key in ("fqdn", "application", "app-category"):
        if key in values:
            return Services(unknown=(Reason.RESTRICTED(name, key),), perhaps=read)
    if values.get("iprange", ZERO) not in (ZERO, f"{ZERO}-{ZERO}"):
        return Services(unknown=(Reason.RESTRICTED(name, "iprange"),), perhaps=read)
    if values.get("proxy") == "enable":
        return Services(unknown=(Reason.PROXY_SERVICE(name),), boundless=True)
    if "udplite-portrange" in values:
        return Services(read, unknown=(Reason.UDP_LITE(name),), boundless=True)
    return Services(read)


def _read(values: dict[str, Any]) -> list[Service]:
    protocol = str(values.get("protocol", "TCP/UDP/SCTP")).upper()
    if protocol == "IP":
        number = _octet(values.get("protocol-number", 0))
        return [Service("ip", number, number) if number else Service("ip", 0, 255)]
    if protocol in ("ICMP", "ICMP6"):
        return [_icmp(protocol.lower(), values)]
    if not protocol.startswith("TCP/"):
        raise ValueError(protocol)
    return [
        _ports(kind, text)
        for kind in PORT_PROTOCOLS
        for text in _listed(values.get(f"{kind}-portrange", []))
    ]


def _icmp(protocol: str, values: dict[str, Any]) -> Service:
    code = values.get("icmpcode")
    if "icmptype" not in values:
        return Service(protocol, 0, 255)
    kind = _octet(values["icmptype"])
    return Service(protocol, kind, kind, code=None if code is None else _octet(code))


def _octet(text: Any) -> int:
    number = int(text)
    if not 0 <= number <= 255:
        raise ValueError(text)
    return number


def _ports(protocol: str, text: str) -> Service:
    """ "443", "1000-2000", or destination:source as in "443:1024-65535"."""
    destination, _, source = text.partition(":")
    low, high = _span(destination)
    from_ports = _span(source) if source else None
    return Service(protocol, low, high, None if from_ports in ((0, 65535), (1, 65535))
                   else from_ports)  # fmt: skip


def _span(text: str) -> space.Range:
    first, _, last = text.partition("-")
    low, high = int(first), int(last or first)
    if not 0 <= low <= high <= 65535:
        raise ValueError(text)
    return low, high


def _listed(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    return [part for text in texts for part in str(text).split()]


def _merged(services: list[Service]) -> list[Service]:
    groups: dict[tuple[str, Optional[space.Range], Optional[int]], list[space.Range]] = {}
    for one in services:
        key = (one.protocol, one.source, one.code)
        groups.setdefault(key, []).append((one.low, one.high))
    found = [
        Service(protocol, low, high, source, code)
        for (protocol, source, code), ranges in groups.items()
        for low, high in space.union(ranges)
    ]
    return sorted(found, key=str)
