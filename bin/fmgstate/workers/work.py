"""What a task does, apart from Celery: poll one FortiManager, read or count one scope of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Optional, cast

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
from fmgstate.store.requests_in_redis import RefreshRequests
from fmgstate.workers.app import visibility_seconds
from fmgstate.workers.asked import Asked
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.connections import Connections
from fmgstate.workers.locks import Locks

QUEUED_SECONDS = 600.0
"""A task that waited for so long is not carried out any more."""

SendPull = Callable[[Scope, str, Version, float], None]
"""Sends one scope to the workers: with its mark, FortiManager's version, the time of the poll."""
SendCount = Callable[[Scope, Sequence[Target], Optional[float]], None]
"""Sends one package to be counted: with where it is installed, and since when it must be, where
somebody asked."""


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
        self.requests = RefreshRequests(server, redis)
        self._nobody = Asked({}, "", self.requests)
        self.connections = Connections(configuration, redis)

    def close(self) -> None:
        """Logs out everywhere."""
        self.connections.close()
        self.store.close()

    def poll(
        self, name: str, send: SendPull, again: bool = False, asked: Optional[Asked] = None
    ) -> list[Outcome]:
        """Asks one FortiManager what moved, keeps its inventories, hands out what must be read.

        ``again``: also what is queued already: somebody waits for it. ``asked``: whoever does.
        Raises ``Busy`` where another poll runs that began before the question; ``NoSession``.
        """
        manager, whose = self.configuration.manager(name), asked or self._nobody
        whose.taken()
        plan = whose.plan(manager.plan)
        with self.locks.held(f"poll:{name}") as mine:
            if not mine:
                return _others(whose, name)
            now = time.time()

            def hand_out(version: Version, moved: Sequence[Due]) -> None:
                whose.waiting([due.scope.key for due in moved])
                for due in moved:
                    if self._queue(due.scope) or again:
                        send(due.scope, due.mark, version, now)

            with (
                respecting_lockout(self.store, name, now),
                self.connections.client(manager) as client,
            ):
                whose.begins()
                found = refresh(client, self.store, plan, InTurn(), now, hand_out=hand_out)
                return self._each(found, whose)

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

    def find_counts(
        self, name: str, send: SendCount, asked: Optional[Asked] = None
    ) -> list[Outcome]:
        """Hands out the packages whose hits were counted too long ago; all when somebody asked."""
        manager, whose = self.configuration.manager(name), asked or self._nobody
        whose.taken()
        plan = whose.plan(manager.plan)
        with self.locks.held(f"hitcounts:{name}") as mine:
            if not mine:
                return _others(whose, name)
            since = time.time() if whose else None

            def hand_out(dues: Sequence[tuple[Due, Sequence[Target]]]) -> None:
                whose.waiting([due.scope.key for due, _ in dues])
                for due, targets in dues:
                    if self._queue(due.scope) or whose:
                        send(due.scope, targets, since)

            with (
                respecting_lockout(self.store, name, time.time()),
                self.connections.client(manager) as client,
            ):
                whose.begins()
                found = hitcounts(client, self.store, plan, InTurn(), Time(), cast(Any, hand_out))
                return self._each(found, whose)

    def _each(self, found: Iterable[Outcome], whose: Asked) -> list[Outcome]:
        """All outcomes, told one by one to whoever asked."""
        outcomes = []
        for outcome in found:
            whose.done(self.store, [outcome])
            outcomes.append(outcome)
        whose.asked()
        return outcomes

    def count(self, key: str, targets: Sequence[Target], since: Optional[float] = None) -> Outcome:
        """Counts the hits of one package; a few at a time for each FortiManager.

        ``since``: unless that was done since then. Raises ``Busy``, ``NoSession``.
        """
        scope, now = Scope.parse(key), time.time()
        manager = self.configuration.manager(scope.manager)
        turns = [f"counting:{manager.name}:{number}" for number in range(MOST_TASKS)]
        with self.locks.held(f"scope:{key}") as mine, self.locks.held(*turns) as turn:
            if not (mine and turn):
                raise Busy(key)
            due = Due(scope, "", head_of(self.store, key))
            young = EARLY * manager.plan.hitcount_seconds if since is None else now - since
            if not due.moved(now, young):
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


def _others(whose: Asked, name: str) -> list[Outcome]:
    """Nothing, as another worker is at it; what was asked for must begin after the question."""
    if whose:
        raise Busy(f"Another worker is asking {name}.")
    return []


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return {**asdict(outcome), "scope": outcome.scope.key}


def tally(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How many of which result, and what failed."""
    failed = [f"{one.scope}: {one.error}" for one in outcomes if one.result == FAILED]
    return {"results": dict(Counter(one.result for one in outcomes)), "failed": failed}
