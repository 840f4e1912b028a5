"""The app's Configuration page, as the add-on framework built it, in a browser.

Checked against the stand-in only: what Splunk Web itself does is written from its documentation.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.control import Running
from standin import Standin
from tests.pages.conftest import APP, Opened, kept
from tests.pages.environment import BUILD as PICTURES
from tests.pages.forms import (
    choose,
    dialog,
    field,
    fill,
    press,
    refusal,
    row,
    saved,
    shows,
    tab,
    tick,
)

ACCOUNTS = f"{APP}_account"
CURE = (
    "The account for fmg.example.com has neither a user with a password nor a token. "
    "Enter user and password (recommended), or an API token."
)
SECRET = "Sim-pass-1-entered-on-a-page"


def passwords(splunk: Standin, name: str) -> list[str]:
    """Clear texts that storage/passwords keeps for a stanza, in the framework's pieces."""
    found = splunk.rest("GET", f"/servicesNS/nobody/{APP}/storage/passwords", {"count": "0"})
    entries = [each["content"] for each in found["entry"]]
    of_stanza = [each for each in entries if each["username"].startswith(f"{name}``")]
    return sorted(each["clear_password"] for each in of_stanza)


def test_an_account_is_entered_kept_edited_and_removed(
    splunk: Standin, fortimanager: Running, opened: Opened
) -> None:
    page = opened("configuration")
    form = dialog(page, "Add")
    fill(form, name="hq", host=fortimanager.url, username=fortimanager.user, password=SECRET)
    fill(form, ca=fortimanager.ca)
    saved(form, "Add")
    shows(row(page, "hq"), "hq", fortimanager.url, "User and password")
    assert kept(splunk, f"{APP}_account")["hq"] == {
        "host": fortimanager.url,
        "auth_type": "basic",
        "username": fortimanager.user,
        "password": "******",
        "ca": fortimanager.ca,
    }
    secrets = passwords(splunk, "hq")
    assert f'{{"password": "{SECRET}"}}' in secrets
    row(page, "hq").get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    assert SECRET not in form.inner_html()
    fill(form, host="fmg.example.com")
    saved(form, "Update")
    shows(row(page, "hq"), "hq", "fmg.example.com")
    assert kept(splunk, f"{APP}_account")["hq"]["host"] == "fmg.example.com"
    assert passwords(splunk, "hq") == secrets
    row(page, "hq").get_by_role("button", name="Delete").click()
    saved(page.get_by_role("dialog"), "Delete")
    row(page, "hq").wait_for(state="hidden")
    assert "hq" not in kept(splunk, ACCOUNTS)
    assert passwords(splunk, "hq") == []


def test_what_the_page_itself_refuses_never_reaches_splunkd(
    splunk: Standin, opened: Opened
) -> None:
    page = opened("configuration")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    form = dialog(page, "Add")
    fill(form, name="hq", host="http://fmg.example.com", username="u", password="p")
    press(form, "Add")
    assert refusal(form) == (
        "Enter a name or address, with an optional port; for an HA pair two, separated by a comma. "
        "FortiManager's API is HTTPS only, so http:// does not work."
    )
    assert [each for each in asked if each.startswith("POST") and ACCOUNTS in each] == []
    assert "hq" not in kept(splunk, ACCOUNTS)


@pytest.mark.parametrize(
    ("meanwhile", "user", "words"),
    [
        (
            False,
            "  ",
            "REST Error [400]: Bad Request -- " + CURE,
        ),
        (True, "u", 'REST Error [409]: Conflict -- Name "twice" is already in use'),
    ],
)
def test_what_the_apps_handler_refuses_is_shown_in_its_words(
    splunk: Standin, opened: Opened, meanwhile: bool, user: str, words: str
) -> None:
    page = opened("configuration")
    form = dialog(page, "Add")
    entered = {"name": "twice", "host": "fmg.example.com", "username": user, "password": "p"}
    if meanwhile:
        given = {**entered, "auth_type": "basic"}
        splunk.rest("POST", f"/servicesNS/nobody/{APP}/{ACCOUNTS}", given)
    fill(form, **entered)
    press(form, "Add")
    form.get_by_text("REST Error").wait_for()
    assert refusal(form) == words


def test_a_role_is_restricted_to_adoms(splunk: Standin, opened: Opened) -> None:
    page = opened("configuration")
    tab(page, "Roles")
    form = dialog(page, "Add")
    fill(form, name="noc", adoms="EMEA, APAC")
    saved(form, "Add")
    shows(row(page, "noc"), "noc", "EMEA, APAC")
    assert kept(splunk, f"{APP}_role")["noc"] == {"adoms": "EMEA, APAC"}


def test_the_workers_tab_keeps_redis_and_hides_its_password(
    splunk: Standin, opened: Opened
) -> None:
    page = opened("configuration")
    tab(page, "Workers")
    tick(page, "use_workers")
    fill(page, redis_host="redis.example.com", redis_port="6380", redis_password=SECRET)
    save(page)
    workers = kept(splunk, f"{APP}_settings")["workers"]
    assert {name: workers[name] for name in ("use_workers", "redis_host", "redis_port")} == {
        "use_workers": "1",
        "redis_host": "redis.example.com",
        "redis_port": "6380",
    }
    assert workers["redis_password"] == "******"
    assert f'{{"redis_password": "{SECRET}"}}' in passwords(splunk, "workers")
    again = opened("configuration?tab=workers")
    tab(again, "Workers")
    shown = field(again, "redis_host").locator("[data-test=textbox]")
    assert shown.input_value() == "redis.example.com"
    assert SECRET not in again.content()


def test_a_proxy_with_a_dot_in_its_name(splunk: Standin, opened: Opened) -> None:
    page = opened("configuration")
    tab(page, "Proxy")
    tick(page, "proxy_enabled")
    fill(page, proxy_url="proxy.example.com", proxy_port="3128", proxy_password=SECRET)
    fill(page, proxy_username="splunk")
    save(page)
    proxy = kept(splunk, f"{APP}_settings")["proxy"]
    assert (proxy["proxy_url"], proxy["proxy_password"]) == ("proxy.example.com", "******")
    assert f'{{"proxy_password": "{SECRET}"}}' in passwords(splunk, "proxy")


def test_the_level_of_the_log(splunk: Standin, opened: Opened) -> None:
    page = opened("configuration")
    tab(page, "Logging")
    choose(page, page, "loglevel", "DEBUG")
    save(page)
    assert kept(splunk, f"{APP}_settings")["logging"] == {"loglevel": "DEBUG"}


def test_the_form_of_an_account_as_the_user_guide_pictures_it(
    splunk: Standin, opened: Opened
) -> None:
    """The picture is left in .build/pages; docs/account.png is a copy."""
    page = opened("configuration")
    page.set_viewport_size({"width": 1000, "height": 960})
    form = dialog(page, "Add")
    fill(form, name="hq", host="fmg.example.com", username="splunk", password=SECRET)
    fill(form, ca="/opt/splunk/etc/auth/fortimanager-ca.pem")
    labels = form.locator("label[data-test=label]").all_inner_texts()
    assert [each.removeprefix("*") for each in labels] == [
        "Name", "FortiManager", "Log in with", "User", "Password", "CA certificate",
    ]  # fmt: skip
    form.screenshot(path=PICTURES / "account.png")


def test_the_page_says_which_version_it_is_of(splunk: Standin, opened: Opened) -> None:
    page = opened("configuration")
    told: dict[str, Any] = splunk.rest("GET", f"/services/apps/local/{APP}")
    version = told["entry"][0]["content"]["version"]
    page.get_by_text(f"Add-on Version: {version}").wait_for()
    page.get_by_text("Build Time: ").wait_for()
    assert page.get_by_role("tab").all_inner_texts() == [
        "Account", "Roles", "Workers", "Proxy", "Logging",
    ]  # fmt: skip


def save(page: Any) -> None:
    """Presses Save and waits for splunkd's answer."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as waited:
        press(page, "Save")
    assert waited.value.status == 200
