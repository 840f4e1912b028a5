"""Pages, inputs, spec files, confs and library name the same things, with the same defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fmgstate.settings import FRESH_SECONDS, HITCOUNT_SECONDS, POLL_SECONDS, Limits
from fmgstate.splunk import accounts, inputs
from fmgstate.splunk.workers_mode import workers_mode
from tests.packaging import conf_file
from tests.packaging.conftest import APP, ROOT
from tests.unit.splunk.fake_splunkd import FakeSplunkd

KINDS = {"fmg_inventory": "inventory", "fmg_policies": "policies", "fmg_hitcounts": "hitcounts"}
SOURCETYPES = (
    "adom", "device", "package", "policy", "object",
    "hitcount", "install", "change", "finding", "health",
)  # fmt: skip
SEARCH_TIME = re.compile(r"description|(EVAL|FIELDALIAS)-")
# Splunk's own parameters of every input, which a run does not need.
SPLUNKS = {"name", "python.required", "python.version"}


class Recorder(Mapping[str, Any]):
    """Remembers what was asked for."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


class OneAccount:
    stanza_of_account = Recorder(
        {"host": "fmg", "username": "u", "password": "p", "auth_type": "basic"}
    )
    proxy = Recorder({"proxy_enabled": "1", "proxy_url": "p", "proxy_port": "1"})

    def stanza(self, conf: str, name: str) -> Mapping[str, Any]:
        return self.stanza_of_account if conf == "account" else self.proxy

    def has_index(self, name: str) -> bool:
        return True


def service(config: Any, name: str) -> dict[str, dict[str, Any]]:
    """Field -> entity of an input's form."""
    found = next(one for one in config["pages"]["inputs"]["services"] if one["name"] == name)
    return {entity["field"]: entity for entity in found["entity"]}


def tab(config: Any, name: str) -> set[str]:
    tabs = config["pages"]["configuration"]["tabs"]
    found = next(one for one in tabs if one.get("name") == name)
    return {entity["field"] for entity in found["entity"]}


def test_every_input_has_a_form_a_helper_and_a_kind(config: Any) -> None:
    services = config["pages"]["inputs"]["services"]
    assert {one["name"]: one["inputHelperModule"] for one in services} == {
        name: f"{name}_input" for name in KINDS
    }
    for name, kind in KINDS.items():
        assert f'"{kind}"' in (ROOT / f"bin/{name}_input.py").read_text("utf-8")


@pytest.mark.parametrize("name", KINDS)
def test_an_input_reads_what_its_form_offers_and_nothing_else(config: Any, name: str) -> None:
    asked = Recorder({})
    inputs.check(KINDS[name], asked, OneAccount())
    assert asked.asked | {"index", "name"} == set(service(config, name))


@pytest.mark.parametrize("name", KINDS)
def test_the_spec_file_names_what_the_form_offers(config: Any, app: Path, name: str) -> None:
    spec = conf_file.read(app / "README/inputs.conf.spec")[f"{name}://<name>"]
    assert set(spec) - SPLUNKS == set(service(config, name)) - SPLUNKS


@pytest.mark.parametrize("name", KINDS)
def test_defaults_are_the_librarys(config: Any, app: Path, name: str) -> None:
    form = service(config, name)
    offered = {
        field: str(form[field]["defaultValue"]) for field in form if "defaultValue" in form[field]
    }
    wanted = {"interval": f"{POLL_SECONDS:.0f}", "index": inputs.INDEX}
    if name == "fmg_hitcounts":
        wanted |= {"interval": f"{HITCOUNT_SECONDS:.0f}", "by_device": "0"}
        assert form["interval"]["options"]["range"][0] == inputs.LEAST_HITCOUNT_SECONDS
    else:
        wanted["fresh_seconds"] = f"{FRESH_SECONDS:.0f}"
    if name == "fmg_policies":
        wanted["sessions"] = str(Limits().sessions)
        allowed = form["sessions"]["validators"][0]["range"]
        assert allowed == [1, inputs.MOST_SESSIONS]
    assert offered == wanted
    conf = conf_file.read(app / "default/inputs.conf")[name]
    # UCC writes no default that is off.
    assert {field: conf.get(field, "0") for field in wanted} == wanted


def test_the_macro_points_at_the_default_index(app: Path) -> None:
    macro = conf_file.read(app / "default/macros.conf")["fmg_index"]
    assert macro["definition"] == f"index={inputs.INDEX}"


def test_an_account_is_read_as_it_is_entered(config: Any, app: Path) -> None:
    asked = OneAccount().stanza_of_account
    accounts.check(asked)
    by_token = Recorder({"host": "fmg", "auth_type": "token", "token": "t"})
    accounts.check(by_token)
    read = asked.asked | by_token.asked
    spec = conf_file.read(app / f"README/{APP}_account.conf.spec")["<name>"]
    assert read == set(spec) == tab(config, "account") - {"name"}


def test_the_settings_are_read_as_they_are_entered(config: Any, app: Path) -> None:
    proxy = OneAccount.proxy
    accounts.account(OneAccount(), "any")
    spec = conf_file.read(app / f"README/{APP}_settings.conf.spec")
    offered = conf_file.read(app / f"default/{APP}_settings.conf")
    assert set(spec["proxy"]) == set(offered["proxy"])
    assert proxy.asked == set(offered["proxy"])
    workers = Recorder({"use_workers": "1", "redis_host": "r"})
    mode = workers_mode(FakeSplunkd({("settings", "workers"): workers}))
    assert mode is not None
    assert workers.asked == set(spec["workers"]) == tab(config, "workers")
    assert set(spec["logging"]) == set(offered["logging"]) == {"loglevel"}


def test_tls_verification_cannot_be_switched_off(config: Any) -> None:
    offered = tab(config, "account")
    assert not [field for field in offered if "verif" in field or "ssl" in field or "tls" in field]


def test_every_field_is_explained(config: Any) -> None:
    for name in KINDS:
        for field, entity in service(config, name).items():
            assert len(entity["help"]) > 20, f"{name} {field}"


def test_every_sourcetype_is_read_the_same_way(app: Path) -> None:
    props = conf_file.read(app / "default/props.conf")
    kinds = [
        "adom",
        "device",
        "group",
        "package",
        "policy",
        "dnat",
        "object",
        "hitcount",
        "install",
        "change",
        "finding",
        "health",
    ]
    assert set(props) == {f"fortinet:fortimanager:{kind}" for kind in kinds}
    for stanza in props.values():
        index_time = {key: value for key, value in stanza.items() if not SEARCH_TIME.match(key)}
        assert index_time == {
            "SHOULD_LINEMERGE": "false",
            "LINE_BREAKER": r"([\r\n]+)",
            "TIME_PREFIX": r'^\{"time":"?',
            "TIME_FORMAT": "%s.%3N",
            "MAX_TIMESTAMP_LOOKAHEAD": "20",
            "TZ": "UTC",
            "TRUNCATE": "4000000",
            "KV_MODE": "json",
            "category": "Network & Security",
            "pulldown_type": "true",
        }
