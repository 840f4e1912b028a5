"""One at a time among all workers: a name, held by a token, for a limited time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

from fmgstate.store.redis_server import errors_of

# Only who holds it may let go: it may have run out, and be another's by now.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class Locks:
    """``place``: of the server, for messages. ``prefix``: begins every key."""

    def __init__(self, redis: Redis, place: str, prefix: str) -> None:
        self._redis, self._place, self._start = redis, place, f"{prefix}:lock:"
        self._release = redis.register_script(_RELEASE)

    @contextmanager
    def held(self, name: str, seconds: float) -> Iterator[bool]:
        """True while this is the only holder; False at once when there is another one."""
        token, key = secrets.token_hex(16), self._start + name
        with errors_of(self._place):
            mine = bool(self._redis.set(key, token, nx=True, px=int(seconds * 1000)))
        try:
            yield mine
        finally:
            if mine:
                with errors_of(self._place):
                    self._release([key], [token])
