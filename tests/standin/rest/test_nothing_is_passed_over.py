"""What splunkd would obey and the stand-in does not is refused, and seen in ``Standin.refused``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from standin import Standin
from tests.standin.rest.package import APP, NS, ask, rest_app

SEARCHES = f"{NS}/saved/searches"
DISPATCH = f"{SEARCHES}/Five%20rows/dispatch"


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("rest")) as splunk:
        splunk.add_user("ann", "pw-of-ann", ("power",))
        yield splunk


@pytest.fixture
def refusals(splunk: Standin) -> Iterator[list[str]]:
    """What was refused for want of knowledge since the test began."""
    before = len(splunk.refused)
    found: list[str] = []
    yield found
    assert [each.why for each in splunk.refused[before:]] == found


@pytest.mark.parametrize(
    ("method", "path", "fields", "why"),
    [
        ("GET", SEARCHES, {"sort_dir": "desc"}, "The stand-in knows sort_dir=asc only."),
        ("POST", DISPATCH, {"dispatch.sample_ratio": "100"},
         "The stand-in knows dispatch.sample_ratio=1 only."),
        ("POST", DISPATCH, {"dispatch.lookups": "0"},
         "The stand-in knows dispatch.lookups=1 only."),
        ("POST", DISPATCH, {"dispatch.now": "-1d"},
         "The stand-in knows dispatch.now as seconds only, not -1d."),
        ("POST", DISPATCH, {"dispatch.index_earliest": "-1d"},
         "The stand-in does not know dispatch.index_earliest= here."),
        ("POST", "/services/authorization/tokens",
         {"name": "ann", "audience": "x", "expires_on": "+1m"},
         "The stand-in does not know expires_on= here."),
        ("POST", f"{NS}/storage/passwords", {"name": "u", "password": "p", "reaml": "r"},
         'Argument "reaml" is not supported by this handler.'),
        ("POST", "/services/data/indexes", {"name": "i", "datatype": "metric"},
         "The stand-in has indexes of events only."),
        ("POST", f"{NS}/search/jobs", {"search": "| makeresults", "sid": "1"},
         "The stand-in knows sid= only."),
    ],
)  # fmt: skip
def test_arguments(
    splunk: Standin, refusals: list[str], method: str, path: str, fields: dict[str, Any], why: str
) -> None:
    assert ask(splunk, method, path, fields).status in (400, 501)
    refusals.append(why)


@pytest.mark.parametrize("path", [
    "configs/conf-inputs", "configs/conf-app/ui", "properties/app", "properties/app/ui",
    "storage/passwords", "storage/collections/config", "search/jobs", "search/v2/jobs",
    "saved/searches", "saved/searches/Five%20rows", "saved/searches/Five%20rows/history",
    "saved/eventtypes", "apps/local", f"apps/local/{APP}", "data/indexes", "data/ui/views",
    "data/ui/nav", "data/ui/times", "data/lookup-table-files", "data/transforms/lookups",
    "authentication/users", "authentication/users/ann", "authentication/current-context",
    "authorization/roles", "authorization/capabilities", "authorization/tokens", "server/info",
    "messages",
])  # fmt: skip
def test_a_list_takes_no_argument_that_it_does_not_know(
    splunk: Standin, refusals: list[str], path: str
) -> None:
    """ "Pagination and filtering parameters" of the REST API Reference."""
    known = {"output_mode": "json", "count": "0", "offset": "0", "_": "1790000000000"}
    if "history" in path:
        known |= {"sort_key": "start", "sort_dir": "desc"}
    assert ask(splunk, "GET", f"{NS}/{path}", known).status == 200
    got = ask(splunk, "GET", f"{NS}/{path}", {**known, "nonsense": "1"})
    assert (got.status, got.json["messages"][0]["text"]) == (
        400, "The stand-in does not know nonsense= here.",
    )  # fmt: skip
    refusals.append("The stand-in does not know nonsense= here.")


@pytest.mark.parametrize(
    ("path", "name", "value", "why"),
    [
        ("saved/searches", "listDefaultActionArgs", "1", "knows listDefaultActionArgs=0 only."),
        ("configs/conf-inputs", "fillcontents", "0", "knows fillcontents=1 only."),
        ("data/ui/views", "digest", "1", "knows digest=0 only."),
        ("apps/local", "output_mode", "csv", "does not know output_mode=csv here."),
        ("apps/local", "sort_key", "label", "does not know the argument sort_key."),
        ("apps/local", "summarize", "1", "does not know the argument summarize."),
    ],
)
def test_a_list_refuses_what_it_would_not_obey(
    splunk: Standin, refusals: list[str], path: str, name: str, value: str, why: str
) -> None:
    assert ask(splunk, "GET", f"{NS}/{path}", {name: value}).status == 400
    refusals.append(f"The stand-in {why}")


def test_arguments_of_one_job_and_one_document(splunk: Standin, refusals: list[str]) -> None:
    asked = {"search": "| makeresults", "exec_mode": "blocking", "output_mode": "json"}
    sid = ask(splunk, "POST", f"{NS}/search/jobs", asked).json["sid"]
    for path in (f"{NS}/search/v2/jobs/{sid}", f"{NS}/search/jobs/{sid}/search.log"):
        assert ask(splunk, "GET", path, {"output_mode": "json", "_": "1"}).status == 200
        assert ask(splunk, "GET", path, {"search": "x"}).status == 400
        refusals.append("The stand-in does not know search= here.")
    listed = ask(splunk, "GET", f"{NS}/search/jobs", {"id": sid, "output_mode": "json"}).json
    assert [each["content"]["sid"] for each in listed["entry"]] == [sid]


def test_arguments_of_one_piece_of_data(splunk: Standin, refusals: list[str]) -> None:
    """receivers/simple of the REST API Reference: host, host_regex, index, source, sourcetype."""
    path = "/services/receivers/simple"
    given = "index=main&host=h&source=s&sourcetype=t&output_mode=json"
    form = {"Content-Type": "text/plain"}
    assert ask(splunk, "POST", f"{path}?{given}", body=b"a=b c=d&e=f", headers=form).status == 200
    assert [each["_raw"] for each in splunk.search(index="main", host="h")] == ["a=b c=d&e=f"]
    for name in ("host_regex", "nonsense"):
        got = ask(splunk, "POST", f"{path}?{given}&{name}=1", body=b"x", headers=form)
        assert got.status == 400
        refusals.append(f"The stand-in does not know {name}= here.")
    assert splunk.count(index="main", host="h") == 1


def test_arguments_of_jobs(splunk: Standin, refusals: list[str]) -> None:
    asked = {"search": "| makeresults", "exec_mode": "blocking", "output_mode": "json"}
    job = f"{NS}/search/jobs/{ask(splunk, 'POST', f'{NS}/search/jobs', asked).json['sid']}"
    known = {"output_mode": "json", "output_time_format": "%FT%T.%Q%:z"}
    assert len(ask(splunk, "GET", f"{job}/results", known).json["results"]) == 1
    assert ask(splunk, "GET", f"{job}/results", {"output_time_format": "%s"}).status == 400
    refusals.append("The stand-in knows output_time_format=%FT%T.%Q%:z only.")
    assert ask(splunk, "POST", f"{job}/control", {"action": "setttl"}).status == 400
    assert ask(splunk, "POST", f"{job}/control", {"action": "touch", "tll": "5"}).status == 400
    refusals.append("The stand-in does not know tll= here.")


def test_an_admin_makes_and_sees_what_is_another_users(splunk: Standin) -> None:
    """Users of the path servicesNS/<user>/<app>: "Access Control List" of the REST manual."""
    key = splunk.parts.sessions.key_of("ann")
    hers = f"/servicesNS/ann/{APP}/saved/searches"
    made = ask(splunk, "POST", hers, {"name": "hers", "search": "| makeresults",
                                      "output_mode": "json"})  # fmt: skip
    assert (made.status, made.json["entry"][0]["acl"]["owner"]) == (201, "ann")
    assert ask(splunk, "GET", f"{hers}/hers").status == 200
    assert ask(splunk, "GET", f"{hers}/hers", key=key).status == 200
    assert ask(splunk, "GET", f"/servicesNS/admin/{APP}/saved/searches/hers").status == 404
    other = splunk.add_user("bob", "pw-of-bob")
    assert ask(splunk, "GET", f"{hers}/hers", key=other).status == 404
    assert ask(splunk, "POST", hers, {"name": "x", "search": "|"}, key=other).status == 403


@pytest.mark.parametrize("asked", [
    {"sharing": "user", "owner": "admin"}, {"sharing": "app", "owner": "ann", "app": "search"},
])  # fmt: skip
def test_an_object_is_not_moved_where_it_cannot_go(splunk: Standin, asked: dict[str, str]) -> None:
    hers = f"/servicesNS/ann/{APP}/saved/searches"
    ask(splunk, "POST", hers, {"name": "kept", "search": "| makeresults"})
    assert ask(splunk, "POST", f"{hers}/kept/acl", asked).status == 501
    assert ask(splunk, "GET", f"{hers}/kept", {"output_mode": "json"}).json["entry"][0]["acl"][
        "sharing"] == "user"  # fmt: skip


def test_views_are_not_written_for_another(splunk: Standin) -> None:
    key = splunk.add_user("eve", "pw-of-eve")
    path = f"/servicesNS/ann/{APP}/data/ui/views"
    assert ask(splunk, "POST", path, {"name": "v", "eai:data": "<form/>"}, key=key).status == 403
    assert list(splunk.home.path.glob("etc/users/*/*/local/data/ui/views/*")) == []


def test_a_shared_search_is_not_dispatched_as_another(splunk: Standin, refusals: list[str]) -> None:
    """savedsearches.conf.spec, dispatchAs: by default as its owner."""
    hers = f"/servicesNS/ann/{APP}/saved/searches"
    ask(splunk, "POST", hers, {"name": "shared", "search": "| makeresults"})
    acl = {"sharing": "app", "owner": "ann", "perms.read": "*"}
    assert ask(splunk, "POST", f"{hers}/shared/acl", acl).status == 200
    key = splunk.parts.sessions.key_of("ann")
    assert ask(splunk, "POST", f"{SEARCHES}/shared/dispatch", key=key).status == 201
    assert ask(splunk, "POST", f"{SEARCHES}/shared/dispatch").status == 501
    refusals.append("The stand-in does not dispatch shared as its owner.")
    asked = {"dispatchAs": "user"}
    assert ask(splunk, "POST", f"{SEARCHES}/shared", asked).status == 200
    assert ask(splunk, "POST", f"{SEARCHES}/shared/dispatch").status == 201
