"""What a FortiGate costs the workers: 80 FortiGates beside 1,000, over 4 FortiManagers each.

ADOMs of 10 FortiGates, a package of 500 policies for each FortiGate, 150 ms a request and 20 ms a
URL; one worker of 8 children over one Redis server. Everything is read once. Then a scheduler polls
each FortiManager every 20 s: first nothing moves, then a rule is edited in every twentieth
package. Requests (log-ins and log-outs included) and bytes are exact, CPU seconds of the worker's
processes and of Redis do not depend much on what else the machine does; seconds do. What a worker
spends while it waits is told beside and taken off.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.worker_host import CHILDREN, cpu_seconds, scheduler, wait_until, worker
from simulator.control import Running, running
from tests.redis_server import running as redis_running

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

from fmgstate.collect.scope import PACKAGE, Scope
from fmgstate.store.base import Head
from fmgstate.store.in_redis import RedisStore
from fmgstate.workers.app import make_app
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.counters import Counters
from fmgstate.workers.tasks import POLL, send_poll

MANAGERS, DEVICES_AN_ADOM = 4, 10
POLL_SECONDS, STILL_SECONDS = 20.0, 10.0
EDITED = 20
"""One package in so many."""


@dataclass(frozen=True)
class Spent:
    """Of one phase. ``cpu``: of the worker; ``redis``: CPU seconds of Redis; ``megabytes``: that it
    holds more than before; ``polls``: of all FortiManagers together; ``polling``: their seconds."""

    seconds: float
    requests: float
    cpu: float
    redis: float
    megabytes: float
    polls: float
    polling: float

    def plus(self, other: Spent, times: float) -> Spent:
        """With so many times the other one added."""
        return Spent(*(one + times * two for one, two in zip(_all(self), _all(other), strict=True)))

    def times(self, times: float) -> Spent:
        """So many times as much."""
        return Spent(*(one * times for one in _all(self)))


def _all(spent: Spent) -> tuple[float, ...]:
    return (spent.seconds, spent.requests, spent.cpu, spent.redis, spent.megabytes, spent.polls,
            spent.polling)  # fmt: skip


class Fleet:
    """FortiManagers with a worker that is warm; ``pid``: of its supervisor."""

    def __init__(
        self, configuration: Configuration, fortimanagers: Sequence[Running], pid: int
    ) -> None:
        self.configuration, self._fortimanagers, self._pid = configuration, fortimanagers, pid
        self._store = RedisStore(configuration.redis)
        self._redis: Any = configuration.redis.connect()
        self._counters = Counters(self._redis, configuration.redis)

    def spent(self, work: Callable[[], object]) -> Spent:
        """What happens from the beginning of ``work`` to its end."""
        before = self._now()
        work()
        return self._now().plus(before, -1.0)

    def _now(self) -> Spent:
        told: dict[str, float] = self._redis.info()
        counted = self._counters.totals()
        return Spent(
            time.monotonic(),
            sum(one.side("/stats")["requests"] for one in self._fortimanagers),
            cpu_seconds(self._pid),
            told["used_cpu_user"] + told["used_cpu_sys"],
            told["used_memory"] / 1e6,
            counted.get(("tasks", POLL), 0.0),
            counted.get(("task_seconds", POLL), 0.0),
        )

    def read_whole(self, devices: int, policies: int) -> None:
        """A poll of each FortiManager, and all that it hands out."""
        app = make_app(self.configuration)
        for manager in self.configuration.managers:
            send_poll(app, manager.name, expires=600)
        wait_until(self.configuration, lambda: len(self._packages()) >= devices)
        kept = [one.outcome["records"] for one in self._packages()]
        assert sum(one >= policies for one in kept) == devices, sorted(kept)

    def let_it_poll(self) -> None:
        """As long as it takes to poll each FortiManager once."""
        time.sleep(POLL_SECONDS)
        wait_until(self.configuration, lambda: True)

    def edit(self, policies: int) -> None:
        """A rule in every twentieth package; until that is kept."""
        began = time.time()
        edited = [one for one in self._packages() if one.outcome["records"] >= policies][::EDITED]
        doors = {one.url.split("://")[1]: one for one in self._fortimanagers}
        for head in edited:
            scope = Scope.parse(head.key)
            where = {"adom": scope.adom, "package": scope.name, "policyid": self._a_rule(head.key)}
            doors[scope.manager].side("/policy/edit", {**where, "set": {"comments": "edited"}})
        keys = {one.key for one in edited}
        wait_until(self.configuration, lambda: keys == {
            one.key for one in self._packages() if (one.changed_time or 0.0) > began
        })  # fmt: skip

    def _packages(self) -> list[Head]:
        """Of all FortiManagers, as they are kept."""
        return [one for one in self._store.heads(f"{PACKAGE}/") if one.snapshot_time]

    def _a_rule(self, key: str) -> int:
        snapshot = self._store.load(key)
        assert snapshot is not None
        return next(
            int(one["policyid"])
            for one in snapshot.content["records"]
            if one["table"] == "firewall/policy" and one["part"] == "package"
        )


@dataclass(frozen=True)
class Costs:
    """Of one fleet. ``waiting``: what a worker spends a second while nothing is to be done."""

    devices: int
    waiting: Spent
    everything: Spent
    still: Spent
    some: Spent

    def phases(self) -> dict[str, Spent]:
        """Without what waiting costs. Of the polls: one of each FortiManager."""
        everything, still, some = (
            one.plus(replace(self.waiting, seconds=0.0, requests=0.0, megabytes=0.0), -one.seconds)
            for one in (self.everything, self.still, self.some)
        )
        a_round = still.times(MANAGERS / still.polls)
        return {
            "everything": everything,
            "a poll of each, nothing moved": a_round,
            "a poll of each, 5% edited": some.plus(a_round, 1 - some.polls / MANAGERS),
        }


def main() -> None:
    """Prints a table for each fleet, then the costs of a FortiGate beside each other."""
    options = _options()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f};"
          f" {MANAGERS} FortiManagers, {CHILDREN} children, {options.policies} policies"
          f" a FortiGate")  # fmt: skip
    found = [_measured(devices, options.policies) for devices in sorted(options.devices)]
    for one in found:
        _print(one)
    if len(found) > 1:
        _print_ratios(found[0], found[-1])


def _measured(devices: int, policies: int) -> Costs:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fmgstate-bench-")))
        fortimanagers = [
            stack.enter_context(running(
                "bench80", latency_ms=150, latency_per_url_ms=20, devices=devices // MANAGERS,
                adoms=devices // MANAGERS // DEVICES_AN_ADOM, policies=policies, seed=seed + 1,
            ))
            for seed in range(MANAGERS)
        ]  # fmt: skip
        port = stack.enter_context(redis_running())
        settings = {"count_hits": False, "poll_seconds": POLL_SECONDS}
        started = stack.enter_context(worker(folder, fortimanagers, port, **settings))
        fleet = Fleet(started.configuration, fortimanagers, started.pid)
        waiting = fleet.spent(lambda: time.sleep(STILL_SECONDS)).times(1 / STILL_SECONDS)
        everything = fleet.spent(lambda: fleet.read_whole(devices, policies))
        stack.enter_context(scheduler(folder))
        fleet.let_it_poll()  # the first polls are spread over an interval
        still = fleet.spent(fleet.let_it_poll)
        return Costs(devices, waiting, everything, still, fleet.spent(lambda: fleet.edit(policies)))


def _print(costs: Costs) -> None:
    print(f"\n{f'{costs.devices} FortiGates':<32} {'seconds':>8} {'polls':>6} {'s a poll':>9}"
          f" {'requests':>9} {'CPU s':>7} {'Redis CPU s':>12} {'MB more':>8}")  # fmt: skip
    for name, one in costs.phases().items():
        print(f"{name:<32} {one.seconds:8.1f} {one.polls:6.1f} {one.polling / one.polls:9.2f}"
              f" {one.requests:9.1f} {one.cpu:7.2f} {one.redis:12.2f}"
              f" {one.megabytes:8.1f}")  # fmt: skip
    print(f"{'a minute of waiting, taken off':<32} {60:8} {'':6} {'':9} {'':9}"
          f" {60 * costs.waiting.cpu:7.2f} {60 * costs.waiting.redis:12.2f}")  # fmt: skip


def _print_ratios(small: Costs, large: Costs) -> None:
    print(f"\na FortiGate of {large.devices:,} (times what one of {small.devices} costs)")
    print(f"{'':<32} {'requests':>17} {'CPU ms':>17} {'Redis CPU ms':>17} {'both':>17} {'MB':>17}")
    for (name, one), two in zip(small.phases().items(), large.phases().values(), strict=True):
        few, many = one.times(1 / small.devices), two.times(1 / large.devices)
        print(
            f"{name:<32} {_beside(few.requests, many.requests, 3)}",
            _beside(few.cpu * 1000, many.cpu * 1000, 1),
            _beside(few.redis * 1000, many.redis * 1000, 2),
            _beside((few.cpu + few.redis) * 1000, (many.cpu + many.redis) * 1000, 1),
            _beside(few.megabytes, many.megabytes, 3) if name == "everything" else "",
        )


def _beside(few: float, many: float, digits: int) -> str:
    return f"{many:8.{digits}f} ({many / few:4.2f} x)" if few else f"{many:8.{digits}f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fleet_of_managers", description=__doc__
    )
    parser.add_argument("--devices", type=int, nargs="+", default=[80, 1000])
    parser.add_argument("--policies", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
