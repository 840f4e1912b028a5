"""Searches as an app's author runs them with Splunk's SDK for Python, unmodified: what its jobs,
saved searches and parser do here, and what is refused. Each test names the SDK's methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from splunklib import binding, client, results

from standin import Standin
from tests.standin.rest.package import APP, rest_app, service

THREE = "| makeresults count=3 | streamstats count as n | table n"
NOW = 1_763_800_000.0  # 2025-11-22T08:26:40Z
LINES = "2025-11-22T08:20:00.000+0000 user=ann\n2025-11-22T08:21:00.000+0000 user=bob"


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("sdk"), clock=lambda: NOW) as splunk:
        splunk.submit(LINES, "main", "traffic", "gw1")
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def c(splunk: Standin) -> client.Service:
    return service(splunk)


def rows(stream: Any) -> list[Any]:
    return [each for each in results.JSONResultsReader(stream) if isinstance(each, dict)]


N = [{"n": "1"}, {"n": "2"}, {"n": "3"}]


def refused(splunk: Standin, why: str) -> None:
    """The last request was noted as not known."""
    found = splunk.parts.router.refused.pop()
    assert why in f"{found.path} {found.why}"


def test_normal_job(c: client.Service) -> None:
    """Jobs.create, Service.search, Job.is_ready, is_done, refresh, results, name, [], in."""
    for job in (c.jobs.create(THREE), c.search(THREE, exec_mode="normal")):
        while not job.is_ready() or not job.is_done():
            pass
        assert rows(job.results(output_mode="json", count=0)) == N
        assert rows(job.results(output_mode="json", count=1, offset=1)) == N[1:2]
        content = job.refresh().content
        assert (content.isDone, content.resultCount, content.dispatchState) == ("1", "3", "DONE")
        assert c.jobs[job.sid].name == job.name == job.sid
        assert job.sid in c.jobs
        assert job.sid in [each.sid for each in c.jobs.list()]
        assert c.job(job.sid).sid == job.sid


def test_blocking_oneshot_and_export(c: client.Service) -> None:
    """Jobs.create(exec_mode="blocking"), Jobs.oneshot, Jobs.export, their TypeErrors."""
    job = c.jobs.create(THREE, exec_mode="blocking")
    assert job["isDone"] == "1"
    assert rows(c.jobs.oneshot(THREE, output_mode="json")) == N
    assert rows(c.jobs.export(THREE, output_mode="json")) == N
    reader = results.JSONResultsReader(c.jobs.export(THREE, output_mode="json"))
    assert (len(list(reader)), reader.is_preview) == (3, False)
    for call, mode in ((c.jobs.export, "normal"), (c.jobs.oneshot, "normal"),
                       (c.jobs.create, "oneshot")):  # fmt: skip
        with pytest.raises(TypeError):
            call(THREE, exec_mode=mode)
    with pytest.raises(client.NotSupportedError):
        c.jobs.itemmeta()


def test_times_and_events(c: client.Service) -> None:
    """Jobs.oneshot(earliest_time=, latest_time=), Job.events, Job.searchlog."""
    times = {"earliest_time": "2025-11-22T08:20:30.000+00:00", "latest_time": "now"}
    found = c.jobs.oneshot("search index=main | table user", output_mode="json", **times)
    assert rows(found) == [{"user": "bob"}]
    job = c.jobs.create("search index=main", exec_mode="blocking")
    assert [each["user"] for each in rows(job.events(output_mode="json"))] == ["bob", "ann"]
    assert isinstance(job.searchlog().read(), bytes)


def test_control(splunk: Standin, c: client.Service) -> None:
    """Job.preview, pause, unpause, finalize, touch, set_ttl, set_priority, cancel,
    disable_preview, enable_preview."""
    job = c.jobs.create(THREE, exec_mode="blocking", preview=1)
    reader = results.JSONResultsReader(job.preview(output_mode="json"))
    assert (list(reader), reader.is_preview) == (N, False)
    job.set_ttl(60).set_priority(3).pause().unpause().finalize().touch()
    assert (job.refresh().content.ttl, job.content.priority) == ("60", "3")
    assert job.disable_preview().refresh().content.isPreviewEnabled == "0"
    assert job.enable_preview().refresh().content.isPreviewEnabled == "1"
    sid = job.sid
    job.cancel()
    assert sid not in [each.sid for each in c.jobs.list()]
    assert job.cancel() is not None
    with pytest.raises(binding.HTTPError, match="HTTP 404 Not Found -- Unknown sid"):
        c.job(sid).refresh()


def test_summary_and_timeline_are_refused(splunk: Standin, c: client.Service) -> None:
    """Job.summary, Job.timeline, real-time searches."""
    job = c.jobs.create(THREE, exec_mode="blocking")
    for call, what in ((job.summary, "summary"), (job.timeline, "timeline")):
        with pytest.raises(binding.HTTPError, match="HTTP 404"):
            call()
        refused(splunk, f"does not know search/jobs/<sid>/{what}")
    with pytest.raises(binding.HTTPError, match="HTTP 400"):
        c.jobs.create("search index=main", search_mode="realtime")
    refused(splunk, "search_mode=normal only")


@pytest.mark.parametrize("text", ["", "search index=main | nonsense", "| stats count by"])
def test_a_search_that_is_none(c: client.Service, text: str) -> None:
    """Jobs.create, oneshot, export and Service.parse of what does not parse: HTTP 400."""
    for call in (c.jobs.create, c.jobs.oneshot, c.jobs.export, c.parse):
        with pytest.raises(binding.HTTPError, match="HTTP 400"):
            call(text)


def test_parse(c: client.Service) -> None:
    """Service.parse with its arguments; the reply holds no parse tree."""
    assert c.parse("search index=main | stats count", parse_only=True).status == 200
    assert c.parse(THREE, enable_lookups="0", reload_macros=0, output_mode="json").status == 200
    old = service_v1(c)
    assert old.parse(THREE).status == 200
    assert rows(old.jobs.create(THREE, exec_mode="blocking").results(output_mode="json")) == N


def service_v1(c: client.Service) -> client.Service:
    """A client that knows the paths of v1 only."""
    old = client.Service(host=c.host, port=c.port, token=c.token, app=APP, owner="nobody")
    old._splunk_version = (8, 2, 0)
    assert old.disable_v2_api
    return old


def test_a_saved_search_from_its_making_to_its_end(splunk: Standin, c: client.Service) -> None:
    """SavedSearches.create, [], in, list, iter, SavedSearch.update, dispatch, history, suppressed,
    disable, enable, reload, acl_update, alert_count, delete."""
    made = c.saved_searches.create(
        "Daily", THREE, is_scheduled=1, cron_schedule="0 6 * * *", description="d",
        **{"dispatch.earliest_time": "-1d", "dispatch.latest_time": "now"},
    )  # fmt: skip
    assert (made["is_scheduled"], made["cron_schedule"], made.alert_count) == ("1", "0 6 * * *", 0)
    assert made.update(description="e").refresh()["description"] == "e"
    assert made["search"] == THREE
    job = made.dispatch()
    while not job.is_done():
        pass
    assert rows(job.results(output_mode="json")) == N
    assert [each.sid for each in made.history()] == [job.sid]
    assert made.suppressed == 0
    assert made.disable().refresh().content.disabled == "1"
    assert made.enable().refresh().content.disabled == "0"
    assert made.acl_update(sharing="global", owner="nobody").access.sharing == "global"
    assert "Daily" in [each.name for each in c.saved_searches.iter(pagesize=1)]
    assert "Daily" in [each.name for each in c.saved_searches.list(search="cron_schedule=0*")]
    with pytest.raises(client.IllegalOperationException):
        made.update(name="Other")
    made.delete()
    assert "Daily" not in c.saved_searches
    with pytest.raises(KeyError):
        c.saved_searches["Daily"]


def test_what_saved_searches_cannot_do_here(splunk: Standin, c: client.Service) -> None:
    """SavedSearch.scheduled_times, suppress, unsuppress, fired_alerts, Service.fired_alerts."""
    made = c.saved_searches.create("Told", THREE, is_scheduled=1, cron_schedule="0 6 * * *")
    for call in (made.scheduled_times, lambda: made.suppress(60), made.unsuppress):
        with pytest.raises(binding.HTTPError, match=r"HTTP 40[05] .* does not know"):
            call()
        refused(splunk, "The stand-in does not know")
    for alerts in (made.fired_alerts, c.fired_alerts):
        with pytest.raises(binding.HTTPError, match="HTTP 404"):
            alerts.list()
        refused(splunk, "alerts/fired_alerts")
    assert made.acknowledge() is made
    made.delete()
