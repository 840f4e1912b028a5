"""``trigger_actions`` of saved/searches/{name}/dispatch: the scheduler's own alert actions."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from standin import Standin
from tests.standin.rest.package import APP, NS, ask, rest_app, service

NOTE = """
import json, os, sys
payload = json.load(sys.stdin)
with open(os.environ["SPLUNK_HOME"] + "/noted.jsonl", "a") as file:
    file.write(json.dumps(payload) + "\\n")
sys.exit(3 if payload["configuration"].get("word") == "fail" else 0)
"""
ALERT = {"actions": "note", "action.note.param.word": "n=$result.n$", "alert_type": "custom",
         "alert_condition": "search n>1", "search": "| makeresults count=2 | streamstats count as n"
         " | table n"}  # fmt: skip


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("triggered")) as splunk:
        app = splunk.home.app(APP)
        (app / "bin" / "note.py").write_text(NOTE)
        (app / "local").mkdir(exist_ok=True)
        (app / "local" / "alert_actions.conf").write_text(
            "[note]\nis_custom = 1\npayload_format = json\nparam.word = none\n"
        )
        yield splunk


def ended(splunk: Standin) -> list[str]:
    return [line.message for line in splunk.log_lines(component="sendmodalert")]


def noted(splunk: Standin) -> list[dict[str, Any]]:
    path = Path(splunk.home.path / "noted.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def dispatched(splunk: Standin, name: str, **more: str) -> str:
    service(splunk).saved_searches.create(name, **{**ALERT, **more})
    fields = {"trigger_actions": "1", "output_mode": "json"}
    got = ask(splunk, "POST", f"{NS}/saved/searches/{name}/dispatch", fields)
    return str(got.json["sid"] if got.status == 201 else got.json["messages"][0]["text"])


def test_an_alert_runs_its_action_with_payload_and_results(splunk: Standin) -> None:
    sid = dispatched(splunk, "alert")
    splunk.wait_for(lambda: ended(splunk) == ["action=note ended with exit code=0"])
    (payload,) = noted(splunk)
    with gzip.open(payload["results_file"], "rt") as file:
        rows = list(csv.DictReader(file))
    assert [row["n"] for row in rows] == ["1", "2"]
    assert {name: payload[name] for name in ("sid", "search_name", "app", "owner", "result")} == {
        "sid": sid, "search_name": "alert", "app": APP, "owner": "nobody", "result": {"n": "1"},
    }  # fmt: skip
    assert payload["configuration"] == {"word": "n=1"}
    caller = splunk.parts.sessions.of_key(payload["session_key"])
    assert caller
    assert caller.name == "admin"
    assert splunk.refused == []


def test_once_a_result_and_not_at_all_when_the_condition_does_not_hold(splunk: Standin) -> None:
    before, logged = len(noted(splunk)), len(ended(splunk))
    dispatched(splunk, "quiet", alert_condition="search n>2")
    dispatched(splunk, "each", **{"alert.digest_mode": "0"})
    splunk.wait_for(lambda: len(ended(splunk)) == logged + 2)
    added = noted(splunk)[before:]
    assert [(each["search_name"], each["result"]) for each in added] == [
        ("each", {"n": "1"}), ("each", {"n": "2"}),
    ]  # fmt: skip


def test_an_action_that_fails_is_a_line_of_splunkd_log(splunk: Standin) -> None:
    dispatched(splunk, "failing", **{"action.note.param.word": "fail"})
    splunk.wait_for(lambda: splunk.log_lines("ERROR", "sendmodalert"))
    assert ended(splunk)[-1] == "action=note ended with exit code=3"


def test_what_is_not_known_of_alerts_is_refused(splunk: Standin) -> None:
    why = "throttled: whether a dispatch throttles is not documented"
    settings = {"alert.suppress": "1", "alert.suppress.period": "1h"}
    assert dispatched(splunk, "throttled", **settings) == why
    assert splunk.parts.router.refused.pop().why == why
    for action, method in (("suppress", "GET"), ("acknowledge", "POST")):
        path = f"{NS}/saved/searches/throttled/{action}"
        assert ask(splunk, method, path).status == 501
        assert splunk.parts.router.refused.pop().why.endswith("no throttling of alerts")
    jobs = len(splunk.parts.jobs.all())
    dispatched(splunk, "unknown", **{"action.email": "1", "action.note": "0"})
    splunk.wait_for(lambda: splunk.refused)
    why = splunk.parts.router.refused.pop().why
    assert (why, len(splunk.parts.jobs.all())) == ("no app has the alert action email", jobs + 1)
