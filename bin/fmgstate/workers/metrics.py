"""What Prometheus may scrape: queues, tasks, requests made and saved, freshness, failures.

All of it is in Redis, so one exporter speaks for all workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis

from fmgstate.collect.outcome import FAILED
from fmgstate.collect.scope import HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.errors import StoreError
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer, errors_of
from fmgstate.workers.app import QUEUES
from fmgstate.workers.counters import Counters, Totals

_COUNTED = (
    ("tasks", "fmgstate_tasks", "Tasks that ended", "task"),
    ("task_seconds", "fmgstate_task_seconds", "Seconds that tasks took", "task"),
    ("task_failures", "fmgstate_task_failures", "Tasks that could do nothing", "task"),
    ("requests", "fmgstate_fortimanager_requests", "Requests made of FortiManager", "manager"),
    ("saved", "fmgstate_fortimanager_requests_saved",
     "Requests that asking what moved made needless", "manager"),
    ("failures", "fmgstate_scope_failures", "Refreshes of a scope that failed", "manager"),
)  # fmt: skip


class Exporter(Collector):
    """Reads everything anew at each scrape. ``now``: epoch seconds."""

    def __init__(self, server: RedisServer, now: Callable[[], float] = time.time) -> None:
        self._server, self._now = server, now
        self._redis: Redis = server.connect()
        self._store = RedisStore(server, self._redis)
        self._counters = Counters(self._redis, server)

    def collect(self) -> Iterable[Metric]:
        """``fmgstate_redis_up`` alone while Redis is away: nothing else is known then."""
        up = GaugeMetricFamily("fmgstate_redis_up", "Whether Redis could be asked")
        try:
            found = [self._queues(), *_counted(self._counters.totals()), *self._scopes()]
        except StoreError:
            found = []
        up.add_metric([], float(bool(found)))
        return [up, *found]

    def _queues(self) -> Metric:
        depth = GaugeMetricFamily("fmgstate_queue_depth", "Tasks that wait", labels=["queue"])
        with errors_of(self._server.place):
            for name, waiting in queue_depths(self._redis, self._server.prefix).items():
                depth.add_metric([name], waiting)
        return depth

    def _scopes(self) -> list[Metric]:
        labels = ["manager", "kind", "adom", "name"]
        age = GaugeMetricFamily("fmgstate_snapshot_age_seconds",
                                "Since FortiManager said so", labels=labels)  # fmt: skip
        failing = GaugeMetricFamily("fmgstate_scope_failing",
                                    "Whether the last refresh failed", labels=labels)  # fmt: skip
        now = self._now()
        for head in self._store.heads():
            if head.key.split("/")[0] not in (INVENTORY, OBJECTS, PACKAGE, HITCOUNTS):
                continue
            scope = Scope.parse(head.key)
            values = [scope.manager, scope.kind, scope.adom, scope.name]
            if head.snapshot_time is not None:
                age.add_metric(values, max(0.0, now - head.snapshot_time))
            failing.add_metric(values, float(head.outcome.get("result") == FAILED))
        return [age, failing]


def queue_depths(redis: Redis, prefix: str) -> dict[str, int]:
    """How many tasks wait in each queue."""
    with redis.pipeline(transaction=False) as pipe:
        for name in QUEUES:
            pipe.llen(f"{prefix}:celery:{name}")
        return dict(zip(QUEUES, cast("list[int]", pipe.execute())))


def serve(server: RedisServer, host: str, port: int) -> Callable[[], None]:
    """Answers scrapes in a thread; gives what ends it."""
    registry = CollectorRegistry()
    registry.register(Exporter(server))
    listening, thread = start_http_server(port, host, registry)

    def end() -> None:
        listening.shutdown()
        listening.server_close()
        thread.join()

    return end


def _counted(totals: Totals) -> list[Metric]:
    found: list[Any] = []
    for what, name, says, label in _COUNTED:
        family = CounterMetricFamily(name, says, labels=[label])
        for (counted, of), amount in sorted(totals.items()):
            if counted == what:
                family.add_metric([of], amount)
        found.append(family)
    return found
