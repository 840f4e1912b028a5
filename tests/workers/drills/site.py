"""Everything a drill needs, as real processes: Redis, a simulated FortiManager, workers under
supervisors, a scheduler; and the means to break each of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Optional

from fmgstate.collect.scope import OBJECTS, PACKAGE, Scope
from fmgstate.store.in_redis import RedisStore
from fmgstate.workers.configuration import Configuration, load
from fmgstate.workers.counters import Counters
from simulator.control import Running
from simulator.control import running as simulator
from tests.chaos.world import ADOM, World
from tests.redis_server import free_port
from tests.redis_server import running as redis_server

ROOT = Path(__file__).resolve().parents[3]
SESSIONS = 4


class Site:
    """``settings``: of the workers. ``redis_password``: of the server; "" = none is asked for."""

    def __init__(
        self, folder: Path, fortimanager: Running, redis_password: str = "", **settings: Any
    ) -> None:
        self.folder, self.fortimanager = folder, fortimanager
        self.port = free_port()
        self.redis_options: tuple[str, ...] = ("--appendfsync", "everysec")
        redis: dict[str, Any] = {"port": self.port, "timeout": 3.0}
        if redis_password:
            redis["password"] = {"env": "REDIS"}
            self.redis_options += ("--requirepass", redis_password)
        self.world = World(fortimanager, Random(7))
        self.file = folder / "workers.yaml"
        self.file.write_text(json.dumps({
            "managers": [{"host": fortimanager.url, "user": fortimanager.user,
                          "password": {"env": "FMG"}, "ca": fortimanager.ca,
                          "sessions": SESSIONS}],
            "redis": redis,
            "state_folder": str(folder / "state"), "count_hits": False, **settings,
        }))  # fmt: skip
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT / "bin"), "FMG": fortimanager.password,
                        "REDIS": redis_password}  # fmt: skip
        self.configuration: Configuration = load(self.file, self.environ)
        self.name = self.configuration.managers[0].name
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = folder / "workers.log"
        self._redis = ExitStack()

    def start(self, name: str, command: str, *more: str) -> None:
        """One of our processes."""
        call = [sys.executable, "-m", "fmgstate", "worker", command, str(self.file), *more]
        with self.log.open("ab") as out:
            self.processes[name] = subprocess.Popen(call, env=self.environ, stdout=out, stderr=out)

    def start_all(self, workers: int) -> None:
        for number in range(workers):
            self.start(f"w{number}", "run", "--name", f"w{number}@here")
        self.start("scheduler", "schedule")

    def start_redis(self) -> None:
        data = self.folder / "redis"
        data.mkdir(exist_ok=True)
        self._redis.enter_context(
            redis_server(*self.redis_options, port=self.port, folder=str(data))
        )
        self.redis = self.configuration.redis.connect()
        self.store = RedisStore(self.configuration.redis, self.redis)

    def stop_redis(self) -> None:
        self._redis.close()

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            _ended(process)
        self.stop_redis()

    def consumers(self) -> list[int]:
        """Main processes of the Celery workers."""
        return [pid for one in self.processes.values() for pid in children_of(one.pid)]

    def children(self) -> list[int]:
        """Their child processes, which do the work."""
        return [pid for main in self.consumers() for pid in children_of(main)]

    def kill_group(self, supervisor: str) -> None:
        """A whole worker, supervisor and all, as when a host dies."""
        process = self.processes.pop(supervisor)
        doomed = [process.pid]
        for main in children_of(process.pid):
            doomed += [main, *children_of(main)]
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def right(self) -> bool:
        """Whether what is stored is just what FortiManager has."""
        self.world.record_all()
        newest = self.world.newest()
        for name in ("", *self.world.packages):
            scope = Scope(PACKAGE if name else OBJECTS, self.name, ADOM, name)
            kept = self.store.load(scope.key)
            if kept is None:
                return False
            if self.world.position(scope, kept.content["records"]) != newest[name]:
                return False
        return True

    def until_right(self, seconds: float) -> float:
        """How long it took until everything stored is right, edits included."""
        return self.until(self.right, seconds, "the stored state is not FortiManager's")

    def until(self, reached: Callable[[], bool], seconds: float, otherwise: str) -> float:
        """How long it took. Raises ``AssertionError`` with the end of the log."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            with suppress(Exception):  # Redis may be away
                if reached():
                    return time.monotonic() - began
            time.sleep(0.1)
        tail = self.log.read_text(errors="replace")[-3000:]
        raise AssertionError(f"After {seconds:.0f} s {otherwise}. The log ends with:\n{tail}")

    def edit(self, times: int) -> None:
        for _ in range(times):
            self.world.edit()

    def most_sessions(self) -> int:
        return int(self.fortimanager.side("/stats")["peak_sessions"])

    def totals(self) -> dict[tuple[str, str], float]:
        return Counters(self.redis, self.configuration.redis).totals()

    def heads(self) -> int:
        return len(self.store.heads())

    def busy(self) -> bool:
        """Whether FortiManager is being asked for policies."""
        return int(self.fortimanager.side("/stats")["sessions_open"]) > 1


@contextmanager
def site(
    workers: int = 1, before: Optional[Callable[[Site], None]] = None, latency_ms: int = 150,
    **settings: Any,
) -> Iterator[Site]:  # fmt: skip
    """A site that runs; gone at the end. ``before``: is called before anything starts."""
    given = {"concurrency": 3, "poll_seconds": 2.0, "task_seconds": 5, **settings}
    with (
        tempfile.TemporaryDirectory(prefix="fmgstate-drill-") as folder,
        simulator("branch", latency_ms=latency_ms) as fortimanager,
    ):
        found = Site(Path(folder), fortimanager, **given)
        try:
            if before:
                before(found)
            found.start_redis()
            found.start_all(workers)
            yield found
        finally:
            found.close()


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def children_of(pid: int) -> list[int]:
    """Of whichever of its threads."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(one) for one in file.read_text().split()]
    return found


def command_of(pid: int) -> str:
    """As it was started."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
