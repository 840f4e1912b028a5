"""commands.conf, searchbnf.conf and the commands themselves say the same."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.packaging import conf_file
from tests.packaging.test_entry_scripts import COMMANDS

TOLD = {"syntax", "shortdesc", "description", "usage", "example1", "comment1", "category", "tags"}


def test_every_command_is_declared_and_told_of(app: Path) -> None:
    declared = conf_file.read(app / "default/commands.conf")
    told = conf_file.read(app / "default/searchbnf.conf")
    assert set(declared) == set(COMMANDS)
    assert {name for name in told if name.endswith("-command")} == {
        f"{name}-command" for name in COMMANDS
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_speaks_protocol_version_2_on_splunks_pythons(app: Path, name: str) -> None:
    assert conf_file.read(app / "default/commands.conf")[name] == {
        "chunked": "true",
        "filename": f"{name}.py",
        "python.version": "python3",
        "python.required": "3.9, 3.13",
    }
    assert (app / "bin" / f"{name}.py").is_file()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_search_bar_tells_every_option(app: Path, name: str) -> None:
    told = conf_file.read(app / "default/searchbnf.conf")[f"{name}-command"]
    assert set(told) >= TOLD
    assert told["usage"] == "public"
    options = re.findall(r"(\w+)=<", told["syntax"])
    known = importlib.import_module(f"fmgstate.search.{name}").OPTIONS
    assert options == [option.name for option in known]
    for number in range(1, 9):
        assert (f"example{number}" in told) == (f"comment{number}" in told)
        assert f"| {name}" in told.get(f"example{number}", f"| {name}")
