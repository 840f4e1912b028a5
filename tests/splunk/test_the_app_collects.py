"""The built package in the stand-in, collecting from the simulator: what a Splunk admin would see.

Checked against stand-ins only: neither splunkd nor FortiManager is the real one.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmgstate import __version__
from simulator.control import Running, running
from standin import Standin
from tests.pythons import candidates, runs

APP = "fortimanager_policy_state"
PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
TYPE = "fortinet:fortimanager:"
INDEX = "fortimanager"


def pythons() -> list[str]:
    found = [sys.executable]
    for version in ("3.9", "3.13"):
        found += [str(path) for path in candidates(version) if runs(path, version)][:1]
    return found


@pytest.fixture
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


@pytest.fixture
def splunk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Standin]:
    python = getattr(request, "param", sys.executable)
    with Standin(tmp_path / "splunk", [PACKAGE], python=python) as splunk:
        splunk.create_index(INDEX)
        yield splunk
        assert splunk.refused == []
        assert splunk.problems == []


def add_account(splunk: Standin, fortimanager: Running, **changed: str) -> None:
    account = {
        "name": "fmg1",
        "host": fortimanager.url,
        "auth_type": "basic",
        "username": fortimanager.user,
        "password": fortimanager.password,
        "ca": fortimanager.ca,
        **changed,
    }
    splunk.rest("POST", f"/servicesNS/nobody/{APP}/{APP}_account", account)


def start(splunk: Standin, kind: str, **changed: str) -> None:
    arguments = {"account": "fmg1", "interval": "10", "index": INDEX, **changed}
    splunk.start_input(kind, "all", arguments)


def events(splunk: Standin, kind: str) -> list[dict[str, Any]]:
    return [row["event"] for row in splunk.search(index=INDEX, sourcetype=TYPE + kind)]


def health(splunk: Standin, what: str, number: int = 1) -> dict[str, Any]:
    """The ``number``-th event of this kind of health, waited for."""

    def found() -> dict[str, Any] | None:
        of_kind = [one for one in events(splunk, "health") if one["health"] == what]
        return of_kind[number - 1] if len(of_kind) >= number else None

    return splunk.wait_for(found, 60)


def log(splunk: Standin) -> str:
    return "\n".join(splunk.logs("*fortimanager*")) + "\n".join(splunk.logs())


def clear_secrets(splunk: Standin, *secrets: str) -> None:
    """No secret is in a log, an event or the store."""
    raw = "\n".join(row["_raw"] for row in splunk.search())
    store = splunk.home.database / APP / "state.db"
    files = [one for one in store.parent.rglob("*") if one.is_file()]
    kept = b"".join(one.read_bytes() for one in files)
    for secret in secrets:
        assert secret not in log(splunk)
        assert secret not in raw
        assert secret.encode() not in kept


@pytest.mark.parametrize("splunk", pythons(), indirect=True)
def test_from_an_account_to_a_change_in_the_index(splunk: Standin, fortimanager: Running) -> None:
    add_account(splunk, fortimanager)
    start(splunk, "fmg_inventory")
    start(splunk, "fmg_policies")
    health(splunk, "run", 2)
    assert {one["name"] for one in events(splunk, "device")} == {
        "fgt-hq", "fgt-berlin", "fgt-lyon",
    }  # fmt: skip
    assert len(events(splunk, "policy")) == 33
    where = {"adom": "branch", "package": "hq", "policyid": 2, "user": "anna"}
    fortimanager.side("/policy/edit", {**where, "set": {"action": "deny"}})
    [change] = splunk.wait_for(
        lambda: [one for one in events(splunk, "change") if one["kind"] == "policy"], 60
    )
    assert (change["object"], change["changes"]["action"], change["user"]) == (
        "mail in", {"old": "accept", "new": "deny"}, "anna",
    )  # fmt: skip
    splunk.stop_input("fmg_inventory", "all")
    splunk.stop_input("fmg_policies", "all")
    assert " ERROR " not in log(splunk)
    assert splunk.dropped() == []
    stats = fortimanager.side("/stats")
    assert stats["sessions_open"] == 0
    assert stats["logins"] == stats["logouts"]
    clear_secrets(splunk, fortimanager.password)
    mode = (splunk.home.database / APP / "state.db").stat().st_mode & 0o777
    assert mode == 0o600


def test_hit_counts_come_into_the_index_and_into_answers(
    splunk: Standin, fortimanager: Running
) -> None:
    add_account(splunk, fortimanager)
    start(splunk, "fmg_policies")
    start(splunk, "fmg_hitcounts", interval="300", by_device="1")
    incomplete = health(splunk, "scope_incomplete")
    assert "fgt-lyon [root]: fgt-lyon(" in incomplete["error"]
    splunk.wait_for(lambda: len(have_run(splunk)) == 2, 60)
    counted = [one for one in events(splunk, "hitcount") if one["package"] == "hq"]
    found = {(one.get("device"), one["policyid"]): one["hits"] for one in counted
             if one["table"] == "firewall/policy"}  # fmt: skip
    assert (found[None, 1], found["fgt-hq", 1], found[None, 5]) == (137, 137, 0)
    rows = asked(splunk, "--device", "fgt-hq", "--policyid", "1")
    [row] = [one for one in rows if one["table"] == "firewall/policy"]
    assert (row["hits"], row["last_hit"]) == (137, 1735603200)
    assert round(row["hit_time"], 3) == counted[0]["snapshot_time"]
    splunk.stop_input("fmg_policies", "all")
    splunk.stop_input("fmg_hitcounts", "all")
    assert " ERROR " not in log(splunk)
    [warning] = [line for line in splunk.logs("*hitcounts*") if "WARNING" in line]
    assert "fgt-lyon" in warning
    assert splunk.dropped() == []
    clear_secrets(splunk, fortimanager.password)


def have_run(splunk: Standin) -> set[str]:
    """The inputs that made a run."""
    return {one["stream"] for one in events(splunk, "health") if one["health"] == "run"}


def asked(splunk: Standin, *key: str) -> Any:
    """What the installed app answers on a terminal."""
    command = [sys.executable, "-m", "fmgstate", "policy", "--json", *key]
    environment = {
        "SPLUNK_HOME": str(splunk.home.path),
        "PYTHONPATH": str(splunk.home.app(APP) / "bin"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(said.stdout)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"password": "wr0ng-s3cret"}, "Check user and password in the account"),
        ({"host": "127.0.0.1:9"}, "127.0.0.1:9"),
        ({"ca": ""}, "CA"),
    ],
)
def test_an_account_that_does_not_work_is_one_error_with_its_cure(
    splunk: Standin, fortimanager: Running, changed: dict[str, str], text: str
) -> None:
    add_account(splunk, fortimanager, **changed)
    start(splunk, "fmg_inventory")
    failed = health(splunk, "run_failed")
    assert text in failed["error"]
    errors = splunk.wait_for(
        lambda: [line for line in log(splunk).splitlines() if " ERROR " in line], 30
    )
    assert text in errors[0]
    assert "Traceback" not in log(splunk)
    clear_secrets(splunk, fortimanager.password, "wr0ng-s3cret")


def test_one_adom_too_many_is_said_and_the_rest_goes_on(
    splunk: Standin, fortimanager: Running
) -> None:
    add_account(splunk, fortimanager)
    start(splunk, "fmg_policies", adoms="branch, brunch")
    assert health(splunk, "run")["scopes_failed"] == 1
    assert "no ADOM 'brunch'" in health(splunk, "scope_failed")["error"]
    assert len(events(splunk, "policy")) == 33


def test_a_missing_index_is_warned_of_and_its_events_are_dropped(
    splunk: Standin, fortimanager: Running
) -> None:
    add_account(splunk, fortimanager)
    start(splunk, "fmg_inventory", index="nowhere")
    splunk.wait_for(splunk.dropped, 60)
    warnings = [line for line in log(splunk).splitlines() if "WARNING" in line]
    assert 'This host does not know the index "nowhere".' in warnings[0]


def test_a_damaged_store_is_replaced_and_said(splunk: Standin, fortimanager: Running) -> None:
    add_account(splunk, fortimanager)
    store = splunk.home.database / APP / "state.db"
    store.parent.mkdir()
    store.write_bytes(b"this is not a store" * 500)
    start(splunk, "fmg_policies")
    assert health(splunk, "run").get("scopes_failed", 0) == 0
    assert len(list(store.parent.glob("state.db.damaged-*"))) == 1
    assert "damaged" in log(splunk)
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_stopped_in_the_middle_it_logs_out(splunk: Standin, tmp_path: Path) -> None:
    with running("branch", latency_ms=700) as fortimanager:
        add_account(splunk, fortimanager)
        start(splunk, "fmg_policies")
        splunk.wait_for(lambda: fortimanager.side("/stats")["sessions_open"], 60)
        splunk.stop_input("fmg_policies", "all")
        stats = fortimanager.side("/stats")
        assert (stats["sessions_open"], stats["logins"] > 0) == (0, True)


def test_stopped_while_hits_are_counted_it_logs_out(splunk: Standin, fortimanager: Running) -> None:
    fortimanager.side("/faults", {"kind": "task hangs", "times": 0})
    add_account(splunk, fortimanager)
    start(splunk, "fmg_hitcounts", interval="300")
    splunk.wait_for(lambda: polled(fortimanager) > 3, 60)
    splunk.stop_input("fmg_hitcounts", "all")
    stats = fortimanager.side("/stats")
    assert (stats["sessions_open"], stats["logins"]) == (0, stats["logouts"])
    assert any("ended with exit code 143" in line for line in splunk.logs())
    assert "Traceback" not in log(splunk)


def polled(fortimanager: Running) -> int:
    """How often a task was asked for."""
    return fortimanager.side("/stats")["by_first_part"].get("task", 0)
