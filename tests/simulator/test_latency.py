"""A session's requests wait for each other; sessions and token requests run side by side."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from simulator.faults import Faults
from simulator.server.host import Host, context
from simulator.server.https import Face, Latency
from simulator.server.statistics import Statistics

LOGIN = {"url": "/sys/login/user", "data": {"user": "admin", "passwd": "secret"}}


class Waits:
    """Stands in for sleeping: counts how many requests wait at once, and for how long."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self.seconds: list[float] = []
        self.now = self.most = 0
        self.together = threading.Semaphore(0)

    def __call__(self, seconds: float) -> None:
        with self.lock:
            self.seconds.append(round(seconds, 6))
            self.now += 1
            self.most = max(self.most, self.now)
        self.together.release()
        self.gate.wait(10)
        with self.lock:
            self.now -= 1


@pytest.fixture(name="served")
def _served(desk, tmp_path):
    waits = Waits()
    latency = Latency(0.15, 0.02, waits)
    face = Face(desk.rpc, Statistics(desk.sessions), latency, Faults(), context(), {})
    host = Host(face, tmp_path, [0], 30)
    host.start()
    url = f"https://127.0.0.1:{host.addresses[0].port}/jsonrpc"

    def send(method, params, session=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"id": 1, "method": method, "params": params, "session": session}
        return requests.post(
            url, json=body, headers=headers, verify=str(host.pems.ca), timeout=20
        ).json()

    yield send, waits
    waits.gate.set()
    host.close()


def test_each_request_and_each_url_cost(served) -> None:
    send, waits = served
    key = send("exec", [LOGIN])["session"]
    send("get", [{"url": "/sys/status"}] * 20, key)
    assert waits.seconds == [0.17, 0.55]


def _four(served, sessions, token=None) -> int:
    """How many of four requests sent at once were waiting at the same time."""
    send, waits = served
    waits.most = 0
    waits.together = threading.Semaphore(0)
    waits.gate.clear()
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(send, "get", [{"url": "/sys/status"}], one, token) for one in sessions]
        together = sum(waits.together.acquire(timeout=2 if at < 1 else 0.5) for at in range(4))
        waits.gate.set()
        assert all(job.result()["result"][0]["status"]["code"] == 0 for job in jobs)
    return together


def test_one_session_queues(served) -> None:
    key = served[0]("exec", [LOGIN])["session"]
    assert _four(served, [key] * 4) == 1


def test_sessions_run_side_by_side(served) -> None:
    keys = [served[0]("exec", [LOGIN])["session"] for _ in range(4)]
    assert _four(served, keys) == 4


def test_token_requests_run_side_by_side(served) -> None:
    assert _four(served, [None] * 4, "tok") == 4
