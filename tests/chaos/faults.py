"""What goes wrong during one cycle: drawn at random, counted by kind, and taken back after it."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from simulator.control import Running
from tests.chaos.world import World

AT_THE_WIRE = (
    "503", "html", "drop before", "drop unanswered", "drop middle", "drop after", "half json",
    "503", "html", "drop before", "drop unanswered", "drop middle", "drop after", "half json",
    "slow", "slow rows", "endless",
)  # fmt: skip
ANSWERS = ("code", "no rights", "runtime error")
CODES = (-1, -10, -20, -9999)
URLS = (
    "", "", "", "^/?sys/status", "/dvmdb/adom$", "/device$", "/pm/pkg/adom/branch",
    "_package/status", "adom/branch/obj$", "/obj/firewall/address", "/pkg/hq/firewall/policy",
    "proxy-policy", "/pkg/sites/branches/", "global/header", "_objrev",
)  # fmt: skip
TABLES = (
    "/hq/firewall/policy", "proxy-policy", "security-policy", "global/header", "global/footer",
    "obj/firewall/addrgrp", "obj/firewall/vip", "obj/dynamic",
)  # fmt: skip
SESSIONS = ("sys/login", "sys/logout")
SECONDS = {"slow": 0.2, "slow rows": 0.01, "endless": 2.0}

Fault = dict[str, Any]


class Faults:
    """Draws faults for a cycle. ``struck``: how often each kind did."""

    def __init__(self, simulator: Running, world: World, dice: Random) -> None:
        self._simulator, self._world, self._dice = simulator, world, dice
        self._undo: list[tuple[str, Fault]] = []
        self.struck: Counter[str] = Counter()
        self.behind_our_back = False
        """The configuration may be edited between two pages: nobody else may edit it now."""
        self._doors: dict[int, str] = {}

    def arm(self) -> None:
        """One to three faults, of the wire and the answers mostly."""
        kinds: list[Callable[[], None]] = [self._wire] * 5 + [self._answer] * 3
        kinds += [
            self._session,
            self._lost_logouts,
            self._expire,
            self._between_pages,
            self._between_pages,
        ]
        kinds += [self._restart, self._login_max, self._lockout, self._failover, self._clock]
        for _ in range(self._dice.choice([1, 1, 2, 3])):
            self._dice.choice(kinds)()
        if self._dice.random() < 0.04:
            self._lost_logouts()
        if self._dice.random() < 0.03:
            self._door("certificate expired", "/certificate", {"days": -1}, {"days": 30})

    def disarm(self) -> None:
        """All is well again; what struck is counted."""
        for fault in self._side("/faults")["faults"]:
            kind = self._doors.get(fault["id"], fault["kind"])
            self.struck[kind] += fault["struck"]
        self._side("/faults/clear", {})
        for door, body in reversed(self._undo):
            self._side(door, body)
        self._undo.clear()
        self._doors.clear()
        self.behind_our_back = False

    def token_race(self) -> None:
        """A token is refused while another request with it is under way."""
        self._add({"kind": "token race", "times": 0, "chance": 0.5})

    def _wire(self) -> None:
        self._add(self._fault(self._dice.choice(AT_THE_WIRE), self._dice.choice(URLS)))

    def _answer(self) -> None:
        url = self._dice.choice([*URLS, *TABLES, *TABLES])
        fault = self._fault(self._dice.choice(ANSWERS), url)
        self._add({**fault, "code": self._dice.choice(CODES), "chance": 1.0, "times": 0})

    def _session(self) -> None:
        fault = self._fault(self._dice.choice(AT_THE_WIRE), self._dice.choice(SESSIONS))
        self._add({**fault, "times": self._dice.choice([1, 1, 2, 6]), "after": 0})

    def _lost_logouts(self) -> None:
        """No log-out of this cycle arrives: its sessions live on until their idle time-out."""
        self._add({"kind": "drop before", "url": "sys/logout", "times": 0})

    def _fault(self, kind: str, url: str) -> Fault:
        dice = self._dice
        times = dice.choice([1, 1, 2, 5, 0]) if kind not in SECONDS else dice.choice([1, 2])
        return {
            "kind": kind,
            "url": url,
            "after": dice.choice([0, 0, 1, 3, 8]),
            "times": times,
            "chance": dice.choice([1.0, 0.5, 0.2]),
            "seconds": SECONDS.get(kind, 0.0),
        }

    def _add(self, fault: Fault, name: str = "") -> None:
        number = self._side("/faults", fault)["id"]
        if name:
            self._doors[number] = name

    def _expire(self) -> None:
        self._later("sessions expired", "/sessions/expire", {})

    def _restart(self) -> None:
        self._later("restart", "/restart", {"seconds": 0.1})

    def _later(self, name: str, door: str, body: Fault) -> None:
        after, times = self._dice.choice([0, 2, 5, 9]), self._dice.choice([1, 1, 3])
        fault = {"kind": "door", "door": door, "body": body, "after": after, "times": times}
        self._add(fault, name)

    def _between_pages(self) -> None:
        """At most one edit a cycle, so that both of the states around it are known."""
        if self.behind_our_back:
            return
        self.behind_our_back = True
        what, door, body, name = self._world.plan()
        if door == "/package/add":
            return
        url = f"/pkg/{name}/firewall/policy" if name else "/obj/firewall/address"
        fault = {"kind": "door", "door": door, "body": body, "url": url,
                 "after": self._dice.choice([0, 0, 1, 2])}  # fmt: skip
        self._add(fault, f"{what} between two pages")

    def _login_max(self) -> None:
        most = self._dice.choice([0, 1, 2])
        self._door("login-max", "/limits", {"login_max": most}, {"login_max": 32})

    def _lockout(self) -> None:
        """Somebody else has entered a wrong password."""
        limits = {"lockout_threshold": 1, "lockout_seconds": self._dice.choice([0.1, 30.0])}
        self._door("lockout", "/limits", limits, {"lockout_threshold": 0})
        self._enter_a_wrong_password()

    def _failover(self) -> None:
        self._door("failover", "/failover", {}, {})

    def _clock(self) -> None:
        offset = self._dice.choice([-86_400.0, 3600.0, 10**8])
        self._door("clock off", "/clock", {"offset": offset}, {"offset": 0})

    def _door(self, name: str, door: str, body: Fault, undo: Fault) -> None:
        self._side(door, body)
        self._undo.append((door, undo))
        self.struck[name] += 1

    def _enter_a_wrong_password(self) -> None:
        param = {"url": "/sys/login/user", "data": {"user": self._simulator.user, "passwd": "no"}}
        body = json.dumps({"id": 1, "method": "exec", "params": [param]}).encode()
        trust = ssl.create_default_context(cafile=self._simulator.ca)
        for address in (self._simulator.url, self._simulator.second_url):
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/jsonrpc", body, 5, context=trust).close()

    def _side(self, door: str, body: Fault | None = None) -> Any:
        return self._simulator.side(door, body)
