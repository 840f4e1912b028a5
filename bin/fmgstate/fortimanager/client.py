"""Questions to one FortiManager, answered over a pool of sessions that are always logged out."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar

from fmgstate.errors import (
    BadAnswer,
    CertificateRefused,
    ConfigurationError,
    FmgStateError,
    Unreachable,
)
from fmgstate.fortimanager import urls
from fmgstate.fortimanager.answer import INTERNAL_ERROR, NO_PERMISSION, Answer, Param, read_reply
from fmgstate.fortimanager.auth import auth_for
from fmgstate.fortimanager.paging import read_tables
from fmgstate.fortimanager.pool import Pool, Slot
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.transport import HttpsTransport, Transport
from fmgstate.settings import Account, Limits

AGED_SECONDS = 30.0
"""A session unused for longer may have expired (FortiManager's own limit is set in seconds)."""
REPEATS_OF_INTERNAL_ERROR = 2
ATTEMPTS_AT_BAD_ANSWER = 2
LONGEST_PAUSE = 30.0
LOGOUT_SECONDS = 5.0
ALL_LOGOUTS_SECONDS = 15.0

T = TypeVar("T")


@dataclass
class Count:
    """Requests made by one thread within a ``counting`` block, log-in and log-out included."""

    requests: int = 0


class Client:
    """One FortiManager. Safe to use from several threads; use it as a context manager."""

    def __init__(
        self,
        account: Account,
        limits: Optional[Limits] = None,
        *,
        transport: Optional[Transport] = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        if "@" in account.manager:
            raise ConfigurationError(
                "The FortiManager host holds a user or an @.",
                "Enter only its name or address as host; user and password have own fields.",
            )
        self.manager = account.manager
        self._limits = limits or Limits()
        self._censor = Censor(account.password, account.token, account.proxy)
        self._auth = auth_for(account, self._censor)
        self._transport = transport or HttpsTransport(account, self._limits, self._censor)
        self._pool = Pool(self.manager, self._limits.sessions)
        self._sleep, self._clock, self._random = sleep, clock, random
        self._ids = itertools.count(1)
        self._counting = threading.local()
        self._made = itertools.count(1)
        self.requests_made = 0
        """API calls posted so far, log-in and log-out included."""

    def __repr__(self) -> str:
        return f"<Client of {self.manager}, {self.requests_made} requests made>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def get(self, params: Sequence[Param]) -> list[Answer]:
        """One answer a question, in order; many questions share a request.

        A refused question is an ``Answer`` that raises when read; ``FortiManagerError`` is raised
        when there was no usable reply.
        """
        size = max(1, self._limits.params_per_request)
        answers: list[Answer] = []
        for start in range(0, len(params), size):
            answers += self._request(params[start : start + size])
        return answers

    def tables(self, params: Sequence[Param]) -> list[Answer]:
        """As ``get``, for questions whose answers are tables: read whole, by pages."""
        return read_tables(self.get, params, max(1, self._limits.page_rows))

    @contextmanager
    def counting(self) -> Iterator[Count]:
        """Counts the requests that this thread makes within the block."""
        count = Count()
        counts: list[Count] = self._counting.__dict__.setdefault("counts", [])
        counts.append(count)
        try:
            yield count
        finally:
            counts.remove(count)

    def close(self) -> None:
        """Log out every session. Never raises; what cannot be logged out ends by its idle time."""
        until = self._clock() + ALL_LOGOUTS_SECONDS
        for key in self._pool.close():
            if self._clock() < until:
                self._logout(key)
        self._transport.close()

    def _request(self, params: Sequence[Param]) -> list[Answer]:
        with self._pool.slot() as slot:
            answers = self._read(slot, params)
            if self._may_have_expired(slot, answers):
                self._drop_session(slot)
                answers = self._read(slot, params)
            answers = self._repeat_internal_errors(slot, params, answers)
            slot.used = self._clock()
            slot.worked = any(answer.code != NO_PERMISSION for answer in answers)
            return answers

    def _may_have_expired(self, slot: Slot, answers: Sequence[Answer]) -> bool:
        """-11 is said of an expired session and of lacking rights alike."""
        if not self._auth.renewable or any(a.code != NO_PERMISSION for a in answers):
            return False
        return slot.worked or self._clock() - slot.used > AGED_SECONDS

    def _repeat_internal_errors(
        self, slot: Slot, params: Sequence[Param], answers: list[Answer]
    ) -> list[Answer]:
        """Code -1 often passes by itself: ask those questions again, a few times."""
        answers = list(answers)
        for repeat in range(REPEATS_OF_INTERNAL_ERROR):
            failed = [i for i, answer in enumerate(answers) if answer.code == INTERNAL_ERROR]
            if not failed:
                break
            self._pause(repeat)
            for i, answer in zip(failed, self._read(slot, [params[i] for i in failed])):
                answers[i] = answer
        return answers

    def _read(self, slot: Slot, params: Sequence[Param]) -> list[Answer]:
        """Faults that pass by themselves are waited out: reading twice does no harm."""
        return self._patiently(lambda: self._read_once(slot, params))

    def _patiently(self, ask: Callable[[], T]) -> T:
        began = self._clock()
        for attempt in itertools.count(1):
            try:
                return ask()
            except CertificateRefused:
                raise
            except Unreachable:
                late = self._clock() - began > self._limits.read_timeout
                if attempt >= self._limits.attempts or late or self._pool.closed:
                    raise
            except BadAnswer:
                if attempt >= min(ATTEMPTS_AT_BAD_ANSWER, self._limits.attempts):
                    raise
            self._pause(attempt - 1)
        raise AssertionError("unreachable")

    def _pause(self, repeat: int) -> None:
        pause = min(self._limits.backoff * 2**repeat, LONGEST_PAUSE)
        self._sleep(pause * (0.5 + self._random()))

    def _read_once(self, slot: Slot, params: Sequence[Param]) -> list[Answer]:
        if self._pool.closed:
            raise self._pool.closed_error()
        key = slot.key if slot.key is not None else self._login(slot)
        body: dict[str, Any] = {
            "id": next(self._ids),
            "method": "get",
            "params": list(params),
            "verbose": 1,
        }
        if key:
            body["session"] = key
        reply = self._post(urls.ENDPOINT, body, self._auth.headers())
        if reply.get("id", body["id"]) != body["id"]:
            raise BadAnswer(
                f"{self.manager} answered another request than the one it was sent.",
                "Check what is between here and FortiManager (proxy, load balancer).",
            )
        return read_reply(self.manager, self._censor, params, reply)

    def _login(self, slot: Slot) -> str:
        key = self._auth.login(self._post)
        if not self._pool.keep(slot, key, self._clock()):
            self._logout(key)
            raise self._pool.closed_error()
        return key

    def _drop_session(self, slot: Slot) -> None:
        """Log the old session out first: if it still lives, it must not stay behind."""
        key, slot.key = slot.key, None
        self._logout(key or "")

    def _logout(self, key: str) -> None:
        with suppress(FmgStateError):
            self._auth.logout(self._post_briefly, key)
        self._censor.forget(key)

    def _post_briefly(self, path: str, body: dict[str, Any], headers: Any) -> dict[str, Any]:
        return self._post(path, body, headers, LOGOUT_SECONDS)

    def _post(
        self, path: str, body: dict[str, Any], headers: Any, seconds: Optional[float] = None
    ) -> dict[str, Any]:
        self.requests_made = next(self._made)
        for count in getattr(self._counting, "counts", ()):
            count.requests += 1
        return self._transport.post(path, body, headers, seconds)
