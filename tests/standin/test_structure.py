"""Who may import whom in standin/, and how large a thing may grow there.

The stand-in knows neither the app nor the simulator, and neither knows it: an app's author takes
the folder as it is. tests/test_layers.py watches over the app's own imports.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STANDIN = ROOT / "standin"
STUBS = STANDIN / "stubs"
FILES = sorted(path for path in STANDIN.rglob("*.py") if STUBS not in path.parents)
SIMULATOR = sorted((ROOT / "simulator").rglob("*.py"))

GROUND = {"errors", "splunkd_log"}
# Folder or file -> what it may import beside itself and the ground.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "splunkd_log": {"home"},
    "home": set(),
    "credentials": {"home"},
    "spl": set(),
    "knowledge": {"home", "index", "spl"},
    "index": {"home", "knowledge"},
    "inputs": {"home", "index"},
    "users": {"home"},
    "search": {"home", "index", "knowledge", "parts", "rest", "spl", "users"},
    "commands": {"home", "inputs", "search", "spl", "users"},
    "scheduler": {"home", "inputs", "parts", "search", "spl", "users"},
    "rest": {"home", "index", "inputs", "parts", "scheduler", "search", "spl", "users"},
    "web": {"home", "rest", "users"},
    "parts": {"commands", "home", "index", "inputs", "rest", "scheduler", "search", "users", "web"},
    "instance": {"credentials", "home", "index", "inputs", "parts", "rest", "search"},
    "cluster": {"home", "instance", "scheduler"},
    "__init__": {"instance"},
    "__main__": {"instance"},
}
# The only modules that cross where arrows would else run in a circle.
SEARCH_MAY_IMPORT = {"rest.kvstore"}
REST_MAY_IMPORT = {"scheduler.saved"}
LIBRARIES = {"cryptography", "pcre2"}
GENERIC = {"common", "core", "helper", "helpers", "misc", "models", "util", "utils"}
MOST_LINES, LONGEST_FUNCTION = 300, 40


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place_of(path: Path) -> str:
    return path.relative_to(STANDIN).with_suffix("").parts[0]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that is imported, ``from a import b`` as "a.b", with its line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"relative import in line {node.lineno}"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def is_allowed(path: Path, module: str) -> bool:
    top, _dot, inner = module.partition(".")
    if top != "standin":
        return top in sys.stdlib_module_names or top in LIBRARIES
    place, target = place_of(path), inner.partition(".")[0]
    if target in GROUND | {place}:
        return True
    crossing = {
        ("search", "rest"): SEARCH_MAY_IMPORT,
        ("rest", "scheduler"): REST_MAY_IMPORT,
    }
    allowed = crossing.get((place, target), {target})
    return target in MAY_IMPORT[place] and any(
        inner == each or inner.startswith(f"{each}.") for each in allowed
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_follow_the_picture(path: Path) -> None:
    assert place_of(path) in MAY_IMPORT, f"{place_of(path)} has no place in the picture yet"
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for module, line in imports_of(path)
        if not is_allowed(path, module)
    ]
    assert wrong == []


def test_neither_app_nor_simulator_knows_the_stand_in_or_each_other() -> None:
    strangers = {
        "bin": {"simulator", "standin", "tests"},
        "simulator": {"fmgstate", "standin", "tests"},
        "standin/stubs": {"fmgstate", "simulator", "standin", "tests"},
    }
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for folder, banned in strangers.items()
        for path in sorted((ROOT / folder).rglob("*.py"))
        for module, line in imports_of(path)
        if module.partition(".")[0] in banned
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_names_say_something_and_sizes_stay_small(path: Path) -> None:
    assert path.stem not in GENERIC
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    long = [
        f"{name_of(path)}:{node.name} has {lines} lines"
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_folder_is_seen() -> None:
    assert MAY_IMPORT.keys() == {place_of(path) for path in FILES}
    assert len(SIMULATOR) > 10
