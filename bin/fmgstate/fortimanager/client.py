"""Questions to one FortiManager, answered over a pool of sessions that are always logged out."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import Any, Callable, Optional

from fmgstate.errors import BadAnswer, Unreachable
from fmgstate.fortimanager import urls
from fmgstate.fortimanager.addresses import proxy_secrets
from fmgstate.fortimanager.answer import INTERNAL_ERROR, NO_PERMISSION, Answer, Param, read_reply
from fmgstate.fortimanager.auth import auth_for
from fmgstate.fortimanager.breaker import LONGEST_PAUSE, Breaker
from fmgstate.fortimanager.leases import Leases, Unlimited
from fmgstate.fortimanager.line import Count, Line
from fmgstate.fortimanager.members import Members
from fmgstate.fortimanager.paging import PageSize, read_tables
from fmgstate.fortimanager.patience import Patience
from fmgstate.fortimanager.pool import Pool, Slot
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.sessions import Sessions
from fmgstate.fortimanager.token_fault import TokenFault
from fmgstate.fortimanager.transport import HttpsTransport, NoConnection, Transport
from fmgstate.settings import Account, Limits

RENEWALS = 3
"""Sessions may be ended from outside, as by a restart, even as soon as they were opened."""
REPEATS_OF_INTERNAL_ERROR = 2
REPEATS_OF_TOKEN_REFUSAL = 2
GET, EXEC = "get", "exec"


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
        leases: Optional[Leases] = None,
        opened: Callable[[str, str], None] = lambda lease, key: None,  # noqa: ARG005
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        """``opened``: is told each session's lease and key, at once; for who must end it should
        this process be killed. ``longest_pause``: see ``Breaker``."""
        self.manager = account.manager
        limits = limits or Limits()
        self._limits, self._clock = limits, clock
        self._page_size = PageSize(max(1, limits.page_rows))
        self._censor = Censor(
            account.password, account.token, account.proxy, *proxy_secrets(account.proxy)
        )
        self._auth = auth_for(account, self._censor)
        self._transport: Transport = transport or Members(
            account.addresses,
            lambda address: HttpsTransport(account, limits, self._censor, address),
        )
        self._pool = Pool(self.manager, limits.sessions, clock)
        self._patience = Patience(limits, sleep, clock, random)
        self._breaker = Breaker(self.manager, clock, longest_pause)
        self._line = Line(self._transport, self._pool, self._breaker, clock)
        self._sessions = Sessions(
            self.manager, limits.sessions, self._auth, self._pool, leases or Unlimited(),
            self._patience, self._line.post, hopeless=self._hopeless, sleep=sleep, clock=clock,
            opened=opened,
        )  # fmt: skip
        self._ever_allowed = False
        self._token_fault = TokenFault(self.manager, self._pool)
        self._ids = itertools.count(1)

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

    def execute(self, param: Param) -> Answer:
        """The answer to one ``exec``: what starts a task, or asks a FortiGate.

        It is sent again only where it cannot have been carried out: nothing was sent, or
        FortiManager refused it with -11.
        """
        return self._request([param], EXEC)[0]

    def tables(self, params: Sequence[Param], after: Sequence[Param] = ()) -> list[Answer]:
        """As ``get``, for questions whose answers are tables: read whole, by pages.

        ``after``: plain questions, answered last: they tell whether a table moved while it was
        read, for pages are no snapshot.
        """
        return read_tables(self.get, params, self._page_size, after)

    @property
    def requests_made(self) -> int:
        """API calls posted so far, log-in and log-out included."""
        return self._line.requests_made

    def counting(self) -> AbstractContextManager[Count]:
        """Counts the requests that this thread makes within the block."""
        return self._line.counting()

    def close(self) -> None:
        """Log out every session. Never raises; what cannot be logged out ends by its idle time."""
        self._sessions.close()
        self._transport.close()

    def _request(self, params: Sequence[Param], method: str = GET) -> list[Answer]:
        while True:
            with self._pool.slot() as slot:
                if self._sessions.admit(slot, self._address):
                    return self._asked(slot, params, method)

    def _asked(self, slot: Slot, params: Sequence[Param], method: str) -> list[Answer]:
        answers = self._read(slot, params, method)
        for _ in range(RENEWALS if self._ever_allowed else 1):
            if not self._has_expired(slot, answers):
                break
            self._sessions.renew(slot, self._address())
            answers = self._read(slot, params, method)
        else:
            if self._ever_allowed and self._has_expired(slot, answers):
                raise Unreachable(
                    f"{self.manager} ends sessions as soon as they are opened.",
                    "Check whether it restarts or fails over, and whether somebody else logs this"
                    " user out; the next run asks again.",
                )
        again = partial(self._repeat, slot, params, method)
        if method == GET:
            answers = again(INTERNAL_ERROR, REPEATS_OF_INTERNAL_ERROR, answers)
        if not self._auth.renewable:
            answers = self._token_fault.settled(
                answers,
                lambda asked: self._read(slot, asked, GET),
                partial(again, NO_PERMISSION, REPEATS_OF_TOKEN_REFUSAL),
            )
        return answers

    def _has_expired(self, slot: Slot, answers: Sequence[Answer]) -> bool:
        """-11 is said of an expired session and of lacking rights alike: a question that needs no
        rights tells them apart."""
        allowed = any(answer.code != NO_PERMISSION for answer in answers)
        if self._auth.renewable and not allowed:
            status = self._read(slot, [{"url": urls.STATUS}], GET)[0]
            allowed = status.code != NO_PERMISSION
        self._ever_allowed = self._ever_allowed or allowed
        return self._auth.renewable and not allowed

    def _repeat(
        self,
        slot: Slot,
        params: Sequence[Param],
        method: str,
        code: int,
        times: int,
        answers: list[Answer],
    ) -> list[Answer]:
        """Ask the questions answered with ``code`` again, a few times: it may pass by itself."""
        answers = list(answers)
        for repeat in range(times):
            failed = [i for i, answer in enumerate(answers) if answer.code == code]
            if not failed or not self._patience.may_repeat():
                break
            if code == INTERNAL_ERROR:
                self._pool.trouble(self._clock())
            self._patience.pause(repeat)
            for i, answer in zip(failed, self._read(slot, [params[i] for i in failed], method)):
                answers[i] = answer
        return answers

    def _read(self, slot: Slot, params: Sequence[Param], method: str) -> list[Answer]:
        perhaps_done = False

        def once() -> list[Answer]:
            nonlocal perhaps_done
            try:
                return self._read_once(slot, params, method)
            except (Unreachable, BadAnswer) as fault:
                perhaps_done = method == EXEC and not isinstance(fault, NoConnection)
                raise

        return self._patience.ask(once, lambda: perhaps_done or self._hopeless())

    def _hopeless(self) -> bool:
        return self._pool.closed or self._breaker.open

    def _read_once(self, slot: Slot, params: Sequence[Param], method: str) -> list[Answer]:
        if self._pool.closed:
            raise self._pool.closed_error()
        if slot.key is None or slot.address != self._address():
            slot.key = None
            self._sessions.open(slot, self._address())
        body: dict[str, Any] = {
            "id": next(self._ids),
            "method": method,
            "params": list(params),
            "verbose": 1,
        }
        if slot.key:
            body["session"] = slot.key
        began = self._clock()
        reply = self._line.post(urls.ENDPOINT, body, self._auth.headers())
        self._pool.went_well((self._clock() - began) / max(1, len(params)))
        if reply.get("id", body["id"]) != body["id"]:
            raise BadAnswer(
                f"{self.manager} answered another request than the one it was sent.",
                "Check what is between here and FortiManager (proxy, load balancer).",
            )
        return read_reply(self.manager, self._censor, params, reply)

    def _address(self) -> str:
        return self._transport.address
