"""Flows as logs and people write them, read into what the policy engine asks about.

What cannot be read is a sentence that says why, never a flow that is nearly right.
"""

from __future__ import annotations

import re
from datetime import datetime
from socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple, Optional, Union

from fmgstate.policy import ports
from fmgstate.policy.flow import Flow

MOST_KEPT = 100_000
"""Texts of which the reading is remembered, of each kind."""
ICMP = (1, 58)
WITH_PORTS = (6, 17, 132)
PROTOCOLS = {**ports.NUMBERS, "icmpv6": 58, "ipv6-icmp": 58, "icmp6": 58}
PINGS = {"ping": (1, 8 << 8), "ping6": (58, 128 << 8)}
UNKNOWN_INTERFACES = ("", "unknown-0", "unknown-1")
"""What FortiGates log when the interface was not known yet."""
UNKNOWN_USERS = ("", "N/A", "unknown")
_ICMP_SERVICE = re.compile(r"icmp6?/(\d{1,3})(?:/(\d{1,3}))?", re.IGNORECASE)

Address = tuple[int, bool]
"""As an integer, and whether it is IPv6."""


class Question(NamedTuple):
    """One flow as text; "" = not given.

    ``transport``: tcp, udp, sctp, icmp, icmp6 or a number. ``dest_port``: of TCP, UDP and SCTP.
    ``service``: as FortiGates log it; only ICMP's type is taken from it: "icmp/8/0", "PING".
    ``date`` and ``time``: by the FortiGate's clock, "2026-11-22" and "09:30:00".
    """

    src: str
    dest: str
    transport: str
    dest_port: str = ""
    srcintf: str = ""
    dstintf: str = ""
    source_port: str = ""
    service: str = ""
    user: str = ""
    date: str = ""
    time: str = ""


class FlowReader:
    """Remembers what it has read: addresses, services and seconds come again and again."""

    def __init__(self) -> None:
        self._addresses = _Addresses()
        self._places: dict[tuple[str, str, str], Union[int, str]] = {}
        self._times: dict[tuple[str, str], Optional[datetime]] = {}

    def flow(self, asked: Question) -> Union[Flow, str]:
        """The flow; a sentence where there is none."""
        src, dest = self._addresses[asked.src], self._addresses[asked.dest]
        if src is None or dest is None:
            return _no_address(asked, src)
        if src[1] != dest[1]:
            return "Source and destination are of two IP versions."
        place = self._place(asked.transport, asked.dest_port, asked.service)
        if isinstance(place, str):
            return place
        port = asked.source_port
        return Flow(
            None if asked.srcintf in UNKNOWN_INTERFACES else asked.srcintf,
            None if asked.dstintf in UNKNOWN_INTERFACES else asked.dstintf,
            src[0],
            dest[0],
            place,
            src[1],
            int(port) if port.isdecimal() else None,
            None if asked.user in UNKNOWN_USERS else asked.user,
            self._time(asked.date, asked.time) if asked.time else None,
        )

    def _place(self, *asked: str) -> Union[int, str]:
        found = self._places.get(asked)  # type: ignore[arg-type]
        if found is None:
            if len(self._places) >= MOST_KEPT:
                self._places.clear()
            found = self._places[asked] = _place(*asked)  # type: ignore[index]
        return found

    def _time(self, *asked: str) -> Optional[datetime]:
        if asked not in self._times:
            if len(self._times) >= MOST_KEPT:
                self._times.clear()
            self._times[asked] = moment(" ".join(asked))  # type: ignore[index]
        return self._times[asked]  # type: ignore[index]


class _Addresses(dict[str, Optional[Address]]):
    """Texts to addresses; None for what is no address."""

    def __missing__(self, text: str) -> Optional[Address]:
        if len(self) >= MOST_KEPT:
            self.clear()
        found = self[text] = _address(text)
        return found


def moment(text: str) -> Optional[datetime]:
    """A FortiGate's date and time without zone; None for what is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def _address(text: str) -> Optional[Address]:
    v6 = ":" in text
    try:
        return int.from_bytes(inet_pton(AF_INET6 if v6 else AF_INET, text), "big"), v6
    except (OSError, ValueError):
        return None


def _no_address(asked: Question, src: Optional[Address]) -> str:
    what, text = ("source", asked.src) if src is None else ("destination", asked.dest)
    return f"The {what} {text} is no IP address." if text else f"There is no {what} address."


def _place(transport: str, port: str, service: str) -> Union[int, str]:
    """Where protocol and port lie on the engine's axis."""
    if not transport:
        return "There is no protocol."
    number = PROTOCOLS.get(transport.lower(), -1)
    if number < 0:
        if not transport.isdecimal() or int(transport) > 255:
            return f"There is no protocol {transport}."
        number = int(transport)
    if number in ICMP:
        return _icmp(number, service)
    if number not in WITH_PORTS:
        return ports.place(number, 0)
    if not port:
        return f"There is no destination port for {ports.NAMES[number]}."
    if not port.isdecimal() or int(port) > 65535:
        return f"There is no port {port}."
    return ports.place(number, int(port))


def _icmp(number: int, service: str) -> Union[int, str]:
    known, place = PINGS.get(service.lower(), (0, 0))
    if known == number:
        return ports.place(number, place)
    found = _ICMP_SERVICE.fullmatch(service)
    kind, code = (int(part or 0) for part in found.groups()) if found else (256, 0)
    if kind > 255 or code > 255:
        return "The type of the ICMP flow is not told."
    return ports.place(number, kind << 8 | code)
