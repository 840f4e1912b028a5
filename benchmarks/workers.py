"""Refreshing by 8 Celery workers over Redis, beside a plain pyfmg loop and 8 embedded threads.

80 packages of 500 policies, normalized and stored, at 150 ms and at 1 s a request. The workers are
warm: timed from sending the poll until every scope is kept. ``--latencies 150`` runs one of them,
``--no-peers`` leaves pyfmg out. Look-ups: ``redis_copy``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.worker_host import wait_until, worker
from simulator.control import Running, running
from tests.redis_server import running as redis_running

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))

from fmgstate.store.in_redis import RedisStore  # noqa: E402
from fmgstate.workers.app import make_app  # noqa: E402
from fmgstate.workers.configuration import Configuration  # noqa: E402
from fmgstate.workers.tasks import send_poll  # noqa: E402


def main() -> None:
    """Prints a table for each latency."""
    options = _options()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for latency in options.latencies:
        _one_latency(latency, options)


def _one_latency(latency: int, options: argparse.Namespace) -> None:
    print(f"\n{options.scenario}, {latency} ms a request and 20 ms a URL")
    print(f"{'':<44} {'seconds':>8} {'requests':>9} {'sessions':>9}")
    with (
        tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder,
        running(options.scenario, latency_ms=latency, latency_per_url_ms=20) as fortimanager,
        redis_running() as port,
    ):
        found = {}
        if options.peers:
            loop = ["benchmarks.pyfmg_loop", fortimanager.url, fortimanager.user, fortimanager.ca]
            found["pyfmg, policies only"] = _process(
                [*loop, "--policies-only"], fortimanager, Path(folder, "loop.db")
            )
        ours = ["fmgstate", "refresh", "--host", fortimanager.url, "--user", fortimanager.user,
                "--ca", fortimanager.ca]  # fmt: skip
        found["embedded, 8 threads"] = _process(ours, fortimanager, Path(folder, "ours.db"))
        with worker(Path(folder), [fortimanager], port) as started:
            configuration = started.configuration
            found["8 workers, everything"] = _refreshed(configuration, fortimanager)
            found["8 workers, nothing moved"] = _refreshed(configuration, fortimanager)
            for name, (seconds, requests, sessions) in found.items():
                print(f"{name:<44} {seconds:8.2f} {requests:9} {sessions:9}")
            slowest = found.get("pyfmg, policies only", found["embedded, 8 threads"])
            times = slowest[0] / found["8 workers, everything"][0]
            print(f"workers: {times:.1f} times as fast as the first line")


def _process(command: list[str], fortimanager: Running, store: Path) -> tuple[float, int, int]:
    """Seconds from its start to its end, requests, most sessions at once."""
    fortimanager.side("/stats/reset", {})
    path = os.pathsep.join([str(ROOT / "bin"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path, "FMGSTATE_PASSWORD": fortimanager.password,
               "FMGSTATE_STORE": str(store)}  # fmt: skip
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", *command], env=environ, cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return _measured(began, fortimanager)


def _refreshed(configuration: Configuration, fortimanager: Running) -> tuple[float, int, int]:
    """One poll, and all that it hands out."""
    fortimanager.side("/stats/reset", {})
    store = RedisStore(configuration.redis)

    def kept() -> bool:
        heads = store.heads("package/")
        return bool(heads) and all((one.snapshot_time or 0) >= since for one in heads)

    began, since = time.monotonic(), time.time()
    send_poll(make_app(configuration), configuration.managers[0].name, expires=600)
    wait_until(configuration, kept)
    return _measured(began, fortimanager)


def _measured(began: float, fortimanager: Running) -> tuple[float, int, int]:
    seconds, stats = time.monotonic() - began, fortimanager.side("/stats")
    return seconds, stats["requests"], stats["peak_sessions"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--scenario", default="bench80")
    parser.add_argument("--latencies", type=int, nargs="+", default=[150, 1000])
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    main()
