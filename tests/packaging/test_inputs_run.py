"""The built package's inputs, started by the stand-in, against the simulator."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.control import Running, running
from standin import Standin
from tests.packaging.conftest import APP
from tests.packaging.test_entry_scripts import interpreter

STARTED = "fortinet:fortimanager:"


@pytest.fixture(scope="module")
def manager() -> Iterator[Running]:
    with running(scenario="branch", latency_ms=50) as simulator:
        yield simulator


@pytest.fixture
def splunk(package: Path, manager: Running, tmp_path: Path) -> Iterator[Standin]:
    manager.side("/stats/reset", {})
    python = interpreter("3.9")
    with Standin(tmp_path, packages=[package], python=python) as splunk:
        splunk.create_index("fortimanager")
        yield splunk


def add_account(splunk: Standin, manager: Running, name: str, password: str = "") -> None:
    settings = {
        "host": manager.url.split("://")[1],
        "auth_type": "basic",
        "username": manager.user,
        "ca": " ".join(Path(manager.ca).read_text("utf-8").split("\n")),
    }
    secrets = {"password": password or manager.password}
    splunk.set_conf(APP, f"{APP}_account", name, settings, secrets)


def log_of(splunk: Standin, kind: str) -> list[str]:
    """Level and message of each line of the inputs' log."""
    lines = splunk.logs(f"{APP}_{kind}.log")
    found = [re.search(r"log_level=(\w+) .*?\| (.*)", line) for line in lines]
    assert all(found), lines
    return [f"{one[1]} {one[2]}" for one in found if one]


def wait_until_done(splunk: Standin, kind: str) -> list[str]:
    path = splunk.home.logs / f"{APP}_{kind}.log"
    splunk.wait_for(lambda: path.exists() and "result=" in path.read_text("utf-8"), 30)
    return log_of(splunk, kind)


def test_both_inputs_bring_their_events(splunk: Standin, manager: Running) -> None:
    add_account(splunk, manager, "hq")
    for kind in ("inventory", "policies"):
        splunk.start_input(f"fmg_{kind}", "hq", {"account": "hq", "interval": "300"})
    said = wait_until_done(splunk, "inventory") + wait_until_done(splunk, "policies")
    splunk.wait_for(lambda: manager.side("/stats")["sessions_open"] == 0, 30)
    assert [line.split()[0] for line in said] == ["INFO", "INFO"]
    events = splunk.search(index="fortimanager")
    kinds = Counter(event["sourcetype"].removeprefix(STARTED) for event in events)
    assert set(kinds) == {
        "adom", "device", "group", "package", "policy", "object", "finding", "health"
    }  # fmt: skip
    assert kinds["device"] == 3
    for event in events:
        data = json.loads(event["_raw"])
        assert event["host"] == manager.url.split("://")[1]
        assert event["_raw"].startswith('{"time":')
        assert event["_time"] == float(data["time"])
    assert (splunk.refused, splunk.problems, splunk.dropped()) == ([], [], [])


def test_a_wrong_password_is_one_error_line_with_its_cure(
    splunk: Standin, manager: Running
) -> None:
    add_account(splunk, manager, "hq", password="wrong-but-secret")
    splunk.start_input("fmg_policies", "hq", {"account": "hq", "interval": "300"})
    (line,) = wait_until_done(splunk, "policies")
    assert line.startswith('ERROR input="fmg_policies://hq" result=failed error="')
    assert "password" in line
    splunk.wait_for(lambda: "ended with exit code 1" in "\n".join(splunk.logs()), 30)
    logs = [path.read_text("utf-8") for path in splunk.home.logs.iterdir()]
    assert not [text for text in logs if "wrong-but-secret" in text or "Traceback" in text]
    assert splunk.search(index="fortimanager", sourcetype=f"{STARTED}policy") == []


def test_an_account_that_does_not_exist_is_refused_when_it_is_entered(splunk: Standin) -> None:
    assert splunk.validate("fmg_policies", "hq", {"account": "gone"}) == (
        "There is no account 'gone'. Make it on the app's Configuration page, "
        "or choose another account in the input."
    )


def test_being_stopped_logs_every_session_out(splunk: Standin) -> None:
    with running(scenario="branch", latency_ms=700) as slow:
        add_account(splunk, slow, "hq")
        splunk.start_input("fmg_policies", "hq", {"account": "hq", "interval": "300"})
        splunk.wait_for(lambda: slow.side("/stats")["sessions_open"] > 0, 30)
        splunk.stop_input("fmg_policies", "hq")
        stats = slow.side("/stats")
    assert stats["sessions_open"] == 0
    assert stats["logins"] == stats["logouts"] > 0
    ends = [line for line in splunk.logs() if "ended with exit code" in line]
    assert [line.rpartition(" ")[2] for line in ends] == ["143"]
