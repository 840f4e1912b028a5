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
         "The stand-in does not know reaml= here."),
        ("POST", "/services/data/indexes", {"name": "i", "datatype": "metric"},
         "The stand-in has indexes of events only."),
        ("GET", f"/servicesNS/ann/{APP}/data/ui/views", {},
         "The stand-in shows nobody the views of another"),
    ],
)  # fmt: skip
def test_arguments(
    splunk: Standin, refusals: list[str], method: str, path: str, fields: dict[str, Any], why: str
) -> None:
    assert ask(splunk, method, path, fields).status in (400, 501)
    refusals.append(why)


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
