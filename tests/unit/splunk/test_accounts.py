from __future__ import annotations

import pytest

from fmgstate.errors import ConfigurationError
from fmgstate.settings import Account
from fmgstate.splunk import accounts
from tests.unit.splunk.fake_splunkd import FakeSplunkd

BASIC = {
    "host": "fmg.example.com",
    "auth_type": "basic",
    "username": "splunk",
    "password": "p@ss:w/rd",
    "disabled": "0",
    "eai:appName": "fortimanager_policy_state",
}
PROXY = {
    "proxy_enabled": "1",
    "proxy_url": "proxy.example.com",
    "proxy_port": "3128",
    "proxy_username": "joe",
    "proxy_password": "s/e:c@ret",
}
PEM = "-----BEGIN CERTIFICATE-----\n" + "QUJD" * 16 + "\n" + "REVG\n-----END CERTIFICATE-----\n"


def test_user_and_password() -> None:
    splunkd = FakeSplunkd({("account", "hq"): BASIC})
    assert accounts.account(splunkd, "hq") == Account(
        host="fmg.example.com", user="splunk", password="p@ss:w/rd"
    )


def test_only_what_the_chosen_way_to_log_in_needs_is_taken() -> None:
    both = {**BASIC, "auth_type": "token", "token": "t0ken"}
    splunkd = FakeSplunkd({("account", "hq"): both})
    assert accounts.account(splunkd, "hq") == Account(host="fmg.example.com", token="t0ken")


def test_a_missing_account_names_the_cure() -> None:
    with pytest.raises(ConfigurationError) as error:
        accounts.account(FakeSplunkd(), "hq")
    assert str(error.value) == (
        "There is no account 'hq'. Make it on the app's Configuration page, "
        "or choose another account in the input."
    )


def test_the_proxy_is_a_url_whose_login_is_quoted() -> None:
    splunkd = FakeSplunkd({("account", "hq"): BASIC, ("settings", "proxy"): PROXY})
    proxy = accounts.account(splunkd, "hq").proxy
    assert proxy == "http://joe:s%2Fe%3Ac%40ret@proxy.example.com:3128"


@pytest.mark.parametrize("enabled", ["", "0", "false", None])
def test_a_proxy_that_is_switched_off_is_not_used(enabled: object) -> None:
    off = {**PROXY, "proxy_enabled": enabled}
    splunkd = FakeSplunkd({("account", "hq"): BASIC, ("settings", "proxy"): off})
    assert accounts.account(splunkd, "hq").proxy == ""


def test_a_proxy_without_port_names_the_cure() -> None:
    half = {**PROXY, "proxy_port": ""}
    splunkd = FakeSplunkd({("account", "hq"): BASIC, ("settings", "proxy"): half})
    with pytest.raises(ConfigurationError, match="switch the proxy off"):
        accounts.account(splunkd, "hq")


@pytest.mark.parametrize(
    "folded", [PEM, PEM.replace("\n", " "), PEM.replace("\n", "\\\n"), PEM.replace("\n", "\\n")]
)
def test_pem_text_gets_its_line_ends_back(folded: str) -> None:
    splunkd = FakeSplunkd({("account", "hq"): {**BASIC, "ca": folded}})
    assert accounts.account(splunkd, "hq").ca == PEM


def test_every_certificate_of_a_chain_is_kept() -> None:
    splunkd = FakeSplunkd({("account", "hq"): {**BASIC, "ca": f"my CA\n{PEM} {PEM}"}})
    assert accounts.account(splunkd, "hq").ca == PEM + PEM


def test_the_path_of_a_ca_stays_as_it_is() -> None:
    splunkd = FakeSplunkd({("account", "hq"): {**BASIC, "ca": " /etc/ssl/my ca.pem\n"}})
    assert accounts.account(splunkd, "hq").ca == "/etc/ssl/my ca.pem"


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"host": " "}, "Enter its name or address"),
        ({"host": "http://fmg.example.com"}, "HTTPS only"),
        ({"password": ""}, "Enter user and password (recommended), or an API token."),
        ({"auth_type": "token"}, "Enter user and password (recommended), or an API token."),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_entered(change: dict[str, str], cure: str) -> None:
    accounts.check(BASIC)
    with pytest.raises(ConfigurationError) as error:
        accounts.check({**BASIC, **change})
    assert cure in str(error.value)
    assert "p@ss:w/rd" not in str(error.value)
