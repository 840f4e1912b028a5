"""Redis by TLS: what is kept, leased, queued, asked for and copied goes through it, verified.

TLS is ended by a proxy before a real server: the server that the tests bring has none of its own.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from fmgstate.errors import StoreError
from fmgstate.settings import Account, Limits, Plan
from fmgstate.shared_copy import bring
from fmgstate.store.base import Head
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import RefreshRequests
from fmgstate.workers.app import make_app
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.scheduler import Scheduler
from tests.tls_front import tls_front

FMG = "fmg.example.com"
AWAY = "cannot be reached. Start the server, or correct host, port and TLS settings."


@pytest.fixture
def by_tls(server: RedisServer, tmp_path: Path) -> Iterator[RedisServer]:
    with tls_front(server.port, tmp_path) as (port, authority):
        yield replace(server, port=port, tls=True, ca_file=str(authority), timeout=5.0)


def test_store_leases_and_copy(by_tls: RedisServer, tmp_path: Path) -> None:
    store = RedisStore(by_tls)
    store.note(Head("package/fmg/emea/hq", outcome={"result": "failed"}))
    assert RedisSessionLeases(by_tls, 900.0).acquire(FMG, 1) is not None
    assert bring(by_tls, tmp_path / "state.db", time()).noted == 1
    store.close()


def test_the_queue_and_what_is_asked_for(by_tls: RedisServer) -> None:
    manager = Manager(Account(FMG, "u", "p-word"), Limits(), Plan())
    configuration = Configuration((manager,), by_tls, poll_seconds=3600.0, count_hits=False)
    requests = RefreshRequests(by_tls)
    name = requests.ask(FMG, "policies", [])
    app = make_app(configuration)
    assert Scheduler(app, configuration).step()
    [queued] = by_tls.connect().lrange(f"{by_tls.prefix}:celery:ondemand", 0, -1)
    assert json.loads(queued)["headers"]["task"] == "fmgstate.poll"
    assert requests.managers() == [FMG]
    assert name
    app.close()


@pytest.mark.parametrize("changed", [{"ca_file": ""}, {"host": "localhost.localdomain"}])
def test_a_certificate_that_cannot_be_verified(
    by_tls: RedisServer, changed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more: found("127.0.0.1", *more))
    with pytest.raises(StoreError) as refused:
        RedisStore(replace(by_tls, **changed)).heads()
    assert str(refused.value).endswith(AWAY)


def test_no_tls_where_there_is_one(by_tls: RedisServer) -> None:
    plain = replace(by_tls, tls=False, ca_file="", timeout=0.5)
    with pytest.raises(StoreError) as refused:
        RedisStore(plain, plain.connect(retries=0)).heads()
    assert "TLS settings" in str(refused.value)
