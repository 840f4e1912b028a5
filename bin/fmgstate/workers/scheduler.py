"""Sends polls on time. Several may run: one leads, another one takes over within seconds.

Celery's own beat was not taken: it keeps its state in a file of one host, cannot be doubled, and
stops for as long as the broker is away. This keeps nothing but a lease.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
import zlib
from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from fmgstate.errors import StoreError
from fmgstate.store.redis_server import errors_of
from fmgstate.store.requests_in_redis import FAILED, RefreshRequests
from fmgstate.workers.asked import HITCOUNTS as COUNTS
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.tasks import send_find_counts, send_poll

LEASE_SECONDS = 10.0
STEP_SECONDS = 0.5
PAUSE_SECONDS = 2.0
COUNT_EVERY = 300.0
"""Seconds between two looks at whose hit counts are old."""

log = logging.getLogger("fmgstate.scheduler")

_LEAD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


class Scheduler:
    """``clock``: monotonic seconds; ``sleep``: waits so long."""

    def __init__(
        self,
        app: Celery,
        configuration: Configuration,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._app, self._configuration = app, configuration
        self._clock, self._sleep = clock, sleep
        server = configuration.redis
        self._redis, self._place, self._start = server.connect(), server.place, server.prefix
        self._lead = self._redis.register_script(_LEAD)
        self._asked = RefreshRequests(server, self._redis)
        self._me = secrets.token_hex(8)
        began = clock()
        every = configuration.poll_seconds
        self._next = {one.name: began + _stagger(one.name, every)
                      for one in configuration.managers}  # fmt: skip
        self._next_count = {one.name: began + _stagger(f"hits {one.name}", COUNT_EVERY)
                            for one in configuration.managers}  # fmt: skip

    def run(self, stop: Callable[[], bool]) -> None:
        """Until ``stop``; an outage of Redis is waited out."""
        while not stop():
            self._sleep(STEP_SECONDS if self.step() else PAUSE_SECONDS)

    def step(self) -> bool:
        """Sends what is due, if this one leads; False while Redis is away."""
        try:
            if self._leads():
                self._asked.show_managers(list(self._next), LEASE_SECONDS)
                self._requests()
                self._due()
        except (StoreError, OperationalError, OSError) as error:
            log.warning("Redis is away, polls wait: %s", type(error).__name__)
            return False
        return True

    def _leads(self) -> bool:
        with errors_of(self._place):
            key = [f"{self._start}:scheduler"]
            return bool(self._lead(key, [self._me, int(LEASE_SECONDS * 1000)]))

    def _due(self) -> None:
        now, every = self._clock(), self._configuration.poll_seconds
        for name, due in self._next.items():
            if due <= now:
                send_poll(self._app, name, expires=every)
                self._next[name] = max(due + every, now)
        if not self._configuration.count_hits:
            return
        for name, due in self._next_count.items():
            if due <= now:
                send_find_counts(self._app, name, expires=COUNT_EVERY)
                self._next_count[name] = max(due + COUNT_EVERY, now)

    def _requests(self) -> None:
        """What somebody asked for: ``{"manager": …}``; with ``id``, ``what`` and ``adoms`` where
        what becomes of it is to be told."""
        while (told := self._asked.take()) is not None:
            asked = _read(told)
            name, manager = str(asked.get("id", "")), str(asked.get("manager", ""))
            expires = self._configuration.poll_seconds
            if manager not in self._next:
                log.warning("A refresh of an unknown FortiManager was asked for and left out.")
                if name:
                    self._asked.tell(name, FAILED, error=_unknown(manager))
            elif asked.get("what") == COUNTS:
                send_find_counts(self._app, manager, COUNT_EVERY, asked)
            else:
                send_poll(self._app, manager, expires, now=True, asked=asked if name else None)


def _read(told: bytes) -> dict[str, Any]:
    try:
        found: Any = json.loads(told)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unknown(manager: str) -> str:
    return (
        f"The workers do not collect from {manager}. "
        "Add it to their configuration, or ask for one that they have."
    )


def _stagger(name: str, every: float) -> float:
    """A part of the interval, the same one each time, so that not all are polled at once."""
    return (zlib.crc32(name.encode()) % 1000) / 1000 * every
