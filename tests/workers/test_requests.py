"""Refreshes that people ask for: one request however many ask, and a log of what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmgstate.collect.outcome import CHANGED, RECENT
from fmgstate.errors import ConfigurationError, StoreError
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import WAITS_SECONDS, RefreshRequests
from fmgstate.workers.asked import Asked
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.work import Busy, Work

FMG = "fmg.example.com"
SITE = ("branch", "dc")


def steps(requests: RefreshRequests, name: str) -> list[tuple[str, str]]:
    """What was told, and of which scope's kind, if of any."""
    events = requests.events(name)
    return [(one["event"], one.get("scope", "").partition("/")[0]) for one in events]


def taken(requests: RefreshRequests) -> dict[str, Any]:
    told = requests.take()
    assert told is not None
    found: dict[str, Any] = json.loads(told)
    return found


def asked_for(configuration: Configuration, work: Work, what: str = "policies",
              adoms: tuple[str, ...] = ()) -> tuple[str, Asked]:  # fmt: skip
    name = work.requests.ask(configuration.managers[0].name, what, adoms)
    return name, Asked(taken(work.requests), "w0@here", work.requests)


def test_who_asks_for_the_same_is_given_the_same(server: RedisServer) -> None:
    one, other = RefreshRequests(server), RefreshRequests(server)
    name = one.ask(FMG, "policies", ["emea", "apac"])
    assert other.ask(FMG, "policies", ["apac", "emea", "apac"]) == name
    told = taken(one)
    assert (told["manager"], told["what"], told["adoms"]) == (FMG, "policies", ["apac", "emea"])
    assert other.ask(FMG, "policies", ["apac", "emea"]) == name  # it has not begun yet
    assert one.take() is None
    different = {other.ask(FMG, "policies", []), other.ask(FMG, "hitcounts", ["apac", "emea"]),
                 other.ask("fmg-2.example.com", "policies", ["apac", "emea"])}  # fmt: skip
    assert len(different - {name}) == 3
    one.close(told)
    again = other.ask(FMG, "policies", ["apac", "emea"])
    assert again != name
    one.close(told)  # a task that runs twice does not close what was opened since
    assert one.ask(FMG, "policies", ["apac", "emea"]) == again


def test_one_that_was_lost_keeps_nobody_waiting_for_long(server: RedisServer) -> None:
    requests = RefreshRequests(server)
    requests.ask(FMG, "policies", [])
    requests.take()
    redis = server.connect()
    [door] = redis.keys(f"{server.prefix}:asked:*")
    assert 0 < redis.pttl(door) <= WAITS_SECONDS * 1000
    assert {redis.ttl(key) > 0 for key in redis.keys(f"{server.prefix}:request:*")} == {True}


def test_no_scheduler_no_managers(server: RedisServer) -> None:
    requests = RefreshRequests(server)
    assert requests.managers() is None
    requests.show_managers([FMG], 10.0)
    assert requests.managers() == [FMG]
    with pytest.raises(StoreError, match="cannot be reached"):
        RefreshRequests(RedisServer("127.0.0.1", 1, timeout=0.2)).managers()


def test_a_poll_tells_each_scope(configuration: Configuration) -> None:
    work, sent = Work(configuration), list[Any]()
    name, asked = asked_for(configuration, work)
    try:
        manager = configuration.managers[0].name
        work.poll(manager, lambda *one: sent.append(one), again=True, asked=asked)
        told = steps(work.requests, name)
        assert told[:2] == [("queued", ""), ("taken", "")]
        assert set(told[2:]) == {("done", "inventory"), ("waiting", ""), ("asked", "")}
        [waiting] = [one for one in work.requests.events(name) if one["event"] == "waiting"]
        assert waiting["scopes"] == [one[0].key for one in sent]
        for scope, mark, version, now in sent:
            asked.done(work.store, [work.pull(scope.key, mark, version, now)])
        done = [one for one in work.requests.events(name) if one["event"] == "done"]
        assert set(waiting["scopes"]) < {one["scope"] for one in done}
        assert {one["row"]["result"] for one in done} == {CHANGED}
        assert {(one["by"], one["row"]["stale"]) for one in done} == {("w0@here", False)}
    finally:
        work.close()


def test_another_poll_that_began_before_is_waited_for(configuration: Configuration) -> None:
    work = Work(configuration)
    manager = configuration.managers[0].name
    name, asked = asked_for(configuration, work)
    try:
        with work.locks.held(f"poll:{manager}"), pytest.raises(Busy, match="is asking"):
            work.poll(manager, lambda *_: None, asked=asked)
        assert work.requests.ask(manager, "policies", []) == name  # it has not begun
        work.poll(manager, lambda *_: None, asked=asked)
        assert work.requests.ask(manager, "policies", []) != name
    finally:
        work.close()


def test_only_the_adoms_that_are_asked_for(configuration: Configuration) -> None:
    work, sent = Work(configuration), list[Any]()
    manager = configuration.managers[0].name
    _, asked = asked_for(configuration, work, adoms=("branch",))
    try:
        work.poll(manager, lambda *one: sent.append(one), asked=asked)
        assert {one[0].adom for one in sent} == {"branch"}
        assert {head.key.split("/")[2] for head in work.store.heads("inventory/")} == {"branch"}
    finally:
        work.close()


def test_an_adom_that_workers_do_not_collect(configuration: Configuration) -> None:
    work = Work(configuration)
    _, asked = asked_for(configuration, work, adoms=("branch", "apac"))
    plan = configuration.managers[0].plan
    with pytest.raises(ConfigurationError) as refused:
        asked.plan(type(plan)(adoms=("branch", "emea")))
    assert str(refused.value).startswith("The workers do not collect apac. ")
    assert "emea" not in str(refused.value)
    work.close()


def test_hits_are_counted_anew_for_who_asks(configuration: Configuration) -> None:
    work, sent = Work(configuration), list[Any]()
    manager = configuration.managers[0].name
    try:
        work.find_counts(manager, lambda *one: sent.append(one))
        scope, targets, _ = sent[0]
        work.count(scope.key, targets)
        _, asked = asked_for(configuration, work, "hitcounts")
        again = list[Any]()
        work.find_counts(manager, lambda *one: again.append(one), asked)
        assert [one[0] for one in again if one[0] == scope] == [scope]
        _, _, since = again[0]
        assert work.count(scope.key, targets, since).result != RECENT
        assert work.count(scope.key, targets, since).result == RECENT
    finally:
        work.close()
