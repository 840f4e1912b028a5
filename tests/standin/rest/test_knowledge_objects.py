"""Views, times, lookups, macros, event types and apps as clients and pages ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from splunklib import binding

from standin import Standin
from tests.standin.rest.package import APP, NS, PASSWORD, ask, rest_app, service
from tests.standin.web.web_client import logged_in


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("objects"), web=True) as splunk:
        yield splunk
        assert splunk.refused == []


def entries(splunk: Standin, path: str, **fields: str) -> list[dict[str, Any]]:
    reply = ask(splunk, "GET", path, {"output_mode": "json", "count": "0", **fields})
    assert reply.status == 200, reply.body
    return list(reply.json["entry"])


def test_a_dashboard_is_read_saved_and_removed(splunk: Standin) -> None:
    (overview,) = entries(splunk, f"{NS}/data/ui/views")
    content = overview["content"]
    assert (overview["name"], content["label"], content["description"]) == (
        "overview",
        "Overview",
        "What there is",
    )
    assert (content["isDashboard"], content["rootNode"], content["version"]) == (
        True,
        "dashboard",
        "2",
    )
    assert '{"title": "Overview"}' in content["eai:data"]
    text = "<dashboard version='2'><label>Mine</label></dashboard>"
    made = ask(splunk, "POST", f"{NS}/data/ui/views", {"name": "mine", "eai:data": text})
    assert made.status == 201
    assert entries(splunk, f"{NS}/data/ui/views/mine")[0]["content"]["eai:data"] == text
    assert ask(splunk, "DELETE", f"{NS}/data/ui/views/mine").status == 200
    assert ask(splunk, "GET", f"{NS}/data/ui/views/mine").status == 404
    assert ask(splunk, "DELETE", f"{NS}/data/ui/views/overview").status == 403
    wrong = {"name": "wrong", "eai:data": "<dashboard>"}
    assert ask(splunk, "POST", f"{NS}/data/ui/views", wrong).status == 500
    key = splunk.add_user("plain", "pw", ["user"])
    assert ask(
        splunk, "POST", f"{NS}/data/ui/views/overview", {"eai:data": text}, key=key
    ).status == 403  # fmt: skip


def test_a_page_asks_through_splunk_web(splunk: Standin) -> None:
    browser = logged_in(splunk, "admin", PASSWORD)

    def web(method: str, path: str, **fields: Any) -> Any:
        given = {"output_mode": "json", **fields}
        reply = browser.raw(method, path, **given)
        assert reply.status in (200, 201), reply.body
        return reply.json

    context = web("GET", "/services/authentication/current-context")["entry"][0]["content"]
    assert (context["username"], context["tz"]) == ("admin", "")
    times = web("GET", f"{NS}/data/ui/times", count="0")["entry"]
    assert {
        "label": "Last 24 hours", "earliest_time": "-24h@h", "latest_time": "now",
    }.items() <= next(
        each["content"] for each in times if each["name"] == "last_24_hours"
    ).items()  # fmt: skip
    sid = web(
        "POST", f"{NS}/search/jobs", search="| makeresults count=2 | streamstats count as n",
        earliest_time="-24h@h", latest_time="now", preview="true", sample_ratio="1",
        provenance="UI:Dashboard:overview", check_risky_command="false", status_buckets="0",
        adhoc_search_level="fast", rf="*", auto_cancel="30",
    )["sid"]  # fmt: skip
    while not web("GET", "/services/search/jobs", id=[sid])["entry"][0]["content"]["isDone"]:
        pass
    found = web(
        "GET", f"{NS}/search/v2/jobs/{sid}/results", count="100", offset="0",
        search="| table n", show_metadata="true", output_mode="json_cols",
    )  # fmt: skip
    assert (found["fields"], found["columns"]) == ([{"name": "n"}], [["1", "2"]])


def test_a_page_finds_its_job_again_and_the_latest_of_a_saved_search(splunk: Standin) -> None:
    jobs = f"/servicesNS/admin/{APP}/search/jobs"
    sent = {"search": "| makeresults", "webframework.cache.hash": "java5:1f", "preview": "true"}
    made = ask(splunk, "POST", jobs, {**sent, "output_mode": "json"})
    assert made.status == 201
    cached = {"search": "request.webframework.cache.hash=java5:1f"}
    (found,) = entries(splunk, "/services/search/jobs", **cached)
    assert (found["content"]["sid"], found["content"]["request"]) == (made.json["sid"], sent)
    saved = f"/servicesNS/admin/{APP}/saved/searches/Five%20rows"
    fields = {"dispatch.check_risky_command": "true", "dispatch.label": "ds_1",
              "dispatch.provenance": "UI:Dashboard:overview", "output_mode": "json"}  # fmt: skip
    sids = [ask(splunk, "POST", f"{saved}/dispatch", fields).json["sid"] for _ in range(2)]
    latest = {"sort_key": "start", "sort_dir": "desc", "count": "1", "output_mode": "json"}
    (last,) = ask(splunk, "GET", f"{saved}/history", latest).json["entry"]
    assert last["name"] == sids[-1]


def test_lookup_files_and_definitions(splunk: Standin) -> None:
    (colours,) = entries(splunk, f"{NS}/data/lookup-table-files")
    path = splunk.home.app(APP) / "lookups" / "colours.csv"
    assert (colours["name"], colours["content"]["eai:data"], colours["acl"]["sharing"]) == (
        "colours.csv",
        str(path),
        "global",
    )
    definitions = {each["name"] for each in entries(splunk, f"{NS}/data/transforms/lookups")}
    assert definitions == {"colours", "shapes"}
    staged = splunk.home.path / "var/run/splunk/lookup_tmp/new.csv"
    staged.parent.mkdir(parents=True)
    staged.write_text("a,b\n1,2\n")
    fields = {"name": "new.csv", "eai:data": str(staged)}
    assert ask(splunk, "POST", f"{NS}/data/lookup-table-files", fields).status == 201
    assert (splunk.home.app(APP) / "lookups/new.csv").read_text() == "a,b\n1,2\n"
    elsewhere = {"name": "passwd.csv", "eai:data": "/etc/passwd"}
    assert ask(splunk, "POST", f"{NS}/data/lookup-table-files", elsewhere).status == 400
    assert ask(splunk, "DELETE", f"{NS}/data/lookup-table-files/new.csv").status == 200


def test_macros_and_event_types_through_splunklib(splunk: Standin) -> None:
    connected = service(splunk)
    assert (connected.macros["rows(1)"].args, connected.macros["rows(1)"].definition) == (
        "count",
        "makeresults count=$count$",
    )
    connected.macros.create("one", "makeresults")
    assert connected.macros["one"].definition == "makeresults"
    connected.macros.delete("one")
    connected.event_types.create("errors", search="error")
    assert connected.event_types["errors"].content.search == "error"
    connected.event_types.delete("errors")
    assert "errors" not in connected.event_types


def test_confs_apps_indexes_and_info_through_splunklib(splunk: Standin) -> None:
    connected = service(splunk)
    stanza = connected.confs["transforms"]["colours"]
    assert stanza.content.filename == "colours.csv"
    stanza.submit({"case_sensitive_match": "false"}).refresh()
    assert stanza.content.case_sensitive_match == "false"
    assert (connected.apps[APP].label, connected.info.version) == ("Sample of REST", "9.4.0")
    connected.indexes.create("fresh")
    assert "fresh" in connected.indexes
    with pytest.raises(binding.HTTPError, match="HTTP 409"):
        connected.indexes.create("fresh")


def test_a_list_shows_only_the_fields_asked_for(splunk: Standin) -> None:
    fields = {"f": "title", "output_mode": "json", "search": "name=Five*"}
    (entry,) = ask(splunk, "GET", f"{NS}/saved/searches", fields).json["entry"]
    assert (entry["name"], entry["content"]) == ("Five rows", {})


def test_indexes_say_which_are_splunks_own(splunk: Standin) -> None:
    """As the add-on framework's pages ask for those that an input may write to."""
    own = entries(splunk, "/services/data/indexes", search="isInternal=1", count="-1")
    others = entries(splunk, f"{NS}/data/indexes", search="isInternal=0 disabled=0", count="-1")
    assert {each["name"][0] for each in own} == {"_"}
    assert {"history", "main", "summary"} <= {each["name"] for each in others}
    assert not [each for each in others if each["name"].startswith("_")]
