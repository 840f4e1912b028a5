"""What all workers did, counted in Redis: one hash, exported as metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from redis import Redis

from fmgstate.collect.outcome import FAILED, Outcome
from fmgstate.errors import StoreError
from fmgstate.store.redis_server import RedisServer, errors_of

Totals = dict[tuple[str, str], float]
"""(what, of which): ("tasks", "fmgstate.pull"), ("requests", "fmg.example.com"), …"""


class Counters:
    """Rises only. A server that is away costs the count, never the work."""

    def __init__(self, redis: Redis, server: RedisServer) -> None:
        self._redis, self._place = redis, server.place
        self._key = f"{server.prefix}:counters"

    def add(self, task: str, seconds: float, outcomes: Sequence[Outcome], *, failed: bool) -> None:
        """One task that ended."""
        steps = {("tasks", task): 1.0, ("task_seconds", task): seconds,
                 ("task_failures", task): float(failed)}  # fmt: skip
        for one in outcomes:
            manager = one.scope.manager
            for name, amount in (("requests", one.requests), ("saved", one.saved),
                                 ("failures", float(one.result == FAILED))):  # fmt: skip
                steps[name, manager] = steps.get((name, manager), 0.0) + amount
        try:
            with errors_of(self._place), self._redis.pipeline(transaction=False) as pipe:
                for (name, label), amount in steps.items():
                    if amount:
                        pipe.hincrbyfloat(self._key, f"{name} {label}", amount)
                pipe.execute()
        except StoreError:
            return

    def totals(self) -> Totals:
        """All of them. Raises ``StoreError``."""
        with errors_of(self._place):
            kept: dict[bytes, bytes] = cast(Any, self._redis.hgetall(self._key))
        found: Totals = {}
        for field, value in kept.items():
            name, _, label = field.decode().partition(" ")
            found[name, label] = float(value)
        return found
