"""What a task does, apart from Celery: poll one FortiManager, read or count one scope of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, cast

from fmgstate.collect.ask import version_of
from fmgstate.collect.due import Due
from fmgstate.collect.hitcounts import EARLY, MOST_TASKS, Time, count_scope, hitcounts
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.keep import confirm
from fmgstate.collect.lockout import respecting_lockout
from fmgstate.collect.outcome import FAILED, RECENT, Outcome
from fmgstate.collect.refresh import fetch, refresh
from fmgstate.collect.scope import Scope
from fmgstate.fortimanager.versions import Version
from fmgstate.inventory.model import Target
from fmgstate.store.base import head_of
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import errors_of
from fmgstate.workers.app import visibility_seconds
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.connections import Connections
from fmgstate.workers.locks import Locks

QUEUED_SECONDS = 600.0
"""A task that waited for so long is not carried out any more."""

SendPull = Callable[[Scope, str, Version, float], None]
"""Sends one scope to the workers: with its mark, FortiManager's version, the time of the poll."""
SendCount = Callable[[Scope, Sequence[Target]], None]
"""Sends one package to be counted: with where it is installed."""


class Busy(Exception):
    """Another worker is doing just this: whether it succeeded is seen later."""


class Work:
    """One worker child's connections, made when first needed."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._server = server = configuration.redis
        self.redis = redis = server.connect()
        self.store = RedisStore(server, redis)
        self.locks = Locks(redis, server.place, server.prefix)
        self.connections = Connections(configuration, redis)

    def close(self) -> None:
        """Logs out everywhere."""
        self.connections.close()
        self.store.close()

    def poll(self, name: str, send: SendPull, again: bool = False) -> list[Outcome]:
        """Asks one FortiManager what moved, keeps its inventories, hands out what must be read.

        ``again``: also what is queued already: somebody waits for it.
        """
        manager = self.configuration.manager(name)
        with self.locks.held(f"poll:{name}") as mine:
            if not mine:
                return []
            now = time.time()

            def hand_out(version: Version, moved: Sequence[Due]) -> None:
                for due in moved:
                    if self._queue(due.scope) or again:
                        send(due.scope, due.mark, version, now)

            with (
                respecting_lockout(self.store, name, now),
                self.connections.client(manager) as client,
            ):
                return list(refresh(client, self.store, manager.plan, InTurn(), now,
                                    hand_out=hand_out))  # fmt: skip

    def pull(self, key: str, mark: str, version: Version, now: float) -> Outcome:
        """Reads one scope, unless that was done since ``now``. Raises ``Busy``, ``NoSession``."""
        scope = Scope.parse(key)
        manager = self.configuration.manager(scope.manager)
        with self.locks.held(f"scope:{key}") as mine:
            if not mine:
                raise Busy(key)
            head = head_of(self.store, key)
            # What lies ahead was kept before the clock was set back: it says nothing.
            if head and head.mark == mark and now <= (head.snapshot_time or 0.0) <= time.time():
                self.dequeue(key)
                return Outcome(scope, RECENT, time=now)
            due = Due(scope, mark, head, versioned=bool(version_of(mark)))
            if head and not due.moved(now, manager.plan.full_set_seconds):
                self.dequeue(key)
                return confirm(self.store, scope, head, now)
            with (
                respecting_lockout(self.store, manager.name, now),
                self.connections.client(manager) as client,
            ):
                self.dequeue(key)
                return fetch(client, self.store, version, now, due)

    def find_counts(self, name: str, send: SendCount) -> list[Outcome]:
        """Hands out the packages whose hits were counted too long ago."""
        manager = self.configuration.manager(name)
        with self.locks.held(f"hitcounts:{name}") as mine:
            if not mine:
                return []

            def hand_out(dues: Sequence[tuple[Due, Sequence[Target]]]) -> None:
                for due, targets in dues:
                    if self._queue(due.scope):
                        send(due.scope, targets)

            with (
                respecting_lockout(self.store, name, time.time()),
                self.connections.client(manager) as client,
            ):
                return list(hitcounts(client, self.store, manager.plan, InTurn(), Time(),
                                      cast(Any, hand_out)))  # fmt: skip

    def count(self, key: str, targets: Sequence[Target]) -> Outcome:
        """Counts the hits of one package; a few at a time for each FortiManager.

        Raises ``Busy``, ``NoSession``.
        """
        scope, now = Scope.parse(key), time.time()
        manager = self.configuration.manager(scope.manager)
        turns = [f"counting:{manager.name}:{number}" for number in range(MOST_TASKS)]
        with self.locks.held(f"scope:{key}") as mine, self.locks.held(*turns) as turn:
            if not (mine and turn):
                raise Busy(key)
            due = Due(scope, "", head_of(self.store, key))
            if not due.moved(now, EARLY * manager.plan.hitcount_seconds):
                self.dequeue(key)
                return Outcome(scope, RECENT, time=now)
            with (
                respecting_lockout(self.store, manager.name, now),
                self.connections.client(manager) as client,
            ):
                self.dequeue(key)
                by_device = manager.plan.hitcounts_by_device
                return count_scope(client, self.store, by_device, Time(), targets, due)

    def _queue(self, scope: Scope) -> bool:
        """Note that a scope waits in a queue; False when it does already."""
        with errors_of(self._server.place):
            # No longer: of a task that was lost, the next poll must send another one.
            name, longest = self._queued(scope.key), visibility_seconds(self.configuration)
            return bool(self.redis.set(name, "1", nx=True, ex=longest))

    def dequeue(self, key: str) -> None:
        """It waits no more."""
        with errors_of(self._server.place):
            self.redis.delete(self._queued(key))

    def _queued(self, key: str) -> str:
        return f"{self._server.prefix}:queued:{key}"


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return {**asdict(outcome), "scope": outcome.scope.key}


def tally(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How many of which result, and what failed."""
    failed = [f"{one.scope}: {one.error}" for one in outcomes if one.result == FAILED]
    return {"results": dict(Counter(one.result for one in outcomes)), "failed": failed}
