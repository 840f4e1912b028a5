"""One flow: what a look-up asks about, and the words of its answers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Optional, Union

from fmgstate.errors import FmgStateError
from fmgstate.policy import ports, space

MISS, MAY, HIT = 0, 1, 2
"""A rule does not match a flow, may match it, or matches it. In this order: less is weaker."""

State = int
Reasons = tuple[str, ...]
Judgement = tuple[State, Reasons]
"""Reasons stand only beside ``MAY``."""


class Flow(NamedTuple):
    """The first packet of a session, as the FortiGate receives it.

    ``srcintf``, ``dstintf``: interface, zone or normalized interface; None = not given. ``src``,
    ``dst``: addresses as integers. ``place``: protocol and port, see ``ports``. ``user``, ``time``
    (the FortiGate's own clock, no time zone) and ``source_port``: None = not given.
    """

    srcintf: Optional[str]
    dstintf: Optional[str]
    src: int
    dst: int
    place: int
    v6: bool = False
    source_port: Optional[int] = None
    user: Optional[str] = None
    time: Optional[datetime] = None

    def __str__(self) -> str:
        src = space.address_text((self.src, self.src), self.v6)
        dst = space.address_text((self.dst, self.dst), self.v6)
        service = ports.text((self.place, self.place))
        return f"{src} ({self.srcintf or '?'}) to {dst} ({self.dstintf or '?'}), {service}"


Head = tuple[Optional[str], Optional[str], int, int, int, bool]
"""A flow's first six values: most rules ask for no more."""


def flow(
    src: str,
    dst: str,
    protocol: Union[str, int],
    port: Optional[int] = None,
    srcintf: Optional[str] = None,
    dstintf: Optional[str] = None,
    **more: object,
) -> Flow:
    """A flow from text. ``port``: of TCP, UDP, SCTP; for ICMP ``type << 8 | code``; else None.

    ``more``: ``source_port``, ``user``, ``time``. Raises ``FmgStateError`` when it makes no sense.
    """
    source, destination = _address("source", src), _address("destination", dst)
    if source.version != destination.version:
        raise FmgStateError("Source and destination are of two IP versions.", "Give two of one.")
    number = _protocol(protocol)
    if port is None and number in ports.NAMES:
        raise FmgStateError(f"Protocol {protocol} needs a port or an ICMP type.", "Give one.")
    if port is not None and not 0 <= port <= 65535:
        raise FmgStateError(f"There is no port {port}.", "Give one from 0 to 65535.")
    where = ports.place(number, port or 0)
    v6 = source.version == 6
    return Flow(srcintf, dstintf, int(source), int(destination), where, v6, **more)  # type: ignore[arg-type]


def _address(what: str, text: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from ipaddress import ip_address  # a search reads its own way

    try:
        return ip_address(text.strip())
    except ValueError:
        raise FmgStateError(f"The {what} {text!r} is no address.", "Give one address.") from None


def _protocol(text: Union[str, int]) -> int:
    try:
        return ports.protocol_number(str(text))
    except ValueError:
        raise FmgStateError(
            f"There is no protocol {text!r}.", "Give tcp, udp, sctp, icmp, icmp6 or a number."
        ) from None
