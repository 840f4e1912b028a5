from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from fmgstate.errors import StoreError
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.store.redis_server import RedisServer

BIN = Path(__file__).resolve().parents[2] / "bin"
MANAGER = "fmg.example.com"


def test_never_more_than_allowed_for_one_manager(server: RedisServer) -> None:
    one, other = RedisSessionLeases(server, 900), RedisSessionLeases(server, 900)
    first, *_ = [one.acquire(MANAGER, 3), one.acquire(MANAGER, 3), other.acquire(MANAGER, 3)]
    assert first is not None
    assert (one.acquire(MANAGER, 3), other.acquire(MANAGER, 3)) == (None, None)
    assert other.acquire("fmg-2.example.com", 1) is not None
    one.release(first)
    one.release("unknown")
    assert other.acquire(MANAGER, 3) is not None
    assert one.out(MANAGER) == 3


def test_a_lease_ends_after_the_idle_time_unless_renewed(server: RedisServer) -> None:
    mine, others = RedisSessionLeases(server, 1.0), RedisSessionLeases(server, 1.0)
    kept, left = mine.acquire(MANAGER, 2), others.acquire(MANAGER, 2)
    assert kept is not None
    assert left is not None
    end = time.monotonic() + 1.3
    while time.monotonic() < end:
        mine.renew(kept)
        time.sleep(0.02)
    assert mine.acquire(MANAGER, 2) is not None
    with pytest.raises(StoreError, match="other workers have taken its place: all 2 are in use"):
        others.renew(left)


def test_threads_share_one_budget(server: RedisServer) -> None:
    leases = RedisSessionLeases(server, 900)
    got: list[str | None] = []
    threads = [threading.Thread(target=lambda: got.append(leases.acquire(MANAGER, 5)))
               for _ in range(12)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len({one for one in got if one})) == (12, 5)


TAKE = """
import sys, time
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.store.redis_server import RedisServer
leases = RedisSessionLeases(RedisServer("127.0.0.1", int(sys.argv[1]), prefix=sys.argv[2]), 2.0)
print([leases.acquire("fmg", 4) is not None for _ in range(3)], flush=True)
time.sleep(60)
"""


def test_the_share_of_a_killed_process_is_free_after_the_idle_time(server: RedisServer) -> None:
    leases = RedisSessionLeases(server, 2.0)
    command = [sys.executable, "-c", textwrap.dedent(TAKE), str(server.port), server.prefix]
    env = {**os.environ, "PYTHONPATH": str(BIN)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "[True, True, True]\n"
        process.kill()
    assert [leases.acquire("fmg", 4) is not None for _ in range(2)] == [True, False]
    time.sleep(2.5)
    assert leases.acquire("fmg", 4) is not None


def test_no_server_is_a_sentence_without_the_password() -> None:
    nowhere = RedisServer("127.0.0.1", 1, username="ann", password="s3cret-w0rd", timeout=0.2)
    with pytest.raises(StoreError) as refused:
        RedisSessionLeases(nowhere, 900).acquire(MANAGER, 1)
    assert str(refused.value) == (
        "The store at 127.0.0.1:1/0 cannot be reached. "
        "Start the server, or correct host, port and TLS settings."
    )
    assert "s3cret-w0rd" not in repr(nowhere)
