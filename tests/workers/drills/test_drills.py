"""Real processes are killed, against a real server; ``make drills`` plays the long versions.

Each drill edits FortiManager while it breaks something; at its end what is stored is what
FortiManager has, and FortiManager never saw more sessions than it was allowed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fmgstate.workers.app import make_app
from fmgstate.workers.watchdog import Supervisor, consume_command, ready_file
from tests.workers.drills.site import SESSIONS, Site, children_of, command_of, site

LONGEST = 60.0


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with site(workers=2) as found:
        found.until_right(LONGEST)
        yield found
        assert found.most_sessions() <= SESSIONS


@contextmanager
def patched_environment(wanted: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def broken(running: Site, *doomed: int) -> None:
    """Edits, and while they are read, these processes are killed."""
    running.edit(20)
    running.until(running.busy, LONGEST, "nothing is read")
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    running.edit(10)


def test_a_child_is_killed(running: Site) -> None:
    broken(running, running.children()[0])
    running.until_right(LONGEST)


def test_all_workers_are_killed(running: Site) -> None:
    before = running.consumers()
    broken(running, *before)
    running.until_right(LONGEST)
    running.until(lambda: len(running.consumers()) == 2, LONGEST, "a worker is not restarted")
    assert not set(before) & set(running.consumers())


def test_redis_is_restarted(running: Site) -> None:
    running.edit(20)
    running.stop_redis()
    running.edit(5)
    time.sleep(2)
    running.start_redis()
    running.until_right(LONGEST)


def test_a_deaf_worker_is_restarted(running: Site, tmp_path: Path) -> None:
    """Stopped, it is alive and takes nothing. Its own minute is shortened here."""
    name = "deaf@here"
    configuration = replace(running.configuration, state_folder=tmp_path, concurrency=1)
    command = consume_command(str(running.file), name)
    app = make_app(configuration, name)
    watched = Supervisor(app, configuration, name, command, silent_seconds=6, ping_seconds=1)
    ended = threading.Event()
    with patched_environment(running.environ):
        thread = threading.Thread(target=watched.run, args=(ended.is_set, ended.wait))
        thread.start()
        ready = ready_file(configuration, name)
        running.until(ready.exists, LONGEST, "the worker does not show itself")
        [main] = [pid for pid in children_of(os.getpid()) if name in command_of(pid)]
        os.kill(main, signal.SIGSTOP)
        running.until(lambda: watched.restarts == 1, LONGEST, "the deaf worker is not found")
        stopped = ready.stat().st_mtime
        running.until(lambda: ready.stat().st_mtime > stopped, LONGEST, "it is not back")
        ended.set()
        thread.join()
    assert not Path(f"/proc/{main}").exists()
