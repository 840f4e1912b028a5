from __future__ import annotations

import time

from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.locks import Locks


def locks(server: RedisServer, seconds: float = 15.0) -> Locks:
    return Locks(server.connect(), server.place, server.prefix, seconds)


def test_one_holder_at_a_time(server: RedisServer) -> None:
    one, other = locks(server), locks(server)
    with one.held("a") as mine, other.held("a") as too, other.held("b") as another:
        assert (mine, too, another) == (True, False, True)
    with other.held("a") as mine:
        assert mine


def test_the_first_free_one_of_several(server: RedisServer) -> None:
    one = locks(server)
    with one.held("1", "2") as first, one.held("1", "2") as second, one.held("1", "2") as third:
        assert (first, second, third) == (True, True, False)


def test_a_lock_outlives_its_time_while_its_holder_lives(server: RedisServer) -> None:
    one, other = locks(server, 0.3), locks(server, 0.3)
    with one.held("a") as mine:
        time.sleep(0.8)
        with other.held("a") as too:
            assert (mine, too) == (True, False)


def test_a_dead_holders_lock_runs_out_and_is_not_released_by_it(server: RedisServer) -> None:
    redis = server.connect()
    redis.set(f"{server.prefix}:lock:a", "of one that was killed", px=200)
    one = locks(server)
    with one.held("a") as mine:
        assert not mine
    time.sleep(0.3)
    with one.held("a") as mine:
        assert mine
        redis.set(f"{server.prefix}:lock:a", "another's by now")
    assert redis.get(f"{server.prefix}:lock:a") == b"another's by now"
