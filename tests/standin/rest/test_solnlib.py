"""solnlib's look at users and searches, unmodified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from solnlib import user_access
from solnlib.splunk_rest_client import SplunkRestClient

from standin import Standin
from tests.standin.rest.package import APP, rest_app, where


@pytest.fixture(scope="module")
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with rest_app(tmp_path_factory.mktemp("solnlib")) as splunk:
        yield splunk
        assert splunk.refused == []


@pytest.fixture
def there(splunk: Standin, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    caplog.set_level("CRITICAL")
    return where(splunk)


def test_a_user_is_asked_what_he_may_do(splunk: Standin, there: dict[str, Any]) -> None:
    key = splunk.add_user("sam", "pw", ["rest_app_reader"])
    assert user_access.get_current_username(key, **there) == "sam"
    assert "rest_app_read" in user_access.get_user_capabilities(key, "sam", **there)
    assert user_access.user_is_capable(key, "sam", "rest_app_read", **there)
    assert not user_access.user_is_capable(key, "sam", "rest_app_write", **there)
    assert user_access.get_user_roles(key, "sam", **there) == ["rest_app_reader"]
    user_access.check_user_access(key, {"thing": {"read": "rest_app_read"}}, "thing", "read",
                                  **there)  # fmt: skip
    with pytest.raises(user_access.UserAccessException):
        user_access.check_user_access(key, {"thing": {"write": "rest_app_write"}}, "thing",
                                      "write", **there)  # fmt: skip
    with pytest.raises(user_access.InvalidSessionKeyException):
        user_access.get_current_username("no key", **there)


def test_its_client_searches(splunk: Standin, there: dict[str, Any]) -> None:
    client = SplunkRestClient(splunk.session_key, APP, owner="nobody", **there)
    found = client.jobs.oneshot("| makeresults | eval n=1 | table n", output_mode="csv")
    assert found.read() == b"n\n1\n"
