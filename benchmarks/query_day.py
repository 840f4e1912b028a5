"""A day of questions, replayed: how many requests does FortiManager get, and how old are answers?

80 analysts ask 20 questions an hour each for 8 hours, Zipf over the policies; somebody edits a
package every 5 minutes. A question is the rule alone, or the rule and what its names stand for, as
we answer it (groups in groups left out: live would ask again for each level). What a poll, an edit
and a question cost is measured first, on a simulated FortiManager; the day itself is replayed by an
event loop, seeded, without waiting. Live: each question is asked. Plain cache: each answer is kept
for 5 minutes, by policy. We: a poll a minute, by workers or with an API token, whose sessions stay
(as those of the other two ways are taken to do, at no cost); or by inputs with user and password,
which log in and out each time. Around the clock: polls go on after hours, and once everything is
read anew.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import random
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.control import Running, running

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

from fmgstate.collect.in_threads import InThreads
from fmgstate.collect.outcome import CHANGED
from fmgstate.collect.refresh import refresh
from fmgstate.collect.scope import Scope
from fmgstate.fortimanager.client import Client
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.in_memory import InMemoryStore

ANALYSTS, QUESTIONS_AN_HOUR, HOURS = 80, 20, 8
CACHE_SECONDS, POLL_SECONDS, EDIT_SECONDS = 300.0, 60.0, 300.0
ZIPF, SEED = 1.0, 7


@dataclass(frozen=True)
class Polls:
    """Requests of the first run, of a poll that finds nothing, of one that finds one package
    edited."""

    first: int
    idle: int
    edited: int


@dataclass(frozen=True)
class Costs:
    """Requests of our polls and of one question; how many policies there are. ``inputs``: with
    log-in and log-out each time; ``question``: the rule alone; ``whole``: with what its names
    stand for."""

    workers: Polls
    inputs: Polls
    question: int
    whole: int
    policies: int


@dataclass(frozen=True)
class Day:
    """What one way of asking came to. Ages in seconds."""

    name: str
    requests: int
    mean_age: float
    worst_age: float


def main() -> None:
    """Prints the costs and the three ways."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.query_day", description=__doc__)
    parser.add_argument("--scenario", default="eighty")
    with running(parser.parse_args().scenario) as fortimanager:
        costs = measured(fortimanager)
    asked = questions(costs.policies)
    print(f"{len(asked):,} questions about {len({key for _, key in asked}):,} of"
          f" {costs.policies:,} policies")  # fmt: skip
    for name, polls in (("session kept", costs.workers), ("log-in each time", costs.inputs)):
        print(f"measured, {name}: first run {polls.first} requests, idle poll {polls.idle},"
              f" poll that finds an edited package {polls.edited}")  # fmt: skip
    print(f"measured: a question {costs.question} or, with what its names stand for, {costs.whole}")
    for what, each in (("the rule alone", costs.question), ("with its names", costs.whole)):
        _print(what, [live(asked, each), cached(asked, each),
                      *(ours(asked, name, polls, night_too=night)
                        for name, polls in (("workers", costs.workers), ("inputs", costs.inputs))
                        for night in (False, True))])  # fmt: skip


def _print(what: str, ways: list[Day]) -> None:
    print(f"\n{what:<50} {'requests':>9} {'fewer':>7} {'mean age':>9} {'worst age':>10}")
    for one in ways:
        fewer = 1 - one.requests / ways[0].requests
        print(f"{one.name:<50} {one.requests:9,} {fewer:7.1%} {one.mean_age:7.0f} s"
              f" {one.worst_age:8.0f} s")  # fmt: skip


def measured(fortimanager: Running) -> Costs:
    """By the library itself."""
    account = Account(fortimanager.url, fortimanager.user, fortimanager.password,
                      ca=fortimanager.ca)  # fmt: skip
    inputs = _polls(fortimanager, InMemoryStore(), lambda: Client(account))
    store = InMemoryStore()
    with Client(account, Limits(sessions=1)) as client:
        client.get([{"url": "/sys/status"}])
        workers = _polls(fortimanager, store, lambda: nullcontext(client))
        scope, rule = _a_rule(store)
        before = client.requests_made
        url = f"/pm/config/adom/{scope.adom}/pkg/{scope.name}/firewall/policy/{rule['policyid']}"
        client.get([{"url": url}])[0].row()
        question = client.requests_made - before
        top = f"/pm/config/adom/{scope.adom}/obj/firewall"
        client.get(
            [{"url": f"{top}/{table}/{name}"}
             for name in (*rule["srcaddr"], *rule["dstaddr"]) for table in ("address", "addrgrp")]
            + [{"url": f"{top}/service/{table}/{name}"}
               for name in rule["service"] for table in ("custom", "group")]
        )  # fmt: skip
        whole = client.requests_made - before
    policies = sum(int(head.outcome["records"]) for head in store.heads("package/"))
    return Costs(workers, inputs, question, whole, policies)


def _polls(
    fortimanager: Running, store: InMemoryStore, connect: Callable[[], AbstractContextManager[Any]]
) -> Polls:
    """The first run, a second one, and one after somebody edited a rule."""
    spent = []
    for number in range(3):
        if number == 2:
            scope, rule = _a_rule(store)
            where = {"adom": scope.adom, "package": scope.name, "policyid": rule["policyid"]}
            edit = {**where, "set": {"comments": f"edited {time.time()}"}}
            fortimanager.side("/policy/edit", edit)
        before = fortimanager.side("/stats")["requests"]
        with connect() as client:
            runner = InThreads(Limits().sessions)
            outcomes = list(refresh(client, store, Plan(), runner, time.time()))
        spent.append(fortimanager.side("/stats")["requests"] - before)
        changed = [one for one in outcomes if one.result == CHANGED]
        assert number == 0 or len(changed) == number - 1, outcomes
    return Polls(*spent)


def _a_rule(store: InMemoryStore) -> tuple[Scope, Any]:
    return next(
        (Scope.parse(head.key), record)
        for head in store.heads("package/")
        if head.outcome["records"]
        for record in _records(store, head.key)
        if record["table"] == "firewall/policy" and record["part"] == "package"
    )


def _records(store: InMemoryStore, key: str) -> list[Any]:
    snapshot = store.load(key)
    return list(snapshot.content["records"]) if snapshot else []


def questions(policies: int) -> list[tuple[float, int]]:
    """(second of the working day, which policy), in order of time."""
    dice = random.Random(SEED)
    weights = list(itertools.accumulate(1 / rank**ZIPF for rank in range(1, policies + 1)))
    many = ANALYSTS * QUESTIONS_AN_HOUR * HOURS
    return sorted(
        (dice.uniform(0, HOURS * 3600), bisect.bisect(weights, dice.uniform(0, weights[-1])))
        for _ in range(many)
    )


def live(asked: list[tuple[float, int]], question: int) -> Day:
    """Each question is asked of FortiManager."""
    return Day("live", len(asked) * question, 0.0, 0.0)


def cached(asked: list[tuple[float, int]], question: int) -> Day:
    """Each answer is kept for five minutes."""
    kept: dict[int, float] = {}
    requests, ages = 0, []
    for when, key in asked:
        if when - kept.get(key, float("-inf")) > CACHE_SECONDS:
            kept[key] = when
            requests += question
        ages.append(when - kept[key])
    return Day("plain cache of 5 minutes", requests, sum(ages) / len(ages), max(ages))


def ours(asked: list[tuple[float, int]], who: str, costs: Polls, night_too: bool = False) -> Day:
    """A poll a minute; a package that was edited is read by the next one. Edits are made in working
    hours only; ``night_too``: polls go on around the clock."""
    polls = int((24 if night_too else HOURS) * 3600 / POLL_SECONDS)
    edits = int(HOURS * 3600 / EDIT_SECONDS)
    requests = costs.first + (polls - edits) * costs.idle + edits * costs.edited
    ages = [when % POLL_SECONDS for when, _ in asked]
    name = f"we, a poll a minute by {who}" + (", around the clock" if night_too else "")
    return Day(name, requests, sum(ages) / len(ages), max(ages))


if __name__ == "__main__":
    main()
