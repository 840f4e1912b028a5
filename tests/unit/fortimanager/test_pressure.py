"""A client under pressure: pace, breaker, budget of repeats, leases, lockout, tokens."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

import pytest

from fmgstate.errors import (
    BadAnswer,
    ConfigurationError,
    LoginRefused,
    PermissionRefused,
    Unreachable,
)
from fmgstate.fortimanager.breaker import Breaker
from fmgstate.fortimanager.client import Client
from fmgstate.fortimanager.http_status import Busy
from fmgstate.fortimanager.pace import Pace
from fmgstate.fortimanager.pool import Pool
from fmgstate.fortimanager.transport import NoConnection
from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    NO_PERMISSION,
    TOKEN_ACCOUNT,
    Body,
    FortiManager,
    Time,
    client_for,
)

ROWS = [{"name": "root"}]
BUSY = Unreachable("fmg.example.com is too busy")
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
        full.wait(0.05)
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


class Lockout(FortiManager):
    """Refuses log-ins from the ``allowed`` + 1st on."""

    def __init__(self, allowed: int) -> None:
        super().__init__({"/t": ROWS})
        self.allowed = allowed
        self.refused = 0
        self.refusal = threading.Event()

    def __call__(self, body: Body) -> Body:
        if "login" in body["params"][0]["url"] and self.logins >= self.allowed:
            self.refused += 1
            self.refusal.set()
            status = {"code": -22, "message": "Login fail"}
            return {"id": body["id"], "result": [{"status": status, "url": "sys/login/user"}]}
        return super().__call__(body)


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
    assert (far.logins, far.refused) == (allowed, 1)
    assert far.sessions == set()


def test_log_ins_go_one_at_a_time() -> None:
    far = FortiManager({"/t": ROWS})
    logging_in = threading.Lock()
    meeting = threading.Barrier(4, timeout=10)

    def reply(body: Body) -> Body:
        if body["method"] == "get":
            meeting.wait()
        elif "login" in body["params"][0]["url"]:
            assert logging_in.acquire(blocking=False)
            threading.Event().wait(0.01)
            logging_in.release()
        return far(body)

    client, _ = client_for(reply, Limits(sessions=4))
    with client, ThreadPoolExecutor(4) as threads:
        work = [threads.submit(client.get, [{"url": "/t"}]) for _ in range(4)]
        assert [one.result(10)[0].rows() for one in work] == [ROWS] * 4
    assert far.logins == 4


class CountedLeases:
    """Leases in memory; ``taken`` of them belong to somebody else."""

    def __init__(self, taken: int = 0) -> None:
        self.taken = taken
        self.out: set[str] = set()
        self.renewed: list[str] = []
        self.asked: list[tuple[str, int]] = []
        self.waiting: Optional[Callable[[], None]] = None
        self._changing = threading.Lock()
        self._made = 0

    def acquire(self, manager: str, at_most: int) -> Optional[str]:
        with self._changing:
            self.asked.append((manager, at_most))
            if len(self.out) + self.taken >= at_most:
                return None
            self._made += 1
            self.out.add(f"lease {self._made}")
            return f"lease {self._made}"

    def renew(self, lease: str) -> None:
        self.renewed.append(lease)

    def release(self, lease: str) -> None:
        self.out.remove(lease)


def with_leases(
    reply: Callable[[Body], Any], leases: CountedLeases, time: Time, **options: Any
) -> tuple[Any, Any]:
    return client_for(reply, Limits(sessions=4), time=time, leases=leases, **options)


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
    assert leases.renewed == ["lease 1"] * 2


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
    assert time.now < 1000 + 2 * 60


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


def test_no_lease_within_a_minute_is_an_error_that_names_the_budget() -> None:
    time, leases = Time(), CountedLeases(taken=4)
    client, transport = with_leases(FortiManager(), leases, time)
    with client, pytest.raises(Unreachable, match="All 4 sessions allowed for fmg") as error:
        client.get([{"url": "/t"}])
    assert "login-max" in error.value.cure
    assert transport.sent == []
    assert time.now == 1060


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
