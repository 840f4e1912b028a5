"""One at a time among all workers: a name, held by a token, for as long as its holder lives.

A lock lives for seconds and is renewed meanwhile, so that what a killed worker held is free soon.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis

from fmgstate.errors import StoreError
from fmgstate.store.redis_server import errors_of

LOCK_SECONDS = 6.0

# Only who holds it may let go or renew: it may have run out, and be another's by now.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end"


class Locks:
    """``place``: of the server, for messages. ``prefix``: begins every key."""

    def __init__(
        self, redis: Redis, place: str, prefix: str, seconds: float = LOCK_SECONDS
    ) -> None:
        self._redis, self._place, self._start = redis, place, f"{prefix}:lock:"
        self._seconds = seconds
        self._release = redis.register_script(_RELEASE)
        self._renew = redis.register_script(_RENEW)

    @contextmanager
    def held(self, *names: str) -> Iterator[bool]:
        """True while this is the only holder of one of ``names``; False at once when each has
        another holder."""
        token = secrets.token_hex(16)
        key = next((one for one in names if self._taken(one, token)), None)
        if key is None:
            yield False
            return
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(key, token, ended), daemon=True)
        keeper.start()
        try:
            yield True
        finally:
            ended.set()
            keeper.join()
            with suppress(StoreError), errors_of(self._place):  # else it runs out by itself
                self._release([self._start + key], [token])

    def _taken(self, name: str, token: str) -> bool:
        with errors_of(self._place):
            longest = int(self._seconds * 1000)
            return bool(self._redis.set(self._start + name, token, nx=True, px=longest))

    def _keep(self, name: str, token: str, ended: threading.Event) -> None:
        while not ended.wait(self._seconds / 3):
            with suppress(StoreError), errors_of(self._place):
                self._renew([self._start + name], [token, int(self._seconds * 1000)])
