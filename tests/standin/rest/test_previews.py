"""What a running job shows, and what may be done to it: preview, pause, finalize, cancel."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from splunklib import client

from standin import Standin
from standin.search.context import InstanceContext
from standin.search.errors import SearchFailed
from standin.search.gate import MOST_KEPT, Gate
from standin.search.previews import DUTY_CYCLE
from standin.spl.stream import Stream
from standin.spl.values import Row
from tests.standin.rest.package import ask, rest_app, service

JOBS = "/services/search/v2/jobs"
END = None


class Tap:
    """``| tap``: the rows that a test lets out, until it says END. ``told``: how it was asked."""

    def __init__(self) -> None:
        self.rows: queue.Queue[Row | None] = queue.Queue()
        self.told: list[bool] = []

    def __call__(self, name: str, context: InstanceContext) -> Any:
        known = {"tap": self._run, "seen": self._seen(context), "picky": self._picky(context)}
        return known.get(name)

    def _run(self, _text: str, _stream: Stream) -> Stream:
        return Stream(iter(lambda: self.rows.get(timeout=20), END))

    def _picky(self, context: InstanceContext) -> Any:
        def run(_text: str, stream: Stream) -> Stream:
            if context.as_preview:
                raise SearchFailed("no previews, please")
            return stream

        return run

    def _seen(self, context: InstanceContext) -> Any:
        def run(_text: str, stream: Stream) -> Stream:
            self.told.append(context.as_preview)
            return stream

        return run


@pytest.fixture
def tap(splunk: Standin) -> Tap:
    splunk.parts.commands = tap = Tap()
    return tap


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("previews")) as splunk:
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def c(splunk: Standin) -> client.Service:
    return service(splunk)


def let_out(tap: Tap, *users: str) -> None:
    for user in users:
        tap.rows.put({"user": user, "n": str(len(user))})


def shown(splunk: Standin, job: client.Job, what: str = "results_preview", **more: str) -> Any:
    fields = {"output_mode": "json_rows", **more}
    return ask(splunk, "POST" if more else "GET", f"{JOBS}/{job.sid}/{what}", fields)


def wait_for_rows(splunk: Standin, job: client.Job, rows: list[list[str]]) -> Any:
    """Waits until the preview is this one."""
    return splunk.wait_for(lambda: shown(splunk, job).json["rows"] == rows)


def finished(splunk: Standin, job: client.Job) -> client.Job:
    splunk.wait_for(job.is_done)
    return job


def test_a_search_that_hands_on_shows_its_rows_so_far(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | eval twice=2*n | fields user twice", preview=True)
    let_out(tap, "ann", "bo")
    wait_for_rows(splunk, job, [["ann", "6"], ["bo", "4"]])
    assert shown(splunk, job).json["preview"] is True
    assert shown(splunk, job, "results").status == 204
    tap.rows.put(END)
    assert finished(splunk, job).content.resultCount == "2"
    assert shown(splunk, job).json["preview"] is False


def test_a_search_that_transforms_shows_what_it_makes_of_the_rows_so_far(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | stats sum(n) as n by user | seen | sort 0 -n", preview=True)
    let_out(tap, "bo", "ann", "bo")
    wait_for_rows(splunk, job, [["bo", "4"], ["ann", "3"]])
    state = job.refresh().content
    assert (state.resultPreviewCount, state.resultCount, state.isPreviewEnabled) == ("2", "0", "1")
    assert int(state.numPreviews) >= 1
    assert set(tap.told) == {True}
    counted = shown(splunk, job, search="| stats count").json
    assert (counted["rows"], counted["preview"]) == ([["2"]], True)
    let_out(tap, "ann", "charles")
    tap.rows.put(END)
    finished(splunk, job)
    assert set(tap.told) == {False, True}
    assert shown(splunk, job, "results").json["rows"] == [
        ["charles", "7"],
        ["ann", "6"],
        ["bo", "4"],
    ]


def test_previews_do_not_change_what_the_search_finds(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | eventstats sum(n) as n | eval n=n+1 | table n", preview=True)
    let_out(tap, "a", "bb")
    wait_for_rows(splunk, job, [["4"], ["4"]])
    let_out(tap, "ccc")
    wait_for_rows(splunk, job, [["7"]] * 3)
    tap.rows.put(END)
    finished(splunk, job)
    assert shown(splunk, job, "results").json["rows"] == [["7"]] * 3


@pytest.mark.parametrize(
    "rest",
    [
        "stats count | outputlookup made.csv",
        "stats count | append [| makeresults]",
        "stats count | appendcols [| makeresults]",
    ],
)
def test_what_writes_or_asks_more_is_not_run_for_a_preview(
    splunk: Standin, c: client.Service, tap: Tap, rest: str
) -> None:
    job = c.jobs.create(f"| tap | {rest}", preview=True)
    let_out(tap, "ann")
    splunk.wait_for(lambda: splunk.parts.jobs.find(job.sid).state == "RUNNING")
    splunk.wait_for(tap.rows.empty)
    assert shown(splunk, job).json["rows"] == []
    made = splunk.home.app("rest_app") / "lookups" / "made.csv"
    assert not made.exists()
    tap.rows.put(END)
    assert finished(splunk, job).content.numPreviews == "0"
    made.unlink(missing_ok=True)


def test_a_preview_that_fails_is_none_and_the_search_goes_on(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | stats count | picky", preview=True)
    let_out(tap, "ann")
    splunk.wait_for(lambda: len(splunk.parts.jobs.find(job.sid).gate.kept) == 1)
    assert shown(splunk, job).json["rows"] == []
    assert splunk.parts.jobs.find(job.sid).gate.make is None
    tap.rows.put(END)
    finished(splunk, job)
    assert shown(splunk, job, "results").json["rows"] == [["1"]]


@pytest.mark.parametrize(
    ("given", "enabled"),
    [({}, "0"), ({"status_buckets": 0}, "0"), ({"status_buckets": 300}, "1"),
     ({"status_buckets": 300, "preview": 0}, "0"), ({"preview": 1}, "1")],
)  # fmt: skip
def test_previews_are_on_where_the_job_asks_or_has_buckets(
    splunk: Standin, c: client.Service, tap: Tap, given: dict[str, Any], enabled: str
) -> None:
    job = c.jobs.create("| tap", **given)
    splunk.wait_for(job.is_ready)
    assert job.refresh().content.isPreviewEnabled == enabled
    assert shown(splunk, job).status == (200 if enabled == "1" else 204)
    tap.rows.put(END)
    finished(splunk, job)


@pytest.mark.parametrize("rest", ["stats count", "fields user"])
def test_a_pause_holds_the_rows_up(splunk: Standin, c: client.Service, tap: Tap, rest: str) -> None:
    job = c.jobs.create(f"| tap | {rest}", preview=True)
    let_out(tap, "ann")
    splunk.wait_for(lambda: job.is_ready() and job.refresh().content.resultPreviewCount == "1")
    job.pause()
    let_out(tap, "bo")
    tap.rows.put(END)
    splunk.wait_for(lambda: tap.rows.qsize() == 1)
    state = job.refresh().content
    assert (state.dispatchState, state.isPaused, state.isDone) == ("PAUSED", "1", "0")
    job.unpause()
    state = finished(splunk, job).content
    assert (state.dispatchState, state.isPaused) == ("DONE", "0")
    rows = [["2"]] if rest == "stats count" else [["ann"], ["bo"]]
    assert shown(splunk, job, "results").json["rows"] == rows


def test_a_finalized_search_transforms_the_rows_so_far(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | stats count by user", preview=True)
    let_out(tap, "ann")
    wait_for_rows(splunk, job, [["ann", "1"]])
    job.pause()
    let_out(tap, "bo")
    job.finalize()
    state = job.refresh().content
    assert (state.isDone, state.isFinalized, state.dispatchState) == ("1", "1", "DONE")
    assert shown(splunk, job, "results").json["rows"] == [["ann", "1"]]


def test_a_cancelled_search_takes_no_more_rows(
    splunk: Standin, c: client.Service, tap: Tap
) -> None:
    job = c.jobs.create("| tap | stats count")
    running = splunk.parts.jobs.find(job.sid)
    job.cancel()
    let_out(tap, "ann", "bo")
    running.wait(30)
    assert (running.is_done, tap.rows.qsize()) == (True, 1)
    assert shown(splunk, job).status == 404


def test_a_preview_is_of_so_many_rows_at_most() -> None:
    gate = Gate()
    passed = sum(1 for _row in gate.within(({"n": "1"} for _ in range(MOST_KEPT + 5)), keep=True))
    assert (passed, len(gate.kept), MOST_KEPT) == (MOST_KEPT + 5, MOST_KEPT, 50_000)


def test_what_commands_do_to_their_rows_is_not_seen_in_those_kept() -> None:
    gate = Gate()
    for row in gate.within([{"n": "1"}, {"n": "2"}], keep=True):
        row["n"] = "changed"
    assert gate.kept == [{"n": "1"}, {"n": "2"}]


def test_previews_take_a_quarter_of_the_time_at_most() -> None:
    assert DUTY_CYCLE == 0.25  # limits.conf.spec, [search] preview_duty_cycle
