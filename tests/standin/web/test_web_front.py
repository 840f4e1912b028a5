"""Splunk Web's part: log-in, form key, pages and files of an app, the way to splunkd."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from standin import Standin
from standin.errors import StandinError
from tests.splunk.sample_package import pack
from tests.standin.web.web_client import RAW, Browser, logged_in

PASSWORD = "correct horse"
APP = "web_app"
PAGES = f"/en-US/app/{APP}"
STATIC = "/en-US/static/@1a2b3c.4:1"


def web_app(folder: Path) -> Standin:
    package = pack(Path(__file__).parent / APP, folder / f"{APP}-1.0.0.tar.gz")
    return Standin(folder / "splunk", [package], admin_password=PASSWORD, web=True)


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with web_app(tmp_path_factory.mktemp("web")) as splunk:
        splunk.add_user("ann", "ann's own", ["user"])
        yield splunk
        assert splunk.refused == []


@pytest.fixture(scope="module")
def admin(splunk: Standin) -> Browser:
    return logged_in(splunk, "admin", PASSWORD)


def refused(splunk: Standin, number: int = 1) -> list[str]:
    """What was noted last, taken from the list that must end empty."""
    noted = splunk.parts.router.refused
    taken = [f"{one.method} {one.path}" for one in noted[-number:]]
    del noted[-number:]
    return taken


def test_who_is_not_logged_in_is_sent_to_the_form_and_back(splunk: Standin) -> None:
    browser = Browser(splunk)
    there = browser.ask("GET", f"{PAGES}/page?a=1")
    form = "/en-US/account/login?return_to=%2Fen-US%2Fapp%2Fweb_app%2Fpage%3Fa%3D1"
    assert (there.status, there.headers["Location"]) == (303, form)
    back = browser.log_in("admin", PASSWORD, f"{PAGES}/page?a=1")
    assert (back.status, back.headers["Location"]) == (303, f"{PAGES}/page?a=1")
    page = browser.ask("GET", f"{PAGES}/page?a=1")
    assert (page.status, page.body) == (200, "<!DOCTYPE html>\n<p>Hello</p>\n")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "/\\evil.test"])
def test_a_log_in_leads_to_no_other_server(splunk: Standin, elsewhere: str) -> None:
    assert Browser(splunk).log_in("admin", PASSWORD, elsewhere).headers["Location"] == "/en-US/"


def test_a_wrong_password_and_a_form_without_its_cookie_are_refused(splunk: Standin) -> None:
    browser = Browser(splunk)
    wrong = browser.log_in("admin", "wrong")
    assert (wrong.status, "Login failed" in wrong.body, browser.form_key) == (401, True, "")
    fields = {"cval": "1", "username": "admin", "password": PASSWORD}
    assert Browser(splunk).ask("POST", "/en-US/account/login", fields).status == 401


def test_a_script_logs_in_and_gets_json(splunk: Standin) -> None:
    script = {"X-Requested-With": "XMLHttpRequest"}
    good, bad = Browser(splunk), Browser(splunk)
    assert good.log_in("ann", "ann's own", **script).json == {"status": 0}
    assert bad.log_in("ann", "wrong", **script).json == {"status": 1, "message": "Login failed"}
    who = good.raw("GET", "/services/authentication/current-context").json["entry"][0]
    assert who["content"]["username"] == "ann"


def test_the_session_is_hidden_from_scripts_and_the_form_key_is_not(splunk: Standin) -> None:
    browser = logged_in(splunk, "admin", PASSWORD)
    port = splunk.web_uri.rpartition(":")[2]
    hidden = {each.name: each.has_nonstandard_attr("HttpOnly") for each in browser.cookies}
    assert hidden == {"cval": True, f"splunkd_{port}": True, f"splunkweb_csrf_token_{port}": False}


def test_a_session_ends_with_the_log_out(splunk: Standin) -> None:
    browser = logged_in(splunk, "admin", PASSWORD)
    key = next(str(each.value) for each in browser.cookies if each.name.startswith("splunkd_"))
    assert browser.ask("GET", "/en-US/account/logout").headers["Location"] == "login"
    assert browser.raw("GET", "/services/server/info").status == 401
    assert splunk.parts.sessions.of_key(key) is None


def test_a_change_needs_the_form_key_of_its_own_session(splunk: Standin, admin: Browser) -> None:
    path, fields = f"{RAW}/services/data/indexes", {"name": "made", "output_mode": "json"}
    other = logged_in(splunk, "admin", PASSWORD)
    script = {"X-Requested-With": "XMLHttpRequest"}
    for headers in (
        script, {**script, "X-Splunk-Form-Key": "1"},
        {**script, "X-Splunk-Form-Key": other.form_key},
        {"X-Splunk-Form-Key": admin.form_key},
    ):  # fmt: skip
        answer = admin.ask("POST", path, fields, headers)
        assert (answer.status, answer.json["messages"][0]["text"]) == (
            401,
            "Splunk cannot authenticate the request. CSRF validation failed.",
        )
    assert admin.raw("GET", "/services/data/indexes/made").status == 404
    assert admin.raw("POST", "/services/data/indexes", name="made").status == 201


def test_splunkd_itself_knows_nothing_of_splunk_webs_paths(splunk: Standin) -> None:
    with pytest.raises(StandinError, match=r"404.*does not know this path"):
        splunk.rest("GET", f"{RAW}/services/server/info")
    assert refused(splunk) == [f"GET {RAW}/services/server/info"]


def test_a_key_in_a_header_is_not_passed_on(splunk: Standin) -> None:
    key = {"Authorization": f"Splunk {splunk.session_key}"}
    assert Browser(splunk).ask("GET", f"{RAW}/services/server/info", headers=key).status == 401


def test_what_pages_are_told(splunk: Standin, admin: Browser) -> None:
    said = admin.ask("GET", "/en-US/config?autoload=1").body
    constants = json.loads(said.removeprefix("window.$C = ").removesuffix(";"))
    assert {
        "LOCALE": "en-US", "USERNAME": "admin", "SPLUNKD_PATH": RAW,
        "MRSPARKLE_PORT_NUMBER": int(splunk.web_uri.rpartition(":")[2]),
        "SERVER_ZONEINFO": "### SERIALIZED TIMEZONE FORMAT 1.0;C0;Y0 NW 55 54 43;$",
    }.items() <= constants.items()  # fmt: skip
    catalog = admin.ask("GET", "/en-US/i18ncatalog?autoload=1")
    assert catalog.headers["Content-Type"] == "application/javascript; charset=utf-8"


def test_the_way_from_the_start_to_the_apps_default_view(splunk: Standin, admin: Browser) -> None:
    seen = ["/"]
    while len(seen) < 4:
        answer = admin.ask("GET", seen[-1])
        assert answer.status == 303
        seen.append(answer.headers["Location"])
    assert seen == ["/", "/en-US/", PAGES, f"{PAGES}/page"]


def test_a_view_is_for_those_who_may_read_it(splunk: Standin, admin: Browser) -> None:
    assert admin.ask("GET", f"{PAGES}/secret").status == 200
    assert logged_in(splunk, "ann", "ann's own").ask("GET", f"{PAGES}/secret").status == 404


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        ("overview", 501, "is a <dashboard>: the stand-in shows views of type html only"),
        ("mako", 501, "holds Mako ('${')"),
        ("lost", 404, "There is no template web_app:/templates/absent.html"),
    ],
)
def test_what_is_not_shown_says_so(
    splunk: Standin, admin: Browser, view: str, status: int, words: str
) -> None:
    page = admin.ask("GET", f"{PAGES}/{view}")
    assert (page.status, words in page.body.replace("&lt;", "<").replace("&gt;", ">")) == (
        status,
        True,
    )
    assert refused(splunk) == [f"GET {PAGES}/{view}"]


def test_files_of_apps_with_and_without_a_build(splunk: Standin) -> None:
    for folder, caching in (("/en-US/static", "no-cache"), (STATIC, "max-age=31536000")):
        file = Browser(splunk).ask("GET", f"{folder}/app/{APP}/js/hello.js")
        assert (file.status, file.body) == (200, "window.hello = 1;\n")
        assert file.headers["Content-Type"] == "application/javascript; charset=utf-8"
        assert file.headers["Cache-Control"] == caching


@pytest.mark.parametrize(
    "path",
    [
        f"{STATIC}/app/{APP}/js/absent.js",
        f"{STATIC}/app/{APP}/../templates/plain.html",
        f"{STATIC}/app/{APP}/..%2F..%2Fdefault/app.conf",
        f"{STATIC}/app/nobody/js/hello.js",
        f"{STATIC}/js/contrib/jquery.js",
        "/de-DE/config?autoload=1",
        "/en-US/manager/search/datainputstats",
        "/en-US/custom/web_app/controller",
        "/robots.txt",
        "/en-US/app/nobody",
        "/en-US/account/passwordchange",
    ],
)
def test_what_nobody_serves_is_a_404_and_noted(splunk: Standin, admin: Browser, path: str) -> None:
    assert admin.ask("GET", path).status == 404
    assert refused(splunk) == [f"GET {path.partition('?')[0]}"]


def test_pages_are_served_when_asked_for_only(tmp_path: Path) -> None:
    with Standin(tmp_path) as splunk, pytest.raises(StandinError, match="web=True"):
        assert splunk.web_uri
