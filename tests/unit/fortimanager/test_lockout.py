"""Log-ins: one at a time, and never against a refusal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fmgstate.errors import (
    LoginRefused,
)
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    ROWS,
    Body,
    FortiManager,
    Lockout,
    Time,
    client_for,
)


def test_a_refused_log_in_is_never_repeated_whoever_asks() -> None:
    far = Lockout(0)
    client, _ = client_for(far)
    errors: list[str] = []

    def ask(_: int) -> None:
        with pytest.raises(LoginRefused) as error:
            client.get([{"url": "/t"}])
        errors.append(str(error.value))

    with client, ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(20)))
    assert far.refused == 1
    assert len(set(errors)) == 1
    assert "lock" in errors[0]


def test_a_log_in_refused_after_one_that_worked_tells_of_a_lockout() -> None:
    far = Lockout(1)
    client, _ = client_for(far)
    with client:
        client.get([{"url": "/t"}])
        far.sessions.clear()
        for _ in range(3):
            with pytest.raises(LoginRefused, match=r"accepted a moment ago.*locked out"):
                client.get([{"url": "/t"}])
    assert far.refused == 1


@pytest.mark.parametrize("allowed", [1, 3])
def test_with_login_max_reached_the_sessions_that_are_open_do_the_work(allowed: int) -> None:
    far = Lockout(allowed)

    def reply(body: Body) -> Body:
        if body["method"] == "get":
            assert far.refusal.wait(10)
        return far(body)

    client, _ = client_for(reply, Limits(sessions=8))
    with client, ThreadPoolExecutor(8) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(12)]
        assert [one.result(10)[0].rows() for one in work] == [ROWS] * 12
    assert far.logins == allowed
    assert 1 <= far.refused <= 2
    assert far.sessions == set()


def with_five_sessions(far: FortiManager, time: Time) -> Client:
    """A client with five sessions: the first log-in goes alone, the other four by twos."""
    first = threading.Lock()
    pairs = threading.Barrier(2, timeout=10)
    reading = threading.Barrier(5, timeout=10)

    def reply(body: Body) -> Body:
        if body["method"] == "get" and not reading.broken:
            reading.wait()
        elif "login" in body["params"][0]["url"] and far.logins == 0:
            assert first.acquire(blocking=False)
            threading.Event().wait(0.02)
        elif "login" in body["params"][0]["url"] and not reading.broken:
            pairs.wait()
        return far(body)

    client, _ = client_for(reply, Limits(sessions=5), time=time)
    with ThreadPoolExecutor(5) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(5)]
        assert [one.result(10)[0].rows() for one in work] == [ROWS] * 5
    reading.abort()
    return client


def test_one_log_in_goes_first_and_the_others_by_twos() -> None:
    far = FortiManager({"/t": ROWS})
    with_five_sessions(far, Time()).close()
    assert (far.logins, far.sessions) == (5, set())


def test_a_password_that_was_changed_meanwhile_is_tried_once() -> None:
    far, time = Lockout(5), Time()
    client = with_five_sessions(far, time)
    far.sessions.clear()
    time.now += 60
    with client, ThreadPoolExecutor(4) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(8)]
        assert {type(one.exception(10)) for one in work} == {LoginRefused}
    assert far.refused == 1
