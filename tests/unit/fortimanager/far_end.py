"""A far end for the client's tests: one function from a request's body to a reply."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, Union

from fmgstate.errors import Unreachable
from fmgstate.fortimanager.answer import decode
from fmgstate.fortimanager.client import Client
from fmgstate.fortimanager.leases import Leases
from fmgstate.settings import Account, Limits

Body = dict[str, Any]
Reply = Union[Body, bytes]
ACCOUNT = Account("fmg.example.com", user="splunk", password="correct-horse")
TOKEN_ACCOUNT = Account("fmg.example.com", token="tok-4711-battery-staple")
ROWS = [{"name": "root"}]
BUSY = Unreachable("fmg.example.com is too busy")
OK = {"code": 0, "message": "OK"}
NO_PERMISSION = {"code": -11, "message": "No permission for the resource"}


class FunctionTransport:
    """Hands each request to ``reply``; keeps all bodies and headers in ``sent``."""

    def __init__(self, reply: Callable[[Body], Reply]) -> None:
        self._reply = reply
        self._noting = threading.Lock()
        self.sent: list[Body] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.closed = False
        self.address = "fmg.example.com"

    def post(
        self, path: str, body: Body, headers: Mapping[str, str], seconds: Optional[float] = None
    ) -> Body:
        with self._noting:
            self.paths.append(path)
            self.sent.append(json.loads(json.dumps(body)))
            self.headers.append(dict(headers))
        reply = self._reply(body)
        return decode(reply if isinstance(reply, bytes) else json.dumps(reply).encode())

    def close(self) -> None:
        self.closed = True

    def urls(self) -> list[str]:
        """The urls asked, one text a request."""
        return [" ".join(param["url"] for param in body["params"]) for body in self.sent]


class FortiManager:
    """Tables by url, sessions that can be ended, and refusals by url."""

    def __init__(self, tables: Optional[dict[str, Any]] = None) -> None:
        self.tables = tables or {}
        self.refusals: dict[str, Body] = {}
        self.sessions: set[str] = set()
        self.logins = 0
        self.most_sessions = 0
        self._changing = threading.Lock()

    def __call__(self, body: Body) -> Body:
        url = body["params"][0]["url"]
        if url == "/sys/login/user":
            return {**self._reply(body, [{"status": OK, "url": url}]), "session": self._login()}
        known = body.get("session") in self.sessions
        if url == "/sys/logout":
            with self._changing:
                self.sessions.discard(body.get("session", ""))
            return self._reply(body, [{"status": OK if known else NO_PERMISSION, "url": url}])
        return self._reply(body, [self._one(param, known) for param in body["params"]])

    def _login(self) -> str:
        with self._changing:
            self.logins += 1
            session = f"session+{self.logins}/secretkey=="
            self.sessions.add(session)
            self.most_sessions = max(self.most_sessions, len(self.sessions))
        return session

    def _one(self, param: Body, known: bool) -> Body:
        url = param["url"]
        if not known:
            return {"status": NO_PERMISSION, "url": url}
        if url in self.refusals:
            return {"status": self.refusals[url], "url": url}
        if url not in self.tables:
            return {"status": {"code": -6, "message": "Invalid url"}, "url": url}
        data = self.tables[url]
        if "range" in param:
            first, count = param["range"]
            data = data[first : first + count]
        return {"data": data, "status": OK, "url": url} if data != [] else {"status": OK}

    @staticmethod
    def _reply(body: Body, result: Sequence[Body]) -> Body:
        return {"id": body["id"], "result": list(result)}


class Lockout(FortiManager):
    """Refuses log-ins from the ``allowed`` + 1st on."""

    def __init__(self, allowed: int) -> None:
        super().__init__({"/t": ROWS})
        self.allowed = allowed
        self.refused = 0
        self.refusal = threading.Event()
        self._deciding = threading.Lock()

    def __call__(self, body: Body) -> Body:
        if "login" not in body["params"][0]["url"]:
            return super().__call__(body)
        with self._deciding:
            if self.logins < self.allowed:
                return super().__call__(body)
            self.refused += 1
        self.refusal.set()
        status = {"code": -22, "message": "Login fail"}
        return {"id": body["id"], "result": [{"status": status, "url": "sys/login/user"}]}


class Time:
    """A clock that only moves when somebody sleeps or the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def client_for(
    reply: Callable[[Body], Reply],
    limits: Optional[Limits] = None,
    account: Account = ACCOUNT,
    time: Optional[Time] = None,
    leases: Optional[Leases] = None,
) -> tuple[Client, FunctionTransport]:
    """A client whose far end is ``reply``, with a clock that costs no time."""
    time = time or Time()
    transport = FunctionTransport(reply)
    client = Client(
        account,
        limits,
        transport=transport,
        sleep=time.sleep,
        clock=time,
        random=lambda: 0.5,
        leases=leases,
    )
    return client, transport
