"""Faults on demand, seen as a client sees them."""

from __future__ import annotations

import json
import socket
import time

import pytest
import requests

from simulator.control import SideDoorRefused, running

URL = "/pm/config/adom/branch/pkg/hq/firewall/policy"
STATUS = {"url": "/sys/status"}


class Client:
    def __init__(self, sim, url: str = "") -> None:
        self.sim = sim
        self.url = (url or sim.url) + "/jsonrpc"
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = sim.ca
        self.key = None

    def raw(self, *params, method="get", headers=None):
        body = {"id": 1, "method": method, "params": list(params), "session": self.key}
        return self.http.post(self.url, json=body, timeout=5, headers=headers)

    def login(self, password=None):
        data = {"user": self.sim.user, "passwd": password or self.sim.password}
        answer = self.raw({"url": "/sys/login/user", "data": data}, method="exec").json()
        self.key = answer.get("session")
        return answer["result"][0]["status"]["code"]

    def code(self, *params, **more):
        return self.raw(*(params or (STATUS,)), **more).json()["result"][0]["status"]["code"]


@pytest.fixture(name="sim", scope="module")
def _sim():
    with running(scenario="branch", ha=True) as sim:
        yield sim


@pytest.fixture(name="client")
def _client(sim):
    client = Client(sim)
    assert client.login() == 0
    yield client
    sim.side("/faults/clear", {})
    client.http.close()


def test_http_faults_strike_as_often_as_asked(sim, client) -> None:
    sim.side("/faults", {"kind": "503", "times": 2, "after": 1})
    assert [client.raw(STATUS).status_code for _ in range(4)] == [200, 503, 503, 200]
    sim.side("/faults", {"kind": "html", "url": "^/sys/status$"})
    assert client.raw({"url": "/dvmdb/adom"}).json()["result"][0]["status"]["code"] == 0
    page = client.raw(STATUS)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    sim.side("/faults", {"kind": "half json"})
    with pytest.raises(ValueError, match=r"."):
        client.raw(STATUS).json()


@pytest.mark.parametrize("kind", ["drop before", "drop unanswered", "drop middle"])
def test_dropped_connections(sim, client, kind) -> None:
    sim.side("/faults", {"kind": kind, "url": URL})
    with pytest.raises(requests.exceptions.RequestException):
        client.raw({"url": URL}).json()
    assert client.code({"url": URL}) == 0


def test_a_write_whose_answer_is_lost_was_done(sim, client) -> None:
    address = {"url": "/pm/config/adom/branch/obj/firewall/address", "data": {"name": "lost"}}
    sim.side("/faults", {"kind": "drop unanswered", "method": "add"})
    with pytest.raises(requests.exceptions.ConnectionError):
        client.raw(address, method="add")
    assert client.code(address, method="add") == -2


def test_a_connection_dropped_after_its_answer(sim, client) -> None:
    sim.side("/faults", {"kind": "drop after"})
    answer = client.raw(STATUS)
    assert answer.json()["result"][0]["status"]["code"] == 0
    time.sleep(0.1)
    assert client.code() == 0


def test_an_answer_that_never_ends(sim, client) -> None:
    sim.side("/faults", {"kind": "endless", "seconds": 0.6})
    with pytest.raises(requests.exceptions.RequestException):
        client.raw(STATUS).json()
    assert client.code() == 0


def test_codes_rights_and_runtime_errors(sim, client) -> None:
    sim.side("/faults", {"kind": "code", "code": -1, "message": "busy", "url": "status"})
    refused = client.raw(STATUS, {"url": "/dvmdb/adom"}).json()["result"]
    assert [one["status"] for one in refused] == [
        {"code": -1, "message": "busy"}, {"code": 0, "message": "OK"},
    ]  # fmt: skip
    sim.side("/faults", {"kind": "no rights", "url": "adom/branch", "times": 0})
    assert [client.code({"url": URL}), client.code({"url": URL}), client.code()] == [-11, -11, 0]
    sim.side("/faults/clear", {})
    sim.side("/faults", {"kind": "runtime error"})
    result = client.raw(STATUS).json()["result"]
    assert result["status"] == {"code": -1, "message": "runtime error 0: invalid value"}


def test_the_token_race_needs_two_at_once(sim, client) -> None:
    headers = {"Authorization": f"Bearer {sim.token}"}
    client.key = None
    sim.side("/faults", {"kind": "token race", "times": 0})
    assert [client.code(headers=headers) for _ in range(3)] == [0, 0, 0]


def test_something_happens_between_two_pages(sim, client) -> None:
    move = {"adom": "branch", "package": "hq", "policyid": 13, "option": "before", "target": 1}
    sim.side("/faults", {"kind": "door", "url": URL, "door": "/policy/move", "body": move})

    def page(at):
        param = {"url": URL, "fields": ["policyid"], "range": [at, 7]}
        return [row["policyid"] for row in client.raw(param).json()["result"][0]["data"]]

    assert (page(0), page(7)) == ([1, 2, 3, 4, 5, 6, 7], [7, 8, 9, 10, 11, 12])


def test_tasks_that_fail_or_hang(sim, client) -> None:
    sim.side("/faults", {"kind": "task fails", "message": "no answer from fgt-hq"})
    sim.side("/faults", {"kind": "task hangs", "after": 1})
    start = {"url": "/sys/hitcount", "data": {"adom": "branch", "pkg": "hq"}}
    tasks = [client.raw(start, method="exec").json()["result"][0]["taskid"] for _ in range(2)]
    sim.side("/clock", {"offset": 3600})
    rows = [client.raw({"url": f"/task/task/{task}"}).json()["result"][0]["data"] for task in tasks]
    assert [(row["state"], row["num_err"], row["percent"]) for row in rows] == [
        (5, 1, 100), (1, 0, 99),
    ]  # fmt: skip
    assert rows[0]["line"][0]["detail"] == "no answer from fgt-hq"
    result = {"url": "/sys/task/result", "data": {"taskid": tasks[0]}}
    assert client.code(result, method="exec") == -10
    sim.side("/clock", {"offset": 0})


def test_the_clock_may_be_off(sim, client) -> None:
    now = sim.side("/clock", {"offset": -86_400 * 365})["now"]
    answer = client.raw(STATUS)
    year = time.strftime("%Y", time.gmtime(now))
    assert answer.headers["Date"].split()[3] == year
    assert answer.json()["result"][0]["data"]["Current Time"].endswith(year)
    sim.side("/clock", {"offset": 0})


def test_sessions_end_on_demand(sim, client) -> None:
    assert sim.side("/sessions/expire", {})["ended"] >= 1
    assert client.code() == -11
    assert client.login() == 0
    assert client.code() == 0


def test_login_max_and_lockout(sim, client) -> None:
    sim.side("/sessions/expire", {})
    sim.side("/limits", {"login_max": 1, "login_max_code": -11})
    assert [client.login(), client.login()] == [0, -11]
    sim.side("/limits", {"login_max": 32, "lockout_threshold": 2, "lockout_seconds": 300})
    assert [client.login("bad"), client.login("bad"), client.login()] == [-22, -22, -22]
    sim.side("/limits", {"lockout_seconds": 0})
    assert client.login() == 0
    sim.side("/limits", {"lockout_threshold": 0})


def test_a_restart_ends_sessions_and_comes_back(sim, client) -> None:
    assert sim.side("/restart", {"seconds": 0})["sessions_ended"] >= 1
    fresh = Client(sim)
    fresh.key = client.key
    assert fresh.code() == -11
    assert fresh.login() == 0


def test_failover_to_the_second_address(sim) -> None:
    def refused(url: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) != 0

    assert (refused(sim.url), refused(sim.second_url)) == (False, True)
    sim.side("/failover", {})
    assert (refused(sim.url), refused(sim.second_url)) == (True, False)
    assert Client(sim, sim.second_url).login() == 0
    sim.side("/failover", {})
    assert (refused(sim.url), refused(sim.second_url)) == (False, True)


def test_an_expired_certificate(sim) -> None:
    sim.side("/certificate", {"days": -1})
    with pytest.raises(requests.exceptions.SSLError, match="expired"):
        Client(sim).login()
    sim.side("/certificate", {"days": 5})
    assert Client(sim).login() == 0


def test_faults_are_listed_and_wrong_ones_refused(sim, client) -> None:
    number = sim.side("/faults", {"kind": "slow", "seconds": 0.01, "url": URL})["id"]
    client.code({"url": URL})
    listed = sim.side("/faults")["faults"]
    assert [(one["id"], one["kind"], one["struck"]) for one in listed] == [(number, "slow", 1)]
    assert sim.side("/faults/clear", {"id": number})["cleared"] == 1
    for body in ({"kind": "nope"}, {"kind": "slow", "colour": 1}):
        with pytest.raises(SideDoorRefused, match="HTTP 400"):
            sim.side("/faults", body)
    with pytest.raises(SideDoorRefused, match="HTTP 400"):
        sim.side("/limits", {"nope": 1})


def test_a_timetable(tmp_path) -> None:
    path = tmp_path / "timetable.json"
    body = {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "by timetable"}}
    path.write_text(json.dumps([{"at": 0, "door": "/policy/edit", "body": body}]))
    with running(scenario="branch", faults=path) as sim:
        for _ in range(100):
            truth = sim.side("/truth?adom=branch&package=hq")["tables"]["firewall/policy"][0]
            if truth["comments"] == "by timetable":
                break
            time.sleep(0.02)
    assert truth["comments"] == "by timetable"
