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
from fmgstate.workers.app import HITCOUNTS, INVENTORY, ONDEMAND, POLICIES, SOFT_PART
from fmgstate.workers.asked import Asked
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.connections import NoSession
from fmgstate.workers.counters import Counters
from fmgstate.workers.limits import PollGivenUp, limited
from fmgstate.workers.work import QUEUED_SECONDS, Busy, Work, tally

POLL, PULL, FIND_COUNTS, COUNT, PING = (
    f"fmgstate.{name}" for name in ("poll", "pull", "find_counts", "count", "ping")
)
AGAIN_SECONDS = 0.5
"""Work that found no free session is tried again after so long."""
AGAIN_BUSY_SECONDS = 3.0
MOST_TIMES = 4
"""So many times as long at most, when it was tried that often."""

NO_SESSION = "All sessions with it are in use."

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
        self._seconds = configuration.task_seconds * SOFT_PART
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

    def asked(self, task: Any, told: Optional[dict[str, Any]]) -> Asked:
        """For whom a task works; for nobody in particular without ``told``."""
        by = str(getattr(task.request, "hostname", None) or "a worker")
        return Asked(told or {}, by, self.work.requests)

    def done(
        self, task: Any, about: str, do: Callable[[], Sequence[Outcome]], asked: Asked
    ) -> dict[str, Any]:
        """A failure is a value: a task that raises would be tried for ever, or lost.

        Work that cannot be done just now goes back to its queue, until it expires.
        """
        began, error = time.monotonic(), ""
        outcomes: Sequence[Outcome] = ()
        try:
            with showing(), limited(self._seconds, one_scope="/" in about):
                outcomes = do()
        except (NoSession, Busy) as later:
            first = AGAIN_SECONDS if isinstance(later, NoSession) or asked else AGAIN_BUSY_SECONDS
            # Many that wait for few sessions must not keep workers busy with trying.
            times = 1 if asked.is_whole else min(1 + task.request.retries, MOST_TIMES)
            asked.later(NO_SESSION if isinstance(later, NoSession) else str(later))
            task.retry(countdown=first * times, throw=False)
            return {"about": about, "later": type(later).__name__}
        except FmgStateError as failed:
            if isinstance(failed, StoreError) and self._waited_for_redis():
                task.retry(countdown=AGAIN_SECONDS, throw=False)
                return {"about": about, "later": type(failed).__name__}
            error = str(failed)
            asked.failed(self.work.store, about, error)
        except PollGivenUp as given_up:
            error = str(given_up)
            asked.failed(self.work.store, about, error)
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
    def poll(
        self: Any, manager: str, now: bool = False, asked: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        """``now``: somebody waits for it. ``asked``: and wants to know what becomes of it."""
        whose = child.asked(self, asked)

        def send(scope: Scope, mark: str, version: Version, when: float) -> None:
            queue = ONDEMAND if now else POLICIES
            child.send(PULL, [scope.key, mark, list(version), when], queue, **whose.passed_on)

        return child.done(
            self, manager, lambda: child.work.poll(manager, send, again=now, asked=whose), whose
        )

    @app.task(name=PULL, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def pull(
        self: Any, key: str, mark: str, version: list[int], now: float,
        asked: Optional[dict[str, Any]] = None,
    ) -> dict[str, Any]:  # fmt: skip
        of, whose = (*version,), child.asked(self, asked)

        def do() -> list[Outcome]:
            return whose.done(child.work.store, [child.work.pull(key, mark, of, now)])

        return child.done(self, key, do, whose)


def _register_hitcounts(app: Celery, child: Child) -> None:
    @app.task(name=FIND_COUNTS, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def find_counts(
        self: Any, manager: str, asked: Optional[dict[str, Any]] = None
    ) -> dict[str, Any]:
        whose = child.asked(self, asked)

        def send(scope: Scope, targets: Sequence[Target], since: Optional[float]) -> None:
            where = [[one.device, one.vdom] for one in targets]
            queue = ONDEMAND if whose else HITCOUNTS
            child.send(COUNT, [scope.key, where, since], queue, **whose.passed_on)

        return child.done(
            self, manager, lambda: child.work.find_counts(manager, send, whose), whose
        )

    @app.task(name=COUNT, bind=True)  # type: ignore[untyped-decorator,unused-ignore]
    def count(
        self: Any, key: str, targets: list[list[str]], since: Optional[float] = None,
        asked: Optional[dict[str, Any]] = None,
    ) -> dict[str, Any]:  # fmt: skip
        where, whose = [Target(device, vdom) for device, vdom in targets], child.asked(self, asked)

        def do() -> list[Outcome]:
            return whose.done(child.work.store, [child.work.count(key, where, since)])

        return child.done(self, key, do, whose)


def send_poll(
    app: Celery, manager: str, expires: float, *, now: bool = False,
    asked: Optional[dict[str, Any]] = None,
) -> None:  # fmt: skip
    """``now``: before anything else that waits. ``asked``: a request that is to be told of it."""
    queue = ONDEMAND if now else INVENTORY
    keywords = {"now": now, **({"asked": asked} if asked else {})}
    app.send_task(POLL, [manager], keywords, queue=queue, expires=expires)


def send_find_counts(
    app: Celery, manager: str, expires: float, asked: Optional[dict[str, Any]] = None
) -> None:
    """Have packages of one FortiManager counted whose counts are old; all when ``asked``."""
    queue, keywords = (ONDEMAND, {"asked": asked}) if asked else (HITCOUNTS, {})
    app.send_task(FIND_COUNTS, [manager], keywords, queue=queue, expires=expires)
