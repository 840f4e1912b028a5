"""Executing: a task's number comes back, and nothing is sent twice that may have been done."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.errors import BadAnswer, RequestRefused, Unreachable
from fmgstate.fortimanager.answer import Answer
from fmgstate.fortimanager.transport import NoConnection
from tests.unit.fortimanager.far_end import Body, FortiManager, client_for

COUNT: Body = {"url": "/sys/hitcount", "data": {"adom": "branch", "pkg": "hq"}}


class Counting(FortiManager):
    """Starts tasks, unless one of ``faults`` comes first: before or (``after``) behind it."""

    def __init__(self, *faults: Exception, after: bool = False) -> None:
        super().__init__()
        self.faults, self.after = list(faults), after
        self.started = 0

    def __call__(self, body: Body) -> Any:
        if body["params"] != [COUNT]:
            return super().__call__(body)
        if self.faults and not self.after:
            raise self.faults.pop(0)
        if body.get("session") not in self.sessions:
            return super().__call__(body)
        self.started += 1
        if self.faults:
            raise self.faults.pop(0)
        ok = {"code": 0, "message": "OK"}
        entry = {"status": ok, "taskid": 1000 + self.started, "url": COUNT["url"]}
        return {"id": body["id"], "result": [entry]}


def test_the_task_that_was_started() -> None:
    client, transport = client_for(Counting())
    with client:
        answer = client.execute(COUNT)
    assert answer == Answer("/sys/hitcount", 0, "OK", None, "fmg.example.com", task=1001)
    assert (transport.sent[1]["method"], transport.sent[1]["params"]) == ("exec", [COUNT])


def test_what_never_left_is_sent_again() -> None:
    far = Counting(NoConnection("fmg.example.com cannot be reached."))
    client, _ = client_for(far)
    with client:
        assert client.execute(COUNT).task == 1001
    assert far.started == 1


@pytest.mark.parametrize("fault", [Unreachable("It broke off."), BadAnswer("HTML came.")])
def test_what_may_have_been_done_is_not_sent_again(fault: Exception) -> None:
    far = Counting(fault, after=True)
    client, transport = client_for(far)
    with client, pytest.raises(type(fault)):
        client.execute(COUNT)
    assert far.started == 1
    assert transport.urls().count("/sys/hitcount") == 1


def test_an_expired_session_is_replaced() -> None:
    far = Counting()
    client, _ = client_for(far)
    with client:
        assert client.execute(COUNT).task == 1001
        far.sessions.clear()
        assert client.execute(COUNT).task == 1002
    assert (far.started, far.logins) == (2, 2)


def test_an_internal_error_is_told_and_not_tried_again() -> None:
    def reply(body: Body) -> Body:
        if body["params"] != [COUNT]:
            return far(body)
        error = {"status": {"code": -1, "message": "runtime error 5"}, "url": COUNT["url"]}
        return {"id": body["id"], "result": [error]}

    far = FortiManager()
    client, transport = client_for(reply)
    with client, pytest.raises(RequestRefused, match="runtime error 5"):
        client.execute(COUNT).value()
    assert transport.urls().count("/sys/hitcount") == 1
