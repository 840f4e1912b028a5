"""Hit counts from the simulator over real HTTPS: counted by tasks, published as what moved.

Checked against a simulator only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.hitcounts import Time
from fmgstate.collect.in_threads import InThreads
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import Outcome, RunSummary
from fmgstate.collect.rebuild import rebuild
from fmgstate.collect.run import run
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.wiring import answers, open_store, refresh_all, run_input
from simulator.control import Running, running

HQ = {"adom": "branch", "package": "hq"}
ALWAYS = Plan(hitcount_seconds=0.0)
QUICK = Limits(connect_timeout=2.0, attempts=1, backoff=0.01)


@pytest.fixture(scope="module")
def fortimanager() -> Iterator[Running]:
    with running("branch", task_seconds=0) as fortimanager:
        yield fortimanager


def account_of(fortimanager: Running) -> Account:
    return Account(fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca)


def count(
    fortimanager: Running, store_file: Path, events: list[Event], plan: Plan = ALWAYS
) -> RunSummary:
    account = account_of(fortimanager)
    return run_input(InputRun("hitcounts", "hits", account, plan, QUICK, store_file, events.extend))


def kept(store_file: Path) -> dict[str, list[dict[str, Any]]]:
    with open_store(store_file) as store:
        found = [store.load(head.key) for head in store.heads("hitcounts/")]
        return {one.head.key: in_order(one.content["records"]) for one in found if one}


def test_from_counters_to_events_and_an_answer(fortimanager: Running, tmp_path: Path) -> None:
    file, events = tmp_path / "s.db", list[Event]()
    refresh_all(account_of(fortimanager), Plan(), QUICK, file, lambda outcome: None)
    summary = count(fortimanager, file, events)
    results = {one.scope.name: (one.result, one.error) for one in summary.outcomes}
    assert results == dict.fromkeys(["hq", "hq-guest", "sites/branches"], ("changed", ""))
    first = [one.data for one in events if one.sourcetype.endswith(":hitcount")]
    by_id = {
        one["policyid"]: (one["hits"], one["last_hit"])
        for one in first
        if (one["package"], one["table"]) == ("hq", "firewall/policy")
    }
    assert by_id[1] == (137, 1735603200)
    assert by_id[5] == (0, 0)
    fortimanager.side("/policy/hit", {**HQ, "policyid": 5, "hits": 3, "last_hit": 1735689600})
    fortimanager.side("/policy/hit", {**HQ, "policyid": 1, "hits": 2, "reset": True})
    events_before = len(events)
    count(fortimanager, file, events)
    moved = {
        one.data["policyid"]: (one.data["hits"], one.data["hits_since"], one.data.get("reset"))
        for one in events[events_before:]
        if one.sourcetype.endswith(":hitcount")
    }
    assert moved == {5: (3, 3, None), 1: (2, 2, True)}
    rebuilt = rebuild((event.data for event in events), "hits")
    assert {key: one.records for key, one in rebuilt.items()} == kept(file)
    with open_store(file) as store:
        [row] = answers(store, 300.0).by_policyid("fgt-hq", "root", 5)
    assert (row["hits"], row["last_hit"]) == (3, 1735689600)
    stats = fortimanager.side("/stats")
    assert stats["sessions_open"] == 0


def test_by_device_says_which_one_was_not_reached(fortimanager: Running, tmp_path: Path) -> None:
    plan = Plan(hitcount_seconds=0.0, hitcounts_by_device=True)
    summary = count(fortimanager, tmp_path / "s.db", [], plan)
    errors = {one.scope.name: one.error for one in summary.outcomes}
    assert (errors["hq"], errors["hq-guest"]) == ("", "")
    assert "Not counted by device: fgt-lyon [root]: fgt-lyon(" in errors["sites/branches"]
    assert "No tunnel" in errors["sites/branches"]
    own = {
        (one["device"], one["vdom"])
        for records in kept(tmp_path / "s.db").values()
        for one in records
        if "device" in one
    }
    assert own == {("fgt-hq", "root"), ("fgt-hq", "guest"), ("fgt-berlin", "root")}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "task fails", "message": "no answer from fgt-hq"}, "no answer from fgt-hq"),
        ({"kind": "task hangs"}, "FortiManager's Task Monitor"),
        ({"kind": "no rights", "url": "/sys/hitcount", "times": 0}, "does not permit"),
    ],
)
def test_a_task_that_does_not_end_well_leaves_what_was_counted(
    fortimanager: Running, fault: dict[str, Any], said: str
) -> None:
    store, plan = InMemoryStore(), Plan(adoms=("branch",), hitcount_seconds=0.0)
    slept: list[float] = []
    with Client(account_of(fortimanager), QUICK) as client:

        def collect() -> dict[str, Outcome]:
            clock = Time(time, slept.append)
            outcomes, _ = run(
                "hitcounts", "s", client, store, plan, InThreads(1), time(), lambda events: None,
                lambda outcome: None, clock,
            )  # fmt: skip
            return {one.scope.name: one for one in outcomes}

        before = collect()
        fortimanager.side("/faults", fault)
        try:
            during = collect()
        finally:
            fortimanager.side("/faults/clear", {})
        after = collect()
    failed = [one for one in during.values() if one.result == "failed"]
    assert failed
    assert all(said in one.error for one in failed)
    assert {one.records for one in failed} == {before[one.scope.name].records for one in failed}
    assert {one.error for one in after.values()} == {""}


@pytest.mark.parametrize(("version", "counts"), [("6.4.14", True), ("7.0.2", False)])
def test_versions(version: str, counts: bool, tmp_path: Path) -> None:
    with running("branch", version=version, task_seconds=0) as old:
        summary = count(old, tmp_path / "s.db", [])
    assert (summary.failed, bool(kept(tmp_path / "s.db"))) == (0 if counts else 1, counts)
    if not counts:
        assert "cannot count hits" in summary.outcomes[0].error
