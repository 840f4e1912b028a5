"""``make drills``: the long versions, with figures. A quarter of an hour.

How long it took until what is stored was FortiManager's state again, from the end of the fault.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fmgstate.workers.app import visibility_seconds
from tests.workers.drills.site import SESSIONS, Site, site

LONGEST = 400.0
POLL, TASK = 5.0, 30
MARGIN = 10.0


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with site(workers=2, poll_seconds=POLL, task_seconds=TASK) as found:
        found.until_right(LONGEST)
        visible = visibility_seconds(found.configuration)
        print(f"\npoll {POLL:.0f} s, visibility time-out {visible} s, 2 workers of 3 children")
        yield found
        print(f"most sessions at once: {found.most_sessions()} of {SESSIONS}")
        assert found.most_sessions() <= SESSIONS


@contextmanager
def measured(running: Site, what: str) -> Iterator[None]:
    """The block breaks something and mends it."""
    running.edit(20)
    running.until(running.busy, LONGEST, "nothing is read")
    yield
    running.edit(10)
    took = running.until_right(LONGEST)
    print(f"{what:<44} right again after {took:5.1f} s")
    assert took <= visibility_seconds(running.configuration) + MARGIN


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("turn", range(3))
def test_kill_a_child(running: Site, turn: int) -> None:
    with measured(running, "kill -9 of a child"):
        kill(running.children()[:1])


@pytest.mark.parametrize("turn", range(3))
def test_kill_a_worker(running: Site, turn: int) -> None:
    with measured(running, "kill -9 of a worker's main process"):
        kill(running.consumers()[:1])


@pytest.mark.parametrize("turn", range(3))
def test_kill_all_workers(running: Site, turn: int) -> None:
    with measured(running, "kill -9 of all workers' main processes"):
        kill(running.consumers())


@pytest.mark.parametrize("seconds", [3, 60])
def test_redis_is_out(running: Site, seconds: int) -> None:
    with measured(running, f"Redis out for {seconds} s"):
        running.stop_redis()
        time.sleep(seconds)
        running.start_redis()


def test_redis_is_full(running: Site) -> None:
    with measured(running, "Redis at maxmemory for 20 s"):
        running.redis.config_set("maxmemory", "1mb")
        running.edit(10)
        time.sleep(20)
        assert not running.right()
        running.redis.config_set("maxmemory", "0")


def test_fortimanager_is_out(running: Site) -> None:
    with measured(running, "FortiManager out for 5 minutes"):
        running.fortimanager.side("/faults", {"kind": "503", "times": 0})
        time.sleep(300)
        running.fortimanager.side("/faults/clear", {})


def test_the_clock_was_set_back(running: Site) -> None:
    """What is kept lies an hour ahead, as if it had been kept before."""
    with measured(running, "clock set back by an hour"):
        ahead = time.time() + 3600
        for head in running.store.heads("package/"):
            outcome = {**head.outcome, "fetched": ahead}
            running.store.note(replace(head, snapshot_time=ahead, outcome=outcome))
    running.until(lambda: all((head.snapshot_time or 0) <= time.time()
                              for head in running.store.heads("package/")),
                  LONGEST, "something still lies ahead")  # fmt: skip


def test_a_deaf_worker(running: Site) -> None:
    """Stopped, it is alive and takes nothing."""
    [before, _] = running.consumers()
    running.edit(20)
    os.kill(before, signal.SIGSTOP)
    took = running.until(lambda: before not in running.consumers(), LONGEST, "it is not found")
    print(f"{'a deaf worker':<44} found after {took:10.1f} s")
    assert took <= 60 + MARGIN
    running.until_right(LONGEST)


def test_a_host_dies(running: Site) -> None:
    """Supervisor and all: nobody is left to log its sessions out."""
    running.until(lambda: len(running.consumers()) == 2, LONGEST, "a worker is missing")
    with measured(running, "a whole host dies"):
        running.kill_group("w1")
