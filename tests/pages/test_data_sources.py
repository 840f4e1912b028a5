"""Splunk's data sources for dashboards, unmodified, in a page of the app, on the app's data.

Checked against the stand-in only.
"""

from __future__ import annotations

import queue
import re
from typing import Any

import pytest

from simulator.control import Running
from standin import Standin
from tests.pages.conftest import APP, INDEX, Opened

POLICIES = "| fmgsnapshot what=policies adom=branch"
BY_ACTION = f"{POLICIES} | stats count by action"
PAGE = """<!DOCTYPE html><title>Data sources</title><div id="range"></div>
<script src="../../config?autoload=1"></script>
<script src="../../static/js/i18n.js"></script>
"""
"""A page that loads what Splunk Web gives every page, and nothing else."""
SEARCH = """async ([query, options, parameters]) => {
    const source = new splunk.SplunkSearch({ query, ...options }, { id: 'ds_1' });
    const sid = await source.setup();
    const { heard, error } = await splunk.follow(source, parameters);
    await source.teardown().catch(() => 'there was no job');
    return { sid, heard, error };
}"""
"""One request of one data source from its start to its end."""


class Tap:
    """``| tap``: rows that a test lets out, until None."""

    def __init__(self, inner: Any) -> None:
        self.rows: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._inner = inner

    def __call__(self, name: str, context: Any) -> Any:
        return self._run if name == "tap" else self._inner(name, context)

    def _run(self, _text: str, stream: Any) -> Any:
        stream.rows = iter(lambda: self.rows.get(timeout=60), None)
        return stream


@pytest.fixture(scope="module", autouse=True)
def collected(splunk: Standin, fortimanager: Running) -> None:
    """Inventory and policies of the simulator, in the app's store and in the index."""
    entered = {
        "name": "hq", "host": fortimanager.url, "auth_type": "basic", "ca": fortimanager.ca,
        "username": fortimanager.user, "password": fortimanager.password,
    }  # fmt: skip
    splunk.rest("POST", f"/servicesNS/nobody/{APP}/{APP}_account", entered)
    for kind in ("fmg_inventory", "fmg_policies"):
        splunk.start_input(kind, "all", {"account": "hq", "interval": "3600", "index": INDEX,
                                         "fresh_seconds": "3600"})  # fmt: skip
    policies = {"index": INDEX, "sourcetype": "fortinet:fortimanager:policy"}
    splunk.wait_for(lambda: splunk.count(**policies) == 33)


@pytest.fixture
def page(opened: Opened, splunk: Standin, bundle: str) -> Any:
    """A page with Splunk's libraries, and nothing of the app's own."""
    page = opened("configuration")
    here = f"{splunk.web_uri}/en-US/app/{APP}/data_sources"
    page.route(here, lambda route: route.fulfill(content_type="text/html", body=PAGE))
    page.goto(here)
    page.add_script_tag(path=bundle)
    return page


def ask(page: Any, query: str, parameters: dict[str, Any] | None = None, **options: Any) -> Any:
    return page.evaluate(SEARCH, [query, options, parameters or {}])


def last(told: Any) -> Any:
    """The last of what a data source said, which must not be an error."""
    assert told.get("error") is None
    return told["heard"][-1]


def test_a_commands_answer_as_columns(splunk: Standin, page: Any) -> None:
    told = ask(page, BY_ACTION)
    found = last(told)
    rows = splunk.results(BY_ACTION, APP)
    assert (found["fields"], found["columns"]) == (
        ["action", "count"],
        [[row[name] for row in rows] for name in ("action", "count")],
    )
    assert len(rows) > 1
    assert (found["status"], found["percent"], found["total"]) == ("done", 100, len(rows))
    assert found["sid"] == told["sid"]


def test_pages_of_a_table_sorted_by_splunkd(splunk: Standin, page: Any) -> None:
    query = f"{POLICIES} | table package policyid name"
    every = splunk.results(f"{query} | sort 0 - name", APP)
    page_2 = last(ask(page, query, {"offset": 10, "count": 5, "sort": {"name": "desc"}}))
    assert page_2["columns"][2] == [row.get("name") for row in every[10:15]]
    assert page_2["total"] == len(every) == 33


def test_events_of_the_index_in_a_time_range(splunk: Standin, page: Any) -> None:
    query = f'index={INDEX} sourcetype="fortinet:fortimanager:policy" | stats count'
    now = last(ask(page, query, queryParameters={"earliest": "-1h", "latest": "now"}))
    then = last(ask(page, query, queryParameters={"earliest": "-2d", "latest": "-1d"}))
    assert (now["columns"], then["columns"]) == ([["33"]], [["0"]])


def test_a_chain_post_processes_its_base(splunk: Standin, page: Any) -> None:
    told = page.evaluate(
        """async ([query, chain]) => {
            const model = {
                base: { type: 'ds.search', options: { query } },
                child: { type: 'ds.chain', options: { extend: 'base', query: chain } },
            };
            const base = new splunk.SplunkSearch({ query }, { id: 'base' }, {}, model);
            const sid = await base.setup();
            const first = await splunk.follow(base, {});
            const child = new splunk.SplunkSearch(
                { query: chain, extend: 'base' }, { id: 'child' }
            );
            child.getObserver().next({ meta: { sid } });
            const { heard, error } = await splunk.follow(child, { count: 2 });
            await base.teardown();
            return { sid, heard, error, first: first.heard };
        }""",
        [f"{POLICIES} | fields package action", "| stats count by package"],
    )
    rows = splunk.results(f"{POLICIES} | stats count by package", APP)
    found = last(told)
    assert found["sid"] == told["sid"]
    assert found["columns"] == [[row[name] for row in rows[:2]] for name in ("package", "count")]
    assert found["total"] == len(rows)
    assert last({"heard": told["first"]})["total"] == 33


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f"{POLICIES} | sttas count", "Unknown search command 'sttas'"),
        ("| stats cuont(x)", "Error in 'stats' command: 'cuont' is not a statistical function"),
    ],
)
def test_a_search_that_cannot_be_read_says_why(
    splunk: Standin, page: Any, query: str, message: str
) -> None:
    told = ask(page, query)
    assert (told["sid"], told["heard"], told["error"]["level"]) == (None, [], "error")
    assert message in told["error"]["message"]


def test_a_command_that_fails_says_why(splunk: Standin, page: Any) -> None:
    failed = last(ask(page, "| fmgsnapshot what=policies adom=nowhere"))
    assert (failed["status"], failed["columns"]) == ("failed", [])
    said = {one["level"]: one["message"] for one in failed["log"]}
    assert said["FATAL"].startswith("Error in 'fmgsnapshot' command: ")
    assert said["ERROR"] == (
        "There is no ADOM nowhere, or you may not see it. There are: branch, root, rootp."
    )


def test_a_running_search_is_previewed_then_done(splunk: Standin, page: Any) -> None:
    parts = splunk.parts
    parts.commands = tap = Tap(parts.commands)
    try:
        page.evaluate(
            """async () => {
                const source = new splunk.SplunkSearch({ query: '| tap | stats sum(n) as n' });
                await source.setup();
                window.told = [];
                source.request({})({
                    next: (value) => told.push(splunk.told(value)),
                    complete: () => { window.done = source.teardown(); },
                });
            }"""
        )
        tap.rows.put({"n": "1"})
        page.wait_for_function("told.some((each) => each.columns[0]?.[0] === '1')")
        tap.rows.put({"n": "2"})
        page.wait_for_function("told.some((each) => each.columns[0]?.[0] === '3')")
        assert page.evaluate("told.map((each) => each.status).includes('running')")
        tap.rows.put({"n": "4"})
        tap.rows.put(None)
        page.wait_for_function("window.done")
        assert page.evaluate("told.at(-1)")["columns"] == [["7"]]
        assert page.evaluate("told.at(-1)")["status"] == "done"
    finally:
        parts.commands = tap._inner


def test_a_search_is_finalized_and_cancelled_from_its_page(splunk: Standin, page: Any) -> None:
    parts = splunk.parts
    parts.commands = tap = Tap(parts.commands)
    try:
        page.evaluate(
            """async () => {
                window.source = new splunk.SplunkSearch({ query: '| tap | stats sum(n) as n' });
                window.sid = await source.setup();
                window.told = [];
                source.request({})({
                    next: (value) => told.push(splunk.told(value)),
                    complete: () => { window.complete = true; },
                });
            }"""
        )
        tap.rows.put({"n": "5"})
        page.wait_for_function("told.some((each) => each.columns[0]?.[0] === '5')")
        page.evaluate("() => { source.finalize(); }")
        splunk.wait_for(lambda: parts.jobs.find(page.evaluate("sid")).gate.finalized)
        tap.rows.put({"n": "6"})
        page.wait_for_function("window.complete")
        assert page.evaluate("told.at(-1)")["columns"] == [["5"]]
        page.evaluate("async () => { await source.teardown(); }")
        assert parts.jobs.find(page.evaluate("sid")) is None
    finally:
        tap.rows.put(None)
        parts.commands = tap._inner


def test_a_refresh_is_a_new_job_and_the_old_one_is_gone(splunk: Standin, page: Any) -> None:
    first, second = (ask(page, BY_ACTION) for _ in range(2))
    assert first["sid"] != second["sid"]
    assert last(first)["columns"] == last(second)["columns"]
    assert [splunk.parts.jobs.find(each["sid"]) for each in (first, second)] == [None, None]


def test_a_job_that_is_there_is_shown_by_its_id(splunk: Standin, page: Any) -> None:
    started = {"search": f"{BY_ACTION} | head 1", "exec_mode": "blocking"}
    sid = splunk.rest("POST", f"/servicesNS/admin/{APP}/search/jobs", started)["sid"]
    told = ask(page, "", sid=sid)
    assert (told["sid"], last(told)["total"]) == (sid, 1)


def test_a_job_is_kept_alive_and_polled_sparingly(splunk: Standin, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    told = ask(page, "| makeresults count=3")
    assert last(told)["total"] == 3
    polls = [url for url in asked if "search/jobs?" in url]
    assert 1 <= len(polls) < 10
    assert [url for url in asked if url.endswith("/control")] == asked[-1:]


def test_a_saved_search_with_its_own_time_range(splunk: Standin, page: Any) -> None:
    saved = {
        "name": "Policies seen", "search": f"index={INDEX} sourcetype=*policy | stats count",
        "dispatch.earliest_time": "-1h", "dispatch.latest_time": "now",
    }  # fmt: skip
    splunk.rest("POST", f"/servicesNS/admin/{APP}/saved/searches", saved)
    asking = """async (options) => {
        const source = new splunk.SplunkSavedSearch({ ref: 'Policies seen', ...options });
        const sid = await source.setup();
        const { heard, error } = await splunk.follow(source, {});
        await source.teardown();
        return { sid, heard, error };
    }"""
    assert last(page.evaluate(asking, {}))["columns"] == [["33"]]
    earlier = {"earliest": "-3d", "latest": "-2d"}
    options = {"useSavedTimeRange": False, "queryParameters": earlier}
    assert last(page.evaluate(asking, options))["columns"] == [["0"]]
    page.evaluate(asking.replace("Policies seen", "No such search"), {})
    missing = page.evaluate(asking.replace("Policies seen", "No such search"), {})
    assert "Could not find object id=No such search" in missing["error"]["message"]


def test_the_time_range_picker_offers_and_explains_splunks_ranges(
    splunk: Standin, page: Any
) -> None:
    page.evaluate("splunk.showTimeRange(document.getElementById('range'))")
    picker = page.locator("[data-test=time-range-dropdown]")
    picker.get_by_role("button", name="Last 24 hours").or_(picker).first.click()
    dialog = page.locator("[data-test=time-range-dialog]")
    assert "Real-time" in dialog.inner_text()
    page.locator("[data-test='Last 7 days']").click()
    page.wait_for_function("timeRange.earliest === '-7d@h'")
    assert page.evaluate("timeRange.latest") == "now"
    picker.first.click()
    dialog.get_by_text("Advanced").click()
    earliest = dialog.get_by_role("textbox").first
    wanted = re.compile(r"search/timeparser\?.*=-1d(%40|@)d")  # it asks of what was chosen, too
    with page.expect_response(wanted) as explained:
        earliest.fill("-1d@d")
    assert "T00:00:00.000+00:00" in explained.value.text()
    dialog.get_by_text("12:00 AM").wait_for()
