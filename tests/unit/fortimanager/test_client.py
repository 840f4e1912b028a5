"""Questions, answers, sessions: what a client does with a well-behaved FortiManager."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from fmgstate.errors import ConfigurationError, NotFound, PermissionRefused, Unreachable
from fmgstate.fortimanager.answer import Answer
from fmgstate.fortimanager.pool import Pool
from fmgstate.settings import Account, Limits
from tests.unit.fortimanager.far_end import (
    TOKEN_ACCOUNT,
    FortiManager,
    Time,
    client_for,
)

ADOMS = [{"name": "root", "oid": 3}, {"name": "Branches", "oid": 151}]


def numbered(count: int) -> list[dict[str, int]]:
    return [{"policyid": number, "oid": 5000 + number} for number in range(1, count + 1)]


def test_a_question_is_asked_within_a_session_that_is_logged_out() -> None:
    client, transport = client_for(FortiManager({"/dvmdb/adom": ADOMS}))
    with client:
        answers = client.get([{"url": "/dvmdb/adom", "fields": ["name"]}])
    assert answers == [Answer("/dvmdb/adom", 0, "OK", ADOMS, "fmg.example.com")]
    session = "session+1/secretkey=="
    assert transport.sent == [
        {
            "id": 1,
            "method": "exec",
            "params": [
                {"url": "/sys/login/user", "data": {"user": "splunk", "passwd": "correct-horse"}}
            ],
        },
        {
            "id": 1,
            "method": "get",
            "params": [{"url": "/dvmdb/adom", "fields": ["name"]}],
            "verbose": 1,
            "session": session,
        },
        {"id": 1, "method": "exec", "params": [{"url": "/sys/logout"}], "session": session},
    ]
    assert transport.paths == ["/jsonrpc"] * 3
    assert client.requests_made == 3
    assert transport.closed


def test_questions_are_split_and_keep_their_order() -> None:
    tables = {f"/t/{number}": [{"name": str(number)}] for number in range(7)}
    client, transport = client_for(FortiManager(tables), Limits(params_per_request=3))
    with client:
        answers = client.get([{"url": url} for url in tables])
    assert [answer.data for answer in answers] == list(tables.values())
    assert transport.urls() == [
        "/sys/login/user",
        "/t/0 /t/1 /t/2",
        "/t/3 /t/4 /t/5",
        "/t/6",
        "/sys/logout",
    ]


def test_nothing_asked_sends_nothing() -> None:
    client, transport = client_for(FortiManager())
    with client:
        assert client.get([]) == []
        assert client.tables([]) == []
    assert transport.sent == []


def test_tables_are_read_by_pages_until_a_short_one_and_share_requests() -> None:
    far = FortiManager({"/long": numbered(7), "/even": numbered(4), "/empty": []})
    client, transport = client_for(far, Limits(page_rows=2))
    with client:
        answers = client.tables([{"url": "/long"}, {"url": "/even"}, {"url": "/empty"}])
    assert [answer.rows() for answer in answers] == [numbered(7), numbered(4), []]
    assert [
        [(param["url"], param["range"]) for param in body["params"]]
        for body in transport.sent[1:-1]
    ] == [
        [("/long", [0, 2]), ("/even", [0, 2]), ("/empty", [0, 2])],
        [("/long", [2, 2]), ("/even", [2, 2])],
        [("/long", [4, 2]), ("/even", [4, 2])],
        [("/long", [6, 2])],
    ]


def test_one_refused_question_leaves_the_others_alone() -> None:
    far = FortiManager({"/dvmdb/adom": ADOMS})
    far.refusals["/pm/pkg/adom/Branches"] = {"code": -11, "message": "No permission"}
    client, _ = client_for(far)
    with client:
        good, refused, gone = client.get(
            [{"url": "/dvmdb/adom"}, {"url": "/pm/pkg/adom/Branches"}, {"url": "/nowhere"}]
        )
    assert good.rows() == ADOMS
    with pytest.raises(PermissionRefused) as permission:
        refused.rows()
    for word in ("rpc-permit", "admin profile", "ADOM 'Branches'", "fmg.example.com", refused.url):
        assert word in str(permission.value)
    with pytest.raises(NotFound, match=r"fmg\.example\.com does not have /nowhere"):
        gone.row()
    assert far.logins == 1


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


def test_a_token_goes_into_the_header_and_needs_no_session() -> None:
    def reply(body: dict[str, object]) -> dict[str, object]:
        answer = {"status": {"code": 0}, "data": ADOMS}
        return {"id": body["id"], "result": [answer] * len(body["params"])}

    client, transport = client_for(reply, account=TOKEN_ACCOUNT)
    with client:
        assert [client.get([{"url": "/a"}])[0].rows() for _ in range(3)] == [ADOMS] * 3
    assert transport.sent == [
        {"id": number, "method": "get", "params": [{"url": "/a"}], "verbose": 1}
        for number in (1, 2, 3)
    ]
    assert transport.headers == [{"Authorization": "Bearer tok-4711-battery-staple"}] * 3


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


def test_requests_are_counted_for_the_thread_that_made_them() -> None:
    far = FortiManager({"/t": ADOMS})
    client, _ = client_for(far)
    with client:
        with client.counting() as outer:
            client.get([{"url": "/t"}])
            with client.counting() as inner:
                client.get([{"url": "/t"}])
            other = threading.Thread(target=client.get, args=([{"url": "/t"}],))
            other.start()
            other.join(10)
        client.get([{"url": "/t"}])
    assert (outer.requests, inner.requests) == (3, 1)
    assert client.requests_made == 6


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


def test_a_host_that_holds_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigurationError) as error:
        client_for(FortiManager(), account=Account("https://a:hunter2@fmg", user="u", password="p"))
    assert "hunter2" not in str(error.value)
