"""``make demo-workers``: the FortiGates of ``make demo``, refreshed by 8 Celery workers over Redis.

A simulated FortiManager, a Redis-compatible server that needs no root, a supervised worker with 8
children, a scheduler. It ends by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.screen import Screen
from simulator.control import Running, running
from tests.redis_server import running as redis_running

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from fmgstate.collect.event import Event  # noqa: E402
from fmgstate.collect.scope import prefix  # noqa: E402
from fmgstate.settings import Plan  # noqa: E402
from fmgstate.shared_store import publish_input  # noqa: E402
from fmgstate.store.base import Snapshot  # noqa: E402
from fmgstate.store.in_redis import RedisStore  # noqa: E402
from fmgstate.workers.configuration import Configuration, load  # noqa: E402
from fmgstate.workers.counters import Counters  # noqa: E402
from fmgstate.workers.metrics import queue_depths  # noqa: E402

CHILDREN, POLL_SECONDS, LONGEST = 8, 10.0, 240.0


class Stage:
    """What the scenes look at."""

    def __init__(self, screen: Screen, fortimanager: Running, configuration: Configuration) -> None:
        self.screen, self.fortimanager, self.configuration = screen, fortimanager, configuration
        self.server = configuration.redis
        self.redis = self.server.connect()
        self.store = RedisStore(self.server, self.redis)
        self.manager = configuration.managers[0].name
        self.seen: list[tuple[str, str]] = []

    def totals(self) -> dict[tuple[str, str], float]:
        return Counters(self.redis, self.server).totals()

    def requests(self) -> int:
        return int(self.fortimanager.side("/stats")["requests"])

    def progress(self, began: float) -> None:
        depths = queue_depths(self.redis, self.server.prefix)
        waiting = "  ".join(f"{name} {depth}" for name, depth in depths.items())
        self.screen.progress(
            f"{time.monotonic() - began:5.1f} s   waiting: {waiting}   "
            f"{len(self.store.heads(prefix('package', self.manager))):3} packages kept   "
            f"{self.requests():4} requests   "
            f"{self.fortimanager.side('/stats')['sessions_open']} sessions"
        )

    def wait(self, reached: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not reached():
            self.progress(began)
            if time.monotonic() > began + LONGEST:
                raise RuntimeError(f"it takes longer than {LONGEST:.0f} s")
            time.sleep(0.2)
        return time.monotonic() - began


def main() -> int:
    """Plays all scenes; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="eighty")
    parser.add_argument("--latency-ms", type=int, default=150)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    screen = Screen(sys.stdout)
    screen.title("Policy State for FortiManager: Redis and 8 Celery workers")
    options = {"latency_ms": asked.latency_ms, "latency_per_url_ms": 20}
    with (
        tempfile.TemporaryDirectory(prefix="fmgstate-demo-") as folder,
        running(asked.scenario, **options) as fortimanager,
        tempfile.TemporaryDirectory(prefix="fmgstate-redis-") as data,
        redis_running(folder=data) as port,
        workers(Path(folder), fortimanager, port) as configuration,
    ):
        stage = Stage(screen, fortimanager, configuration)
        first(stage)
        steady(stage)
        edit(stage)
        publish(stage)
        last_screen(stage)
    return 0


@contextmanager
def workers(folder: Path, fortimanager: Running, port: int) -> Iterator[Configuration]:
    """A supervised worker and a scheduler, checked first."""
    file, environ = _configured(folder, fortimanager, port)
    subprocess.run(_command("check", file, "--login"), env=environ, check=False)
    with (folder / "log").open("wb") as log:
        started = [
            subprocess.Popen(_command(name, file), env=environ, stdout=log, stderr=log)
            for name in ("run", "schedule")
        ]
    try:
        yield load(file, environ)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def _configured(folder: Path, fortimanager: Running, port: int) -> tuple[Path, dict[str, str]]:
    file = folder / "workers.yaml"
    manager: dict[str, Any] = {
        "host": fortimanager.url,
        "user": fortimanager.user,
        "password": {"env": "FMG_PASSWORD"},
        "ca": fortimanager.ca,
    }
    settings = {
        "managers": [manager],
        "redis": {"port": port},
        "concurrency": CHILDREN,
        "poll_seconds": POLL_SECONDS,
        "count_hits": False,
        "state_folder": str(folder / "state"),
    }
    file.write_text(json.dumps(settings))
    path = f"{ROOT / 'bin'}{os.pathsep}{ROOT}"
    return file, {**os.environ, "PYTHONPATH": path, "FMG_PASSWORD": fortimanager.password}


def _command(name: str, file: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "fmgstate", "worker", name, str(file), *more]


def first(stage: Stage) -> None:
    """From nothing to everything, through the queues."""
    stage.screen.title("1. A poll hands out what moved: everything, the first time")
    stage.wait(lambda: bool(stage.totals().get(("tasks", "fmgstate.poll"))))
    due = len(stage.redis.keys(f"{stage.server.prefix}:queued:*"))
    stage.wait(lambda: not stage.redis.keys(f"{stage.server.prefix}:queued:*"))
    stage.wait(lambda: not stage.redis.keys(f"{stage.server.prefix}:lock:scope:*"))
    heads = [head for head in stage.store.heads() if head.snapshot_time]
    began = min(head.snapshot_time or 0.0 for head in heads)
    seconds = time.time() - began
    stage.screen.line(f"{len(heads)} scopes kept, {due} of them by tasks of their own.")
    stage.seen.append(("scopes kept by the first run", f"{len(heads)} in {seconds:.1f} s"))
    stage.seen.append(("requests of the first run", f"{stage.requests()}"))


def steady(stage: Stage) -> None:
    """The next poll finds that nothing moved."""
    stage.screen.title("2. The next poll reads nothing")
    polled = ("tasks", "fmgstate.poll")
    polls = stage.totals()[polled]
    stage.wait(lambda: stage.totals()[polled] > polls)
    before = stage.requests()
    stage.wait(lambda: stage.totals()[polled] > polls + 1)
    stage.seen.append(("requests of a poll when nothing moved", f"{stage.requests() - before}"))


def edit(stage: Stage) -> None:
    """A change arrives; what a search command asks for comes at once."""
    stage.screen.title("3. A rule changes, and somebody asks for a refresh now")
    package, rule = next(
        (head, record["policyid"])
        for head in stage.store.heads(prefix("package", stage.manager))
        for record in (stage.store.load(head.key) or Snapshot(head, {"records": []})).content[
            "records"
        ]
        if record["table"] == "firewall/policy" and record["part"] == "package"
    )
    _, _, adom, path = package.key.split("/")
    where = {"adom": adom, "package": path.replace("%2F", "/"), "policyid": rule}
    stage.fortimanager.side("/policy/edit", {**where, "set": {"comments": "edited in the demo"}})
    stage.redis.rpush(f"{stage.server.prefix}:requests", json.dumps({"manager": stage.manager}))

    def kept() -> bool:
        now = stage.store.load(package.key)
        return now is not None and now.head.mark != package.mark

    seconds = stage.wait(kept)
    stage.screen.line(f"In the store {seconds:.1f} s later.")
    stage.seen.append(("a change, asked for, is in the store after", f"{seconds:.1f} s"))


def publish(stage: Stage) -> None:
    """What an input of the app does where workers refresh."""
    stage.screen.title("4. An input publishes from Redis; FortiManager is not asked")
    before, events = stage.requests(), list[Event]()
    began = time.monotonic()
    publish_input("policies", "demo", stage.manager, Plan(), stage.server, events.extend,
                  lambda _: None)  # fmt: skip
    policies = sum(one.sourcetype.endswith(":policy") for one in events)
    seconds = time.monotonic() - began
    stage.screen.line(f"{policies:,} policies, {len(events):,} events in {seconds:.1f} s.")
    stage.seen.append(("policies published from Redis", f"{policies:,} in {seconds:.1f} s"))
    stage.seen.append(("requests made meanwhile, by polls", f"{stage.requests() - before}"))


def last_screen(stage: Stage) -> None:
    """What was seen, and nothing else."""
    totals = stage.totals()
    tasks = int(sum(amount for (what, _), amount in totals.items() if what == "tasks"))
    failed = int(sum(amount for (what, _), amount in totals.items() if "failures" in what))
    stage.seen.append(("tasks done · failures", f"{tasks} · {failed}"))
    stage.seen.append(("requests saved", f"{totals.get(('saved', stage.manager), 0):.0f}"))
    stage.seen.append(("FortiManager sessions, most at once",
                       f"{stage.fortimanager.side('/stats')['peak_sessions']}"))  # fmt: skip
    stage.screen.title("What was seen")
    for what, value in stage.seen:
        stage.screen.line(f"   {what:<46} {value}")


if __name__ == "__main__":
    sys.exit(main())
