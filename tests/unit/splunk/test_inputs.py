from __future__ import annotations

import io
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from solnlib.log import Logs

from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import Outcome, RunSummary
from fmgstate.collect.scope import Scope
from fmgstate.errors import ConfigurationError, LoginRefused, StoreDamaged
from fmgstate.settings import Account, Limits, Plan, store_file
from fmgstate.splunk import inputs
from fmgstate.splunk.stream import EventStream
from tests.unit.splunk.fake_splunkd import FakeSplunkd

PASSWORD = "very-secret-1"
ACCOUNT = {"host": "fmg.example.com", "username": "splunk", "password": PASSWORD}
PROXY = {
    "proxy_enabled": "1",
    "proxy_url": "proxy.example.com",
    "proxy_port": "3128",
    "proxy_username": "joe",
    "proxy_password": "very-secret-2",
}
PARAMETERS = {"account": "hq", "interval": "60", "index": "fortimanager", "sessions": "4"}
CALLBACKS = ("emit", "report", "set_aside")
STANZA = "fmg_policies://hq"
EVENT = Event(1795354527.25, "fortinet:fortimanager:policy", "fmg.example.com", STANZA, {"time": 1})
FINE = Outcome(Scope("package", "fmg.example.com", "emea", "branch"), "changed", 0.5, 2, 0, 7)
REFUSED = Outcome(
    Scope("objects", "fmg.example.com", "apac"), "failed", error='No "right".\nAsk for it.'
)


def splunkd(**more: Any) -> FakeSplunkd:
    stanzas = {("account", "hq"): ACCOUNT, ("settings", "proxy"): PROXY}
    return FakeSplunkd({**stanzas, **more.pop("stanzas", {})}, **more)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "var/log/splunk").mkdir(parents=True)
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    Logs.set_context(directory=str(tmp_path / "var/log/splunk"))
    return tmp_path


def logged(home: Path, kind: str = "policies") -> list[str]:
    """Level and message of every line of the log."""
    text = (home / f"var/log/splunk/fortimanager_policy_state_{kind}.log").read_text("utf-8")
    return [f"{level} {said}" for level, said in re.findall(r"log_level=(\w+) .*?\| (.*)", text)]


class FakeRun:
    """A library that does as it is told, and remembers what it was asked."""

    def __init__(self, *outcomes: Outcome, failure: Exception | None = None) -> None:
        self.outcomes, self.failure = outcomes, failure
        self.asked: dict[str, Any] = {}

    def __call__(self, asked: InputRun) -> RunSummary:
        self.asked = {one.name: getattr(asked, one.name) for one in fields(asked)}
        if self.failure:
            raise self.failure
        asked.emit([EVENT])
        for outcome in self.outcomes:
            asked.report(outcome)
        return RunSummary(self.outcomes, seconds=0.5, requests=3, events=1)


def collect(run: FakeRun, known: FakeSplunkd | None = None, **changed: str) -> tuple[bool, bytes]:
    out = io.BytesIO()
    parameters = {**PARAMETERS, **changed}
    done = inputs.collect("policies", STANZA, parameters, known or splunkd(), EventStream(out), run)
    return done, out.getvalue()


def test_a_run_gets_what_was_configured(home: Path) -> None:
    run = FakeRun(FINE)
    done, out = collect(run, adoms=" emea, apac,emea, ", fresh_seconds="120")
    assert done
    assert out.count(b"<event ") == 1
    asked = {name: run.asked[name] for name in run.asked if name not in CALLBACKS}
    assert asked == {
        "kind": "policies",
        "stream": STANZA,
        "account": Account(
            host="fmg.example.com",
            user="splunk",
            password=PASSWORD,
            proxy="http://joe:very-secret-2@proxy.example.com:3128",
        ),
        "plan": Plan(adoms=("emea", "apac"), fresh_seconds=120.0),
        "limits": Limits(sessions=4),
        "store_file": home / "var/lib/splunk/fortimanager_policy_state/state.db",
    }


def test_a_failed_scope_is_one_error_line_and_the_rest_goes_on(home: Path) -> None:
    done, _ = collect(FakeRun(FINE, REFUSED))
    assert done
    assert logged(home) == [
        (
            f'ERROR input="{STANZA}" scope="objects of apac" result=failed seconds=0.000 '
            "requests=0.00 saved=0.00 records=0 error=\"No 'right'. Ask for it.\""
        ),
        (
            f'INFO input="{STANZA}" result=done summary="2 scopes in 0.5 s: 1 changed, '
            '0 confirmed, 0 gone, 1 failed; 3 requests made, 0 saved; 1 events"'
        ),
    ]


def test_debug_logs_every_scope(home: Path) -> None:
    collect(FakeRun(FINE), splunkd(stanzas={("settings", "logging"): {"loglevel": "DEBUG"}}))
    assert logged(home)[0] == (
        f'DEBUG input="{STANZA}" scope="package branch (emea)" result=changed seconds=0.500 '
        "requests=2.00 saved=0.00 records=7"
    )


def test_a_scope_of_which_something_is_missing_is_one_warning(home: Path) -> None:
    missing = "Not counted by device: fgt-lyon [root]: No tunnel 93."
    scope = Scope("hitcounts", "fmg.example.com", "emea", "branch")
    collect(FakeRun(Outcome(scope, "changed", 0.5, 2, 0, 7, missing)))
    assert logged(home)[0] == (
        f'WARNING input="{STANZA}" scope="hitcounts branch (emea)" result=changed seconds=0.500 '
        f'requests=2.00 saved=0.00 records=7 error="{missing}"'
    )


@pytest.mark.parametrize(("entered", "by_device"), [("1", True), ("0", False), ("", False)])
def test_hit_counts_have_an_interval_of_their_own(
    home: Path, entered: str, by_device: bool
) -> None:
    run = FakeRun(FINE)
    parameters = {"account": "hq", "index": "fortimanager", "adoms": "emea", "by_device": entered}
    stream = EventStream(io.BytesIO())
    assert inputs.collect("hitcounts", "fmg_hitcounts://hq", parameters, splunkd(), stream, run)
    assert (run.asked["kind"], run.asked["plan"], run.asked["limits"]) == (
        "hitcounts",
        Plan(
            adoms=("emea",),
            fresh_seconds=7200.0,
            hitcount_seconds=3600.0,
            hitcounts_by_device=by_device,
        ),
        Limits(),
    )


def test_hit_counts_are_not_asked_for_every_minute() -> None:
    with pytest.raises(ConfigurationError, match="'60', which is no whole number of at least 300"):
        inputs.check("hitcounts", {"account": "hq", "interval": "60"}, splunkd())


def test_a_failed_run_is_one_error_line_with_its_cure(home: Path) -> None:
    failure = LoginRefused("FortiManager refused the login.", "Check user and password.")
    done, out = collect(FakeRun(failure=failure))
    assert not done
    assert out == b""
    assert logged(home) == [
        (
            f'ERROR input="{STANZA}" result=failed '
            'error="FortiManager refused the login. Check user and password."'
        )
    ]


def test_a_damaged_store_that_was_replaced_is_one_warning(home: Path) -> None:
    run = FakeRun()
    collect(run)
    damage = StoreDamaged("The store's file is not what this app wrote.", "Never shown here.")
    run.asked["set_aside"](damage, Path("/x/state.db.damaged"))
    assert logged(home)[-1] == (
        f'WARNING input="{STANZA}" The store\'s file is not what this app wrote. The file was '
        "moved to /x/state.db.damaged; a new store is being filled from FortiManager."
    )


def test_a_missing_account_is_one_error_line_and_seen_in_the_index(home: Path) -> None:
    done, out = collect(FakeRun(), account="gone")
    assert not done
    assert b'"health":"run_failed"' in out
    assert b"There is no account 'gone'." in out
    assert [line.split(" error=")[0] for line in logged(home)] == [
        f'ERROR input="{STANZA}" result=failed'
    ]


def test_a_defect_is_logged_with_its_place_and_without_secrets(home: Path) -> None:
    done, _ = collect(FakeRun(failure=KeyError(f"{PASSWORD} very-secret-2")))
    assert not done
    text = (home / "var/log/splunk/fortimanager_policy_state_policies.log").read_text("utf-8")
    assert "test_inputs.py" in text
    assert "KeyError: '****** ******'" in text
    assert "very-secret" not in text


def test_an_unknown_index_is_one_warning(home: Path) -> None:
    collect(FakeRun(), splunkd(indexes=("main",)))
    assert logged(home)[0] == (
        f'WARNING input="{STANZA}" This host does not know the index "fortimanager". If this is a '
        "heavy forwarder, make sure that the indexers have it; otherwise create it. Events for an "
        "index that the indexers do not have are dropped."
    )


def test_a_known_index_is_no_warning(home: Path) -> None:
    collect(FakeRun())
    assert [line.split()[0] for line in logged(home)] == ["INFO"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"interval": "abc"}, "'interval' is 'abc', which is no whole number of at least 10."),
        ({"interval": "5"}, "'interval' is '5', which is no whole number of at least 10."),
        ({"interval": "*/5 * * * *"}, "which is no whole number of at least 10."),
        ({"interval": "600"}, "Set 'Fresh for' to 600 or more, or the interval to 300 or less."),
        ({"fresh_seconds": "²0"}, "Enter a number such as 300."),
        ({"sessions": "26"}, "Enter a whole number from 1 to 25."),
        ({"sessions": "0"}, "which is no whole number of at least 1."),
        ({"adoms": "emea; root/x"}, "separated by commas"),
        ({"account": "gone"}, "Make it on the app's Configuration page"),
    ],
)
def test_what_cannot_work_is_refused_with_the_cure(changed: dict[str, str], said: str) -> None:
    inputs.check("policies", PARAMETERS, splunkd())
    with pytest.raises(ConfigurationError) as error:
        inputs.check("policies", {**PARAMETERS, **changed}, splunkd())
    assert said in str(error.value)


def test_the_store_has_one_place() -> None:
    here = {"SPLUNK_HOME": "/opt/splunk"}
    expected = "/opt/splunk/var/lib/splunk/fortimanager_policy_state/state.db"
    assert str(store_file(here)) == expected
    with pytest.raises(ConfigurationError, match="set SPLUNK_HOME"):
        store_file({})
