"""Collecting from a simulated FortiManager, beside a plain pyfmg loop that keeps the same.

80 packages of 500 policies; 150 ms a request and 20 ms a URL, serialised per session. Each run is a
process of its own and is timed from its start to its last commit to disk. The loop asks for one
table after another, as scripts do; it reads, normalizes and stores with the very functions of this
project, so that what differs is only the way of asking. "policies only" leaves out the header,
footer, proxy, local-in and security policies, which we always read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.control import Running, running

ROOT = Path(__file__).resolve().parent.parent
LATENCY = {"latency_ms": 150, "latency_per_url_ms": 20}
SHARE_CHANGED = 0.05


@dataclass(frozen=True)
class Measured:
    """One run: wall seconds, requests (log-in and log-out included), sessions, memory, CPU."""

    name: str
    seconds: float
    requests: int
    sessions: int
    megabytes: float
    cpu: float


def main() -> None:
    """Prints a table of all runs and the ratios."""
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder,
        running(options.scenario, **LATENCY) as fortimanager,
    ):
        runs = _runs(fortimanager, Path(folder), options.peers)
    _print(runs, options.scenario)


def _runs(fortimanager: Running, folder: Path, peers: bool) -> dict[str, Measured]:
    ours = [sys.executable, "-m", "fmgstate", "refresh", "--json", "--host", fortimanager.url,
            "--user", fortimanager.user, "--ca", fortimanager.ca]  # fmt: skip
    loop = [sys.executable, "-m", "benchmarks.pyfmg_loop", fortimanager.url, fortimanager.user,
            fortimanager.ca]  # fmt: skip
    found = {"full": _measure("we, everything", ours, fortimanager, folder / "ours.db")}
    found["still"] = _measure("we, nothing changed", ours, fortimanager, folder / "ours.db")
    _edit(fortimanager)
    found["some"] = _measure("we, 5% of packages changed", ours, fortimanager, folder / "ours.db")
    if peers:
        found["loop"] = _measure("pyfmg loop, the same", loop, fortimanager, folder / "loop.db")
        short = [*loop, "--policies-only"]
        found["short"] = _measure("pyfmg loop, policies only", short, fortimanager,
                                  folder / "short.db")  # fmt: skip
    return found


def _measure(name: str, command: list[str], fortimanager: Running, store: Path) -> Measured:
    fortimanager.side("/stats/reset", {})
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'bin'}{os.pathsep}{ROOT}",
        "FMGSTATE_PASSWORD": fortimanager.password,
        "FMGSTATE_STORE": str(store),
    }
    started = time.monotonic()
    child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    if code:
        raise RuntimeError(f"{name}: ended with {code}")
    stats = fortimanager.side("/stats")
    cpu = used.ru_utime + used.ru_stime
    return Measured(
        name, seconds, stats["requests"], stats["peak_sessions"], used.ru_maxrss / 1024, cpu
    )


def _edit(fortimanager: Running) -> None:
    """One rule in every twentieth package."""
    packages = _packages(fortimanager)
    for adom, package in packages[:: int(1 / SHARE_CHANGED)]:
        truth = fortimanager.side(f"/truth?adom={adom}&package={package}")
        rule = truth["tables"]["firewall/policy"][0]["policyid"]
        body = {"adom": adom, "package": package, "policyid": rule, "set": {"comments": "edited"}}
        fortimanager.side("/policy/edit", body)


def _packages(fortimanager: Running) -> list[tuple[str, str]]:
    """(ADOM, path) of every package with policies, as our own store has them."""
    found: list[tuple[str, str]] = json.loads(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.pyfmg_loop", fortimanager.url, fortimanager.user,
             fortimanager.ca, "--list"],
            env={**os.environ, "FMGSTATE_PASSWORD": fortimanager.password,
                 "PYTHONPATH": f"{ROOT / 'bin'}{os.pathsep}{ROOT}"},
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout
    )  # fmt: skip
    return found


def _print(runs: dict[str, Measured], scenario: str) -> None:
    print(f"{scenario}; {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{'':<28} {'seconds':>8} {'requests':>9} {'sessions':>9} {'MB peak':>8} {'CPU s':>7}")
    for one in runs.values():
        print(
            f"{one.name:<28} {one.seconds:8.2f} {one.requests:9} {one.sessions:9} "
            f"{one.megabytes:8.0f} {one.cpu:7.2f}"
        )
    full, some = runs["full"], runs["some"]
    waiting = max(0.0, full.seconds - full.cpu)
    print(
        f"of our {full.seconds:.1f} s: {full.cpu:.1f} s computing (reading JSON, normalizing, "
        f"storing), about {waiting:.1f} s waiting for FortiManager"
    )
    for peer in (runs[name] for name in ("loop", "short") if name in runs):
        print(f"everything: {peer.seconds / full.seconds:.1f} times as fast as the {peer.name}")
        _print_saving(some, peer, f"the {peer.name}")
    _print_saving(some, full, "our own full pull")


def _print_saving(some: Measured, peer: Measured, name: str) -> None:
    print(
        f"5% changed: {peer.seconds / some.seconds:.1f} times as fast as {name}, "
        f"{1 - some.requests / peer.requests:.0%} fewer requests"
    )


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collecting", description=__doc__)
    parser.add_argument("--scenario", default="bench80")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    main()
