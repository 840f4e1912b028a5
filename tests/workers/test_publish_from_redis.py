"""Workers refresh, an input publishes: the same events as when the input does both."""

from __future__ import annotations

import json
import time
from socket import gethostname
from typing import Any

import pytest

from fmgstate.collect.event import Event
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.loading import Copied, Loading
from fmgstate.collect.run import run
from fmgstate.collect.scope import Scope
from fmgstate.errors import StoreError
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Plan
from fmgstate.shared_store import publish_input
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.in_redis import RedisStore
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.work import Work
from simulator.control import Running

STREAM = "fmg_policies://all"
CHANGE = {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "seen by workers"}}


def refreshed(work: Work) -> None:
    sent: list[tuple[Any, ...]] = []
    work.poll(work.configuration.managers[0].name, lambda *asked: sent.append(asked))
    for scope, mark, version, now in sent:
        work.pull(scope.key, mark, version, now)


def published(configuration: Configuration) -> list[Event]:
    events: list[Event] = []
    name = configuration.managers[0].name
    publish_input(
        "policies", STREAM, name, Plan(), configuration.redis, events.extend, lambda _: None
    )
    return events


def essence(events: list[Event]) -> list[tuple[str, Any, Any]]:
    return sorted(
        (one.sourcetype, str(one.data.get("id")), str(one.data.get("adom")))
        for one in events
        if one.sourcetype.endswith((":policy", ":object", ":package"))
    )


def test_the_same_events_as_embedded(configuration: Configuration, fortimanager: Running) -> None:
    embedded: list[Event] = []
    manager = configuration.managers[0]
    with Client(manager.account, manager.limits) as client:
        run("policies", STREAM, client, InMemoryStore(), Plan(), InTurn(), 1_700_000_000.0,
            embedded.extend, lambda _: None)  # fmt: skip
    work = Work(configuration)
    try:
        refreshed(work)
        first = published(configuration)
        assert len(essence(embedded)) > 50
        assert essence(first) == essence(embedded)
        again = published(configuration)
        assert essence(again) == []
        fortimanager.side("/policy/edit", CHANGE)
        refreshed(work)
        changed = [
            (one.data["adom"], one.data["package"], one.data["object_attrs"])
            for one in published(configuration)
            if one.sourcetype.endswith(":change") and one.data["kind"] == "policy"
        ]
        assert changed == [("branch", "hq", ["comments"])]
    finally:
        work.close()


def test_copies_of_what_workers_keep_are_as_young_as_that(configuration: Configuration) -> None:
    """A search head without Redis lives on what the inputs publish."""
    work, copies = Work(configuration), dict[str, Copied]()
    started = time.time()
    try:
        for events in (published_anew(work), published_anew(work)):
            loading = Loading(copies, lambda _: [])
            for one in events:
                loading.add(json.dumps(one.data))
            list(loading.finish())
            copies = loading.copies
    finally:
        work.close()
    store = RedisStore(configuration.redis)
    kept = {one: store.load(one) for one in copies}
    store.close()
    assert len(copies) > 5
    assert {one.kind for one in map(Scope.parse, copies)} == {"objects", "block", "package"}
    assert [one.behind for one in copies.values() if one.behind] == []
    for key, copy in copies.items():
        snapshot = kept[key]
        assert snapshot is not None
        assert copy.snapshot_time == snapshot.head.snapshot_time
        assert copy.snapshot_time > copy.changed_time > started
    assert [(one.manager, one.host) for one in loading.collectors] == [
        (configuration.managers[0].name, gethostname())
    ]


def published_anew(work: Work) -> list[Event]:
    refreshed(work)
    return published(work.configuration)


def test_redis_away_is_told(configuration: Configuration) -> None:
    events: list[Event] = []
    nowhere = RedisServer("127.0.0.1", 1, timeout=0.2)
    with pytest.raises(StoreError, match="cannot be reached"):
        publish_input("policies", STREAM, "fmg", Plan(), nowhere, events.extend, lambda _: None)
    assert [one.data["health"] for one in events] == ["run_failed"]
