"""What a client does when FortiManager is slow, busy, confused or does not let it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

import pytest

from fmgstate.errors import (
    BadAnswer,
    CertificateRefused,
    ConfigurationError,
    FmgStateError,
    LoginRefused,
    PermissionRefused,
    RequestRefused,
    Unreachable,
)
from fmgstate.settings import Account, Limits
from tests.unit.fortimanager.far_end import Body, FortiManager, Time, client_for

ROWS = [{"name": "root", "oid": 3}]
Fault = Union[Exception, bytes, Callable[[Body], Body]]
BUSY = Unreachable("fmg.example.com is too busy")


class Faulty:
    """A FortiManager whose answers to ``get`` are replaced, one after another, by faults."""

    def __init__(self, *faults: Fault) -> None:
        self.far = FortiManager({"/t": ROWS, "/u": ROWS})
        self.faults = list(faults)

    def __call__(self, body: Body) -> Any:
        if body["method"] != "get" or not self.faults:
            return self.far(body)
        fault = self.faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        return fault if isinstance(fault, bytes) else fault(body)


def asked(
    far: Callable[[Body], Any], time: Time, limits: Union[Limits, None] = None
) -> tuple[list[Any], list[str]]:
    client, transport = client_for(far, limits, time=time)
    with client:
        answers = client.get([{"url": "/t"}, {"url": "/u"}])
        return [answer.rows() for answer in answers], transport.urls()


def with_result(result: Any, **more: Any) -> Callable[[Body], Body]:
    return lambda body: {"id": body["id"], "result": result, **more}


def test_faults_that_pass_are_waited_out_longer_each_time() -> None:
    time = Time()
    rows, urls = asked(Faulty(BUSY, BUSY, BUSY), time)
    assert rows == [ROWS, ROWS]
    assert urls == ["/sys/login/user"] + ["/t /u"] * 4
    assert time.sleeps == [0.5, 1.0, 2.0]


def test_pauses_are_spread_so_that_clients_do_not_come_back_together() -> None:
    time = Time()
    draws = iter([0.0, 0.999])
    client, _ = client_for(Faulty(BUSY, BUSY), Limits(backoff=1.0), time=time)
    client._patience._random = lambda: next(draws)
    with client:
        client.get([{"url": "/t"}])
    assert time.sleeps == [0.5, 2 * 1.499]


def test_the_number_of_attempts_is_bounded() -> None:
    time = Time()
    far = Faulty(*[BUSY] * 9)
    with pytest.raises(Unreachable, match="too busy"):
        asked(far, time, Limits(attempts=3))
    assert len(far.faults) == 6
    assert far.far.sessions == set()


def test_no_new_attempt_begins_when_one_has_already_taken_too_long() -> None:
    time = Time()

    def slow(body: Body) -> Body:
        time.now += 130
        raise Unreachable("timed out")

    far = Faulty(slow, slow)
    with pytest.raises(Unreachable, match="timed out"):
        asked(far, time, Limits(read_timeout=120))
    assert len(far.faults) == 1


@pytest.mark.parametrize(
    "fault",
    [
        CertificateRefused("expired"),
        LoginRefused("HTTP 401"),
        PermissionRefused("HTTP 403"),
        ConfigurationError("no such CA file"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_does_not_pass_by_itself_is_not_repeated(fault: FmgStateError) -> None:
    time = Time()
    far = Faulty(fault, fault)
    with pytest.raises(type(fault)):
        asked(far, time)
    assert len(far.faults) == 1
    assert time.sleeps == []


UNFIT: dict[str, Fault] = {
    "no result": lambda body: {"id": body["id"]},
    "null as result": with_result(None),
    "text as result": with_result("OK"),
    "no answers": with_result([]),
    "one answer to two questions": with_result([{"status": {"code": 0}, "data": []}]),
    "three answers to two questions": with_result([{"status": {"code": 0}}] * 3),
    "no status": with_result([{"data": []}, {"data": []}]),
    "status null": with_result([{"status": None}] * 2),
    "code null": with_result([{"status": {"code": None}}] * 2),
    "code as text": with_result([{"status": {"code": "0"}}] * 2),
    "code as boolean": with_result([{"status": {"code": False}}] * 2),
    "code as fraction": with_result([{"status": {"code": 0.0}}] * 2),
    "an answer that is null": with_result([None, {"status": {"code": 0}}]),
    "an answer that is a list": with_result([[], {"status": {"code": 0}}]),
    "one success for both": with_result({"status": {"code": 0}, "data": []}),
    "success without an answer": with_result({"code": 0}),
    "answers in another order": with_result(
        [{"status": {"code": 0}, "url": "/u"}, {"status": {"code": 0}, "url": "/t"}]
    ),
    "the answer to another request": lambda body: {
        "id": body["id"] + 1,
        "result": [{"status": {"code": 0}, "data": []}] * 2,
    },
}


@pytest.mark.parametrize("fault", UNFIT.values(), ids=UNFIT.keys())
def test_a_reply_that_does_not_fit_is_never_taken_for_an_answer(fault: Fault) -> None:
    with pytest.raises(BadAnswer, match=r"fmg\.example\.com answered"):
        asked(Faulty(fault, fault), Time())


@pytest.mark.parametrize("fault", UNFIT.values(), ids=UNFIT.keys())
def test_a_reply_that_does_not_fit_is_asked_for_once_more(fault: Fault) -> None:
    assert asked(Faulty(fault), Time())[0] == [ROWS, ROWS]


def test_a_runtime_error_as_an_object_is_every_questions_error() -> None:
    error = with_result({"status": {"code": -10, "message": "runtime error 0: invalid value"}})
    client, _ = client_for(Faulty(error, error, error))
    with client:
        answers = client.get([{"url": "/t"}, {"url": "/u"}])
    assert [(a.url, a.code, a.message, a.data) for a in answers] == [
        ("/t", -10, "runtime error 0: invalid value", None),
        ("/u", -10, "runtime error 0: invalid value", None),
    ]
    with pytest.raises(RequestRefused, match="code -10: runtime error 0: invalid value"):
        answers[1].rows()


def test_an_error_beside_the_result_is_every_questions_error() -> None:
    error = {"code": -32601, "message": "Method not found"}
    client, _ = client_for(Faulty(lambda body: {"id": body["id"], "error": error}))
    with client:
        answer = client.get([{"url": "/t"}])[0]
    assert (answer.code, answer.message) == (-32601, "Method not found")


def internal_error_for(url: str) -> Callable[[Body], Body]:
    def reply(body: Body) -> Body:
        return {
            "id": body["id"],
            "result": [
                {"status": {"code": -1 if param["url"] == url else 0}, "data": ROWS}
                for param in body["params"]
            ],
        }

    return reply


def test_an_internal_error_is_asked_again_for_that_question_alone() -> None:
    time = Time()
    rows, urls = asked(Faulty(internal_error_for("/u"), internal_error_for("/u")), time)
    assert rows == [ROWS, ROWS]
    assert urls == ["/sys/login/user", "/t /u", "/u", "/u"]
    assert time.sleeps == [0.5, 1.0]


def test_an_internal_error_that_stays_is_an_error() -> None:
    far = Faulty(*[internal_error_for("/u")] * 5)
    with pytest.raises(RequestRefused, match=r"refused /u \(code -1"):
        asked(far, Time())
    assert len(far.faults) == 2


def login_refused_with(status: Body) -> Callable[[Body], Body]:
    return with_result([{"status": status, "url": "/sys/login/user"}])


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ({"code": -22, "message": "Login fail"}, LoginRefused, "Check user and password"),
        ({"code": -11, "message": "No permission"}, PermissionRefused, "set rpc-permit"),
        ({"code": -5, "message": "No such command"}, RequestRefused, "No such command"),
        ({"code": 0, "message": "OK"}, BadAnswer, "gave no session"),
    ],
)
def test_a_refused_log_in_says_why(status: Body, kind: type[FmgStateError], words: str) -> None:
    client, transport = client_for(login_refused_with(status))
    with client, pytest.raises(kind, match=words) as error:
        client.get([{"url": "/t"}])
    assert type(error.value) is kind
    assert "fmg.example.com" in str(error.value)
    assert set(transport.urls()) == {"/sys/login/user"}


def test_a_wrong_password_is_tried_once() -> None:
    client, transport = client_for(login_refused_with({"code": -22, "message": "Login fail"}))
    with client, pytest.raises(LoginRefused):
        client.get([{"url": "/t"}])
    assert len(transport.sent) == 1


@pytest.mark.parametrize("token", ["tok 4711", "tok\n4711", "tök4711"])
def test_a_token_that_cannot_be_one_is_a_matter_of_configuration(token: str) -> None:
    with pytest.raises(ConfigurationError, match="API token for fmg") as error:
        client_for(FortiManager(), account=Account("fmg", token=token))
    assert "4711" not in str(error.value)


def test_a_table_that_knows_no_range_is_read_once() -> None:
    rows = [{"name": str(number)} for number in range(6)]

    def reply(body: Body) -> Body:
        for param in body["params"]:
            param.pop("range", None)
        return far(body)

    far = FortiManager({"/six": rows, "/two": rows[:2]})
    client, _ = client_for(reply, Limits(page_rows=2))
    with client:
        answers = client.tables([{"url": "/six"}, {"url": "/two"}])
    assert [answer.rows() for answer in answers] == [rows, rows[:2]]


def test_a_table_without_an_end_is_an_error() -> None:
    count = iter(range(10**6))

    def reply(body: Body) -> Body:
        if body["method"] != "get":
            return far(body)
        rows = [{"oid": next(count)}]
        return {"id": body["id"], "result": [{"status": {"code": 0}, "data": rows}]}

    far = FortiManager()
    client, _ = client_for(reply, Limits(page_rows=1))
    with client, pytest.raises(BadAnswer, match="does not keep to the pages asked of /t"):
        client.tables([{"url": "/t"}])


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ({"status": {"code": -6, "message": "Invalid url"}}, "NotFound"),
        ({"status": {"code": 0}, "data": {"name": "x"}}, "BadAnswer"),
        ({"status": {"code": 0}, "data": [1]}, "BadAnswer"),
    ],
    ids=["refused", "an object", "no rows"],
)
def test_a_bad_second_page_makes_no_half_table(page: Body, kind: str) -> None:
    far = FortiManager({"/t": ROWS * 2 + [{"name": "third"}]})

    def reply(body: Body) -> Body:
        if body["method"] == "get" and body["params"][0]["range"][0] > 0:
            return {"id": body["id"], "result": [page]}
        return far(body)

    client, _ = client_for(reply, Limits(page_rows=2))
    with client:
        answer = client.tables([{"url": "/t"}])[0]
    with pytest.raises(FmgStateError) as error:
        answer.rows()
    assert type(error.value).__name__ == kind
