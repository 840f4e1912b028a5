"""Refreshes that people ask workers for: a list that a scheduler empties, and a log of each one.

Single flight: who asks for the same while a request waits is given that one. As soon as a worker
begins it, it is closed: who asks later is not shown what was read before.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from time import time
from typing import Any, Optional, cast

from redis import Redis

from fmgstate.store.redis_server import RedisServer, errors_of

WAITS_SECONDS = 60.0
"""A request that was lost on its way keeps others from being made no longer than that."""
LOG_SECONDS = 3600.0
QUEUED, TAKEN, WAITING, DONE, ASKED, LATER, FAILED = (
    "queued", "taken", "waiting", "done", "asked", "later", "failed",
)  # fmt: skip
"""Events: it is in the list; a worker has it; scopes were handed out to be read; a scope is done;
FortiManager said what moved; it must wait; nothing can come of it."""

Event = dict[str, Any]

_ASK = """
local open = redis.call('GET', KEYS[1])
if open then return open end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
redis.call('RPUSH', KEYS[3], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
redis.call('RPUSH', KEYS[2], ARGV[2])
return ARGV[1]
"""
_CLOSE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class RefreshRequests:
    """Raises ``StoreError`` where the server cannot be used."""

    def __init__(self, server: RedisServer, client: Optional[Redis] = None) -> None:
        self.place, self._start = server.place, server.prefix
        self._redis = client or server.connect()
        self._ask, self._close = map(self._redis.register_script, (_ASK, _CLOSE))

    def ask(self, manager: str, what: str, adoms: Sequence[str]) -> str:
        """The request's name. ``adoms``: empty = all that workers collect."""
        asked = {"manager": manager, "what": what, "adoms": sorted(set(adoms))}
        name, now = secrets.token_hex(16), time()
        told = {**asked, "id": name, "time": now}
        keys = [self._door(asked), f"{self._start}:requests", self._log(name)]
        waits, lives = (str(int(one * 1000)) for one in (WAITS_SECONDS, LOG_SECONDS))
        first = json.dumps({"event": QUEUED, "time": now})
        with errors_of(self.place):
            found = cast(bytes, self._ask(keys, [name, json.dumps(told), first, waits, lives]))
        return found.decode()

    def close(self, asked: Mapping[str, Any]) -> None:
        """A worker begins: who asks from now on needs another one."""
        with errors_of(self.place):
            self._close([self._door(asked)], [asked["id"]])

    def tell(self, name: str, event: str, **facts: Any) -> None:
        """What became of it. ``facts``: JSON-able."""
        told = json.dumps({"event": event, "time": time(), **facts})
        with errors_of(self.place), self._redis.pipeline() as pipe:
            pipe.rpush(self._log(name), told)
            pipe.pexpire(self._log(name), int(LOG_SECONDS * 1000))
            pipe.execute()

    def events(self, name: str, first: int = 0) -> list[Event]:
        """All from the one numbered ``first`` on; the first one ever is ``queued``."""
        with errors_of(self.place):
            found = cast("list[bytes]", self._redis.lrange(self._log(name), first, -1))
        return [json.loads(one) for one in found]

    def take(self) -> Optional[bytes]:
        """What was asked for longest ago, as it came; None = nothing waits."""
        with errors_of(self.place):
            return cast(Optional[bytes], self._redis.lpop(f"{self._start}:requests"))

    def show_managers(self, names: Sequence[str], seconds: float) -> None:
        """A scheduler says for how long it is there, and for which FortiManagers."""
        with errors_of(self.place):
            self._redis.set(self._managers, json.dumps(list(names)), px=int(seconds * 1000))

    def managers(self) -> Optional[list[str]]:
        """Those of the scheduler that leads; None = there is none."""
        with errors_of(self.place):
            found = cast(Optional[bytes], self._redis.get(self._managers))
        return None if found is None else [str(one) for one in json.loads(found)]

    @property
    def _managers(self) -> str:
        return f"{self._start}:managers"

    def _log(self, name: str) -> str:
        return f"{self._start}:request:{name}"

    def _door(self, asked: Mapping[str, Any]) -> str:
        what = json.dumps([asked["manager"], asked["what"], list(asked["adoms"])])
        return f"{self._start}:asked:{hashlib.sha256(what.encode()).hexdigest()[:32]}"
