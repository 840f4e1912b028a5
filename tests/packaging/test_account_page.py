"""What the Configuration page's requests do, in the built package under the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from standin import Standin
from standin.errors import RestRefused
from tests.packaging.conftest import APP

ACCOUNTS = f"/servicesNS/nobody/{APP}/{APP}_account"
SECRET = "not-to-be-seen"
ENTERED = {
    "name": "hq",
    "host": "fmg.example.com",
    "auth_type": "basic",
    "username": "splunk",
    "password": SECRET,
}


@pytest.fixture(scope="module")
def splunk(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with Standin(tmp_path_factory.mktemp("home"), packages=[package]) as splunk:
        splunk.rest("POST", ACCOUNTS, ENTERED)
        yield splunk


def content(reply: dict[str, Any]) -> dict[str, Any]:
    (entry,) = reply["entry"]
    return {key: entry["content"].get(key) for key in (*ENTERED, "token") if key != "name"}


@pytest.mark.parametrize("path", [ACCOUNTS, f"{ACCOUNTS}/hq"])
def test_secrets_are_not_handed_out_even_to_who_asks(splunk: Standin, path: str) -> None:
    reply = splunk.rest("GET", path, {"--cred--": "1"})
    assert content(reply) == {
        "host": "fmg.example.com",
        "auth_type": "basic",
        "username": "splunk",
        "password": "******",
        "token": None,
    }
    assert splunk.refused == []


def test_what_cannot_work_is_refused_with_the_cure(splunk: Standin) -> None:
    with pytest.raises(RestRefused) as refused:
        splunk.rest("POST", ACCOUNTS, {**ENTERED, "name": "b", "auth_type": "token"})
    assert refused.value.status == 400
    assert refused.value.text == (
        "REST Error [400]: Bad Request -- "
        "The account for fmg.example.com has neither a user with a password nor a token. "
        "Enter user and password (recommended), or an API token."
    )


def test_an_edit_of_one_field_keeps_the_others(splunk: Standin) -> None:
    splunk.rest("POST", ACCOUNTS, {**ENTERED, "name": "edited"})
    splunk.rest("POST", f"{ACCOUNTS}/edited", {"host": "fmg2.example.com"})
    reply = splunk.rest("GET", f"{ACCOUNTS}/edited")
    assert content(reply)["host"] == "fmg2.example.com"
    assert content(reply)["password"] == "******"


def test_an_edit_that_cannot_work_is_refused(splunk: Standin) -> None:
    with pytest.raises(RestRefused) as refused:
        splunk.rest("POST", f"{ACCOUNTS}/hq", {"host": "fmg.example.com", "auth_type": "token"})
    assert refused.value.status == 400
    assert "Enter user and password" in refused.value.text


def test_the_secret_is_not_in_any_file(splunk: Standin) -> None:
    files = [path for path in splunk.home.path.rglob("*") if path.is_file()]
    assert [path.name for path in files if path.suffix == ".conf"]
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
