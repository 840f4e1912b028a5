"""Sessions: shared by no two threads, replaced when they expired, always logged out."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from fmgstate.errors import PermissionRefused, Unreachable
from fmgstate.fortimanager.pool import Pool
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    FortiManager,
    Time,
    client_for,
)

ADOMS = [{"name": "root", "oid": 3}, {"name": "Branches", "oid": 151}]


def test_an_expired_session_is_replaced_and_the_question_asked_again() -> None:
    far = FortiManager({"/dvmdb/adom": ADOMS})
    client, transport = client_for(far)
    with client:
        client.get([{"url": "/dvmdb/adom"}])
        far.sessions.clear()
        assert client.get([{"url": "/dvmdb/adom"}])[0].rows() == ADOMS
    assert transport.urls() == [
        "/sys/login/user",
        "/dvmdb/adom",
        "/dvmdb/adom",
        "/sys/status",
        "/sys/logout",
        "/sys/login/user",
        "/dvmdb/adom",
        "/sys/logout",
    ]
    assert far.sessions == set()
    assert far.most_sessions == 1


def test_lacking_rights_cost_one_question_and_no_log_in() -> None:
    far = FortiManager({"/dvmdb/adom": ADOMS})
    far.refusals["/refused"] = {"code": -11, "message": "No permission"}
    client, transport = client_for(far)
    with client:
        client.get([{"url": "/dvmdb/adom"}])
        with pytest.raises(PermissionRefused):
            client.get([{"url": "/refused"}])[0].rows()
        client.get([{"url": "/dvmdb/adom"}, {"url": "/refused"}])
    assert transport.urls() == [
        "/sys/login/user",
        "/dvmdb/adom",
        "/refused",
        "/sys/status",
        "/dvmdb/adom /refused",
        "/sys/logout",
    ]


def test_a_user_without_any_rights_is_told_so_after_one_more_log_in() -> None:
    def reply(body: dict[str, object]) -> dict[str, object]:
        answer = far(body)
        if body["method"] == "get":
            answer["result"] = [{"status": {"code": -11, "message": "No permission"}}]
        return answer

    far = FortiManager()
    client, _ = client_for(reply)
    with client, pytest.raises(PermissionRefused, match="rpc-permit"):
        client.get([{"url": "/refused"}])[0].rows()
    assert (far.logins, far.most_sessions, far.sessions) == (2, 1, set())


def test_sessions_that_are_ended_again_and_again_are_no_lack_of_rights() -> None:
    def reply(body: dict[str, object]) -> dict[str, object]:
        if "login" not in str(body["params"]):
            far.sessions.clear()
        return far(body)

    far = FortiManager({"/t": ADOMS})
    client, transport = client_for(far)
    with client:
        client.get([{"url": "/t"}])
        transport._reply = reply
        with pytest.raises(Unreachable, match="ends sessions as soon as they are opened"):
            client.get([{"url": "/t"}])
    assert far.logins == 4


def test_a_session_that_is_there_is_used_before_another_is_opened() -> None:
    pool = Pool("fmg", 2, Time())
    with pool.slot() as empty, pool.slot() as ready:
        pool.keep(ready, "key", "fmg")
    with pool.slot() as first, pool.slot() as second:
        assert (first, second) == (ready, empty)


def test_threads_share_no_session_and_open_no_more_than_allowed() -> None:
    far = FortiManager({"/t": ADOMS})
    busy: set[str] = set()
    together: list[int] = []
    meeting = threading.Barrier(3, timeout=10)

    def reply(body: dict[str, object]) -> dict[str, object]:
        session = body.get("session")
        if body["method"] == "get":
            assert session not in busy
            busy.add(str(session))
            meeting.wait()
            together.append(len(busy))
            meeting.wait()
            busy.discard(str(session))
        return far(body)

    client, _ = client_for(reply, Limits(sessions=3))
    with client:
        threads = [threading.Thread(target=client.get, args=([{"url": "/t"}],)) for _ in range(9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert far.logins == 3
    assert together == [3] * 9
    assert far.sessions == set()


def test_one_thread_needs_one_session_however_much_it_asks() -> None:
    far = FortiManager({"/t": ADOMS})
    client, _ = client_for(far, Limits(sessions=8))
    with client:
        for _ in range(20):
            client.get([{"url": "/t"}])
    assert far.logins == 1


def test_sessions_are_logged_out_after_an_error_and_nothing_is_sent_afterwards() -> None:
    far = FortiManager({"/t": ADOMS})
    client, transport = client_for(far)
    with suppress(ZeroDivisionError), client:
        client.get([{"url": "/t"}])
        1 / 0  # noqa: B018
    assert far.sessions == set()
    sent = len(transport.sent)
    with pytest.raises(Unreachable, match="was closed"):
        client.get([{"url": "/t"}])
    client.close()
    assert len(transport.sent) == sent


def test_a_session_opened_while_the_client_is_closed_is_logged_out() -> None:
    far = FortiManager({"/t": ADOMS})

    def reply(body: dict[str, object]) -> dict[str, object]:
        answer = far(body)
        if "login" in str(body["params"]):
            client.close()
        return answer

    client, _ = client_for(reply)
    with pytest.raises(Unreachable, match="was closed"):
        client.get([{"url": "/t"}])
    assert (far.logins, far.sessions) == (1, set())


def test_closing_never_raises_and_tries_every_session() -> None:
    far = FortiManager({"/t": ADOMS})

    def reply(body: dict[str, object]) -> dict[str, object]:
        if "logout" in str(body["params"]):
            raise Unreachable("gone")
        return far(body)

    client, transport = client_for(reply)
    client.get([{"url": "/t"}])
    client.close()
    assert transport.urls()[-1] == "/sys/logout"
    assert transport.closed
