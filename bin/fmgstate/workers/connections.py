"""One worker child's clients: kept from task to task, given up when others want their session."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from redis import Redis

from fmgstate.errors import StoreError
from fmgstate.fortimanager.breaker import PAUSE
from fmgstate.fortimanager.client import Client
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.left_sessions import Teller
from fmgstate.workers.seat import Seat, Wanted

TEND_SECONDS = 1.0
KEPT_AT_LEAST = 5.0
"""A session is not given up sooner: each change of hands costs a log-out and a log-in."""


class NoSession(Exception):
    """All sessions that FortiManager may be asked with are in use: the work is for later."""


@dataclass
class _Open:
    client: Client
    seat: Seat
    since: float
    used: float


class Connections:
    """``clock``: monotonic seconds. ``idle_part``: of FortiManager's idle time-out; a session that
    was not used for so long is ended."""

    def __init__(
        self,
        configuration: Configuration,
        redis: Redis,
        clock: Callable[[], float] = time.monotonic,
        idle_part: float = 0.5,
    ) -> None:
        server = configuration.redis
        self._redis, self._server = redis, server
        self._wanted = Wanted(redis, server.place, server.prefix)
        self._clock, self._idle_part = clock, idle_part
        self._teller = Teller.of_environment()
        self._open: dict[str, _Open] = {}
        self._limits = {one.name: one.limits for one in configuration.managers}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._tender = threading.Thread(target=self._tend, daemon=True)
        self._tender.start()

    @contextmanager
    def client(self, manager: Manager) -> Iterator[Client]:
        """For one piece of work. Raises ``NoSession`` at once when all are in use."""
        with self._lock:
            self._give_up(but=manager.name)
            found = self._open.get(manager.name) or self._new(manager)
            if not found.seat.take():
                self._wanted.tell(manager.name)
                raise NoSession(manager.name)
            self._open[manager.name] = found
            try:
                yield found.client
            finally:
                found.used = self._clock()
                with suppress(StoreError):  # else it ends by itself
                    found.seat.leave()

    def close(self) -> None:
        """Logs out everywhere."""
        self._ended.set()
        with self._lock:
            for name in list(self._open):
                self._close(name)
        self._teller.close()

    def _new(self, manager: Manager) -> _Open:
        limits = manager.limits
        leases = RedisSessionLeases(self._server, limits.session_idle, self._redis)
        seat = Seat(leases, manager.name, limits.sessions, self._teller.ended)
        client = Client(manager.account, replace(limits, sessions=1), leases=seat,
                        opened=partial(self._teller.opened, manager.name),
                        longest_pause=PAUSE)  # fmt: skip
        return _Open(client, seat, self._clock(), self._clock())

    def _tend(self) -> None:
        while not self._ended.wait(TEND_SECONDS):
            if self._lock.acquire(blocking=False):
                try:
                    self._give_up()
                finally:
                    self._lock.release()

    def _give_up(self, but: str = "") -> None:
        """End sessions that others want or that nobody used for long."""
        now = self._clock()
        for name, one in list(self._open.items()):
            if name == but or now < one.since + KEPT_AT_LEAST:
                continue
            idle = now - one.used > self._idle_part * self._limits[name].session_idle
            if idle or self._is_wanted(name):
                self._close(name)

    def _is_wanted(self, name: str) -> bool:
        try:
            return self._wanted.said(name)
        except StoreError:
            return False

    def _close(self, name: str) -> None:
        one = self._open.pop(name)
        one.client.close()
        if one.seat.held is not None:
            self._teller.left(one.seat.held)
