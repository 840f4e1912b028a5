"""The soft time limit: a signal in the middle of a task, as Celery sends it."""

from __future__ import annotations

import os
import signal
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from fmgstate.collect.outcome import CHANGED
from fmgstate.workers.app import make_app
from fmgstate.workers.asked import Asked
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.tasks import Child
from simulator.control import Running

TOLD = ("It took longer than 243 s, so the worker gave it up. Raise task_seconds in the workers' "
        "configuration, or look why FortiManager is slow.")  # fmt: skip


@pytest.fixture
def child(configuration: Configuration) -> Any:
    found = Child(make_app(configuration), configuration)
    yield found
    found.close()


def given_up(child: Child, about: str, do: Any, fortimanager: Running) -> dict[str, Any]:
    """The task, while FortiManager answers late and the limit comes."""
    fortimanager.side("/faults", {"kind": "slow", "seconds": 20, "times": 1})
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        task = SimpleNamespace(name="fmgstate.test")
        return child.done(task, about, do, Asked({}, "", child.work.requests))
    finally:
        timer.join()
        fortimanager.side("/faults/clear", {})


def test_of_a_scope_it_is_an_outcome(child: Child, fortimanager: Running) -> None:
    sent: list[Any] = []
    manager = child.work.configuration.managers[0].name
    child.work.poll(manager, lambda *one: sent.append(one))
    scope, mark, version, now = next(one for one in sent if one[0].kind == "package")

    def pull() -> Any:
        return [child.work.pull(scope.key, mark, version, now)]

    told = given_up(child, scope.key, pull, fortimanager)
    assert told == {"about": scope.key, "error": "", "results": {"failed": 1},
                    "failed": [f"{scope}: {TOLD}"]}  # fmt: skip
    [head] = child.work.store.heads(scope.key)
    assert head.outcome["error"] == TOLD
    assert [one.result for one in pull()] == [CHANGED]


def test_of_a_poll_it_ends_the_poll(child: Child, fortimanager: Running) -> None:
    manager = child.work.configuration.managers[0].name

    def poll() -> Any:
        return child.work.poll(manager, lambda *_: None)

    told = given_up(child, manager, poll, fortimanager)
    assert told == {"about": manager, "error": TOLD, "results": {}, "failed": []}
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    assert poll()
