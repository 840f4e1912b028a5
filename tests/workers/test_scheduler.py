from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.redis_server import RedisServer
from fmgstate.store.requests_in_redis import RefreshRequests
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.scheduler import Scheduler

ONE, TWO = "fmg-1.example.com", "fmg-2.example.com"


class Sent:
    """Stands for the Celery app: what was sent, and to which queue."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, str, str]] = []
        self.told: list[tuple[str, dict[str, Any]]] = []

    def send_task(
        self, name: str, arguments: list[str], keywords: Any = None, **options: Any
    ) -> None:
        assert options["expires"] > 0
        if keywords and "asked" in keywords:
            self.told.append((name.removeprefix("fmgstate."), keywords))
        self.tasks.append((name.removeprefix("fmgstate."), arguments[0], options["queue"]))

    def taken(self) -> list[tuple[str, str, str]]:
        tasks, self.tasks = self.tasks, []
        return sorted(tasks)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def configured(server: RedisServer, **more: Any) -> Configuration:
    managers = [Manager(Account(name, "u", "p-word"), Limits(), Plan()) for name in (ONE, TWO)]
    return Configuration(tuple(managers), server, count_hits=False, **more)


def scheduler(sent: Sent, configuration: Configuration, clock: Clock) -> Scheduler:
    return Scheduler(sent, configuration, clock)  # type: ignore[arg-type]


def test_each_fortimanager_once_an_interval_and_not_all_at_once(server: RedisServer) -> None:
    sent, clock = Sent(), Clock()
    one = scheduler(sent, configured(server), clock)
    times: dict[str, list[float]] = {ONE: [], TWO: []}
    for _ in range(400):
        assert one.step()
        for task, manager, queue in sent.taken():
            assert (task, queue) == ("poll", "inventory")
            times[manager].append(clock.now)
        clock.now += 0.5
    gaps = {later - at for found in times.values() for at, later in zip(found, found[1:])}
    assert max(abs(gap - 60.0) for gap in gaps) <= 0.5
    assert abs(times[ONE][0] - times[TWO][0]) > 1.0
    assert len(times[ONE]) >= 3


def test_one_leads_and_another_takes_over(server: RedisServer) -> None:
    sent, clock = Sent(), Clock()
    configuration = configured(server, poll_seconds=0.5)
    one, other = (scheduler(sent, configuration, clock) for _ in range(2))
    clock.now += 1
    assert one.step()
    assert len(sent.taken()) == 2
    assert other.step()
    assert sent.taken() == []
    server.connect().delete(f"{server.prefix}:scheduler")  # the first one's lease ran out
    assert other.step()
    assert len(sent.taken()) == 2
    assert one.step()
    assert sent.taken() == []


def test_what_somebody_asks_for_goes_at_once(server: RedisServer) -> None:
    sent = Sent()
    one = scheduler(sent, configured(server, poll_seconds=3600.0), Clock())
    requests = [json.dumps({"manager": TWO}), json.dumps({"manager": "unknown"}), "no JSON", "[]"]
    server.connect().rpush(f"{server.prefix}:requests", *requests)
    assert one.step()
    assert sent.taken() == [("poll", TWO, "ondemand")]
    assert one.step()
    assert sent.taken() == []


def test_who_asks_is_told_what_becomes_of_it(server: RedisServer) -> None:
    sent = Sent()
    requests = RefreshRequests(server)
    assert requests.managers() is None
    one = scheduler(sent, configured(server, poll_seconds=3600.0), Clock())
    asked = {what: requests.ask(TWO, what, ["emea"]) for what in ("policies", "hitcounts")}
    unknown = requests.ask("fmg-3.example.com", "policies", [])
    assert one.step()
    assert requests.managers() == [ONE, TWO]
    assert [(name, told["asked"]["id"], told["asked"]["adoms"]) for name, told in sent.told] == [
        ("poll", asked["policies"], ["emea"]), ("find_counts", asked["hitcounts"], ["emea"])
    ]  # fmt: skip
    assert {queue for _, _, queue in sent.taken()} == {"ondemand"}
    [_, failed] = requests.events(unknown)
    assert failed["event"] == "failed"
    assert failed["error"] == (
        "The workers do not collect from fmg-3.example.com. "
        "Add it to their configuration, or ask for one that they have."
    )


def test_hit_counts_are_looked_at_too(server: RedisServer) -> None:
    sent, clock = Sent(), Clock()
    counting = replace(configured(server, poll_seconds=3600.0), count_hits=True)
    one = scheduler(sent, counting, clock)
    clock.now += 301
    assert one.step()
    found = [task for task in sent.taken() if task[0] == "find_counts"]
    assert found == [("find_counts", ONE, "hitcounts"), ("find_counts", TWO, "hitcounts")]


def test_an_outage_is_waited_out() -> None:
    sent = Sent()
    nowhere = configured(RedisServer(port=1, timeout=0.2))
    slept: list[float] = []
    one = Scheduler(sent, nowhere, Clock(), slept.append)  # type: ignore[arg-type]
    one.run(lambda: len(slept) == 2)
    assert (slept, sent.tasks) == ([2.0, 2.0], [])
