"""Look-ups where workers keep the state on Redis: from the host's copy, beside asking Redis.

80 FortiGates with 500 policies each lie on a Redis server. What the copy costs is measured, then 8
processes look policies up at the same time: as ``fmgpolicy`` does it, from the copy, with a look at
its age at each call; and by asking Redis for the bare rows. Meanwhile a poll confirms every scope
and changes one package each second, and the copy follows (in Splunk both happen once a minute).
Every answer is checked.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tests.redis_server import running as redis_running

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from benchmarks.search_fleet import MANAGER, Rule, fill, fleet  # noqa: E402
from fmgstate import wiring  # noqa: E402
from fmgstate.collect import copying, index  # noqa: E402
from fmgstate.collect.rules import KEY  # noqa: E402
from fmgstate.collect.scope import Scope, prefix  # noqa: E402
from fmgstate.shared_copy import bring  # noqa: E402
from fmgstate.store.base import Snapshot  # noqa: E402
from fmgstate.store.in_redis import RedisStore  # noqa: E402
from fmgstate.store.redis_server import RedisServer  # noqa: E402

DEVICES, POLICIES = 80, 500
SEARCHES, SECONDS = 8, 5.0
POLL_SECONDS, LOOK_SECONDS, RENEW_SECONDS = 1.0, 60.0, 5.0
FIELDS = ("name", "action", "package", "section", "owner")


class Search(NamedTuple):
    """What one process is given. ``file``: of the copy; "" = it asks Redis."""

    server: RedisServer
    file: str
    at_once: int
    seed: int


def main() -> None:
    """Prints what the copy costs, then a line for each way to look up."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder, redis_running() as port:
        server, file = RedisServer(port=port), Path(folder, "state.db")
        fill(RedisStore(server), fleet(DEVICES, POLICIES))
        _costs(server, file)
        for name, where in (("from the copy", str(file)), ("asking Redis", "")):
            for at_once in (100, 1):
                _line(server, file, name, where, at_once)


def _costs(server: RedisServer, file: Path) -> None:
    changed = _Poll(server)
    for what, before in (
        ("the first copy", lambda: None),
        ("nothing moved", lambda: None),
        ("every age moved", changed.confirm),
        ("every age moved, one package changed", changed),
    ):
        before()
        began, cpu = time.perf_counter(), time.process_time()
        done = bring(server, file, time.time(), anew=True)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        print(f"{what:<40} {took * 1000:8.1f} ms {used * 1000:8.1f} ms CPU   "
              f"{done.loaded} loaded, {done.noted} noted")  # fmt: skip


class _Poll:
    """What workers write when FortiManager was asked what moved."""

    def __init__(self, server: RedisServer) -> None:
        self._store = RedisStore(server)

    def confirm(self) -> None:
        now = time.time()
        for head in self._store.heads():
            self._store.note(replace(head, snapshot_time=now))

    def __call__(self) -> None:
        self.confirm()
        head = self._store.heads(prefix("package", MANAGER))[0]
        kept = self._store.load(head.key)
        assert kept is not None
        newer = replace(kept.head, changed_time=time.time())
        rows = index.rows(Scope.parse(head.key), kept.content["records"])
        self._store.save(Snapshot(newer, kept.content), rows)


def _line(server: RedisServer, file: Path, name: str, where: str, at_once: int) -> None:
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(server, file, ended))
    thread.start()
    with multiprocessing.get_context("spawn").Pool(SEARCHES) as pool:
        asked = [Search(server, where, at_once, seed) for seed in range(SEARCHES)]
        found = pool.map(_search, asked)
    ended.set()
    thread.join()
    rates, cpu = sorted(one["rate"] for one in found), sorted(one["cpu"] for one in found)
    worst = max(one["p99"] for one in found)
    print(f"{name:<14} {at_once:4} keys a call: {rates[0]:7,.0f} to {rates[-1]:7,.0f} look-ups/s "
          f"each, {cpu[0]:7,.0f} a CPU second, p99 of a call {worst * 1000:.2f} ms")  # fmt: skip


def _follow(server: RedisServer, file: Path, ended: threading.Event) -> None:
    poll = _Poll(server)
    while not ended.wait(POLL_SECONDS):
        poll()
        bring(server, file, time.time(), anew=True)


def _search(asked: Search) -> dict[str, float]:
    rules = list(fleet(DEVICES, POLICIES))
    look_up = _in_copy(asked.file) if asked.file else _in_redis(asked.server)
    dice, times, done, cpu = random.Random(asked.seed), [], 0, 0.0
    look_up(rules[:1])
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        wanted = dice.choices(rules, k=asked.at_once)
        began, used = time.perf_counter(), time.process_time()
        found = look_up(wanted)
        times.append(time.perf_counter() - began)
        cpu += time.process_time() - used
        for rule, told in zip(wanted, found, strict=True):
            assert all(told[name] == rule.expected[name] for name in told), (rule, told)
        done += asked.at_once
    times.sort()
    return {"rate": done / sum(times), "cpu": done / cpu, "p99": times[int(len(times) * 0.99)]}


def _in_copy(file: str) -> Callable[[list[Rule]], list[dict[str, Any]]]:
    rules, renewed = wiring.rules(Path(file), FIELDS), time.monotonic()

    def look_up(wanted: list[Rule]) -> list[dict[str, Any]]:
        nonlocal renewed
        if time.time() > copying.looked(Path(file)) + LOOK_SECONDS:
            raise RuntimeError("the copy is not followed")
        if time.monotonic() > renewed + RENEW_SECONDS:
            rules.renew(time.time())
            renewed = time.monotonic()
        keys = [tuple(rule.event.get(name, "") for name in KEY) for rule in wanted]
        cells = rules.answer(keys)
        return [dict(zip(FIELDS, _cells(one), strict=False)) for one in cells]

    return look_up


def _cells(told: bytes) -> list[str]:
    import csv

    return next(csv.reader([told.decode()]))


def _in_redis(server: RedisServer) -> Callable[[list[Rule]], list[dict[str, Any]]]:
    """Only the row that a uuid leads to: no device, no fields, no age."""
    store = RedisStore(server)

    def look_up(wanted: list[Rule]) -> list[dict[str, Any]]:
        found = store.find([index.uuid_key(rule.event["poluuid"]) for rule in wanted])
        return [{"package": one.value.decode().split("/")[4].replace("%2F", "/")}
                if one.head.key.startswith("package/") else {} for one in found]  # fmt: skip

    return look_up


if __name__ == "__main__":
    main()
