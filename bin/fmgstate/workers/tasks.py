"""The tasks: each is short, may run twice, and returns what became of it as data."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Optional

from celery import Celery, signals

from fmgstate.collect.due import Due
from fmgstate.collect.outcome import Outcome
from fmgstate.errors import FmgStateError
from fmgstate.fortimanager.versions import Version
from fmgstate.workers.app import HITCOUNTS, INVENTORY, ONDEMAND, POLICIES
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.counters import Counters
from fmgstate.workers.work import Work, told

POLL, PULL, COUNT, PING = "fmgstate.poll", "fmgstate.pull", "fmgstate.count", "fmgstate.ping"
PULL_EXPIRES = 600.0

_mine = threading.local()


def register(app: Celery, configuration: Configuration) -> None:
    """Adds the tasks to ``app``."""
    signals.worker_process_shutdown.connect(_close, weak=False)

    def work() -> Work:
        found: Optional[Work] = getattr(_mine, "work", None)
        if found is None:
            found = _mine.work = Work(configuration)
        return found

    def counters() -> Counters:
        return Counters(work().redis, configuration.redis)

    @app.task(name=POLL)  # type: ignore[untyped-decorator,unused-ignore]
    def poll(manager: str, queue: str = POLICIES) -> dict[str, Any]:
        def hand_out(due: Due, version: Version, now: float) -> None:
            arguments = [due.scope.key, due.mark, list(version), now]
            app.send_task(PULL, arguments, queue=queue, expires=PULL_EXPIRES)

        return _data(counters(), POLL, manager, lambda: work().poll(manager, hand_out))

    @app.task(name=PULL)  # type: ignore[untyped-decorator,unused-ignore]
    def pull(key: str, mark: str, version: list[int], now: float) -> dict[str, Any]:
        return _data(counters(), PULL, key,
                     lambda: [work().pull(key, mark, tuple(version), now)])  # fmt: skip

    @app.task(name=COUNT)  # type: ignore[untyped-decorator,unused-ignore]
    def count(manager: str) -> dict[str, Any]:
        return _data(counters(), COUNT, manager, lambda: work().count_hits(manager))

    @app.task(name=PING)  # type: ignore[untyped-decorator,unused-ignore]
    def ping(file: str) -> None:
        """Came through the queue: this worker consumes."""
        Path(file).touch()


def send_poll(app: Celery, manager: str, expires: float, *, now: bool = False) -> None:
    """``now``: before anything else that waits."""
    queue = ONDEMAND if now else INVENTORY
    arguments = {"queue": ONDEMAND if now else POLICIES}
    app.send_task(POLL, [manager], arguments, queue=queue, expires=expires)


def send_count(app: Celery, manager: str, expires: float) -> None:
    """Hits of all packages of one FortiManager that are due."""
    app.send_task(COUNT, [manager], queue=HITCOUNTS, expires=expires)


def _data(counters: Counters, task: str, about: str, do: Any) -> dict[str, Any]:
    """A failure is a value: a task that raises would be tried for ever, or lost."""
    began = time.monotonic()
    outcomes: list[Outcome] = []
    error = ""
    try:
        outcomes = do()
    except FmgStateError as failed:
        error = str(failed)
    counters.add(task, time.monotonic() - began, outcomes, failed=bool(error))
    return {"about": about, "error": error, "outcomes": [told(one) for one in outcomes]}


def _close(**_: object) -> None:
    found = getattr(_mine, "work", None)
    if found is not None:
        found.close()
