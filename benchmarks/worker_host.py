"""One warm worker for benchmarks: its configuration, its processes, when it has nothing to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.control import Running

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from fmgstate.workers.configuration import Configuration, load  # noqa: E402
from fmgstate.workers.metrics import queue_depths  # noqa: E402

CHILDREN = 8
NAME = "bench@here"
LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Started:
    """``pid``: of the supervisor, below which all its processes are."""

    configuration: Configuration
    pid: int


@contextmanager
def worker(
    folder: Path, fortimanagers: Sequence[Running], port: int, **settings: Any
) -> Iterator[Started]:
    """Given when all children are there. ``settings``: more of the configuration file."""
    file = _written(folder, fortimanagers, port, settings)
    with _started(["run", str(file), "--name", NAME], folder) as process:
        while not (folder / f"{NAME}.ready").exists():
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text()[-2000:])
            time.sleep(0.1)
        yield Started(load(file, os.environ), process.pid)


@contextmanager
def scheduler(folder: Path) -> Iterator[int]:
    """Sends polls on time to the worker that was started with this folder; its process id."""
    file = folder / "workers.yaml"
    with _started(["schedule", str(file)], folder) as process:
        yield process.pid


def _written(
    folder: Path, fortimanagers: Sequence[Running], port: int, settings: dict[str, Any]
) -> Path:
    managers = []
    for number, one in enumerate(fortimanagers):
        password = folder / f"password-{number}"
        password.touch(0o600)
        password.write_text(one.password)
        managers.append({"host": one.url, "user": one.user, "ca": one.ca,
                         "password": {"file": str(password)}})  # fmt: skip
    file = folder / "workers.yaml"
    file.write_text(json.dumps({"managers": managers, "redis": {"port": port},
                                "concurrency": CHILDREN, "log_level": "ERROR",
                                "state_folder": str(folder), **settings}))  # fmt: skip
    return file


@contextmanager
def _started(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "fmgstate", "worker", *arguments]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "bin")},
                                   stdout=log, stderr=log)  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def wait_until(configuration: Configuration, kept: Callable[[], bool]) -> None:
    """Until ``kept``, and no task waits or is carried out. It looks seldom and lightly: what Redis
    spends on that is measured, too."""
    redis, prefix = configuration.redis.connect(), configuration.redis.prefix

    def busy() -> bool:
        waiting = sum(queue_depths(redis, prefix).values())
        return bool(waiting or redis.hlen(f"{prefix}:celery:unacked"))

    while busy() or not kept() or busy():
        time.sleep(LOOK_SECONDS)


def cpu_seconds(root: int) -> float:
    """Of a process and all below it, those that ended and were waited for included."""
    below: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(folder.name)
        below.setdefault(int(fields[1]), []).append(number)
        spent[number] = sum(map(int, fields[11:15])) / _TICKS
    found, left = 0.0, [root]
    while left:
        one = left.pop()
        found += spent.get(one, 0.0)
        left += below.get(one, [])
    return found
