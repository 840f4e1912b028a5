"""The client against a simulator that misbehaves, over real HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fmgstate.errors import BadAnswer, CertificateRefused, Unreachable
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Account, Limits
from simulator.control import Running, running

QUICK = Limits(backoff=0.01, connect_timeout=2, read_timeout=2)
ADOMS = [{"url": "/dvmdb/adom", "fields": ["name"]}]


@pytest.fixture(scope="module")
def pair() -> Iterator[Running]:
    with running(scenario="branch", ha=True) as sim:
        yield sim


@pytest.fixture
def simulator(pair: Running) -> Iterator[Running]:
    pair.side("/stats/reset", {})
    yield pair
    pair.side("/faults/clear", {})
    pair.side("/sessions/expire", {})


def account(simulator: Running, **changes: Any) -> Account:
    login = {"user": simulator.user, "password": simulator.password}
    return Account(**{"host": simulator.url, "ca": simulator.ca, **login, **changes})


def names(client: Client) -> list[str]:
    return [row["name"] for row in client.get(ADOMS)[0].rows()]


@pytest.mark.parametrize(
    "kind",
    ["503", "html", "drop before", "drop unanswered", "drop middle", "drop after", "half json"],
)
@pytest.mark.parametrize("url", ["/dvmdb/adom", "login"])
def test_one_fault_is_not_noticed(simulator: Running, kind: str, url: str) -> None:
    simulator.side("/faults", {"kind": kind, "url": url})
    with Client(account(simulator), QUICK) as client:
        assert "branch" in names(client)
    stats = simulator.side("/stats")
    orphans = 1 if url == "login" and kind in ("drop unanswered", "drop middle", "half json") else 0
    assert stats["sessions_open"] == orphans


@pytest.mark.parametrize(
    ("kind", "error"),
    [("503", Unreachable), ("html", BadAnswer), ("drop middle", Unreachable)],
)
def test_a_fault_that_stays_is_an_error(simulator: Running, kind: str, error: Any) -> None:
    with Client(account(simulator), QUICK) as client:
        names(client)
        simulator.side("/faults", {"kind": kind, "url": "/dvmdb", "times": 0})
        with pytest.raises(error):
            names(client)
    assert simulator.side("/stats")["sessions_open"] == 0


def test_an_answer_without_an_end_ends(simulator: Running) -> None:
    limits = Limits(read_timeout=0.3, attempts=1)
    with Client(account(simulator), limits) as client:
        simulator.side("/faults", {"kind": "endless", "url": "/dvmdb", "seconds": 20})
        with pytest.raises(Unreachable, match="did not finish its answer in time"):
            names(client)


def test_sessions_that_expire_under_eight_threads(simulator: Running) -> None:
    with Client(account(simulator), QUICK) as client, ThreadPoolExecutor(8) as threads:

        def ask(number: int) -> list[str]:
            if number % 20 == 10:
                simulator.side("/sessions/expire", {})
            return names(client)

        answers = list(threads.map(ask, range(100)))
    assert all("branch" in answer for answer in answers)
    stats = simulator.side("/stats")
    assert stats["peak_sessions"] <= 8
    assert stats["sessions_open"] == 0


def test_a_lockout_is_not_made_worse(simulator: Running) -> None:
    simulator.side("/limits", {"lockout_threshold": 2, "lockout_seconds": 0.5})
    wrong = account(simulator, password="wrong-one")
    with Client(wrong, QUICK) as client, ThreadPoolExecutor(8) as threads:
        work = [threads.submit(names, client) for _ in range(30)]
        refusals = [str(one.exception()) for one in work]
    assert all("Check user and password" in refusal for refusal in refusals)
    assert simulator.side("/stats")["refused_logins"] == 1
    with Client(account(simulator), QUICK) as client:
        assert "branch" in names(client)
    simulator.side("/limits", {"lockout_threshold": 0})


def test_login_max_is_made_do_with(simulator: Running) -> None:
    simulator.side("/limits", {"login_max": 2})
    try:
        with Client(account(simulator), QUICK) as client, ThreadPoolExecutor(8) as threads:
            work = [threads.submit(names, client) for _ in range(30)]
            assert all("branch" in one.result() for one in work)
    finally:
        simulator.side("/limits", {"login_max": 32})
    stats = simulator.side("/stats")
    assert stats["peak_sessions"] <= 2
    assert stats["refused_logins"] <= 2


def test_the_other_member_takes_over_and_back(simulator: Running) -> None:
    both = account(simulator, host=f"{simulator.url},{simulator.second_url}")
    with Client(both, QUICK) as client:
        before = names(client)
        simulator.side("/failover", {})
        assert names(client) == before
        simulator.side("/failover", {})
        assert names(client) == before
    assert simulator.side("/stats")["sessions_open"] == 0


def test_an_expired_certificate_is_refused_and_a_new_one_taken(simulator: Running) -> None:
    simulator.side("/certificate", {"days": -1})
    with Client(account(simulator), QUICK) as client:
        with pytest.raises(CertificateRefused, match="has expired"):
            names(client)
        simulator.side("/certificate", {"days": 30})
        assert "branch" in names(client)


def test_a_restart_is_waited_out(simulator: Running) -> None:
    with Client(account(simulator), Limits(backoff=0.2, attempts=6)) as client:
        names(client)
        simulator.side("/restart", {"seconds": 0.5})
        assert "branch" in names(client)


@pytest.mark.parametrize(("version", "all_answered"), [("7.4.5", True), ("7.6.2", False)])
def test_parallel_requests_with_a_token(version: str, all_answered: bool) -> None:
    with running(scenario="branch", version=version, latency_ms=20) as simulator:
        simulator.side("/faults", {"kind": "token race", "times": 0})
        by_token = Account(simulator.url, token=simulator.token, ca=simulator.ca)
        codes: list[int] = []
        for _ in range(1 if all_answered else 20):  # until the fault struck a question, which it
            if not any(codes):  # does only where two overlap, and not where it struck the version
                codes += codes_of_parallel_requests(by_token)
    assert (not any(codes)) is all_answered


def codes_of_parallel_requests(account: Account) -> list[int]:
    with Client(account, QUICK) as client, ThreadPoolExecutor(4) as threads:
        work = [threads.submit(client.get, ADOMS) for _ in range(16)]
        return [one.result()[0].code for one in work]
