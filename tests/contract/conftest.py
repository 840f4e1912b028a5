from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.store.base import Store
from tests.contract.implementations import IMPLEMENTATIONS, REDIS, Implementation
from tests.redis_server import NoServer, running


@pytest.fixture(scope="session")
def redis_server() -> Iterator[None]:
    if os.environ.get(REDIS):
        yield
        return
    try:
        with running() as port:
            os.environ[REDIS] = f"127.0.0.1:{port}"
            yield
            del os.environ[REDIS]
    except NoServer as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda implementation: implementation.name)
def implementation(request: pytest.FixtureRequest) -> Implementation:
    if request.param.name == "in_redis":
        request.getfixturevalue("redis_server")
    return request.param


@pytest.fixture
def open_store(implementation: Implementation, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Each call gives another handle to the one store of the test."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(implementation.open(tmp_path))
        return opened[-1]

    yield another
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
