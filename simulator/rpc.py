"""One JSON-RPC request to one answer. No sockets here: a dict in, a dict out."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections import Counter
from dataclasses import dataclass
from typing import Any

from simulator.faults import Faults
from simulator.handlers import (  # noqa: F401  (they register their routes)
    adoms,
    configuration,
    device_writes,
    devices,
    installs,
    meta_fields,
    package_writes,
    packages,
    proxy,
    system,
    tasks,
    workspace,
    writes,
)
from simulator.handlers.calls import Call, routes
from simulator.refusal import Refused, RuntimeRefused, status
from simulator.sessions import Session, Sessions
from simulator.state.fortimanager import FortiManager
from simulator.state.workspace import release_all
from simulator.urls import split
from simulator.versions import Version

_TOKENS_SINCE = Version(7, 2, 2)
log = logging.getLogger("simulator")
METHODS = ("get", "add", "set", "update", "delete", "exec", "move", "clone", "replace", "unset")


@dataclass(frozen=True)
class Caller:
    """Who sends the request: an open session, a good token's user, or neither."""

    session: Session | None = None
    token_user: str = ""

    @property
    def user(self) -> str:
        return self.session.user if self.session else self.token_user

    @property
    def known(self) -> bool:
        return bool(self.user)


class Rpc:
    """Answers requests against one FortiManager."""

    def __init__(self, fm: FortiManager, sessions: Sessions, faults: Faults | None = None) -> None:
        self.fm = fm
        self.sessions = sessions
        self.faults = faults or Faults()
        self.unknown: Counter[str] = Counter()
        fm.tasks.faults = self.faults
        self._cid = itertools.count(1)

    def caller(self, request: dict[str, Any], token: str | None) -> Caller:
        """With a token the request's ``session`` is ignored, as FortiManager does."""
        if token is not None:
            if self.fm.version < _TOKENS_SINCE:
                return Caller()
            return Caller(token_user=self.sessions.tokens.get(token, ""))
        touch = not request.get("keep_session_idle")
        return Caller(session=self.sessions.find(request.get("session"), touch))

    def answer(self, request: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """The whole answer envelope: one result per param, in the same order."""
        self._let_go()
        envelope: dict[str, Any] = {}
        if "id" in request:
            envelope["id"] = request["id"]
        params = request.get("params")
        if not isinstance(params, list) or not params:
            params = [{}]
        method = str(request.get("method", ""))
        results: Any = []
        for given in params:
            param = given if isinstance(given, dict) else {}
            try:
                results.append(self._one(method, param, caller, request, envelope))
            except RuntimeRefused as refused:
                results = {"status": status(refused.code, refused.message)}
                results["url"] = param.get("url", "")
                break
        envelope["result"] = results
        if self.fm.version >= Version(7, 6, 0):
            envelope["cid"] = next(self._cid)
        return envelope

    def _one(
        self,
        method: str,
        param: dict[str, Any],
        caller: Caller,
        request: dict[str, Any],
        envelope: dict[str, Any],
    ) -> dict[str, Any]:
        url = param.get("url", "")
        try:
            parts = split(url) if isinstance(url, str) else []
            if method == "exec" and parts == ["sys", "login", "user"]:
                envelope["session"] = self._login(param)
                outcome: dict[str, Any] = {}
            elif not caller.known:
                raise Refused(-11)
            elif method == "exec" and parts == ["sys", "logout"]:
                outcome = self._logout(caller)
            else:
                self._fault(method, str(url), caller)
                outcome = self._dispatch(method, parts, param, caller, request)
            return {**outcome, "status": status(0), "url": url}
        except RuntimeRefused:
            raise
        except Refused as refused:
            if refused.code == -6:
                self.unknown[f"{method} {url}"] += 1
                log.warning("unknown url: %s %s", method, url)
                if caller.session is not None:
                    envelope["session"] = caller.session.number
            return {"status": status(refused.code, refused.message), "url": url}
        except Exception:  # noqa: BLE001 (a defect answers like a FortiManager defect)
            log.error("simulator defect at %s %s\n%s", method, url, traceback.format_exc())
            return {"status": status(-1, "Internal server error: runtime error 0"), "url": url}

    def _fault(self, method: str, url: str, caller: Caller) -> None:
        """Faults that change the answer; those of tasks wait for a task to strike."""
        kinds = ["code", "no rights", "runtime error"]
        if caller.session is None and self.faults.token_requests > 1:
            kinds.append("token race")
        for fault in self.faults.strike(kinds, method, [url]):
            if fault.kind == "runtime error":
                raise RuntimeRefused(-1, fault.message or "runtime error 0: invalid value")
            code = fault.code if fault.kind == "code" else -11
            raise Refused(code, fault.message)

    def _login(self, param: dict[str, Any]) -> str:
        data = param.get("data")
        if isinstance(data, list):
            data = data[0] if data else None
        if not isinstance(data, dict):
            raise Refused(-10)
        user, password = data.get("user"), data.get("passwd")
        return self.sessions.login(str(user or ""), str(password or "")).key

    def _logout(self, caller: Caller) -> dict[str, Any]:
        if caller.session is not None:
            self.sessions.logout(caller.session.key)
        return {}

    def _let_go(self) -> None:
        """Sessions that ended, by log-out or by time, hold no locks."""
        for session in self.sessions.take_ended():
            with self.fm.lock:
                release_all(self.fm, session.number)

    def _dispatch(
        self,
        method: str,
        parts: list[str],
        param: dict[str, Any],
        caller: Caller,
        request: dict[str, Any],
    ) -> dict[str, Any]:
        if method not in METHODS:
            raise Refused(-5)
        found = routes.find(method, parts)
        if found is None:
            raise Refused(-6)
        route, names = found
        call = Call(
            self.fm,
            self.sessions,
            caller.session,
            caller.user,
            method,
            bool(request.get("verbose")),
        )
        with self.fm.lock:
            outcome: dict[str, Any] = route.handler(call, param, **names)
        return outcome
