"""The built package in the stand-in, publishing what workers keep on a real Redis server.

Checked against stand-ins only: neither splunkd nor FortiManager is the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmgstate import __version__
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.work import Work
from simulator.control import Running
from simulator.control import running as simulator
from standin import Standin
from tests.redis_server import running as redis_running

APP = "fortimanager_policy_state"
PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
NS = f"/servicesNS/nobody/{APP}"
PASSWORD = "redis-s3cret"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    data = tmp_path / "redis"
    data.mkdir()
    with redis_running("--requirepass", PASSWORD, folder=str(data)) as port:
        yield RedisServer(port=port, password=PASSWORD)


@pytest.fixture
def fortimanager() -> Iterator[Running]:
    with simulator("branch") as found:
        yield found


def refresh(server: RedisServer, fortimanager: Running) -> None:
    account = Account(fortimanager.url, fortimanager.user, fortimanager.password,
                      ca=fortimanager.ca)  # fmt: skip
    work = Work(Configuration((Manager(account, Limits(), Plan()),), server))
    sent: list[tuple[Any, ...]] = []
    try:
        work.poll(account.manager, lambda *asked: sent.append(asked))
        for scope, mark, version, now in sent:
            work.pull(scope.key, mark, version, now)
    finally:
        work.close()


def test_inputs_only_publish(tmp_path: Path, server: RedisServer, fortimanager: Running) -> None:
    refresh(server, fortimanager)
    fortimanager.side("/stats/reset", {})
    with Standin(tmp_path / "splunk", [PACKAGE]) as splunk:
        splunk.create_index("fortimanager")
        account = {"name": "fmg1", "host": fortimanager.url, "auth_type": "basic",
                   "username": fortimanager.user, "password": fortimanager.password,
                   "ca": fortimanager.ca}  # fmt: skip
        splunk.rest("POST", f"{NS}/{APP}_account", account)
        entered = {"use_workers": "1", "redis_host": "127.0.0.1", "redis_port": str(server.port),
                   "redis_password": PASSWORD, "redis_prefix": server.prefix}  # fmt: skip
        splunk.rest("POST", f"{NS}/{APP}_settings/workers", entered)
        splunk.start_input("fmg_policies", "all", {"account": "fmg1", "interval": "10",
                                                   "index": "fortimanager"})  # fmt: skip

        def run() -> dict[str, Any] | None:
            rows = splunk.search(index="fortimanager", sourcetype="fortinet:fortimanager:health")
            runs = [one["event"] for one in rows if one["event"]["health"].startswith("run")]
            return runs[0] if runs else None

        found = splunk.wait_for(run, 60)
        assert (found["health"], found.get("error"), found["requests"]) == ("run", None, 0)
        policies = splunk.count(index="fortimanager", sourcetype="fortinet:fortimanager:policy")
        assert policies > 30
        rows = splunk.results("| fmgsnapshot | stats count by stale", app=APP)
        assert [one["stale"] for one in rows] == ["false"]  # from the copy that the input brought
        told = "\n".join(
            [*splunk.logs("*fortimanager*"), *(row["_raw"] for row in splunk.search())]
        )
        assert PASSWORD not in told
    assert fortimanager.side("/stats")["requests"] == 0
