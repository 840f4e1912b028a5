"""Saved searches through splunklib: made, changed, dispatched, shared, removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from splunklib import binding, client, results

from standin import Standin
from tests.standin.rest.package import APP, rest_app, service

NOW = 1_763_800_000.0  # 2025-11-22T08:26:40Z


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("saved"), clock=lambda: NOW) as splunk:
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def c(splunk: Standin) -> client.Service:
    return service(splunk)


def test_a_shipped_search_shows_its_settings_and_what_is_not_set(c: client.Service) -> None:
    content = c.saved_searches["Five rows"].content
    assert {
        name: content[name]
        for name in (
            "search", "description", "dispatch.earliest_time", "dispatch.ttl", "is_scheduled",
            "is_visible", "disabled", "actions", "cron_schedule", "alert_type", "eai:appName",
        )
    } == {
        "search": "| makeresults count=5 | eval n=1", "description": "Makes rows",
        "dispatch.earliest_time": "-1h", "dispatch.ttl": "120", "is_scheduled": "0",
        "is_visible": "1", "disabled": "0", "actions": None, "cron_schedule": None,
        "alert_type": "always", "eai:appName": APP,
    }  # fmt: skip


def test_a_search_is_made_changed_and_removed(splunk: Standin, c: client.Service) -> None:
    made = c.saved_searches.create(
        "Mine / yours?", "| makeresults", cron_schedule="*/5 * * * *", is_scheduled=True,
        actions="email,note", **{"action.email.to": "a@example.org", "alert.track": "1"},
    )  # fmt: skip
    on_disk = splunk.confs.stanza("savedsearches", "Mine / yours?", APP, inherit=False)
    assert on_disk
    assert on_disk.settings == {
        "search": "| makeresults", "cron_schedule": "*/5 * * * *", "enableSched": "1",
        "action.email": "1", "action.note": "1", "action.email.to": "a@example.org",
        "alert.track": "1",
    }  # fmt: skip
    assert (made.content.is_scheduled, made.content.actions) == ("1", "email,note")
    made.update(search="| makeresults count=2", description="two")
    found = c.saved_searches["Mine / yours?"]
    assert (found.content.search, found.content.description) == ("| makeresults count=2", "two")
    found.disable()
    assert found.refresh().content.disabled == "1"
    with pytest.raises(binding.HTTPError, match="HTTP 409"):
        c.saved_searches.create("Mine / yours?", "| makeresults")
    c.saved_searches.delete("Mine / yours?")
    assert "Mine / yours?" not in c.saved_searches
    with pytest.raises(binding.HTTPError, match=r"HTTP 403 .* shipped"):
        c.saved_searches.delete("Five rows")


def test_arguments_that_no_saved_search_has_are_refused(splunk: Standin, c: client.Service) -> None:
    with pytest.raises(binding.HTTPError, match='Argument "colour" is not supported'):
        c.saved_searches.create("wrong", "| makeresults", colour="red")
    assert (
        splunk.parts.router.refused.pop().why
        == 'Argument "colour" is not supported by this handler.'
    )
    with pytest.raises(binding.HTTPError, match="required arguments are missing: search"):
        c.saved_searches.post(name="empty")


def test_a_dispatched_search_runs_as_saved_and_is_in_its_history(c: client.Service) -> None:
    saved = c.saved_searches["Five rows"]
    before = len(saved.history())
    job = saved.dispatch(**{"dispatch.now": "1763796400"})
    while not job.is_done():
        pass
    found = list(results.JSONResultsReader(job.results(output_mode="json", f="n")))
    assert found == [{"n": "1"}] * 5
    content = job.content
    assert (content.isSavedSearch, content.label, content.ttl) == ("1", "Five rows", "120")
    assert (content.earliestTime, content.latestTime) == (
        "2025-11-22T06:26:40.000+00:00",
        "2025-11-22T07:26:40.000+00:00",
    )
    history = saved.history()
    assert (len(history) - before, history[0].sid) == (1, job.sid)
    assert "__Fiverows_at_1763800000" in job.sid
    assert saved.history(search="isScheduled=true") == []
    assert len(saved.history(search="isScheduled=0")) == len(history)


def test_arguments_of_a_dispatch_fill_in_the_search(splunk: Standin, c: client.Service) -> None:
    saved = c.saved_searches.create("Count", "| makeresults count=$args.count$ | eval n=2")
    job = saved.dispatch(**{"args.count": "3"})
    while not job.is_done():
        pass
    found = list(results.JSONResultsReader(job.results(output_mode="json", f="n")))
    assert found == [{"n": "2"}] * 3
    c.saved_searches.delete("Count")


def test_a_search_that_does_not_parse_is_refused_when_dispatched(c: client.Service) -> None:
    saved = c.saved_searches.create("Broken", "| nonsense")
    with pytest.raises(binding.HTTPError, match="Unknown search command 'nonsense'"):
        saved.dispatch()
    c.saved_searches.delete("Broken")


def test_a_private_search_is_its_owner_s_until_it_is_shared(splunk: Standin) -> None:
    for name in ("anna", "otto"):
        splunk.add_user(name, "pw", ["power"])
    anna, otto = (
        service(splunk, username=name, password="pw", owner=name) for name in ("anna", "otto")
    )
    mine = anna.saved_searches.create("Private", "| makeresults")
    assert (mine.access.owner, mine.access.sharing, mine.access.app) == ("anna", "user", APP)
    path = splunk.home.path / "etc/users/anna" / APP / "local/savedsearches.conf"
    assert "[Private]" in path.read_text()
    assert "Private" not in otto.saved_searches
    mine.acl_update(sharing="app", owner="anna", **{"perms.read": "power", "perms.write": "admin"})
    shared = otto.saved_searches["Private"]
    assert (shared.access.sharing, shared.access.owner, shared.access.perms.read) == (
        "app",
        "anna",
        ["power"],
    )
    assert shared.access.can_write == "0"
    assert "[Private]" not in path.read_text()
    moved = splunk.confs.stanza("savedsearches", "Private", APP, inherit=False)
    assert moved
    assert moved.settings == {"search": "| makeresults"}


def test_a_search_made_without_a_namespace_is_private_in_the_app_search(splunk: Standin) -> None:
    plain = service(splunk, app=None, owner=None)
    made = plain.saved_searches.create("Loose", "| makeresults")
    assert (made.access.owner, made.access.sharing, made.access.app) == ("admin", "user", "search")
    assert made.dispatch().sid
    plain.saved_searches.delete("Loose")
    assert "Loose" not in plain.saved_searches
