from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.store.on_disk import OnDiskStore


@pytest.fixture
def open_at() -> Iterator[Callable[[Path], OnDiskStore]]:
    """Opens stores, and closes them all at the end of the test."""
    opened: list[OnDiskStore] = []

    def opening(path: Path, **options: float) -> OnDiskStore:
        opened.append(OnDiskStore(path, **options))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()
