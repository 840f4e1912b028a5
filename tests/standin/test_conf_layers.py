"""What installed apps say together: "Configuration file precedence" of the Admin Manual,
default.meta.conf.spec, app.conf.spec, props.conf.spec, authorize.conf.spec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from standin import Standin
from standin.home.layers import Confs
from standin.home.tree import Home

Write = Callable[[str, str, str], None]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.create("sh1")
    return made


@pytest.fixture
def write(home: Home) -> Write:
    """Writes a file of an app; ``system`` is Splunk's own."""

    def one(app: str, name: str, text: str) -> None:
        path = home.app(app) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return one


def test_the_app_before_others_before_system_in_the_context_of_an_app(
    home: Home, write: Write
) -> None:
    """Among the other apps the one that sorts last wins, and only what they export is seen."""
    for app in ("alpha", "mine", "zulu", "system"):
        for layer in ("default", "local"):
            mark = f"{app} {layer}"
            write(app, f"{layer}/macros.conf", f"[m]\n{app}_{layer} = 1\nall = {mark}\n"
                  + ("" if app == "mine" else f"others = {mark}\n")
                  + (f"system = {mark}\n" if app == "system" else ""))  # fmt: skip
        write(app, "metadata/default.meta", "[]\nexport = system\n")
    write("hidden", "default/macros.conf", "[m]\nothers = hidden\n[n]\nx = 1\n")
    stanzas = Confs(home).stanzas("macros", "mine")
    settings = stanzas["m"].settings
    assert stanzas.keys() == {"m"}
    assert [settings[name] for name in ("all", "others", "system")] == [
        "mine local", "zulu local", "system local"]  # fmt: skip
    assert {f"{app}_default" for app in ("alpha", "mine", "zulu", "system")} <= settings.keys()


def test_system_local_before_apps_before_system_default_in_the_global_context(
    home: Home, write: Write
) -> None:
    """Among the apps the one that sorts first wins; every local comes before every default."""
    for app in ("alpha", "zulu", "system"):
        write(app, "default/props.conf", f"[s]\na = {app} default\nb = {app} default\n"
              f"c = {app} default\n")  # fmt: skip
    write("zulu", "local/props.conf", "[s]\na = zulu local\nb = zulu local\n")
    write("system", "local/props.conf", "[s]\na = system local\n")
    settings = Confs(home).stanzas("props", inherit=False)["s"].settings
    assert settings == {"a": "system local", "b": "zulu local", "c": "alpha default"}


def test_a_default_stanza_of_a_strong_layer_stays_behind_a_named_one_of_a_weak_layer(
    home: Home, write: Write
) -> None:
    write("mine", "default/macros.conf", "[default]\na = default\nb = default\n")
    write("system", "default/macros.conf", "[m]\na = named\n")
    assert Confs(home).stanzas("macros", "mine")["m"].settings == {"a": "named", "b": "default"}


@pytest.mark.parametrize("written", ["my macro(1)", "my%20macro%281%29"])
def test_names_in_metadata_may_be_written_as_in_addresses(
    home: Home, write: Write, written: str
) -> None:
    write("alpha", "default/macros.conf", "[my macro(1)]\nargs = x\n[other]\nx = 1\n")
    write("alpha", "metadata/default.meta", f"[macros/{written}]\nexport = system\n")
    assert Confs(home).stanzas("macros", "mine").keys() == {"my macro(1)"}


def test_local_metadata_win_over_the_shipped_ones(home: Home, write: Write) -> None:
    write("alpha", "default/macros.conf", "[m]\nx = 1\n[n]\nx = 1\n")
    write("alpha", "metadata/default.meta", "[]\nexport = system\n")
    write("alpha", "metadata/local.meta", "[macros/m]\nexport = none\n")
    assert Confs(home).stanzas("macros", "mine").keys() == {"n"}


@pytest.mark.parametrize("layer", ["default", "local"])
def test_an_app_that_is_disabled_says_nothing(home: Home, write: Write, layer: str) -> None:
    write("alpha", "default/macros.conf", "[m]\nx = 1\n")
    write("alpha", "metadata/default.meta", "[]\nexport = system\n")
    confs = Confs(home)
    assert "m" in confs.stanzas("macros", "mine")
    write("alpha", f"{layer}/app.conf", "[install]\nstate = disabled\n")
    seen = [confs.stanzas("macros", context) for context in ("mine", "alpha", None)]
    assert seen == [{}, {}, {}]


@pytest.mark.parametrize("stanza", ["default", "source::/var/*.log", "host::fw*", "fgt"])
def test_a_setting_of_index_time_that_is_not_known_keeps_events_out(
    tmp_path: Path, stanza: str
) -> None:
    """Whichever stanza of props.conf it stands in; splunkd would have changed the text."""
    with Standin(tmp_path) as splunk:
        splunk.set_conf("system", "props", stanza, {"SEDCMD-mask": "s/secret/xxx/"})
        splunk.submit("a secret\n", "main", "fgt", "fw1", "/var/fgt.log")
        (dropped,) = splunk.dropped()
        assert (splunk.count(), dropped["_raw"]) == (0, "a secret")
        assert "SEDCMD-mask" in dropped["message"]


@pytest.mark.parametrize(
    ("setting", "refused"),
    [
        ("srchIndexAllowed = main", "srchIndexAllowed = main"),
        ("srchTimeWin = 3600", "srchTimeWin = 3600"),
        ("schedule_search = enabled\nlist_inputs = disabled\nsrchJobsQuota = 3", ""),
    ],
)
def test_a_role_with_a_setting_that_is_not_known_searches_nothing(
    tmp_path: Path, setting: str, refused: str
) -> None:
    conf = tmp_path / "etc/apps/mine/default/authorize.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"[role_r]\nimportRoles = user\n{setting}\n")
    with Standin(tmp_path) as splunk:
        splunk.add_user("ann", "pw-of-ann", ["r"])
        ann = splunk.parts.sessions.of_user("ann")
        assert ann is not None
        assert ann.refused.removeprefix("[role_r] ") == refused
