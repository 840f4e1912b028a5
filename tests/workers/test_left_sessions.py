from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fmgstate.workers import left_sessions
from fmgstate.workers.configuration import Configuration
from fmgstate.workers.left_sessions import SOCKET, LeftSessions
from simulator.control import Running

BIN = Path(__file__).resolve().parents[2] / "bin"
CHILD = """
import sys, time
from pathlib import Path
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.redis_server import RedisServer
from fmgstate.workers.configuration import Configuration, Manager
from fmgstate.workers.work import Work
url, user, password, ca, port, prefix = sys.argv[1:]
manager = Manager(Account(url, user, password, ca=ca), Limits(sessions=2), Plan())
work = Work(Configuration((manager,), RedisServer(port=int(port), prefix=prefix)))
with work.connections.client(manager) as client:
    client.get([{"url": "/sys/status"}])
print("logged in", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("out", [False, True], ids=["at once", "once FortiManager is back"])
def test_a_killed_childs_session_is_logged_out(
    configuration: Configuration, fortimanager: Running, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, out: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(left_sessions, "AGAIN_SECONDS", 0.2)
    server = configuration.redis
    left = LeftSessions(replace(configuration, state_folder=tmp_path), tmp_path / "a.sock")
    key = f"{server.prefix}:sessions:{configuration.managers[0].name}"
    environ = {**os.environ, "PYTHONPATH": str(BIN), SOCKET: str(left.path)}
    arguments = [fortimanager.url, fortimanager.user, fortimanager.password, fortimanager.ca,
                 str(server.port), server.prefix]  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", CHILD, *arguments], env=environ,
                          stdout=subprocess.PIPE, text=True) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "logged in\n"
        assert (sessions(fortimanager), server.connect().zcard(key)) == (1, 1)
        if out:
            fortimanager.side("/faults", {"kind": "503", "times": 2})
        child.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while (sessions(fortimanager), server.connect().zcard(key)) != (0, 0):
        assert time.monotonic() < end
        time.sleep(0.05)
    left.close()


def test_only_this_user_may_tell(configuration: Configuration, tmp_path: Path) -> None:
    left = LeftSessions(configuration, tmp_path / "a.sock")
    assert left.path.stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(left.path))
        line.sendall(b"no JSON\n")
    left.close()
    assert not left.path.exists()


def sessions(fortimanager: Running) -> int:
    return int(fortimanager.side("/stats")["sessions_open"])
