"""Run a simulator from a test or a demo.

with running(scenario="branch", latency_ms=150) as sim:
    requests.post(sim.url + "/jsonrpc", json=…, verify=sim.ca)
    sim.side("/policy/edit", {…})
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class SideDoorRefused(Exception):
    """The side door would not: the status code and its message."""


@dataclass(frozen=True)
class Running:
    """A simulator process. ``ca`` is the path of its CA's PEM file."""

    url: str
    user: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    ca: str
    side_door: str
    process: subprocess.Popen[str] = field(repr=False)
    second_url: str = ""

    def side(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST ``body`` to the side door, or GET without one. Raises SideDoorRefused."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        address = self.side_door + path
        request = urllib.request.Request(address, data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise SideDoorRefused(f"{path}: HTTP {error.code}: {text}") from None


@contextlib.contextmanager
def running(scenario: str = "branch", **options: Any) -> Iterator[Running]:
    """Start a simulator, give it, stop it. ``options``: its command line, ``latency_ms=150``,
    ``ha=True``."""
    command = [sys.executable, "-m", "simulator", "--scenario", scenario, "--until-stdin-closes"]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        command += [flag] if value is True else [flag, str(value)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator ended with code {process.wait()}; see its stderr")
        yield Running(process=process, **json.loads(line))
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
