"""Flows as logs and people write them, read into what the policy engine asks about.

What cannot be read is a sentence that says why, never a flow that is nearly right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple, Optional, TypeVar, Union

from fmgstate.policy import ports
from fmgstate.policy.flow import Flow, Head

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

K = TypeVar("K")
V = TypeVar("V")
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


Texts = Sequence[str]
"""A ``Question``, or a plain tuple of the same texts."""


class FlowReader:
    """Remembers what it has read: addresses, services and seconds come again and again."""

    def __init__(self) -> None:
        self._addresses = _Read(_address)
        self._places = _Read(_place)
        self._times = _Read(moment)

    def flow(self, asked: Question) -> Union[Flow, str]:
        """The flow; a sentence where there is none."""
        [head] = self.heads([asked])
        return head if isinstance(head, str) else self.whole(head, asked)

    def heads(self, asked: Iterable[Texts]) -> Iterator[Union[Head, str]]:
        """What decides most flows; a sentence for what is none."""
        addresses, places = self._addresses, self._places
        for one in asked:
            source, destination, transport, port, into, out, _, service, _, _, _ = one
            src, dest = addresses[source], addresses[destination]
            if src is None or dest is None or src[1] is not dest[1]:
                yield _no_addresses(one, src, dest)
                continue
            place = places[transport, port, service]
            if place.__class__ is str:
                yield place
                continue
            yield (
                None if into in UNKNOWN_INTERFACES else into,
                None if out in UNKNOWN_INTERFACES else out,
                src[0],
                dest[0],
                place,  # type: ignore[misc]
                src[1],
            )

    def whole(self, head: Head, asked: Texts, times: bool = True, rest: bool = True) -> Flow:
        """The flow. ``times``, ``rest``: whether time, user and source port matter at all."""
        *_, source_port, _, user, date, time = asked
        return Flow(
            *head,
            int(source_port) if rest and source_port.isdecimal() else None,
            user if rest and user not in UNKNOWN_USERS else None,
            self._times[f"{date} {time}"] if times and time else None,
        )


class _Read(dict[K, V]):
    """Remembers what ``read`` made of each text."""

    def __init__(self, read: Callable[[K], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: K) -> V:
        if len(self) >= MOST_KEPT:
            self.clear()
        found = self[text] = self._read(text)
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


def _no_addresses(asked: Texts, src: Optional[Address], dest: Optional[Address]) -> str:
    if src is not None and dest is not None:
        return "Source and destination are of two IP versions."
    what, text = ("source", asked[0]) if src is None else ("destination", asked[1])
    return f"The {what} {text} is no IP address." if text else f"There is no {what} address."


def _place(asked: tuple[str, str, str]) -> Union[int, str]:
    """Where protocol and port lie on the engine's axis."""
    transport, port, service = asked
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
