"""A client under pressure: pace, breaker, and a budget of repeats."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fmgstate.errors import (
    ConfigurationError,
    Unreachable,
)
from fmgstate.fortimanager.breaker import Breaker
from fmgstate.fortimanager.client import Client
from fmgstate.fortimanager.pace import Pace
from fmgstate.fortimanager.transport import NoConnection
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    BUSY,
    ROWS,
    Body,
    FortiManager,
    Time,
    client_for,
)

INTERNAL_ERROR = {"status": {"code": -1, "message": "Internal server error"}}


class Once:
    """A FortiManager whose next answers to ``get`` are errors."""

    def __init__(self, *faults: Exception) -> None:
        self.far = FortiManager({"/t": ROWS})
        self.faults = list(faults)

    def __call__(self, body: Body) -> Body:
        if body["method"] == "get" and self.faults:
            raise self.faults.pop(0)
        return self.far(body)


def test_pace_halves_on_trouble_and_grows_by_one_a_round() -> None:
    pace = Pace(8)
    pace.trouble(began=10, now=11)
    assert pace.allowed == 4
    pace.trouble(began=11, now=12)
    assert pace.allowed == 2
    for expected in (2, 3, 3, 3, 4):
        pace.went_well(0.1)
        assert pace.allowed == expected
    for _ in range(100):
        pace.went_well(0.1)
    assert pace.allowed == 8


def test_requests_that_were_under_way_together_halve_the_pace_once() -> None:
    pace = Pace(8)
    for _ in range(8):
        pace.trouble(began=10, now=11)
    assert pace.allowed == 4
    for moment in range(20, 40):
        pace.trouble(began=moment, now=moment)
    assert pace.allowed == 1


def test_pace_does_not_grow_while_answers_are_slower_than_usual() -> None:
    pace = Pace(8)
    for _ in range(10):
        pace.went_well(0.1)
    pace.trouble(began=10, now=11)
    for _ in range(4):
        pace.went_well(0.5)
    assert pace.allowed == 4
    for _ in range(4):
        pace.went_well(0.1)
    assert pace.allowed == 5


def most_at_once(requests: int, limits: Limits, faults: list[Any]) -> int:
    """How many requests a client has under way at once, after ``faults`` came one by one."""
    far = FortiManager({"/t": ROWS})
    counting = threading.Lock()
    under_way = [0, 0]
    full = threading.Event()

    def reply(body: Body) -> Body:
        if body["method"] != "get":
            return far(body)
        if faults:
            fault = faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return {"id": body["id"], "result": [fault]}
        with counting:
            under_way[0] += 1
            under_way[1] = max(under_way)
            if under_way[0] == limits.sessions:
                full.set()
        full.wait(1.0)  # long enough for a loaded machine to start all threads
        with counting:
            under_way[0] -= 1
        return far(body)

    client, _ = client_for(reply, limits)
    with client:
        while faults:
            client.get([{"url": "/t"}])
        with ThreadPoolExecutor(requests) as threads:
            list(threads.map(lambda _: client.get([{"url": "/t"}]), range(requests)))
    return under_way[1]


def test_an_overload_lowers_the_number_of_requests_at_once() -> None:
    limits = Limits(sessions=8)
    assert most_at_once(8, limits, []) == 8
    assert most_at_once(3, limits, [BUSY, BUSY]) <= 2


def test_an_internal_error_is_an_overload() -> None:
    limits = Limits(sessions=8)
    assert most_at_once(8, limits, [INTERNAL_ERROR] * 2) <= 5


def test_a_refused_connection_is_no_overload() -> None:
    assert most_at_once(8, Limits(sessions=8), [NoConnection("refused")] * 2) == 8


def test_a_dead_fortimanager_is_left_alone() -> None:
    time = Time()
    far = Once(*[BUSY] * 50)
    client, _ = client_for(far, Limits(attempts=4), time=time)
    with client:
        for _ in range(10):
            with pytest.raises(Unreachable):
                client.get([{"url": "/t"}])
        assert len(far.faults) == 50 - 5
        with pytest.raises(Unreachable, match=r"left alone for 30 s after 5 failures.*too busy"):
            client.get([{"url": "/t"}])
        time.now += 31
        with pytest.raises(Unreachable, match="too busy"):
            client.get([{"url": "/t"}])
        assert len(far.faults) == 50 - 6
        with pytest.raises(Unreachable, match="left alone for 60 s after 6 failures"):
            client.get([{"url": "/t"}])
        time.now += 61
        far.faults.clear()
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
        far.faults = [BUSY] * 5
        with pytest.raises(Unreachable, match="too busy"):
            client.get([{"url": "/t"}])
        with pytest.raises(Unreachable, match="too busy"):
            client.get([{"url": "/t"}])
        with pytest.raises(Unreachable, match="left alone for 30 s after 5 failures"):
            client.get([{"url": "/t"}])
    assert far.far.sessions == set()


def test_a_probe_that_ends_for_a_reason_of_our_own_leaves_room_for_another() -> None:
    time = Time()
    far = Once(*[BUSY] * 5, ConfigurationError("the CA file is gone"))
    client, _ = client_for(far, Limits(attempts=1), time=time)
    with client:
        for _ in range(5):
            with pytest.raises(Unreachable):
                client.get([{"url": "/t"}])
        time.now += 31
        with pytest.raises(ConfigurationError):
            client.get([{"url": "/t"}])
        assert client.get([{"url": "/t"}])[0].rows() == ROWS


def test_one_probe_goes_through_at_a_time() -> None:
    time = Time()
    breaker = Breaker("fmg", time)
    for _ in range(5):
        breaker.check()
        breaker.failed(BUSY)
    time.now += 31
    breaker.check()
    with pytest.raises(Unreachable, match="left alone"):
        breaker.check()
    breaker.given_up()
    breaker.check()
    breaker.answered()
    breaker.check()
    breaker.check()


def test_a_refusal_is_an_answer() -> None:
    breaker = Breaker("fmg", Time())
    for _ in range(20):
        breaker.check()
        breaker.failed(BUSY)
        breaker.check()
        breaker.answered()
    assert not breaker.open


def test_sessions_are_logged_out_though_fortimanager_is_left_alone() -> None:
    far = Once()
    client, _ = client_for(far, Limits(attempts=1))
    with client:
        client.get([{"url": "/t"}])
        far.faults = [BUSY] * 5
        for _ in range(6):
            with pytest.raises(Unreachable):
                client.get([{"url": "/t"}])
    assert far.far.sessions == set()


def fails(client: Client) -> bool:
    try:
        client.get([{"url": "/t"}])
    except Unreachable:
        return True
    return False


def test_repeats_are_a_bounded_share_of_all_requests() -> None:
    far = Once()
    count = [0]

    def every_other(body: Body) -> Body:
        if body["method"] == "get":
            count[0] += 1
            if count[0] % 2:
                raise BUSY
        return far(body)

    client, _ = client_for(every_other, Limits(sessions=2, attempts=2))
    with client:
        failed = sum(fails(client) for _ in range(100))
    repeats = count[0] - 100
    assert repeats <= 8 + 0.2 * 101
    assert failed > 30


def test_an_internal_error_uses_the_same_budget() -> None:
    def reply(body: Body) -> Body:
        if body["method"] != "get":
            return far(body)
        return {"id": body["id"], "result": [{"status": {"code": -1}}]}

    far = FortiManager()
    client, transport = client_for(reply, Limits(sessions=1))
    with client:
        for _ in range(50):
            client.get([{"url": "/t"}])
    assert len(transport.sent) - 2 <= 50 + 6 + 0.2 * 70
