"""Traffic logs of a simulated estate, each line with what is true of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from simulator.logs.lines import RELEASES, SPELLINGS, Writer, variables
from simulator.logs.objects import FIRST_SOURCE_PORT
from simulator.logs.rules import RuleBase
from simulator.logs.sessions import Session, Sessions
from simulator.logs.truth import Truth
from simulator.state.adom import Adom
from simulator.state.devices import Device
from simulator.state.fortimanager import START, FortiManager
from simulator.state.packages import Package

DAY = 86_400
_ZONES = (0, 60, 120, -300, 330)
_ODD_ONE_IN = 60
"""How rare local traffic, deleted policies and strange devices are, each."""


class Logs:
    """Makes lines. Same state, seed and options: same lines.

    ``release`` fixes the FortiOS release of all devices ("6.0", "6.4", "7.0", "7.4"); without it
    each device has one of them. The lines' times lie evenly within ``seconds`` from ``start``
    (epoch). ValueError for a spelling or release there is not, or a state without targets.
    """

    def __init__(
        self,
        fm: FortiManager,
        seed: int = 1,
        spelling: str = "fortios",
        release: str = "",
        start: float = START + 9 * 3600,
        seconds: float = DAY,
    ) -> None:
        if spelling not in SPELLINGS:
            raise ValueError(f"no spelling {spelling!r}: {', '.join(SPELLINGS)}")
        if release and release not in RELEASES:
            raise ValueError(f"no release {release!r}: {', '.join(RELEASES)}")
        self._fm = fm
        self._random = Random(seed)
        self._spelling = spelling
        self._release = release
        self._start = start
        self._seconds = seconds
        self._places = self._all_places()
        if not self._places:
            raise ValueError("no package of this state has an installation target")

    def lines(self, count: int) -> Iterator[tuple[str, Truth]]:
        """``count`` lines in order of time, each with its truth."""
        pick = self._random
        each = max(8, count // len(self._places) // 12)
        known = [self._known(place, each) for place in self._places]
        for number in range(count):
            moment = round(self._start + self._seconds * number / count, 3)
            place = pick.randrange(len(known))
            session, line = None, None
            while session is None or line is None:
                session = self._session(self._places[place], known[place])
                line = session.at(moment)
            values = self._values(session.writer, moment)
            yield line.template % values, line.truth._replace(time=moment)

    def _known(self, place: Sessions, count: int) -> list[Session]:
        found = [session for _ in range(count) if (session := place.aimed()) is not None]
        return found or [place.deleted()]

    def _session(self, place: Sessions, known: list[Session]) -> Session:
        pick = self._random
        odd = pick.randrange(3 * _ODD_ONE_IN)
        if odd == 0:
            return place.local()
        if odd == 1:
            return place.deleted()
        if odd == 2:
            return place.strange()
        # Few sessions make most of the lines.
        return known[int(len(known) * pick.random() ** 2)]

    def _values(self, writer: Writer, moment: float) -> dict[str, str | int]:
        pick = self._random
        packets = 1 + int(pick.expovariate(0.02))
        return {
            **variables(writer, moment),
            "session": pick.randrange(1, 2**31),
            "port": pick.randrange(FIRST_SOURCE_PORT, 65536),
            "nat_port": pick.randrange(1024, 65536),
            "duration": int(pick.expovariate(0.01)),
            "sent": packets * pick.randrange(60, 900),
            "received": packets * pick.randrange(60, 1400),
            "sent_packets": packets,
            "received_packets": packets + pick.randrange(5),
        }

    def _all_places(self) -> list[Sessions]:
        found: dict[tuple[str, str], Sessions] = {}
        numbers = {name: number for number, name in enumerate(self._fm.devices)}
        for adom in self._fm.adoms.values():
            for package in adom.root.packages():
                for name, vdom in self._fm.targets(adom, package):
                    if package.statuses.get((name, vdom)) == "never":
                        continue  # The FortiGate does not have these rules yet.
                    if (name, vdom) not in found and name in numbers:
                        device, number = self._fm.devices[name], numbers[name]
                        found[name, vdom] = self._place(adom, package, device, number, vdom)
        return list(found.values())

    def _place(
        self, adom: Adom, package: Package, device: Device, number: int, vdom: str
    ) -> Sessions:
        release = self._release or RELEASES[number % len(RELEASES)]
        base = RuleBase(adom, package, device, vdom)
        named = {port for rule in base.rules for port in (rule.srcintf or ())}
        serials = [str(member["sn"]) for member in device.members] or [str(device.values["sn"])]
        writers = [
            Writer(
                device.name,
                serial,
                vdom,
                release,
                _ZONES[number % len(_ZONES)] if release != "6.0" else 0,
                log_uuid=number % 7 != 3,
                outside=str(device.values["ip"]),
            )
            for serial in serials
        ]
        ports = sorted(named) or ["port1", "port2"]
        return Sessions(adom.name, base, writers, ports, self._random, self._spelling)
