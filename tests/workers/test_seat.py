from __future__ import annotations

import pytest

from fmgstate.fortimanager.leases import NoLease
from fmgstate.store.leases_in_redis import RedisSessionLeases
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.seat import Seat, Wanted

MANAGER = "fmg.example.com"


def seat(server: RedisServer, at_most: int = 1) -> Seat:
    return Seat(RedisSessionLeases(server, 900), MANAGER, at_most)


def test_the_budget_is_that_of_all_children_not_of_the_pool(server: RedisServer) -> None:
    seats = [seat(server, 2) for _ in range(3)]
    assert [one.take() for one in seats] == [True, True, False]
    assert seats[0].acquire(MANAGER, 1) != seats[1].acquire(MANAGER, 1)


def test_a_session_stays_with_its_child_until_it_is_ended(server: RedisServer) -> None:
    mine, others = seat(server), seat(server)
    assert mine.take()
    lease = mine.acquire(MANAGER, 1)
    mine.leave()
    assert (mine.take(), others.take()) == (True, False)
    mine.release(lease)
    assert (others.take(), mine.take()) == (True, False)


def test_what_was_leased_and_not_used_is_given_back(server: RedisServer) -> None:
    mine, others = seat(server), seat(server)
    assert mine.take()
    mine.leave()
    assert others.take()


def test_a_lost_lease_that_cannot_be_replaced_is_an_error_at_once(server: RedisServer) -> None:
    mine, others = seat(server), seat(server)
    assert others.take()
    with pytest.raises(NoLease, match="All 1 sessions allowed for"):
        mine.acquire(MANAGER, 1)


def test_a_wish_for_a_session_is_seen_by_all(server: RedisServer) -> None:
    one, other = (Wanted(server.connect(), server.place, server.prefix) for _ in range(2))
    one.tell(MANAGER)
    assert (other.said(MANAGER), other.said("fmg-2.example.com")) == (True, False)
