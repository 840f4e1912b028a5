from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from fmgstate.store.redis_server import RedisServer
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
