"""Supervises one Celery worker: a worker that is alive but takes no tasks is found and restarted.

A ping travels through a queue of the worker's own. It is silent when no ping came through and no
child was at work for a minute, while Redis could be reached; then the whole process group is ended.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Optional

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from fmgstate.workers.app import ping_queue
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.left_sessions import SOCKET, LeftSessions
from fmgstate.workers.tasks import PING, READY

PING_SECONDS, SILENT_SECONDS = 15.0, 60.0
STEP_SECONDS = 0.5
END_SECONDS = 25.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
QUIET_SECONDS = 120.0
"""A worker that ran for so long is restarted after the first pause again."""

log = logging.getLogger("fmgstate.supervisor")


def ready_file(configuration: Configuration, name: str) -> Path:
    """Touched whenever the worker shows that it takes tasks."""
    return configuration.state_folder / f"{name}.ready"


def heartbeat_file(configuration: Configuration, name: str) -> Path:
    """Touched by the supervisor as long as it runs."""
    return configuration.state_folder / f"{name}.alive"


class Supervisor:
    """``command``: starts the worker. ``clock``: monotonic seconds."""

    def __init__(
        self,
        app: Celery,
        configuration: Configuration,
        name: str,
        command: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
        silent_seconds: float = SILENT_SECONDS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._app, self._name, self._command = app, name, list(command)
        self._clock, self._silent, self._ping = clock, silent_seconds, ping_seconds
        self._ready = ready_file(configuration, name)
        self._alive = heartbeat_file(configuration, name)
        configuration.state_folder.mkdir(parents=True, exist_ok=True)
        self._left = LeftSessions(configuration, configuration.state_folder / f"{name}.sock")
        self._worker: Optional[subprocess.Popen[bytes]] = None
        self._started = self._heard = self._pinged = clock()
        self._seen = 0.0
        self._pause = FIRST_PAUSE
        self.restarts = 0

    def run(self, stop: Callable[[], bool], sleep: Callable[[float], object] = time.sleep) -> None:
        """Until ``stop``; then the worker is let finish what it does."""
        try:
            while not stop():
                self.step()
                sleep(STEP_SECONDS)
        finally:
            self._end(signal.SIGTERM)
            self._left.close()
            for file in (self._ready, self._alive):
                file.unlink(missing_ok=True)

    def step(self) -> None:
        """Start it, listen for it, or restart it."""
        self._alive.touch()
        now = self._clock()
        if self._worker is None:
            self._start(now)
        elif self._worker.poll() is not None:
            log.error("The worker ended with %s and is restarted.", self._worker.returncode)
            self._again(now)
        elif now >= self._pinged + self._ping:
            self._pinged = now
            if not self._send_ping():
                self._heard = now  # Redis is away: the worker is not to blame
        if self._shown():
            self._heard = now
        elif now > self._heard + self._silent:
            log.error("The worker takes no tasks for %.0f s and is restarted.", now - self._heard)
            self._again(now)

    def _start(self, now: float) -> None:
        environment = {**os.environ, SOCKET: str(self._left.path), READY: str(self._ready)}
        self._worker = subprocess.Popen(self._command, env=environment, start_new_session=True)
        self._started = self._heard = now
        self._pinged = now - self._ping

    def _again(self, now: float) -> None:
        self._end(signal.SIGKILL)
        if now > self._started + QUIET_SECONDS:
            self._pause = FIRST_PAUSE
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self.restarts += 1
        self._start(self._clock())

    def _shown(self) -> bool:
        """Whether the file was touched since it was last looked at."""
        try:
            touched = self._ready.stat().st_mtime
        except OSError:
            return False
        seen, self._seen = self._seen, touched
        return touched != seen

    def _send_ping(self) -> bool:
        try:
            with self._app.connection_for_write() as line:
                line.ensure_connection(max_retries=1, timeout=2)
                self._app.send_task(PING, queue=ping_queue(self._name), connection=line,
                                    expires=self._ping)  # fmt: skip
        except (OperationalError, RedisError, OSError):
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        """The worker and its children; the group goes last, whatever became of its leader."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.poll() is None:
            worker.send_signal(number)
            try:
                worker.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                log.error("The worker does not end and is killed.")
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def consume_command(file: str, name: str) -> list[str]:
    """How the worker is started."""
    return [sys.executable, "-m", "fmgstate", "worker", "consume", file, "--name", name,
            "--parent", str(os.getpid())]  # fmt: skip
