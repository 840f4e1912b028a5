"""Questions and answers: what a client does with a well-behaved FortiManager."""

from __future__ import annotations

import threading

import pytest

from fmgstate.errors import NotFound, PermissionRefused
from fmgstate.fortimanager.answer import Answer
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    TOKEN_ACCOUNT,
    FortiManager,
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
    client, transport = client_for(far, Limits(page_rows=3))
    with client:
        answers = client.tables([{"url": "/long"}, {"url": "/even"}, {"url": "/empty"}])
    assert [answer.rows() for answer in answers] == [numbered(7), numbered(4), []]
    assert [
        [(param["url"], param["range"]) for param in body["params"]]
        for body in transport.sent[1:-1]
    ] == [
        [("/long", [0, 3]), ("/even", [0, 3]), ("/empty", [0, 3])],
        [("/long", [2, 3]), ("/even", [2, 3])],
        [("/long", [4, 3])],
        [("/long", [6, 3])],
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
