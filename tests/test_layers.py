"""Who may import whom under bin/, and how large a thing may grow.

bin/*.py ─▶ splunk/, search/ ─┐
                     cli.py ──┴▶ wiring ─▶ collect ─┬▶ fortimanager
                                                    ├▶ store
                                                    └▶ inventory ◀─ policy   all ─▶ the ground
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parent.parent / "bin"
LIBRARY = "fmgstate"
FILES = sorted(BIN.rglob("*.py"))

# Plain values and errors that everybody may use.
GROUND = {"errors", "settings", "native", "record", "lean_dataclass"}
# Layer -> what it may import beside itself and the ground.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"lean_dataclass"},
    "native": set(),
    "record": set(),
    "lean_dataclass": set(),
    "fortimanager": set(),
    "store": set(),
    "inventory": set(),
    "policy": {"inventory.model", "inventory.groups", "inventory.zones"},
    "collect": {"fortimanager", "store", "inventory", "policy"},
    "wiring": {"collect", "fortimanager", "store", "inventory", "policy"},
    "shared_store": {"collect", "store"},
    "shared_copy": {"wiring", "collect", "store"},
    "workers": {"collect", "fortimanager", "store", "inventory.model"},
    "splunk": {"wiring", "shared_store", "shared_copy", "collect"},
    "search": {"wiring", "shared_store", "shared_copy", "collect"},
    "cli": {"wiring", "collect", "cli_text", "policy_cli", "workers"},
    "policy_cli": {"wiring", "collect", "store", "inventory", "policy", "policy_text"},
    "policy_text": {"policy"},
    "cli_text": {"collect"},
    "__main__": {"cli"},
    "bin": {"splunk", "search"},
}
DOMAINS = ("inventory", "policy")
# A domain says which URLs it wants from which version: pure text, no client.
FETCH_MAY_IMPORT = ("fortimanager.urls", "fortimanager.versions")

# Third-party library -> the only files, or folders, that may import it.
HOMES: dict[str, tuple[str, ...]] = {
    "requests": ("fmgstate/fortimanager/transport.py",),
    "urllib3": ("fmgstate/fortimanager/transport.py",),
    "certifi": ("fmgstate/fortimanager/transport.py",),
    "redis": (
        "fmgstate/store/in_redis.py",
        "fmgstate/store/leases_in_redis.py",
        "fmgstate/store/redis_server.py",
        "fmgstate/store/requests_in_redis.py",
        "fmgstate/workers/",
    ),
    "celery": ("fmgstate/workers/",),
    "kombu": ("fmgstate/workers/",),
    "yaml": ("fmgstate/workers/",),
    "prometheus_client": ("fmgstate/workers/",),
    "splunklib": ("fmgstate/splunk/", "fmg"),
    "solnlib": ("fmgstate/splunk/", "fmg"),
    "splunktaucclib": ("fmgstate/splunk/", "fmg"),
    "splunk": ("fmgstate/splunk/", "fmg_rh_", "fmg_rest"),
    "import_declare_test": ("fmg",),
}
CLOCKS_AND_IO = {
    "asyncio", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
GENERIC = {"common", "core", "helper", "helpers", "misc", "models", "util", "utils"}

MOST_LINES, LONGEST_FUNCTION = 300, 60
LONG_FILES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}


def name_of(path: Path) -> str:
    return path.relative_to(BIN).as_posix()


def layer_of(path: Path) -> str:
    parts = path.relative_to(BIN).with_suffix("").parts
    if parts[0] != LIBRARY:
        return "bin"
    return parts[1]


def imports_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that is imported, ``from a import b`` as "a.b", with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"relative import in line {node.lineno}"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


def library_imports(path: Path) -> Iterator[tuple[str, int]]:
    for module, line in imports_of(parsed(path)):
        if module.startswith(f"{LIBRARY}."):
            yield module[len(LIBRARY) + 1 :], line


def is_allowed(path: Path, module: str) -> bool:
    layer = layer_of(path)
    target = module.split(".", maxsplit=1)[0]
    if target in {layer, "__version__"} | (GROUND if layer not in GROUND else {"errors"}):
        return True
    extra = FETCH_MAY_IMPORT if layer in DOMAINS and path.name == "fetch.py" else ()
    return any(within(module, allowed) for allowed in (*MAY_IMPORT[layer], *extra))


def within(module: str, allowed: str) -> bool:
    """``from fmgstate.inventory import model`` and what is imported from there are the same."""
    return module == allowed or module.startswith(f"{allowed}.")


LIBRARY_FILES = [path for path in FILES if path != BIN / LIBRARY / "__init__.py"]


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=name_of)
def test_imports_follow_the_arrows(path: Path) -> None:
    assert layer_of(path) in MAY_IMPORT, f"{layer_of(path)} has no place in the picture yet"
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for module, line in library_imports(path)
        if not is_allowed(path, module)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_third_party_libraries_have_one_home(path: Path) -> None:
    own = {file.relative_to(BIN).with_suffix("").parts[0] for file in FILES}
    wrong = []
    for module, line in imports_of(parsed(path)):
        top = module.split(".")[0]
        if top in sys.stdlib_module_names or top in own:
            continue
        homes = HOMES.get(top, ())
        if not any(name_of(path).startswith(home) for home in homes):
            wrong.append(f"{name_of(path)}:{line} imports {module}")
    assert wrong == []


DOMAIN_FILES = [path for path in FILES if layer_of(path) in DOMAINS]


@pytest.mark.parametrize("path", DOMAIN_FILES, ids=name_of)
def test_domains_know_no_clock_and_no_outside_world(path: Path) -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for module, line in imports_of(parsed(path))
        if any(within(module, banned) for banned in CLOCKS_AND_IO)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_names_say_something(path: Path) -> None:
    assert path.stem not in GENERIC
    if path.parent == BIN:
        assert path.stem not in sys.stdlib_module_names, "it would hide the standard library's"
        assert path.stem.startswith("fmg")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONG_FILES.get(name_of(path), MOST_LINES)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_functions_stay_small(path: Path) -> None:
    long = {
        f"{name_of(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    wrong = {
        name: lines
        for name, lines in long.items()
        if lines > LONG_FUNCTIONS.get(name, LONGEST_FUNCTION)
    }
    assert wrong == {}


def test_every_file_is_seen() -> None:
    assert {"bin", "collect", "fortimanager", "inventory", "policy", "splunk", "store"} <= {
        layer_of(path) for path in LIBRARY_FILES
    }
