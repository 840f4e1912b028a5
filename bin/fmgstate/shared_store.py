"""An input where workers refresh: it publishes what they keep on Redis, and asks nobody else.

Imports redis-py, which costs 140 ms: import this module only where workers are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from socket import gethostname
from time import monotonic, time
from typing import Any

from fmgstate.collect import health
from fmgstate.collect.confirmations import confirmations
from fmgstate.collect.event import Event
from fmgstate.collect.find import find
from fmgstate.collect.freshness import POLICIES_INPUT
from fmgstate.collect.outcome import Outcome, RunSummary
from fmgstate.collect.risk_table import installed
from fmgstate.collect.run import publish_kept
from fmgstate.errors import FmgStateError
from fmgstate.settings import Plan
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import RefreshRequests

__all__ = ["RefreshRequests", "publish_input", "requests_of", "server_of"]

ANSWER_SECONDS = 3.0
"""Somebody waits for the answer."""


def server_of(settings: Mapping[str, Any]) -> RedisServer:
    """As ``RedisServer`` takes them. Raises ``ConfigurationError``."""
    return RedisServer(**settings)


def requests_of(settings: Mapping[str, Any]) -> RefreshRequests:
    """Where a refresh is asked for. Raises ``ConfigurationError``."""
    server = replace(server_of(settings), timeout=ANSWER_SECONDS)
    return RefreshRequests(server, server.connect(retries=1))


def publish_input(
    kind: str,
    stream: str,
    manager: str,
    plan: Plan,
    server: RedisServer,
    emit: Callable[[list[Event]], None],
    report: Callable[[Outcome], None],
) -> RunSummary:
    """As ``wiring.run_input``, where workers refresh: what is new in their store is published.

    Raises ``StoreError`` when it cannot be reached.
    """
    now, started = time(), monotonic()
    store = RedisStore(server)
    try:
        outcomes, sent = publish_kept(kind, stream, manager, store, plan, now, emit, report)
        if kind == POLICIES_INPUT:
            more = find(stream, manager, store, plan, now, emit, report, installed())
            outcomes, sent = [*outcomes, *more[0]], sent + more[1]
        confirmed = confirmations(store, stream, manager, now, kind, plan.fresh_seconds)
    except FmgStateError as error:
        emit([health.of_failed_run(manager, stream, str(error), now)])
        raise
    finally:
        store.close()
    summary = RunSummary(outcomes, monotonic() - started, 0, sent)
    emit([health.of_run(manager, stream, summary, now, confirmed, gethostname())])
    return summary
