from __future__ import annotations

import urllib.request

from prometheus_client import CollectorRegistry, generate_latest

from fmgstate.collect.outcome import CHANGED, FAILED, Outcome
from fmgstate.collect.scope import Scope
from fmgstate.store.base import Head
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.counters import Counters
from fmgstate.workers.metrics import Exporter, serve
from tests.redis_server import free_port

HQ = Scope("package", "fmg", "emea", "hq")


def scraped(server: RedisServer, now: float = 1000.0) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Exporter(server, lambda: now))
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if not line.startswith("#") and "_created" not in line]


def test_what_is_told(server: RedisServer) -> None:
    redis = server.connect()
    redis.lpush(f"{server.prefix}:celery:policies", "a task", "another one")
    counters = Counters(redis, server)
    done = Outcome(HQ, CHANGED, requests=3.0, saved=2.0)
    counters.add("fmgstate.pull", 0.5, [done], failed=False)
    counters.add("fmgstate.pull", 0.25, [Outcome(HQ, FAILED, requests=1.0)], failed=False)
    counters.add("fmgstate.poll", 0.25, [], failed=True)
    store = RedisStore(server)
    store.note(Head(HQ.key, 940.0, 900.0, "", {"result": FAILED}))
    store.note(Head("published/stream/package/fmg/emea/hq", 1.0))
    scope = 'adom="emea",kind="package",manager="fmg",name="hq"'
    assert scraped(server) == [
        "fmgstate_redis_up 1.0",
        'fmgstate_queue_depth{queue="ondemand"} 0.0',
        'fmgstate_queue_depth{queue="inventory"} 0.0',
        'fmgstate_queue_depth{queue="policies"} 2.0',
        'fmgstate_queue_depth{queue="hitcounts"} 0.0',
        'fmgstate_tasks_total{task="fmgstate.poll"} 1.0',
        'fmgstate_tasks_total{task="fmgstate.pull"} 2.0',
        'fmgstate_task_seconds_total{task="fmgstate.poll"} 0.25',
        'fmgstate_task_seconds_total{task="fmgstate.pull"} 0.75',
        'fmgstate_task_failures_total{task="fmgstate.poll"} 1.0',
        'fmgstate_fortimanager_requests_total{manager="fmg"} 4.0',
        'fmgstate_fortimanager_requests_saved_total{manager="fmg"} 2.0',
        'fmgstate_scope_failures_total{manager="fmg"} 1.0',
        f"fmgstate_snapshot_age_seconds{{{scope}}} 60.0",
        f"fmgstate_scope_failing{{{scope}}} 1.0",
    ]


def test_without_redis_only_that_is_told() -> None:
    assert scraped(RedisServer(port=1, timeout=0.2)) == ["fmgstate_redis_up 0.0"]


def test_over_http(server: RedisServer) -> None:
    port = free_port()
    end = serve(server, "127.0.0.1", port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"fmgstate_redis_up 1.0" in answer.read()
    finally:
        end()
