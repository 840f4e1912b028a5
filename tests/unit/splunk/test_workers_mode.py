from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import RunSummary
from fmgstate.errors import ConfigurationError, StoreError
from fmgstate.settings import Account, Limits, Plan
from fmgstate.splunk.workers_mode import PublishesOnly, WorkersMode, workers_mode
from tests.unit.splunk.fake_splunkd import FakeSplunkd

SERVER = {"host": "127.0.0.1", "port": 1, "timeout": 0.2}
ACCOUNT = Account("fmg.example.com", "splunk", "fmg-pass")


def mode_of(**entered: str) -> WorkersMode | None:
    return workers_mode(FakeSplunkd({("settings", "workers"): entered}))


def test_off_unless_switched_on() -> None:
    assert workers_mode(FakeSplunkd()) is None
    assert mode_of(use_workers="0", redis_host="redis.example.com") is None


def test_what_is_entered_reaches_the_server() -> None:
    mode = mode_of(
        use_workers="1", redis_host="redis.example.com", redis_port="6380", redis_username="ann",
        redis_password="redis-pass", redis_tls="1", redis_ca_file="/ca.pem", redis_prefix="site",
        fallback="1",
    )  # fmt: skip
    assert mode == WorkersMode(
        {"host": "redis.example.com", "port": 6380, "username": "ann", "password": "redis-pass",
         "tls": True, "ca_file": "/ca.pem", "prefix": "site"},
        fallback=True,
    )  # fmt: skip
    assert "redis-pass" not in repr(mode)
    plain = mode_of(use_workers="1", redis_host="redis.example.com")
    assert plain is not None
    assert (plain.server["port"], plain.server["prefix"], plain.fallback) == (
        6379, "fmgstate", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({}, "the host of their Redis is empty"),
        ({"redis_host": "redis.example.com", "redis_port": "six"}, "Redis is 'six'"),
        ({"redis_host": "redis.example.com", "redis_port": "70000"}, "Redis is '70000'"),
    ],
)
def test_what_cannot_work_is_told(entered: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        mode_of(use_workers="1", **entered)


def run(mode: WorkersMode, asked: list[InputRun], events: list[Event]) -> RunSummary:
    def embedded(given: InputRun) -> RunSummary:
        asked.append(given)
        return RunSummary([], 0.0, 7)

    publishes = PublishesOnly(mode, embedded, logging.getLogger("test"))
    return publishes(
        InputRun(
            "policies",
            "fmg_policies://a",
            ACCOUNT,
            Plan(),
            Limits(),
            Path("state.db"),
            events.extend,
        )
    )


def test_an_outage_is_told_and_fortimanager_left_alone() -> None:
    asked: list[InputRun] = []
    events: list[Event] = []
    with pytest.raises(StoreError, match="cannot be reached"):
        run(WorkersMode(SERVER, fallback=False), asked, events)
    assert asked == []
    assert [one.data["health"] for one in events] == ["run_failed"]


def test_where_allowed_the_input_asks_itself(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[InputRun] = []
    events: list[Event] = []
    assert run(WorkersMode(SERVER, fallback=True), asked, events).requests == 7
    assert [(one.kind, one.account, one.store_file) for one in asked] == [
        ("policies", ACCOUNT, Path("state.db"))
    ]
    assert "This input asks FortiManager itself meanwhile." in caplog.text
    assert [one.data["health"] for one in events] == ["run_failed"]
