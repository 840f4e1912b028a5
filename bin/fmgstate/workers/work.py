"""What a task does, apart from Celery: poll one FortiManager, or read one scope of it.

Each worker child keeps one client a FortiManager; the sessions of all workers together are
counted by leases in Redis.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar

from fmgstate.collect.due import Due
from fmgstate.collect.hitcounts import MOST_TASKS, Time, hitcounts
from fmgstate.collect.in_threads import InThreads
from fmgstate.collect.lockout import respecting_lockout
from fmgstate.collect.outcome import RECENT, Outcome
from fmgstate.collect.refresh import fetch, refresh
from fmgstate.collect.scope import Scope
from fmgstate.fortimanager.client import Client
from fmgstate.fortimanager.versions import Version
from fmgstate.store.base import head_of
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.locks import Locks

T = TypeVar("T")
R = TypeVar("R")

HandOut = Callable[[Due, Version, float], None]
"""Sends one scope to the workers, with FortiManager's version and the time of the poll."""

BUSY = "busy"
"""Result of work that another worker is doing already."""


class HandsOut:
    """A runner that gives scopes that moved to the workers; anything else is done here at once.

    ``refresh`` runs its scopes by ``partial(fetch, source, store, version, now)``.
    """

    def __init__(self, hand_out: HandOut, threads: int) -> None:
        self._hand_out, self._here = hand_out, InThreads(threads)

    def run(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Outcomes of what is done here; those of the workers stand in the store."""
        here = []
        for item in items:
            if isinstance(item, Due) and isinstance(work, partial):
                _, _, version, now = work.args
                self._hand_out(item, version, now)
            else:
                here.append(item)
        yield from self._here.run(work, here)


class Work:
    """One worker child's connections, made when first needed."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        server = configuration.redis
        self.redis = redis = server.connect()
        self.store = RedisStore(server, redis)
        self.locks = Locks(redis, server.place, server.prefix)
        self._leases = {one.name: RedisSessionLeases(server, one.limits.session_idle, redis)
                        for one in configuration.managers}  # fmt: skip
        self._clients: dict[str, Client] = {}

    def close(self) -> None:
        """Logs out everywhere."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self.store.close()

    def poll(self, name: str, hand_out: HandOut) -> list[Outcome]:
        """Asks one FortiManager what moved, keeps its inventories, hands out what must be read."""
        manager = self.configuration.manager(name)
        with self.locks.held(f"poll:{name}", _longest(manager)) as mine:
            if not mine:
                return []
            now = time.time()
            runner = HandsOut(hand_out, manager.limits.sessions)
            with respecting_lockout(self.store, name, now):
                return list(refresh(self._client(manager), self.store, manager.plan, runner, now))

    def pull(self, key: str, mark: str, version: Version, now: float) -> Outcome:
        """Reads one scope, unless another worker does or did since ``now``."""
        scope = Scope.parse(key)
        manager = self.configuration.manager(scope.manager)
        with self.locks.held(f"scope:{key}", _longest(manager)) as mine:
            head = head_of(self.store, key)
            if not mine:
                return Outcome(scope, BUSY, time=now)
            if head and head.mark == mark and (head.snapshot_time or 0.0) >= now:
                return Outcome(scope, RECENT, time=now)
            with respecting_lockout(self.store, manager.name, now):
                due = Due(scope, mark, head)
                return fetch(self._client(manager), self.store, version, now, due)

    def count_hits(self, name: str) -> list[Outcome]:
        """Counts the hits of packages whose counts are old enough."""
        manager = self.configuration.manager(name)
        with self.locks.held(f"hitcounts:{name}", _longest(manager)) as mine:
            if not mine:
                return []
            runner = InThreads(min(MOST_TASKS, manager.limits.sessions))
            clock = Time(sleep=runner.sleep)
            with respecting_lockout(self.store, name, time.time()):
                client = self._client(manager)
                return list(hitcounts(client, self.store, manager.plan, runner, clock))

    def _client(self, manager: Manager) -> Client:
        client = self._clients.get(manager.name)
        if client is None:
            leases = self._leases[manager.name]
            client = Client(manager.account, manager.limits, leases=leases)
            self._clients[manager.name] = client
        return client


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return {**asdict(outcome), "scope": outcome.scope.key}


def _longest(manager: Manager) -> float:
    """So long may a holder be silent: longer than a task is let run."""
    return 300.0 + manager.limits.read_timeout
