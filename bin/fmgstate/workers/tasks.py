"""The tasks: each is short, may run twice, and returns what became of it as data."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

from celery import Celery, signals
from redis.exceptions import RedisError

from fmgstate.collect.outcome import Outcome
from fmgstate.collect.scope import Scope
from fmgstate.errors import FmgStateError, StoreError
from fmgstate.fortimanager.versions import Version
from fmgstate.inventory.model import Target
from fmgstate.workers.app import HITCOUNTS, INVENTORY, ONDEMAND, POLICIES
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.connections import NoSession
from fmgstate.workers.counters import Counters
from fmgstate.workers.work import QUEUED_SECONDS, Busy, Work, tally

POLL, PULL, FIND_COUNTS, COUNT, PING = (
    f"fmgstate.{name}" for name in ("poll", "pull", "find_counts", "count", "ping")
)
AGAIN_SECONDS = 0.5
"""Work that found no free session is tried again after so long."""
AGAIN_BUSY_SECONDS = 3.0
MOST_OUTAGES = 5
"""A task that met so many outages of Redis is left to the next poll."""

READY = "FMGSTATE_READY_FILE"
"""The environment variable that names the file to touch."""
SHOWN_SECONDS = 10.0


def show() -> None:
    """This worker is at work: its supervisor looks at the file."""
    if os.environ.get(READY):
        Path(os.environ[READY]).touch()


@contextmanager
def showing() -> Iterator[None]:
    """As ``show``, again and again within the block."""
    ended = threading.Event()

    def again() -> None:
        show()
        while not ended.wait(SHOWN_SECONDS):
            show()

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Child:
    """What a worker child keeps from task to task; made in the child, never before the fork."""

    def __init__(self, app: Celery, configuration: Configuration) -> None:
        self.app, self._configuration = app, configuration
        self._work: Optional[Work] = None
        self._pid = 0

    @property
    def work(self) -> Work:
        if self._work is None or self._pid != os.getpid():
            self._work, self._pid = Work(self._configuration), os.getpid()
        return self._work

    def close(self, **_: object) -> None:
        """When the child ends."""
        if self._work is not None and self._pid == os.getpid():
            self._work.close()
            self._work = None

    def done(self, task: Any, about: str, do: Callable[[], Sequence[Outcome]]) -> dict[str, Any]:
        """A failure is a value: a task that raises would be tried for ever, or lost.

        Work that cannot be done just now goes back to its queue, until it expires.
        """
        began, error = time.monotonic(), ""
        outcomes: Sequence[Outcome] = ()
        try:
            with showing():
                outcomes = do()
        except (NoSession, Busy) as later:
            again = AGAIN_SECONDS if isinstance(later, NoSession) else AGAIN_BUSY_SECONDS
            task.retry(countdown=again, max_retries=None, throw=False)
            return {"about": about, "later": type(later).__name__}
        except FmgStateError as failed:
            if isinstance(failed, StoreError) and self._waited_for_redis():
                task.retry(countdown=AGAIN_SECONDS, max_retries=MOST_OUTAGES, throw=False)
                return {"about": about, "later": type(failed).__name__}
            error = str(failed)
        counters = Counters(self.work.redis, self._configuration.redis)
        counters.add(task.name, time.monotonic() - began, outcomes, failed=bool(error))
        return {"about": about, "error": error, **tally(outcomes)}

    def _waited_for_redis(self) -> bool:
        """False when it was there all the time, or does not come back while a task may last.

        Without it this child could do nothing else, and a task that ended would be lost.
        """
        until = time.monotonic() + self._configuration.task_seconds / 2
        was_away = False
        with showing():
            while time.monotonic() < until:
                if self._redis_answers():
                    return was_away
                was_away = True
                time.sleep(AGAIN_SECONDS)
        return False

    def _redis_answers(self) -> bool:
        try:
            return bool(self.work.redis.ping())
        except RedisError:
            return False

    def send(self, task: str, arguments: list[Any], queue: str, **keywords: Any) -> None:
        """Another task."""
        self.app.send_task(task, arguments, keywords, queue=queue, expires=QUEUED_SECONDS)


def register(app: Celery, configuration: Configuration) -> Child:
    """Adds the tasks to ``app``."""
    child = Child(app, configuration)
    signals.worker_process_shutdown.connect(child.close, weak=False)
    _register_policies(app, child)
    _register_hitcounts(app, child)

    @app.task(name=PING)  # type: ignore[untyped-decorator,unused-ignore]
    def ping() -> None:
        """Came through the queue: this worker takes tasks."""
        show()

    return child


def _register_policies(app: Celery, child: Child) -> None:
    @app.task(name=POLL, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def poll(self: Any, manager: str, now: bool = False) -> dict[str, Any]:
        """``now``: somebody waits for it."""

        def send(scope: Scope, mark: str, version: Version, when: float) -> None:
            queue = ONDEMAND if now else POLICIES
            child.send(PULL, [scope.key, mark, list(version), when], queue)

        return child.done(self, manager, lambda: child.work.poll(manager, send, again=now))

    @app.task(name=PULL, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def pull(self: Any, key: str, mark: str, version: list[int], now: float) -> dict[str, Any]:
        of = (*version,)
        return child.done(self, key, lambda: [child.work.pull(key, mark, of, now)])


def _register_hitcounts(app: Celery, child: Child) -> None:
    @app.task(name=FIND_COUNTS, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def find_counts(self: Any, manager: str) -> dict[str, Any]:
        def send(scope: Scope, targets: Sequence[Target]) -> None:
            where = [[one.device, one.vdom] for one in targets]
            child.send(COUNT, [scope.key, where], HITCOUNTS)

        return child.done(self, manager, lambda: child.work.find_counts(manager, send))

    @app.task(name=COUNT, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def count(self: Any, key: str, targets: list[list[str]]) -> dict[str, Any]:
        where = [Target(device, vdom) for device, vdom in targets]
        return child.done(self, key, lambda: [child.work.count(key, where)])


def send_poll(app: Celery, manager: str, expires: float, *, now: bool = False) -> None:
    """``now``: before anything else that waits."""
    queue = ONDEMAND if now else INVENTORY
    app.send_task(POLL, [manager], {"now": now}, queue=queue, expires=expires)


def send_find_counts(app: Celery, manager: str, expires: float) -> None:
    """Have packages of one FortiManager counted whose counts are old."""
    app.send_task(FIND_COUNTS, [manager], queue=HITCOUNTS, expires=expires)
