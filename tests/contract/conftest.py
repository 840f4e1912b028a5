from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.store.base import Store
from tests.contract.implementations import IMPLEMENTATIONS, Implementation


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda implementation: implementation.name)
def implementation(request: pytest.FixtureRequest) -> Implementation:
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
