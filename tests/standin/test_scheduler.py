"""The scheduler on a clock of its own: savedsearches.conf.spec and the Alerting Manual."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from standin.errors import StandinError
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.scheduler.actions import Acted, Alert, AlertActions
from standin.scheduler.cron import Cron
from standin.scheduler.saved import SavedSearch, Suppression, saved_search
from standin.scheduler.scheduler import Finished, Scheduler
from standin.spl.errors import Malformed


def at(text: str, zone=UTC) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("*/5 * * * *", "2026-11-22T10:00:00", "2026-11-22T10:05:00"),
        ("*/5 * * * *", "2026-11-22T10:04:59", "2026-11-22T10:05:00"),
        ("00,20,40 * * * *", "2026-11-22T10:40:00", "2026-11-22T11:00:00"),
        ("3-50/20 2 * * *", "2026-11-22T02:23:00", "2026-11-22T02:43:00"),
        ("0 6 1 * *", "2026-12-01T06:00:00", "2027-01-01T06:00:00"),
        ("0 6 * * 1-5", "2026-11-20T06:00:00", "2026-11-23T06:00:00"),
        ("0 0 * * 7", "2026-11-22T00:00:00", "2026-11-29T00:00:00"),
        ("0 0 29 2 *", "2026-11-22T00:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_cron(cron: str, after: str, expected: str) -> None:
    assert Cron.parse(cron).after(at(after), UTC) == at(expected)


def test_cron_in_a_zone_with_summer_time() -> None:
    """Half past three by the wall clock, on the day on which the hour before is left out."""
    berlin = ZoneInfo("Europe/Berlin")
    found = Cron.parse("30 3 * * *").after(at("2026-03-28T12:00:00", berlin), berlin)
    assert datetime.fromtimestamp(found, berlin).isoformat() == "2026-03-29T03:30:00+02:00"


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("* * * *", "4 fields, not 5"),
        ("* * * jan *", "month 'jan' is not understood"),
        ("60 * * * *", "minute '60' is not between 0 and 59"),
        ("*/0 * * * *", "not understood"),
        ("5/10 * * * *", "not understood"),
        ("0 0 1 * 1", "not documented"),
        ("0 0 31 2 *", "never comes"),
    ],
)
def test_cron_that_is_refused(cron: str, message: str) -> None:
    with pytest.raises(StandinError, match=message):
        Cron.parse(cron).after(0.0, UTC)


def stanza(**settings: str) -> Stanza:
    named = {key.replace("__", "."): value for key, value in settings.items()}
    return Stanza("Errors", "shop", named, exported=False)


def test_a_stanza_is_read_whole() -> None:
    found = saved_search(
        stanza(
            search="index=shop error", enableSched="1", cron_schedule="*/5 * * * *",
            realtime_schedule="0", dispatch__earliest_time="-5m@m", dispatch__latest_time="@m",
            counttype="number of events", relation="greater than", quantity="2",
            alert__suppress="1", alert__suppress__period="1h", alert__suppress__fields="host, user",
            alert__digest_mode="0", alert__track="1", action__tell="1", action__tell__param__to="a",
            action__email="0", description="…", alert__severity="4",
        )
    )  # fmt: skip
    assert found == SavedSearch(
        "Errors", "shop", "index=shop error", Cron.parse("*/5 * * * *"), True, "-5m@m", "@m",
        "number of events", "greater than", 2.0, "", Suppression(3600, ("host", "user")), False,
        True, {"tell": {"to": "a"}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"search": "x", "cron_shedule": "* * * * *"}, "not known here: cron_shedule"),
        ({"enableSched": "0"}, "has no search"),
        ({"search": "x", "enableSched": "1"}, "without cron_schedule"),
        ({"search": "x", "enableSched": "yes!"}, "'yes!' is no boolean"),
        ({"search": "x", "counttype": "custom"}, "without alert_condition"),
        ({"search": "x", "counttype": "number of hosts", "relation": "above"}, "'above'"),
        ({"search": "x", "alert__suppress": "1"}, "period '' is not understood"),
        ({"search": "x", "alert__suppress": "1", "alert__suppress__period": "1h",
          "alert__suppress__group_name": "g"}, "group_name = g is not obeyed"),
        ({"search": "x", "action__tell": "1", "action__tell__maxresults": "5"},
         "action.tell.maxresults is obeyed in alert_actions.conf only"),
        ({"search": "x", "action__tell": "1", "action__tell__maxtime": "5m"}, "maxtime is obeyed"),
        ({"search": "x", "action__tell": "1", "action__tell__command": "x"}, "command is obeyed"),
        ({"search": "x", "dispatchAs": "user"}, "not known here: dispatchAs"),
    ],
)  # fmt: skip
def test_a_stanza_that_is_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(StandinError, match=message):
        saved_search(stanza(**settings))


class Head:
    """A search head whose searches find what the test says."""

    def __init__(self, name: str, searches: list[SavedSearch], finds) -> None:
        self.name, self._searches, self._finds = name, searches, finds
        self.dispatched: list[tuple[str, float]] = []
        self.told: list[tuple[str, list]] = []

    def saved_searches(self):
        return self._searches

    def dispatch(self, search, scheduled):
        self.dispatched.append((search.name, scheduled))
        rows = self._finds(scheduled)
        return Finished(f"{self.name}-{len(self.dispatched)}", ["host"], rows)

    def condition(self, finished, text):
        assert text == "search host=b"
        return [row for row in finished.rows if row["host"] == "b"]

    def act(self, search, action, finished):
        self.told.append((action, finished.rows))
        return Acted(action, 0, [])


A, B = {"host": "a"}, {"host": "b"}
EVERY5 = SavedSearch("Errors", "shop", "x", Cron.parse("*/5 * * * *"), actions={"tell": {}})
MORE_THAN_1 = {"count_type": "number of events", "relation": "greater than", "quantity": 1.0}
BEGAN = at("2026-11-22T10:00:00")


def runs(search: SavedSearch, finds, minutes: list[int]):
    head = Head("sh1", [search], finds)
    scheduler = Scheduler([head], UTC, BEGAN)
    for minute in minutes:
        scheduler.run_due(BEGAN + 60 * minute)
    return scheduler, head


def test_runs_come_at_their_time_and_once() -> None:
    _, head = runs(EVERY5, lambda _: [], [4, 5, 5, 9, 10])
    assert head.dispatched == [("Errors", BEGAN + 300), ("Errors", BEGAN + 600)]


def test_missed_runs_are_skipped_unless_the_schedule_is_continuous() -> None:
    _, head = runs(EVERY5, lambda _: [], [17])
    assert head.dispatched == [("Errors", BEGAN + 900)]
    _, head = runs(replace(EVERY5, continuous=True), lambda _: [], [17])
    assert [time - BEGAN for _, time in head.dispatched] == [300, 600, 900]


@pytest.mark.parametrize(
    ("condition", "found", "told"),
    [
        ({}, [A, B], [[A, B]]),
        ({}, [], [[]]),
        (MORE_THAN_1, [A], []),
        (MORE_THAN_1, [A, B], [[A, B]]),
        (MORE_THAN_1 | {"count_type": "number of hosts"}, [A, A], []),
        (MORE_THAN_1 | {"relation": "less than"}, [], [[]]),
        ({"count_type": "custom", "condition": "search host=b"}, [A], []),
        ({"count_type": "custom", "condition": "search host=b"}, [A, B], [[A, B]]),
        ({"digest": False}, [A, B], [[A], [B]]),
    ],
)
def test_what_is_an_alert(condition, found, told) -> None:
    _, head = runs(replace(EVERY5, **condition), lambda _: found, [5])
    assert head.told == [("tell", rows) for rows in told]


def test_an_alert_is_silent_for_its_period() -> None:
    search = replace(EVERY5, suppression=Suppression(600))
    scheduler, head = runs(search, lambda _: [A], [5, 10, 15])
    assert head.told == [("tell", [A])] * 2
    assert [(run.triggered, run.alerted) for run in scheduler.runs] == [
        (True, 1), (True, 0), (True, 1)]  # fmt: skip


def test_each_value_of_a_field_has_a_silence_of_its_own() -> None:
    search = replace(EVERY5, suppression=Suppression(600, ("host",)), digest=False)
    finds = {BEGAN + 300: [A], BEGAN + 600: [A, B], BEGAN + 900: [A, B]}
    _, head = runs(search, finds.__getitem__, [5, 10, 15])
    assert head.told == [("tell", [A]), ("tell", [B]), ("tell", [A])]


def test_a_cluster_gives_each_run_to_one_member() -> None:
    heads = [Head(f"sh{n}", [EVERY5], lambda _: []) for n in (1, 2, 3)]
    scheduler = Scheduler(heads, UTC, BEGAN)
    for minute in (5, 10, 15, 20):
        scheduler.run_due(BEGAN + 60 * minute)
    assert [run.member for run in scheduler.runs] == ["sh1", "sh2", "sh3", "sh1"]
    assert [len(head.dispatched) for head in heads] == [2, 1, 1]


def test_a_search_that_fails_is_a_run_with_an_error() -> None:
    def fails(_):
        raise Malformed("Unknown search command 'sttas'", 3)

    scheduler, head = runs(EVERY5, fails, [5, 10])
    assert [run.error for run in scheduler.runs] == ["Unknown search command 'sttas' (at 3)"] * 2
    assert head.told == []


SCRIPT = """
import json, sys
assert sys.argv[1:] == ["--execute"]
payload = json.load(sys.stdin)
with open({out!r}, "w") as file:
    json.dump(payload, file)
print("INFO told", file=sys.stderr)
"""


def test_an_alert_action_gets_its_payload_and_results(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create("sh1")
    app = home.app("shop")
    for folder in ("bin", "default"):
        (app / folder).mkdir(parents=True)
    (app / "bin" / "tell.py").write_text(SCRIPT.format(out=str(tmp_path / "said")))
    (app / "default" / "alert_actions.conf").write_text(
        "[tell]\nis_custom = 1\npayload_format = json\nparam.to = nobody\nparam.text = hi\n"
    )
    alert = Alert("Errors", "shop", "ann", "1.2", ["host", "user"],
                  [{"host": "a", "user": ["x", "y$"]}, {"host": 'b"'}], "https://sh1:8000",
                  "https://sh1:8089", "key", {"to": "$result.host$ of $name$"})  # fmt: skip
    acted = AlertActions(home, Confs(home), Interpreter(home, sys.executable, [])).run(
        "tell", alert
    )
    assert acted == Acted("tell", 0, ["INFO told"])
    said = json.loads((tmp_path / "said").read_text())
    with gzip.open(said.pop("results_file"), "rt", newline="") as file:
        assert list(csv.reader(file)) == [
            ["host", "user", "__mv_host", "__mv_user"],
            ["a", "x\ny$", "", "$x$;$y$$$"],
            ['b"', "", "", ""],
        ]
    assert said == {
        "app": "shop", "owner": "ann", "sid": "1.2", "search_name": "Errors",
        "server_host": "https://sh1:8000", "server_uri": "https://sh1:8089", "session_key": "key",
        "results_link": "https://sh1:8000/app/shop/search?sid=1.2",
        "search_uri": "/servicesNS/ann/shop/saved/searches/Errors",
        "result": {"host": "a", "user": ["x", "y$"]},
        "configuration": {"to": "a of Errors", "text": "hi"},
    }  # fmt: skip


def run_action(
    tmp_path: Path, settings: str, rows: list[dict[str, str]], script: str = ""
) -> list[str]:
    """The hosts in the results file that the action got."""
    home = Home(tmp_path)
    home.create("sh1")
    app = home.app("shop")
    for folder in ("bin", "default"):
        (app / folder).mkdir(parents=True)
    out = tmp_path / "said"
    (app / "bin" / "tell.py").write_text(script or SCRIPT.format(out=str(out)))
    (app / "default" / "alert_actions.conf").write_text(settings)
    alert = Alert("Errors", "shop", "ann", "1.2", ["host"], rows, "", "", "key")
    AlertActions(home, Confs(home), Interpreter(home, sys.executable, [])).run("tell", alert)
    with gzip.open(json.loads(out.read_text())["results_file"], "rt", newline="") as file:
        return [row["host"] for row in csv.DictReader(file)]


TELL = "[tell]\nis_custom = 1\npayload_format = json\n"


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (TELL, 10_000),
        (f"[default]\nmaxresults = 3\n{TELL}", 3),
        (f"[default]\nmaxresults = 3\n{TELL}maxresults = 2\n", 2),
    ],
)
def test_an_action_gets_no_more_results_than_maxresults(
    tmp_path: Path, settings: str, most: int
) -> None:
    """alert_actions.conf.spec: maxresults, 10,000 since it is no longer 100."""
    hosts = [f"h{number}" for number in range(10_001)]
    assert run_action(tmp_path, settings, [{"host": host} for host in hosts]) == hosts[:most]


def test_an_action_is_aborted_after_maxtime(tmp_path: Path) -> None:
    script = "import time\ntime.sleep(60)\n"
    with pytest.raises(StandinError, match="tell was aborted after its maxtime, 1 s"):
        run_action(tmp_path, f"{TELL}maxtime = 1s\n", [A], script)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("maxresults = many", "maxresults = many is not understood"),
        ("maxresults = 0", "maxresults = 0 is not understood"),
        ("maxtime = 5 minutes", "maxtime = 5 minutes is not understood"),
        ("command = sendalert tell", "command = sendalert tell is not obeyed here"),
        ("hostname = https://proxy", "hostname = https://proxy is not obeyed here"),
        ("forceCsvResults = false", "forceCsvResults = false is not obeyed here"),
        ("disabled = 1", "disabled = 1 is not obeyed here"),
    ],
)
def test_an_action_whose_settings_are_not_obeyed_is_not_run(
    tmp_path: Path, setting: str, message: str
) -> None:
    with pytest.raises(StandinError, match=message):
        run_action(tmp_path, f"{TELL}{setting}\n", [A])
    assert not (tmp_path / "said").exists()
