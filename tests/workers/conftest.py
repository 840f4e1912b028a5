from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.configuration import Configuration, Manager
from simulator.control import Running
from simulator.control import running as simulator
from tests.redis_server import running


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Of a real server; ``FMGSTATE_TEST_REDIS`` = host:port names one that runs already."""
    given = os.environ.get("FMGSTATE_TEST_REDIS")
    if given:
        yield int(given.rpartition(":")[2])
        return
    with running() as port:
        yield port


@pytest.fixture
def server(port: int) -> RedisServer:
    """With a prefix of its own."""
    return RedisServer("127.0.0.1", port, prefix=f"test-{secrets.token_hex(6)}")


@pytest.fixture(scope="module")
def fortimanager() -> Iterator[Running]:
    with simulator("branch") as running_simulator:
        yield running_simulator


def manager_of(fortimanager: Running, sessions: int = 2) -> Manager:
    """As a worker is told of it."""
    account = Account(fortimanager.url, fortimanager.user, fortimanager.password,
                      ca=fortimanager.ca)  # fmt: skip
    return Manager(account, Limits(sessions=sessions), Plan())


@pytest.fixture
def configuration(server: RedisServer, fortimanager: Running) -> Configuration:
    return Configuration((manager_of(fortimanager),), server)
