"""What workers do, without Celery: a real server, a simulated FortiManager."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from fmgstate.collect.outcome import CHANGED, CONFIRMED, RECENT
from fmgstate.workers import connections
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.connections import NoSession
from fmgstate.workers.work import Busy, Work
from simulator.control import Running
from tests.workers.conftest import manager_of

Sent = list[tuple[Any, ...]]


@contextmanager
def child(configuration: Configuration) -> Iterator[Work]:
    work = Work(configuration)
    try:
        yield work
    finally:
        work.close()


def polled(work: Work, *, again: bool = False) -> Sent:
    sent: Sent = []
    work.poll(work.configuration.managers[0].name,
              lambda *asked: sent.append((asked[0].key, *asked[1:])), again)  # fmt: skip
    return sent


def test_a_poll_hands_out_what_moved_once(configuration: Configuration) -> None:
    with child(configuration) as one, child(configuration) as other:
        sent = polled(one)
        assert {key.split("/")[0] for key, *_ in sent} == {"objects", "package", "block"}
        assert polled(other) == []
        assert sorted(one[0] for one in polled(other, again=True)) == sorted(s[0] for s in sent)
        assert {one.pull(*asked).result for asked in sent} == {CHANGED}
        assert polled(other) == []


def test_a_scope_is_read_once_however_often_it_is_asked_for(
    configuration: Configuration, fortimanager: Running
) -> None:
    with child(configuration) as one, child(configuration) as other:
        sent = polled(one)
        later = [(*asked[:3], asked[3] + 1) for asked in sent]
        for asked in sent:
            one.pull(*asked)
        fortimanager.side("/stats/reset", {})
        assert {other.pull(*asked).result for asked in sent} == {RECENT}
        assert {other.pull(*asked).result for asked in later} == {CONFIRMED}
        assert fortimanager.side("/stats")["requests"] == 0


def test_a_scope_that_another_child_reads_is_for_later(configuration: Configuration) -> None:
    with child(configuration) as one:
        asked = polled(one)[0]
        with one.locks.held(f"scope:{asked[0]}"), pytest.raises(Busy):
            one.pull(*asked)
        assert one.pull(*asked).result == CHANGED


def test_more_children_than_sessions(
    configuration: Configuration, fortimanager: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "KEPT_AT_LEAST", 0.0)
    manager = manager_of(fortimanager, sessions=1)
    alone = replace(configuration, managers=(manager,))
    fortimanager.side("/stats/reset", {})
    with child(alone) as one, child(alone) as other:
        asked, *_ = polled(one)
        with one.connections.client(manager), pytest.raises(NoSession):
            other.pull(*asked)
        end = time.monotonic() + 20
        while True:  # the idle child sees that its session is wanted, and gives it up
            try:
                assert other.pull(*asked).result == CHANGED
                break
            except NoSession:
                assert time.monotonic() < end
                time.sleep(0.1)
        assert fortimanager.side("/stats")["peak_sessions"] == 1
    assert fortimanager.side("/stats")["sessions_open"] == 0


def test_hits_are_counted_a_scope_a_task(configuration: Configuration) -> None:
    name = configuration.managers[0].name
    with child(configuration) as one:
        sent: Sent = []
        one.find_counts(name, lambda *asked: sent.append(asked))
        assert sent
        scope, targets, since = sent[0]
        assert since is None
        assert one.count(scope.key, targets).result == CHANGED
        assert one.count(scope.key, targets).result == RECENT
        again: Sent = []
        one.find_counts(name, lambda *asked: again.append(asked))
        assert again == []
