"""A desk to ask the simulator at, without sockets."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.rpc import Rpc
from simulator.scenarios import build
from simulator.server.doors import Doors
from simulator.server.statistics import Statistics
from simulator.sessions import Limits, Sessions
from simulator.versions import Version

POLICIES = "/pm/config/adom/branch/pkg/hq/firewall/policy"
ADDRESSES = "/pm/config/adom/branch/obj/firewall/address"


class Clock:
    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """One FortiManager, one logged-in user; ``clock`` is both its and its sessions'."""

    def __init__(self, version: str = "7.4.5", **limits: Any) -> None:
        self.clock = Clock()
        self.fm = build("branch", Version.parse(version), 1)
        self.fm.clock = self.clock
        self.sessions = Sessions(
            {"admin": "secret", "boris": "secret"},
            {"tok": "admin"},
            Limits(**limits),
            1,
            self.clock,
        )
        self.rpc = Rpc(self.fm, self.sessions)
        self.doors = Doors(self.fm, Statistics(self.sessions))
        self.session = self.login("admin")

    def login(self, user: str, password: str = "secret") -> Any:
        param = {"url": "/sys/login/user", "data": {"user": user, "passwd": password}}
        return self.send("exec", param, session=None).get("session")

    def send(self, method: str, *params: dict[str, Any], **envelope: Any) -> dict[str, Any]:
        request = {"id": 1, "method": method, "params": list(params), "verbose": 1}
        if hasattr(self, "session"):
            request["session"] = self.session
        request |= envelope
        return self.rpc.answer(request, self.rpc.caller(request, None))

    def ask(self, method: str, url: str, **param: Any) -> dict[str, Any]:
        """The one result entry."""
        envelope = {key: param.pop(key) for key in ("verbose", "session") if key in param}
        return self.send(method, {"url": url, **param}, **envelope)["result"][0]

    def get(self, url: str, **param: Any) -> Any:
        """The data of a get that must succeed."""
        result = self.ask("get", url, **param)
        assert result["status"] == {"code": 0, "message": "OK"}, result
        return result.get("data", "no data")

    def code(self, method: str, url: str, **param: Any) -> int:
        return self.ask(method, url, **param)["status"]["code"]

    def names(self, url: str, **param: Any) -> list[str]:
        return [row["name"] for row in self.get(url, **param)]


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


@pytest.fixture(name="desk_of")
def _desk_of() -> type[Desk]:
    return Desk
