"""The process: HTTPS, one line of JSON, latency, side door, ends, a taken port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from simulator.control import ROOT, SideDoorRefused, running


@pytest.fixture(name="sim", scope="module")
def _sim():
    with running(scenario="branch", latency_ms=40, latency_per_url_ms=10) as sim:
        yield sim


class Client:
    """A session as a client has it, over one kept connection."""

    def __init__(self, sim) -> None:
        self.sim = sim
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = sim.ca
        login = {"url": "/sys/login/user", "data": {"user": sim.user, "passwd": sim.password}}
        self.key = self.send("exec", login, session=None)["session"]

    def send(self, method, *params, **envelope):
        body = {"id": 1, "method": method, "params": list(params), "verbose": 1, **envelope}
        if "session" not in envelope:
            body["session"] = self.key
        return self.http.post(self.sim.url + "/jsonrpc", json=body, timeout=20).json()


@pytest.fixture(name="client")
def _client(sim):
    client = Client(sim)
    yield client
    client.send("exec", {"url": "/sys/logout"})
    client.http.close()


def test_a_client_that_verifies_tls(sim, client) -> None:
    row = client.send("get", {"url": "/pm/config/adom/branch/pkg/hq/firewall/policy/1"})
    assert row["result"][0]["data"]["name"] == "web in"
    by_name = sim.url.replace("127.0.0.1", "localhost")
    answer = client.http.get(f"{by_name}/jsonrpc/sys/status", timeout=20).json()
    assert answer["result"][0]["status"]["code"] == -11
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(sim.url + "/jsonrpc", json={}, timeout=20)


def test_the_wire_has_escaped_slashes(sim, client) -> None:
    answer = client.http.post(
        sim.url + "/jsonrpc", timeout=20,
        json={"method": "get", "params": [{"url": "/dvmdb/adom/x"}], "session": client.key},
    )  # fmt: skip
    assert r'"url": "\/dvmdb\/adom\/x"' in answer.text
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(answer.content)))


def test_bodies_that_are_no_request(sim, client) -> None:
    for body in (b"{", b"[]", b"\xff"):
        answer = client.http.post(sim.url + "/jsonrpc", data=body, timeout=20)
        assert answer.json()["result"][0]["status"]["code"] == -8
    quotes = b"{'method': 'get', 'params': [{'url': '/sys/status'}]}"
    answer = client.http.post(sim.url + "/jsonrpc", data=quotes, timeout=20)
    assert answer.json()["result"][0]["status"]["code"] == -11
    assert client.http.post(sim.url + "/other", data=b"{}", timeout=20).status_code == 404


def test_tokens_in_the_header(sim) -> None:
    body = {"method": "get", "params": [{"url": "/sys/status"}]}
    codes = []
    for token in (sim.token, "wrong"):
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(
            sim.url + "/jsonrpc", json=body, headers=headers, verify=sim.ca, timeout=20
        )
        codes.append(answer.json()["result"][0]["status"]["code"])
    assert codes == [0, -11]


def test_the_log_in_of_fortimanager_cloud(sim, client) -> None:
    url = sim.url + "/p/forticloud_jsonrpc_login/"
    refused = client.http.post(url, json={"access_token": "wrong"}, timeout=20).json()
    assert refused["result"][0]["status"]["code"] == -22
    assert "session" not in refused
    key = client.http.post(url, json={"access_token": sim.token}, timeout=20).json()["session"]
    answer = client.send("get", {"url": "/sys/status"}, session=key)
    assert answer["result"][0]["status"]["code"] == 0
    client.send("exec", {"url": "/sys/logout"}, session=key)


def test_the_side_door(sim, client) -> None:
    sim.side("/stats/reset", {})
    done = sim.side(
        "/policy/edit",
        {"adom": "branch", "package": "hq", "policyid": 2, "set": {"comments": "x"}, "user": "eve"},
    )
    assert (done["ok"], done["key"], done["obj ver"]) == (True, "2", 2)
    client.send("get", {"url": "/dvmdb/adom"}, {"url": "/pm/pkg/adom/branch"})
    stats = sim.side("/stats")
    assert (stats["requests"], stats["urls"], stats["by_first_part"], stats["sessions_open"]) == (
        1, 2, {"dvmdb": 1, "pm": 1}, 1,
    )  # fmt: skip
    truth = sim.side("/truth?adom=branch&package=hq")
    assert truth["tables"]["firewall/policy"][1]["comments"] == "x"
    for path, body, text in (
        (
            "/policy/edit",
            {"adom": "branch", "package": "hq", "policyid": 99, "set": {}},
            "HTTP 409",
        ),
        ("/policy/edit", {"adom": "branch"}, "HTTP 400"),
        ("/no/such", {}, "HTTP 404"),
    ):
        with pytest.raises(SideDoorRefused, match=text):
            sim.side(path, body)


def _start(*options: str, **pipes) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulator", *options]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, **pipes)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, "stdin"])
def test_it_ends_when_told_and_leaves_nothing(ending, tmp_path) -> None:
    process = _start(
        "--until-stdin-closes", stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    facts = json.loads(process.stdout.readline())
    assert set(facts) == {"url", "user", "password", "token", "ca", "side_door"}
    assert Path(facts["ca"]).is_file()
    if ending == "stdin":
        process.stdin.close()
    else:
        process.send_signal(ending)
    assert process.wait(15) == 0
    assert process.stdout.read() == ""
    assert list(tmp_path.iterdir()) == []
    process.stdout.close()
    process.stderr.close()
    if not process.stdin.closed:
        process.stdin.close()


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "simulator", "--port", str(port)],
            cwd=ROOT, text=True, capture_output=True, timeout=30,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Port {port} cannot be used (Address already in use): choose another, or 0 for any.\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scenario", "nope"], "There is no scenario 'nope'"),
        (["--version", "new"], "--version: "),
    ],
)
def test_wrong_options_are_said(options, sentence) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *options],
        cwd=ROOT, text=True, capture_output=True, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
