"""Every script that Splunk starts runs from the unpacked package, on every Python it brings.

Splunk shows an import error in a REST handler as an empty page and a 404: it must be seen here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import pythons
from tests.packaging.conftest import APP, ROOT

# What splunktaucclib takes from Splunk's own Python package.
STUBS = {
    "splunk/__init__.py": "",
    "splunk/admin.py": (
        "ACTION_CREATE, ACTION_LIST, ACTION_EDIT, ACTION_REMOVE = 1, 2, 4, 8\n"
        "CONTEXT_APP_ONLY = 2\n"
        "class MConfigHandler: pass\n"
        "def init(handler, ctxInfo): print(handler.__mro__[1].__name__)\n"
    ),
    "splunk/persistconn/__init__.py": "",
    "splunk/persistconn/application.py": "class PersistentServerConnectionApplication: pass\n",
}
INPUTS = {
    "fmg_inventory": ["account", "adoms", "fresh_seconds"],
    "fmg_policies": ["account", "adoms", "fresh_seconds", "sessions"],
    "fmg_hitcounts": ["account", "adoms", "by_device"],
}
HANDLERS = {
    f"{APP}_rh_account": "AccountHandler",
    f"{APP}_rh_role": "AdminExternalHandler",
    f"{APP}_rh_fmg_inventory": "AdminExternalHandler",
    f"{APP}_rh_fmg_policies": "AdminExternalHandler",
    f"{APP}_rh_fmg_hitcounts": "AdminExternalHandler",
    f"{APP}_rh_settings": "AdminExternalHandler",
}
COMMANDS = sorted(path.stem for path in (ROOT / "bin").glob("fmg[!_]*.py"))
"""Search commands: their scripts have no underscore in front."""


def interpreter(version: str) -> Path:
    for path in pythons.candidates(version):
        if pythons.runs(path, version):
            return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"Python {version} was not found.")
    pytest.skip(f"Python {version} was not found.")


@pytest.fixture(scope="module", params=["3.9", "3.13", "this"])
def python(request: pytest.FixtureRequest) -> Path:
    if request.param == "this":
        return Path(sys.executable)
    return interpreter(request.param)


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    for name, text in STUBS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def start(python: Path, script: Path, *args: str, path: str = "", stdin: str = "") -> str:
    """Runs a script with the standard library and the package alone; gives what it printed."""
    said = subprocess.run(
        [python, "-S", "-s", "-B", "-W", "ignore", script, *args],
        capture_output=True,
        text=True,
        input=stdin,
        timeout=60,
        env={"PYTHONPATH": path, "PATH": os.defpath},
        cwd="/",
    )
    assert said.stderr == ""
    assert said.returncode == 0
    return said.stdout


def test_every_script_is_known(app: Path) -> None:
    scripts = {path.stem for path in (app / "bin").glob("*.py")}
    helpers = {f"{name}_input" for name in INPUTS} | {
        "fmg_rest", "fmg_rh_account", "import_declare_test",
    }  # fmt: skip
    assert scripts == set(INPUTS) | set(HANDLERS) | helpers | set(COMMANDS)


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_tells_its_scheme(app: Path, python: Path, name: str) -> None:
    scheme = ET.fromstring(start(python, app / f"bin/{name}.py", "--scheme"))
    arguments = [one.get("name") for one in scheme.findall("endpoint/args/arg")]
    assert arguments == ["name", *INPUTS[name]]
    flags = {
        name: scheme.findtext(name)
        for name in ("use_external_validation", "streaming_mode", "use_single_instance")
    }
    assert flags == {
        "use_external_validation": "true",
        "streaming_mode": "xml",
        "use_single_instance": "false",
    }


@pytest.mark.parametrize("name", HANDLERS)
def test_a_rest_handler_starts(app: Path, python: Path, stubs: Path, name: str) -> None:
    said = start(python, app / f"bin/{name}.py", path=str(stubs))
    assert said.strip() == HANDLERS[name]


def test_the_look_up_starts_where_splunkd_puts_nothing_on_its_path(
    app: Path, python: Path, stubs: Path
) -> None:
    ask = (
        "import importlib.util, json, sys\n"
        "spec = importlib.util.spec_from_file_location('fmg_rest', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "asked = json.dumps({'method': 'GET', 'path_info': 'nothing'})\n"
        "for name in ('Handler', 'MirrorHandler', 'RefreshHandler'):\n"
        "    print(getattr(module, name)('', '').handle(asked)['status'])\n"
    )
    said = subprocess.run(
        [python, "-S", "-s", "-B", "-c", ask, app / "bin/fmg_rest.py"],
        capture_output=True, text=True, timeout=60, cwd="/",
        env={"PYTHONPATH": str(stubs), "PATH": os.defpath, "SPLUNK_HOME": str(stubs)},
    )  # fmt: skip
    assert (said.stdout.split(), said.stderr) == (["404", "405", "500"], "")


def test_the_command_line_starts_from_the_package(app: Path, python: Path) -> None:
    find = "import sys; sys.path.insert(0, sys.argv[1]); import fmgstate; print(fmgstate.__file__)"
    said = subprocess.run(
        [python, "-I", "-S", "-B", "-c", find, str(app / "bin")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(said.stdout.strip()) == app / "bin/fmgstate/__init__.py"
