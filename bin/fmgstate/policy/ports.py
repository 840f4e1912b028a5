"""Services on one axis of integers, so that they are sets of ranges like addresses.

A place on the axis is ``protocol << 16 | port``; for ICMP ``type << 8 | code`` stands for the
port, and a protocol without ports takes all 65536 places. Source ports are a second dimension
that few services use: those stand apart, in ``by_source``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Optional

from fmgstate.policy import space
from fmgstate.policy.bounds import Bounds
from fmgstate.policy.reasons import Reason
from fmgstate.policy.services import Service, Services

WHOLE: space.Ranges = ((0, 2**24 - 1),)
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}
NAMES = {number: name for name, number in NUMBERS.items()}


class Ports(NamedTuple):
    """``bounds``: places on the axis; ``by_source``: (places, source ports) in addition."""

    bounds: Bounds
    by_source: tuple[tuple[space.Range, space.Range], ...] = ()

    @property
    def possible(self) -> space.Ranges:
        """All places that it may hold, whatever the source port."""
        if not self.by_source:
            return self.bounds.possible
        return space.union([*self.bounds.possible, *(where for where, _ in self.by_source)])

    def negated(self) -> Ports:
        """Every other service. Kept as bounds: a source port then never makes it certain."""
        reasons = tuple(Reason.SOURCE_PORT(space.port_text(one)) for _, one in self.by_source)
        unknown = tuple(sorted({*self.bounds.unknown, *reasons}))
        certain = space.complement(self.possible, WHOLE)
        return Ports(Bounds(certain, space.complement(self.bounds.certain, WHOLE), unknown))


ANY = Ports(Bounds(WHOLE, WHOLE))


def place(protocol: int, port: int) -> int:
    """Where on the axis: ``port`` is a port, ``type << 8 | code``, or 0."""
    return protocol << 16 | port


def text(one: space.Range) -> str:
    """A range of the axis within one protocol, as people write it."""
    low, high = one
    if (low, high) == WHOLE[0]:
        return "any"
    number = low >> 16
    name = NAMES.get(number, f"protocol {number}")
    if low & 65535 == 0 and high & 65535 == 65535:
        return name if high >> 16 == number else f"protocols {number}-{high >> 16}"
    if number in (1, 58):
        return f"{name} type {low >> 8 & 255}" + (f" code {low & 255}" if low == high else "")
    return f"{name}/{space.port_text((low & 65535, high & 65535))}"


def ports(services: Services) -> Ports:
    """Where these services lie on the axis."""
    plain = [places(one) for one in services.known if one.source is None]
    by_source = tuple((places(one), one.source) for one in services.known if one.source is not None)
    certain = space.union(plain)
    beyond = WHOLE if services.boundless else tuple(places(one) for one in services.perhaps)
    possible = space.union([*certain, *beyond]) if beyond else certain
    return Ports(Bounds(certain, possible, services.unknown), by_source)


def places(one: Service) -> space.Range:
    """The places of one service."""
    if one.protocol == "ip":
        return one.low << 16, one.high << 16 | 65535
    base = NUMBERS[one.protocol] << 16
    if one.protocol.startswith("icmp"):
        low_code, high_code = (0, 255) if one.code is None else (one.code, one.code)
        return base | one.low << 8 | low_code, base | one.high << 8 | high_code
    return base | one.low, base | one.high


def fits_source(found: Ports, where: int, source: Optional[int]) -> Optional[bool]:
    """Does a service with source ports hold this place? None = the source port is not known."""
    fitting = [ports for (low, high), ports in found.by_source if low <= where <= high]
    if not fitting:
        return False
    return None if source is None else any(low <= source <= high for low, high in fitting)


def protocol_number(text: str) -> int:
    """ "tcp", "icmp6" or "47"; raises ``ValueError`` for anything else."""
    found: Iterable[int] = [NUMBERS[text.lower()]] if text.lower() in NUMBERS else [int(text)]
    (number,) = found
    if not 0 <= number <= 255:
        raise ValueError(text)
    return number
