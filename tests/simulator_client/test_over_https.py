"""The client against the simulator, over real HTTPS: what fakes cannot show."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fmgstate.errors import CertificateRefused, LoginRefused, NotFound
from fmgstate.fortimanager import versions
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Account, Limits
from simulator.control import Running, running

SECRETS = ("hunter2", "ENC", "PRIVATE KEY", "adm_pass", "psk")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(scenario="branch") as sim:
        yield sim


@pytest.fixture
def account(simulator: Running) -> Account:
    simulator.side("/stats/reset", {})
    return Account(simulator.url, user=simulator.user, password=simulator.password, ca=simulator.ca)


def packages(simulator: Running) -> list[str]:
    """Urls of the policy tables of all packages of the ADOM."""
    with Client(by_token(simulator)) as client:
        rows = client.get([{"url": "/pm/pkg/adom/branch"}])[0].rows()
    names = [row["name"] for row in rows if row["type"] == "pkg"]
    return [f"/pm/config/adom/branch/pkg/{name}/firewall/policy" for name in names]


def by_token(simulator: Running) -> Account:
    return Account(simulator.url, token=simulator.token, ca=simulator.ca)


def test_status_and_refusals_come_back_one_by_one(simulator: Running, account: Account) -> None:
    with Client(account) as client:
        status, gone = client.get([{"url": "/sys/status"}, {"url": "/dvmdb/adom/none/device"}])
    assert versions.parse(status.row()["Version"])[:3] == (7, 4, 5)
    with pytest.raises(NotFound, match="/dvmdb/adom/none/device"):
        gone.rows()
    stats = simulator.side("/stats")
    assert (stats["logins"], stats["logouts"], stats["sessions_open"]) == (1, 1, 0)
    assert client.requests_made == stats["requests"] == 3


@pytest.mark.parametrize("page_rows", [1, 3, 7, 500])
def test_pages_of_any_size_make_the_same_table(
    simulator: Running, account: Account, page_rows: int
) -> None:
    urls = [*packages(simulator), "/pm/config/adom/branch/obj/firewall/service/custom"]
    with Client(account, Limits(page_rows=page_rows, params_per_request=2)) as client:
        tables = client.tables([{"url": url} for url in urls])
        whole = client.get([{"url": url} for url in urls])
    assert [table.rows() for table in tables] == [answer.rows() for answer in whole]
    assert len(urls) > 1
    assert max(len(table.rows()) for table in tables) > 7


def test_an_expired_session_is_replaced_and_none_is_left() -> None:
    with running(scenario="branch", idle_timeout=0.5) as simulator:
        account = Account(
            simulator.url, user=simulator.user, password=simulator.password, ca=simulator.ca
        )
        with Client(account) as client:
            before = client.get([{"url": "/dvmdb/adom"}])[0].rows()
            time.sleep(0.7)
            assert client.get([{"url": "/dvmdb/adom"}])[0].rows() == before
        stats = simulator.side("/stats")
    assert (stats["logins"], stats["peak_sessions"], stats["sessions_open"]) == (2, 1, 0)


def test_a_token_needs_neither_log_in_nor_log_out(simulator: Running, account: Account) -> None:
    with Client(by_token(simulator)) as client:
        assert client.get([{"url": "/dvmdb/adom"}])[0].rows()
    stats = simulator.side("/stats")
    assert (stats["requests"], stats["logins"], stats["logouts"]) == (1, 0, 0)


def test_threads_keep_to_the_budget(simulator: Running, account: Account) -> None:
    urls = packages(simulator) * 10
    with Client(account, Limits(sessions=3)) as client:

        def rows(url: str) -> int:
            return len(client.tables([{"url": url}])[0].rows())

        with ThreadPoolExecutor(8) as threads:
            counts = list(threads.map(rows, urls))
    assert counts == counts[: len(urls) // 10] * 10
    stats = simulator.side("/stats")
    assert stats["peak_sessions"] <= 3
    assert stats["logins"] == stats["logouts"]
    assert stats["sessions_open"] == 0


def test_wrong_password_and_unknown_ca(simulator: Running, account: Account) -> None:
    wrong = replace(account, password="wrong-one")
    with Client(wrong) as client, pytest.raises(LoginRefused, match="Check user and password"):
        client.get([{"url": "/sys/status"}])
    assert simulator.side("/stats")["refused_logins"] == 1
    with Client(replace(account, ca="")) as client, pytest.raises(CertificateRefused):
        client.get([{"url": "/sys/status"}])


def test_devices_come_without_their_secrets(simulator: Running, account: Account) -> None:
    with Client(account) as client:
        rows = client.tables([{"url": "/dvmdb/adom/branch/device"}])[0].rows()
    text = json.dumps(rows)
    assert len(rows) == 3
    assert [word for word in SECRETS if f'"{word}"' in text] == []
