"""app.conf.spec, [install] state: what is left of an app that is disabled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from standin import Standin
from standin.errors import RestRefused
from standin.scheduler.member import InstanceMember
from standin.search.errors import SearchFailed
from standin.spl.errors import Malformed
from tests.standin.rest.package import APP, NS, rest_app

VIEWS = "/servicesNS/-/-/data/ui/views"
FILES = "/servicesNS/-/-/data/lookup-table-files"
KIND = f"{NS}/data/inputs/tick"


def names(splunk: Standin, path: str) -> list[str]:
    return [each["name"] for each in splunk.rest("GET", path, {"count": "0"})["entry"]]


def put(splunk: Standin, path: str, text: str) -> None:
    target = splunk.home.path / "etc" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def app_entry(splunk: Standin) -> tuple[bool, str, str]:
    content = splunk.rest("GET", f"/services/apps/local/{APP}", {})["entry"][0]["content"]
    return content["disabled"], content["label"], content["version"]


def lookup_rows(splunk: Standin, app: str) -> int:
    return len(splunk.results("| inputlookup colours.csv", app=app))


@pytest.fixture
def splunk(tmp_path: Path) -> Iterator[Standin]:
    with rest_app(tmp_path) as splunk:
        put(splunk, f"apps/{APP}/README/inputs.conf.spec", "[tick://<name>]\n")
        put(splunk, f"apps/{APP}/default/data/models/Calls.json", '{"objects": []}')
        put(splunk, f"users/ann/{APP}/local/savedsearches.conf", "[Hers]\nsearch = index=main\n")
        put(splunk, f"apps/{APP}/metadata/local.meta", "[]\nexport = system\n")
        put(splunk, "apps/other/default/app.conf", "[install]\nstate = enabled\n")
        splunk.parts.reload()
        yield splunk


def disable(splunk: Standin) -> None:
    put(splunk, f"apps/{APP}/local/app.conf", "[install]\nstate = disabled\n")
    splunk.parts.reload()


def test_the_list_of_apps_says_so(splunk: Standin) -> None:
    assert app_entry(splunk) == (False, "Sample of REST", "1.0.0")
    disable(splunk)
    assert app_entry(splunk) == (True, "Sample of REST", "1.0.0")


def test_its_views_and_lookup_files_are_not_served(splunk: Standin) -> None:
    assert (names(splunk, VIEWS), names(splunk, FILES)) == (["overview"], ["colours.csv"])
    assert names(splunk, f"{NS}/data/ui/views") == ["overview"]
    assert names(splunk, "/servicesNS/nobody/other/data/ui/views") == ["overview"]
    disable(splunk)
    assert (names(splunk, VIEWS), names(splunk, FILES)) == ([], [])
    assert names(splunk, f"{NS}/data/ui/views") == []
    assert names(splunk, "/servicesNS/nobody/other/data/ui/views") == []


@pytest.mark.parametrize("app", [APP, "other"])
def test_no_search_sees_its_lookups(splunk: Standin, app: str) -> None:
    assert lookup_rows(splunk, app) > 0
    disable(splunk)
    with pytest.raises(Malformed, match="Could not find lookup table 'colours"):
        lookup_rows(splunk, app)


def test_its_kinds_of_input_are_not_known(splunk: Standin) -> None:
    assert names(splunk, KIND) == []
    disable(splunk)
    with pytest.raises(RestRefused, match="no input kind 'tick'"):
        names(splunk, KIND)


def test_its_saved_searches_do_not_run(splunk: Standin) -> None:
    member = InstanceMember(splunk.parts)
    assert {each.app for each in member.saved_searches()} == {APP}
    disable(splunk)
    assert member.saved_searches() == []


@pytest.mark.parametrize("app", [APP, "other"])
def test_no_search_sees_its_data_models(splunk: Standin, app: str) -> None:
    assert "single root dataset" in _of_model(splunk, app)
    disable(splunk)
    assert "Data model 'Calls' was not found" in _of_model(splunk, app)


def _of_model(splunk: Standin, app: str) -> str:
    with pytest.raises(SearchFailed) as caught:
        splunk.results("| tstats count from datamodel=Calls", app=app)
    return str(caught.value)
