"""Our stanzas stand beside those that ucc-gen made, in the same files."""

from __future__ import annotations

from pathlib import Path

from tests.packaging import conf_file
from tests.packaging.conftest import APP, ROOT

CAPABILITIES = {"script:fmgstate_refresh": "fmgstate_refresh"}


def test_ours_and_the_generated_ones_are_both_there(app: Path) -> None:
    for name, generated in (
        ("restmap.conf", f"admin_external:{APP}_account"),
        ("web.conf", f"expose:{APP}_account"),
    ):
        built = conf_file.read(app / "default" / name)
        ours = conf_file.read(ROOT / "conf_added" / name)
        assert generated in built
        assert ours
        assert {stanza: built[stanza] for stanza in ours} == ours


def test_handlers_need_the_capability_and_are_there(app: Path) -> None:
    for name, settings in conf_file.read(app / "default/restmap.conf").items():
        if name.startswith("script:"):
            asked = {key: value for key, value in settings.items() if key.startswith("capability.")}
            assert set(asked.values()) == {CAPABILITIES.get(name, "fmgstate_read")}
            module, _, handler = settings["handler"].partition(".")
            assert settings["script"] == f"{module}.py"
            assert f"class {handler}(" in (app / "bin" / f"{module}.py").read_text()
