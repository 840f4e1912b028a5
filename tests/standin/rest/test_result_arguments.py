"""Arguments of results and events: "search/v2/jobs/{search_id}/results" and "/events" of the REST
API Reference. Each is obeyed or refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standin import Standin
from tests.standin.rest.package import NS, ask, rest_app, service

LINES = ["2025-11-22T08:20:00.000+0000 user=ann", "2025-11-22T08:21:00.000+0000 user=bob"]


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("results")) as splunk:
        splunk.submit("\n".join(LINES), "main", "traffic", "gw1")
        yield splunk


@pytest.fixture(scope="module")
def job(splunk: Standin) -> str:
    search = "| makeresults count=5 | streamstats count as n | table n"
    return f"{NS}/search/v2/jobs/{_started(splunk, search)}"


@pytest.fixture(scope="module")
def events(splunk: Standin) -> str:
    return f"{NS}/search/v2/jobs/{_started(splunk, 'search index=main | sort 0 _time')}"


def _started(splunk: Standin, search: str) -> str:
    return str(service(splunk).jobs.create(search, exec_mode="blocking").sid)


def numbers(splunk: Standin, job: str, **asked: str) -> list[str]:
    fields = {"output_mode": "json", **asked}
    rows = ask(splunk, "POST", f"{job}/results", fields).json["results"]
    return [row["n"] for row in rows]


def test_count_and_offset(splunk: Standin, job: str) -> None:
    assert numbers(splunk, job, count="0") == ["1", "2", "3", "4", "5"]
    assert numbers(splunk, job, offset="3", count="9") == ["4", "5"]
    assert numbers(splunk, job, offset="-1") == ["5"]
    assert numbers(splunk, job, offset="-9", count="1") == ["1"]
    assert numbers(splunk, job, offset="9") == []


def test_columns(splunk: Standin, events: str) -> None:
    """ "If field_list and f are provided, the union of the lists is used." """
    asked = {"output_mode": "json_rows", "f": ["user", "host"], "field_list": "host,index"}
    assert ask(splunk, "GET", f"{events}/results", asked).json["rows"] == [
        ["ann", "gw1", "main"], ["bob", "gw1", "main"],
    ]  # fmt: skip
    shown = ask(splunk, "GET", f"{events}/results", {"output_mode": "json_rows", "f": "*"}).json
    assert {"_time", "_raw", "user"} < set(shown["fields"])


def test_the_text_of_events(splunk: Standin, events: str) -> None:
    for what in ("events", "results"):
        got = ask(splunk, "GET", f"{events}/{what}", {"output_mode": "raw"})
        assert (got.status, got.body.decode()) == (200, "".join(f"{each}\n" for each in LINES))


@pytest.mark.parametrize("asked", [
    {"segmentation": "none"}, {"segmentation": "raw"}, {"max_lines": "0"}, {"max_lines": "1"},
    {"truncation_mode": "truncate"}, {"add_summary_to_metadata": "0"}, {"show_metadata": "1"},
])  # fmt: skip
def test_what_changes_nothing_is_taken(splunk: Standin, events: str, asked: dict[str, str]) -> None:
    plain = ask(splunk, "GET", f"{events}/events", {"output_mode": "csv"})
    assert plain.status == 200
    got = ask(splunk, "GET", f"{events}/events", {"output_mode": "csv", **asked})
    assert (got.status, got.body) == (200, plain.body)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"segmentation": "full"}, "The stand-in knows segmentation=none or raw only."),
        ({"truncation_mode": "cut"},
         "The stand-in knows truncation_mode=abstract or truncate only."),
        ({"add_summary_to_metadata": "1"},
         "The stand-in knows add_summary_to_metadata=0 or false or f only."),
        ({"count": "-1"}, "The stand-in does not know count=-1."),
        ({"max_lines": "-1"}, "The stand-in does not know max_lines=-1."),
        ({"f": "us*"}, "The stand-in knows no pattern in f=us*."),
        ({"output_mode": "atom"}, "The stand-in does not know output_mode=atom"),
        ({"output_mode": "html"}, "The stand-in does not know output_mode=html"),
        ({"earliest_time": "-1d"}, "The stand-in does not know earliest_time= here."),
    ],
)  # fmt: skip
def test_what_would_not_be_obeyed_is_refused(
    splunk: Standin, events: str, asked: dict[str, str], why: str
) -> None:
    assert ask(splunk, "GET", f"{events}/events", asked).status == 400
    assert splunk.parts.router.refused.pop().why == why


def test_an_event_is_not_shortened_and_raw_is_for_events(splunk: Standin, job: str) -> None:
    two = _started(splunk, '| makeresults | eval _raw="one".urldecode("%0a")."two"')
    path = f"{NS}/search/v2/jobs/{two}/results"
    assert ask(splunk, "GET", path, {"max_lines": "2"}).status == 200
    assert ask(splunk, "GET", path, {"max_lines": "1"}).status == 501
    assert "shortens none" in splunk.parts.router.refused.pop().why
    assert ask(splunk, "GET", f"{job}/results", {"output_mode": "raw"}).status == 501
    assert "of events only" in splunk.parts.router.refused.pop().why


def test_control_is_held_to_its_values(splunk: Standin, job: str) -> None:
    for asked, status in (
        ({"action": "setpriority", "priority": "10"}, 200),
        ({"action": "setpriority", "priority": "11"}, 400), ({"action": "setpriority"}, 400),
        ({"action": "disablepreview"}, 200), ({"action": "enablepreview"}, 501),
        ({"action": "setworkloadpool"}, 400), ({"action": "touch", "tll": "1"}, 400),
    ):  # fmt: skip
        assert ask(splunk, "POST", f"{job}/control", asked).status == status, asked
    refused = [splunk.parts.router.refused.pop().why for _each in range(3)]
    assert refused == [
        "The stand-in does not know tll= here.",
        "The stand-in does not know action=setworkloadpool",
        "The stand-in previews no job that was started without",
    ]  # fmt: skip
    assert splunk.refused == []
