"""What a person configured is checked at once; a wrong host is never shown with a password."""

from __future__ import annotations

import traceback

import pytest

from fmgstate.errors import ConfigurationError
from fmgstate.settings import Account

SECRET = "S3cret"
HOSTS = [
    f"http://admin:{SECRET}@fmg", f"https://admin:{SECRET}@fmg", f"admin:{SECRET}@fmg:8443",
    f"http://admin:{SECRET}/x@fmg", f"fmg-a.example.com, HTTP://admin:{SECRET}@fmg-b.example.com",
    f"admin:{SECRET}@", f"https://fmg/?{SECRET}@",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("user", ["", "splunk"])
def test_a_host_that_holds_a_password_is_refused_without_showing_it(host: str, user: str) -> None:
    with pytest.raises(ConfigurationError, match="holds a user or an @") as error:
        Account(host, user=user, password=user)
    trace = traceback.format_exception(type(error.value), error.value, None)
    assert SECRET not in f"{error.value} {error.value!r} {trace}"
    assert error.value.cure == (
        "Enter only its name or address as host; user and password have own fields."
    )


@pytest.mark.parametrize(
    ("host", "user", "said"),
    [
        ("", "splunk", "The FortiManager host is empty."),
        ("https://", "splunk", "The FortiManager host is empty."),
        ("http://fmg/p", "splunk", "The FortiManager host 'fmg' asks for plain HTTP."),
        ("a, HTTP://b", "splunk", "The FortiManager host 'b' asks for plain HTTP."),
        ("fmg", "", "The account for fmg has neither a user with a password nor a token."),
    ],
)
def test_an_account_that_cannot_work_is_refused_by_name(host: str, user: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Account(host, user=user, password=SECRET)
    assert str(error.value) == f"{said} {error.value.cure}"
    assert SECRET not in str(error.value)


def test_addresses_are_named_without_scheme_path_and_usual_port() -> None:
    account = Account("https://FMG-A.example.com:443/, fmg-b.example.com:8443", token="t")
    assert account.manager == "fmg-a.example.com"
    assert account.addresses == ("fmg-a.example.com", "fmg-b.example.com:8443")
