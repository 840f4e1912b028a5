"""Builds that refuse API tokens at random."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fmgstate.errors import (
    PermissionRefused,
)
from fmgstate.fortimanager.pool import Pool
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    NO_PERMISSION,
    ROWS,
    TOKEN_ACCOUNT,
    Body,
    Time,
    client_for,
)


class TokenFault:
    """A build that refuses the next ``refusals`` requests with a token, as parallel ones cause."""

    def __init__(self, version: str, refusals: int, lasting: bool = False) -> None:
        self.version = version
        self.refusals = refusals
        self.lasting = lasting
        self.asked: list[str] = []

    def __call__(self, body: Body) -> Body:
        result = []
        for param in body["params"]:
            self.asked.append(param["url"])
            if param["url"] == "/sys/status":
                entry: Body = {"status": {"code": 0}, "data": {"Version": self.version}}
            elif param["url"] == "/t" and (self.lasting or self.refusals):
                self.refusals -= 1
                entry = {"status": NO_PERMISSION}
            else:
                entry = {"status": {"code": 0}, "data": ROWS}
            result.append(entry)
        return {"id": body["id"], "result": result}


def test_old_builds_refuse_tokens_at_random_and_are_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    far, time = TokenFault("v7.4.7-build1", 2), Time()
    client, _ = client_for(far, account=TOKEN_ACCOUNT, time=time)
    with client, caplog.at_level(logging.WARNING):
        first, second = client.get([{"url": "/t"}, {"url": "/u"}])
    assert (first.rows(), second.rows()) == (ROWS, ROWS)
    assert far.asked == ["/t", "/u", "/sys/status", "/t", "/t"]
    assert time.sleeps == [0.5, 1.0]
    assert "use user and password" in caplog.text
    assert "4711" not in caplog.text


def test_lacking_rights_with_a_token_stay_an_error_and_say_what_it_may_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    far = TokenFault("v7.2.7-build1", 0, lasting=True)
    client, _ = client_for(far, account=TOKEN_ACCOUNT)
    with client, pytest.raises(PermissionRefused, match="prefer user and password"):
        client.get([{"url": "/t"}])[0].rows()
    assert far.asked == ["/t", "/sys/status", "/t", "/t"]
    assert caplog.text == ""


def test_lacking_rights_are_checked_for_the_token_fault_a_few_times_only() -> None:
    far = TokenFault("v7.2.7-build1", 0, lasting=True)
    client, _ = client_for(far, account=TOKEN_ACCOUNT)
    with client:
        for _ in range(10):
            client.get([{"url": "/t"}])
    assert far.asked.count("/t") == 10 + 3 * 2


def test_a_thread_that_wants_to_be_alone_waits_for_those_under_way() -> None:
    pool = Pool("fmg", 2, Time())
    events: list[str] = []
    asked = threading.Event()

    def under_way() -> None:
        with pool.slot():
            asked.set()
            threading.Event().wait(0.05)
            events.append("answered")

    with pool.slot():
        other = threading.Thread(target=under_way)
        other.start()
        asked.wait(10)
        with pool.alone():
            events.append("alone")
    other.join(10)
    assert events == ["answered", "alone"]


def test_a_question_doubted_is_asked_while_no_other_is_under_way() -> None:
    counting = threading.Lock()
    under_way = [0]

    def reply(body: Body) -> Body:
        with counting:
            under_way[0] += 1
            parallel = under_way[0] > 1
        threading.Event().wait(0.01)
        with counting:
            parallel = parallel or under_way[0] > 1
            under_way[0] -= 1
        status = NO_PERMISSION if parallel else {"code": 0}
        data = {"Version": "v7.4.5-build1"} if "status" in body["params"][0]["url"] else ROWS
        return {"id": body["id"], "result": [{"status": status, "data": data}]}

    client, _ = client_for(reply, Limits(sessions=4), account=TOKEN_ACCOUNT)
    with client, ThreadPoolExecutor(4) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(16)]
        assert [one.result(10)[0].rows() for one in work] == [ROWS] * 16


def test_threads_that_doubt_their_token_are_alone_one_after_another() -> None:
    pool = Pool("fmg", 4, Time())
    together = threading.Barrier(4, timeout=10)
    alone = threading.Lock()

    def doubt(_: int) -> bool:
        with pool.slot():
            together.wait()
            with pool.alone():
                assert alone.acquire(blocking=False)
                threading.Event().wait(0.005)
                alone.release()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(doubt, range(8))) == [True] * 8


@pytest.mark.parametrize("version", ["v7.4.8-build1", "v7.6.2-build1", "v8.0.0-build1"])
def test_newer_builds_mean_what_they_say(version: str) -> None:
    far = TokenFault(version, 0, lasting=True)
    client, _ = client_for(far, account=TOKEN_ACCOUNT)
    with client:
        for _ in range(2):
            answer = client.get([{"url": "/t"}])[0]
            with pytest.raises(PermissionRefused) as error:
                answer.rows()
    assert far.asked == ["/t", "/sys/status", "/t"]
    assert "prefer" not in str(error.value)


def test_after_the_fault_was_seen_requests_with_a_token_go_one_at_a_time() -> None:
    far = TokenFault("v7.4.5-build1", 1)
    under_way = threading.Lock()

    def reply(body: Body) -> Body:
        assert under_way.acquire(blocking=False)
        threading.Event().wait(0.005)
        under_way.release()
        return far(body)

    client, _ = client_for(reply, account=TOKEN_ACCOUNT)
    with client:
        client.get([{"url": "/t"}])
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: client.get([{"url": "/t"}]), range(16)))
    assert far.asked.count("/t") == 18
