"""A stand-in with the built package, and a browser whose pages may ask that stand-in only.

Collected by ``tests/pages/run.py`` alone, which says where the browser is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.control import Running, running
from standin import Standin
from standin.home.conf_file import Stanzas, read
from tests.pages.environment import BUNDLE

if "PAGES" in os.environ:
    from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, sync_playwright
else:
    collect_ignore_glob = ["test_*.py"]

ROOT = Path(__file__).resolve().parents[2]
APP = "fortimanager_policy_state"
INDEX = "fortimanager"
USER, PASSWORD = "admin", "correct horse"
PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def package() -> Path:
    """The built package."""
    (path,) = (ROOT / "dist").glob(f"{APP}-*.tar.gz")
    return path


@pytest.fixture(scope="session")
def bundle() -> str:
    """Splunk's libraries as one script."""
    return str(BUNDLE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=os.environ["PAGES"], args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


@pytest.fixture(scope="module")
def splunk(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    folder = tmp_path_factory.mktemp("splunk")
    with Standin(folder, [package], admin_password=PASSWORD, web=True) as splunk:
        splunk.create_index(INDEX)
        yield splunk
        assert splunk.refused == []


def kept(splunk: Standin, conf: str) -> Stanzas:
    """What pages have written of a conf file: the app's local one."""
    return read(splunk.home.app(APP) / "local" / f"{conf}.conf")


Opened = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def context(browser: Browser, splunk: Standin) -> Iterator[BrowserContext]:
    """One browser of one user; its cache spares the tests most of the loading."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def opened(context: BrowserContext, splunk: Standin) -> Iterator[Opened]:
    """Opens a page of the app, logged in. Nothing outside is asked, no script may fail."""
    outside: list[str] = []
    failed: list[Error] = []

    def only_here(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    def note(error: Error) -> None:
        failed.append(error)

    elsewhere = re.compile(f"^(?!{re.escape(splunk.web_uri)}/|data:|blob:)")
    context.route(elsewhere, only_here)

    def open_page(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", note)
        page.goto(f"{splunk.web_uri}/en-US/app/{APP}/{path}")
        if "/account/login" in page.url:
            page.get_by_label("Username").fill(USER)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign In").click()
            page.wait_for_url(f"**/{path}")
        return page

    yield open_page
    context.unroute(elsewhere)
    for page in context.pages:
        page.close()
    assert (outside, failed) == ([], [])
