"""The app's Inputs page in a browser, down to the events that an input brings.

Checked against the stand-in only.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.control import Running
from standin import Standin
from tests.pages.conftest import APP, INDEX, Opened, kept
from tests.pages.forms import choose, field, fill, press, refusal, row, saved, shows

INVENTORY = "fmg_inventory"


@pytest.fixture(scope="module", autouse=True)
def account(splunk: Standin, fortimanager: Running) -> None:
    entered = {
        "name": "hq", "host": fortimanager.url, "auth_type": "basic", "ca": fortimanager.ca,
        "username": fortimanager.user, "password": fortimanager.password,
    }  # fmt: skip
    splunk.rest("POST", f"/servicesNS/nobody/{APP}/{APP}_account", entered)


def new_input(page: Any, title: str) -> Any:
    page.get_by_role("button", name="Create New Input").click()
    page.get_by_role("menuitem", name=title).click()
    form = page.get_by_role("dialog")
    form.wait_for()
    return form


def test_an_input_is_made_collects_is_paused_edited_and_removed(
    splunk: Standin, opened: Opened
) -> None:
    page = opened("inputs")
    form = new_input(page, "FortiManager inventory")
    fill(form, name="all", interval="20")
    choose(page, form, "account", "hq")
    saved(form, "Add")
    shows(row(page, "all"), "all", "hq", "", "20", INDEX, "ActiveActive", first=1)
    assert kept(splunk, "inputs")[f"{INVENTORY}://all"] == {
        "account": "hq", "interval": "20", "fresh_seconds": "300", "index": INDEX,
    }  # fmt: skip
    devices = {"sourcetype": "fortinet:fortimanager:device"}
    splunk.wait_for(lambda: splunk.count(index=INDEX, **devices) == 3)
    process = splunk.process(INVENTORY, "all")

    row(page, "all").get_by_role("switch").click()
    shows(row(page, "all"), "InactiveInactive", first=6)
    assert kept(splunk, "inputs")[f"{INVENTORY}://all"]["disabled"] == "1"
    splunk.wait_for(lambda: process.pid is None)
    row(page, "all").get_by_role("switch").click()
    shows(row(page, "all"), "ActiveActive", first=6)
    assert kept(splunk, "inputs")[f"{INVENTORY}://all"]["disabled"] == "0"
    assert splunk.process(INVENTORY, "all") is not process

    row(page, "all").get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    fill(form, adoms="branch", interval="30")
    saved(form, "Update")
    shows(row(page, "all"), "all", "hq", "branch", "30", INDEX, "ActiveActive", first=1)
    assert kept(splunk, "inputs")[f"{INVENTORY}://all"]["adoms"] == "branch"

    row(page, "all").get_by_role("button", name="Delete").click()
    saved(page.get_by_role("dialog"), "Delete")
    row(page, "all").wait_for(state="hidden")
    assert f"{INVENTORY}://all" not in kept(splunk, "inputs")


def test_the_inputs_own_check_is_shown_in_its_words(splunk: Standin, opened: Opened) -> None:
    page = opened("inputs")
    form = new_input(page, "FortiManager policies")
    fill(form, name="slow", interval="3600")
    choose(page, form, "account", "hq")
    press(form, "Add")
    form.get_by_text("REST Error").wait_for()
    assert refusal(form) == (
        "REST Error [400]: Bad Request -- 'Fresh for' (300 s) is shorter than the interval "
        "(3600 s): every answer would be stale before the next poll. Set 'Fresh for' to 3600 or "
        "more, or the interval to 300 or less."
    )
    assert "fmg_policies://slow" not in kept(splunk, "inputs")


def test_a_copy_begins_with_the_values_of_its_model(splunk: Standin, opened: Opened) -> None:
    arguments = {"name": "model", "account": "hq", "interval": "3600", "index": INDEX,
                 "adoms": "branch"}  # fmt: skip
    kind = "fmg_hitcounts"
    splunk.rest("POST", f"/servicesNS/nobody/{APP}/{APP}_{kind}", arguments)
    page = opened("inputs")
    row(page, "model").get_by_role("button", name="Clone").click()
    form = page.get_by_role("dialog")
    fill(form, name="copy")
    saved(form, "Save")
    shows(row(page, "copy"), "copy", "hq", "branch", "3600", INDEX, first=1)
    copy = kept(splunk, "inputs")[f"{kind}://copy"]
    assert {name: copy[name] for name in arguments if name != "name"} == {
        name: value for name, value in arguments.items() if name != "name"
    }
    for name in ("model", "copy"):
        splunk.rest("DELETE", f"/servicesNS/nobody/{APP}/{APP}_{kind}/{name}")


def test_the_indexes_offered_are_not_splunks_own(splunk: Standin, opened: Opened) -> None:
    page = opened("inputs")
    form = new_input(page, "FortiManager inventory")
    field(form, "index").get_by_role("combobox").fill("")
    page.get_by_role("option", name="main").wait_for()
    assert sorted(page.get_by_role("option").all_inner_texts()) == [
        INDEX,
        "history",
        "main",
        "summary",
    ]
