"""Sessions leased among workers on many hosts: one sorted set for each FortiManager.

The server's clock counts, so that hosts whose clocks differ agree on when a lease ends.
"""

from __future__ import annotations

import os
from threading import Lock
from time import monotonic
from typing import Optional

from redis import Redis

from fmgstate.errors import StoreError
from fmgstate.store.redis_server import RedisServer, errors_of

_NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"
# Score: when the lease was last renewed. What lies ahead was written before the clock was set back.
_ENTER = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
  redis.call('ZADD', KEYS[1], now, ahead)
end
local others = redis.call('ZCARD', KEYS[1])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then others = others - 1 end
if others >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[3] * 1000) + 1000)
return 1
"""
)


class RedisSessionLeases:
    """See ``fortimanager.leases.Leases``. ``idle_seconds``: FortiManager's idle time-out; a lease
    lives a tenth longer, and is written anew at most once in that tenth."""

    def __init__(
        self, server: RedisServer, idle_seconds: float, client: Optional[Redis] = None
    ) -> None:
        self._place, self._start = server.place, server.prefix
        self._redis = client or server.connect()
        self._write_every = idle_seconds / 10
        self._lifetime = idle_seconds + self._write_every
        self._enter = self._redis.register_script(_ENTER)
        self._held: dict[str, tuple[str, int, float]] = {}
        self._lock = Lock()

    def acquire(self, manager: str, at_most: int) -> Optional[str]:
        """A new lease, or None at once when ``at_most`` are out for ``manager``."""
        lease = os.urandom(16).hex()
        if not self._entered(lease, manager, at_most):
            return None
        with self._lock:
            self._held[lease] = (manager, at_most, monotonic())
        return lease

    def renew(self, lease: str) -> None:
        """The session is in use: the lease's time starts anew.

        Raises ``StoreError`` when the lease had run out and others have taken its place.
        """
        with self._lock:
            held = self._held.get(lease)
        if held is None or monotonic() - held[2] < self._write_every:
            return
        manager, at_most, _ = held
        if not self._entered(lease, manager, at_most):
            raise StoreError(
                f"A session with {manager} was not used for so long that other workers have taken"
                f" its place: all {at_most} are in use.",
                "The next run goes on; give the inputs longer intervals if it stays.",
            )
        with self._lock:
            self._held[lease] = (manager, at_most, monotonic())

    def release(self, lease: str) -> None:
        """The session has ended. Unknown leases are no error."""
        with self._lock:
            held = self._held.pop(lease, None)
        if held is not None:
            with errors_of(self._place):
                self._redis.zrem(self._key(held[0]), lease)

    def out(self, manager: str) -> int:
        """How many leases are out for ``manager``, those that ran out among them."""
        with errors_of(self._place):
            return int(self._redis.zcard(self._key(manager)))

    def _entered(self, lease: str, manager: str, at_most: int) -> bool:
        with errors_of(self._place):
            return bool(self._enter([self._key(manager)], [lease, at_most, self._lifetime]))

    def _key(self, manager: str) -> str:
        return f"{self._start}:sessions:{manager}"
