"""The built package of the app in the stand-in: its REST handlers and its inputs' schemes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from solnlib import conf_manager

from fmgstate import __version__
from standin import RestRefused, Standin
from standin.inputs.script import declared_kinds
from tests.pythons import candidates, runs

APP = "fortimanager_policy_state"
NS = f"/servicesNS/nobody/{APP}"
PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
ACCOUNT = {"name": "hq", "host": "fmg.example", "auth_type": "basic", "username": "u"}


def pythons() -> list[str]:
    found = [sys.executable]
    for version in ("3.9", "3.13"):
        found += [str(path) for path in candidates(version) if runs(path, version)][:1]
    return found


@pytest.fixture(scope="module", params=pythons())
def splunk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standin]:
    assert PACKAGE.is_file(), "The package is not built: run `make package`."
    home = tmp_path_factory.mktemp("splunk")
    with Standin(home, packages=[PACKAGE], python=request.param) as splunk:
        yield splunk
        assert splunk.refused == []


def test_every_rest_handler_answers(splunk: Standin) -> None:
    stanzas = splunk.confs.stanzas("restmap", APP)
    names = {name.partition(":")[2] for name in stanzas if name.startswith("admin_external:")}
    assert names >= {f"{APP}_account", f"{APP}_settings", f"{APP}_fmg_inventory"}
    for name in names - {f"{APP}_settings"}:
        assert splunk.rest("GET", f"{NS}/{name}")["entry"] == []
    for stanza in ("logging", "proxy"):
        (entry,) = splunk.rest("GET", f"{NS}/{APP}_settings/{stanza}")["entry"]
        assert entry["name"] == stanza


def test_an_account_made_on_the_configuration_page_is_read_back_with_its_secret(
    splunk: Standin,
) -> None:
    path = f"{NS}/{APP}_account"
    secret = "s3cret" * 60
    (shown,) = splunk.rest("POST", path, {**ACCOUNT, "password": secret})["entry"]
    assert (shown["content"]["password"], shown["content"]["username"]) == ("******", "u")
    conf = f"{APP}_account"
    realm = f"__REST_CREDENTIAL__#{APP}#configs/conf-{conf}"
    port = int(splunk.uri.rpartition(":")[2])
    manager = conf_manager.ConfManager(
        splunk.session_key, APP, realm=realm, scheme="https", host="127.0.0.1", port=port
    )
    account = manager.get_conf(conf).get("hq")
    assert {name: account[name] for name in ("host", "auth_type", "username", "password")} == {
        "host": "fmg.example",
        "auth_type": "basic",
        "username": "u",
        "password": secret,
    }
    with pytest.raises(RestRefused, match=r"409: .*already in use"):
        splunk.rest("POST", path, {**ACCOUNT, "password": "other"})
    splunk.rest("DELETE", f"{path}/hq")
    assert splunk.passwords.all() == []


def test_every_input_the_package_declares_describes_itself(splunk: Standin) -> None:
    kinds = declared_kinds(splunk.home)
    assert set(kinds) >= {"fmg_inventory", "fmg_policies"}
    for kind, app in kinds.items():
        scheme = splunk.scheme(kind)
        assert (app, scheme.external_validation, scheme.single_instance) == (APP, True, False)
