"""Sessions that are leased among the processes of one host."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fmgstate.errors import (
    BadAnswer,
    LoginRefused,
    Unreachable,
)
from fmgstate.fortimanager.http_status import Busy
from fmgstate.fortimanager.pool import Pool
from fmgstate.fortimanager.transport import NoConnection
from tests.unit.fortimanager.far_end import (
    BUSY,
    ROWS,
    Body,
    FortiManager,
    Lockout,
    Time,
)
from tests.unit.fortimanager.leased import CountedLeases, with_leases


def test_each_session_is_leased_and_given_back() -> None:
    far, leases = FortiManager({"/t": ROWS}), CountedLeases()
    client, _ = with_leases(far, leases, Time())
    with client:
        client.get([{"url": "/t"}])
        assert leases.out == {"lease 1"}
        far.sessions.clear()
        client.get([{"url": "/t"}])
        assert leases.out == {"lease 1"}
    assert leases.out == set()
    assert leases.asked == [("fmg.example.com", 4)]


def test_a_session_that_is_used_for_long_renews_its_lease() -> None:
    far, leases, time = FortiManager({"/t": ROWS}), CountedLeases(), Time()
    client, _ = with_leases(far, leases, time)
    with client:
        for _ in range(5):
            client.get([{"url": "/t"}])
            time.now += 40
    assert leases.renewed == ["lease 1"] * 4  # how often that is written is the leases' affair


def test_a_session_that_may_still_live_keeps_its_lease() -> None:
    far, leases = FortiManager({"/t": ROWS}), CountedLeases()

    def reply(body: Body) -> Body:
        if "logout" in body["params"][0]["url"]:
            raise BUSY
        return far(body)

    client, _ = with_leases(reply, leases, Time())
    with client:
        client.get([{"url": "/t"}])
    assert leases.out == {"lease 1"}


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (Unreachable("broke off"), {"lease 1"}),
        (BadAnswer("half an answer"), {"lease 1"}),
        (NoConnection("refused"), set()),
        (Busy("HTTP 503"), set()),
    ],
    ids=["broken off", "unreadable", "no connection", "busy"],
)
def test_a_log_in_whose_answer_was_lost_may_have_left_a_session(
    fault: Exception, left: set[str]
) -> None:
    far, leases, faults = FortiManager({"/t": ROWS}), CountedLeases(), [fault]

    def reply(body: Body) -> Body:
        if faults:
            raise faults.pop()
        return far(body)

    client, _ = with_leases(reply, leases, Time())
    with client:
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert leases.out == left


def test_a_session_whose_log_out_failed_is_ended_later_and_its_lease_given_back() -> None:
    far, leases, faults = FortiManager({"/t": ROWS}), CountedLeases(), [BUSY, BUSY]

    def reply(body: Body) -> Body:
        if "logout" in body["params"][0]["url"] and faults:
            raise faults.pop()
        return far(body)

    client, _ = with_leases(reply, leases, Time())
    with client:
        client.get([{"url": "/t"}])
        far.sessions.clear()
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
        assert leases.out == {"lease 1", "lease 2"}
    assert (far.sessions, leases.out) == (set(), set())


def test_a_lease_without_a_session_is_given_back_at_the_end() -> None:
    pool, leases = Pool("fmg", 2, Time()), CountedLeases()
    with pool.slot() as slot:
        slot.lease = leases.acquire("fmg", 2)
    assert pool.close() == [(None, "lease 1")]


def test_a_refused_log_in_gives_its_lease_back() -> None:
    leases = CountedLeases()
    client, _ = with_leases(Lockout(0), leases, Time())
    with client, pytest.raises(LoginRefused):
        client.get([{"url": "/t"}])
    assert leases.out == set()


def test_a_log_out_is_tried_twice() -> None:
    far, leases, faults = FortiManager({"/t": ROWS}), CountedLeases(), [BUSY]

    def reply(body: Body) -> Body:
        if "logout" in body["params"][0]["url"] and faults:
            raise faults.pop()
        return far(body)

    client, _ = with_leases(reply, leases, Time())
    with client:
        client.get([{"url": "/t"}])
    assert (far.sessions, leases.out) == (set(), set())


def test_a_log_in_whose_answer_was_lost_needs_another_lease_and_waits_for_it_once() -> None:
    leases, time = CountedLeases(taken=3), Time()

    def reply(body: Body) -> Body:
        raise BadAnswer("half an answer")

    client, _ = with_leases(reply, leases, time)
    with client, pytest.raises(Unreachable, match="All 4 sessions"):
        client.get([{"url": "/t"}])
    assert leases.out == {"lease 1"}
    assert time.now < 1000 + 2 * 300


def test_the_pool_tries_to_open_more_sessions_after_a_while() -> None:
    time = Time()
    pool = Pool("fmg", 2, time)
    with pool.slot() as first:
        pool.keep(first, "key", "fmg")
        with pool.slot() as second:
            assert pool.make_do_without(second)
        assert not pool._may_go_on()
        time.now += 6
        with pool.slot() as third:
            assert third.key is None


def test_with_one_lease_left_all_threads_share_one_session() -> None:
    far, leases, time = FortiManager({"/t": ROWS}), CountedLeases(taken=3), Time()
    leased = threading.Event()

    def reply(body: Body) -> Body:
        leased.wait(0.2)
        return far(body)

    client, _ = with_leases(reply, leases, time)
    with client, ThreadPoolExecutor(8) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(40)]
        leased.set()
        assert [one.result(10)[0].rows() for one in work] == [ROWS] * 40
    assert (far.logins, far.most_sessions) == (1, 1)
    assert time.sleeps == []


def test_a_thread_waits_for_a_lease_and_goes_on_when_there_is_one() -> None:
    far, leases, time = FortiManager({"/t": ROWS}), CountedLeases(taken=4), Time()

    def sleep(seconds: float) -> None:
        time.now += seconds
        if time.now > 1010:
            leases.taken = 3

    time.sleep = sleep  # type: ignore[method-assign]
    client, _ = with_leases(far, leases, time)
    with client:
        assert client.get([{"url": "/t"}])[0].rows() == ROWS
    assert time.now == pytest.approx(1011, abs=1)


def test_no_lease_within_five_minutes_is_an_error_that_names_the_budget() -> None:
    time, leases = Time(), CountedLeases(taken=4)
    client, transport = with_leases(FortiManager(), leases, time)
    with client, pytest.raises(Unreachable, match="All 4 sessions allowed for fmg") as error:
        client.get([{"url": "/t"}])
    assert "login-max" in error.value.cure
    assert transport.sent == []
    assert time.now == 1300
