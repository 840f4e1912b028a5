"""Every store, and how to open it: in this process, or in another that is given a place."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fmgstate.store.base import Store
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.on_disk import OnDiskStore


@dataclass(frozen=True)
class Implementation:
    """``open(place)`` twice with one place gives two handles to one store."""

    name: str
    open: Callable[[Path], Store]
    shared_by_processes: bool


@cache
def _in_memory(place: Path) -> Store:
    return InMemoryStore()


def _on_disk(place: Path) -> Store:
    return OnDiskStore(place / "state" / "store.sqlite")


def _in_redis(place: Path) -> Store:
    from fmgstate.store.in_redis import RedisStore
    from fmgstate.store.redis_server import RedisServer

    host, _, port = os.environ[REDIS].rpartition(":")
    prefix = f"test-{sha256(str(place).encode()).hexdigest()[:12]}"
    return RedisStore(RedisServer(host, int(port), prefix=prefix))


REDIS = "FMGSTATE_TEST_REDIS"
"""host:port of a server; the tests start one where it is not set."""

IMPLEMENTATIONS = (
    Implementation("in_memory", _in_memory, shared_by_processes=False),
    Implementation("on_disk", _on_disk, shared_by_processes=True),
    Implementation("in_redis", _in_redis, shared_by_processes=True),
)
