"""The Celery app: how tasks travel, how often they are tried, when they are given up.

Nobody waits for a result, so none is kept: what became of a scope stands in the store. Delivery is
at least once: every task may run twice and must not mind. The settings are those that
held when workers and Redis were killed under load (docs/decisions/0010-workers.md).
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from celery import Celery, Task
from kombu.entity import Exchange, Queue

from fmgstate.workers.configuration import Configuration

INVENTORY, POLICIES, HITCOUNTS, ONDEMAND = "inventory", "policies", "hitcounts", "ondemand"
QUEUES = (ONDEMAND, INVENTORY, POLICIES, HITCOUNTS)
"""Those that come first are emptied first; a worker takes from all of them."""

SOFT_PART = 0.9
VISIBILITY_PART, VISIBILITY_MORE = 1.1, 2.0
"""A task of a worker that vanished comes back when no task can still be running."""


class ShortlyTold(Task):  # type: ignore[misc,unused-ignore]
    """Celery writes what a task returned to its log. What cannot be done now is tried until it
    expires: ``max_retries=None`` where it is tried again would mean three times."""

    resultrepr_maxsize = 200
    max_retries = None


def visibility_seconds(configuration: Configuration) -> int:
    """After so long, a task that was taken and not done is given to another worker."""
    return math.ceil(configuration.task_seconds * VISIBILITY_PART + VISIBILITY_MORE)


def ping_queue(name: str) -> str:
    """Only the worker of that name takes from it."""
    return f"ping.{name}"


def make_app(configuration: Configuration, name: str = "") -> Celery:
    """Tasks are added by ``tasks.register``. ``name``: of the worker that is pinged."""
    server = configuration.redis
    user = f"{quote(server.username, safe='')}:{quote(server.password, safe='')}@"
    scheme = "rediss" if server.tls else "redis"
    url = (
        f"{scheme}://{user if server.password else ''}{server.host}:{server.port}/{server.database}"
    )
    app = Celery("fmgstate", broker=url, task_cls=ShortlyTold)
    app.conf.update(_settings(configuration))
    if name:
        app.conf.task_queues += [_queue(ping_queue(name))]
    return app


def _queue(name: str) -> Queue:
    exchange = Exchange(name, type="direct")  # type: ignore[no-untyped-call,unused-ignore]
    return Queue(name, exchange, routing_key=name)  # type: ignore[no-untyped-call,unused-ignore]


def _settings(configuration: Configuration) -> dict[str, Any]:
    server = configuration.redis
    transport = {
        "visibility_timeout": visibility_seconds(configuration),
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "global_keyprefix": f"{server.prefix}:celery:",
        "queue_order_strategy": "priority",
        "socket_timeout": server.timeout,
        "socket_connect_timeout": min(server.timeout, 5.0),
        "health_check_interval": 25,
    }
    settings: dict[str, Any] = {
        "task_queues": [_queue(name) for name in QUEUES],
        "task_default_queue": POLICIES,
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": configuration.task_seconds * SOFT_PART,
        "task_time_limit": configuration.task_seconds,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 5,
        "worker_concurrency": configuration.concurrency,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": configuration.remote_control,
        "worker_enable_remote_control": configuration.remote_control,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": transport,
    }
    if server.tls:
        import ssl

        tls: dict[str, Any] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
        if server.ca_file:
            tls["ssl_ca_certs"] = server.ca_file
        settings["broker_use_ssl"] = tls
    return settings
