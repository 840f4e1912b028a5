"""Builds ``dist/fortimanager_policy_state-<version>.tar.gz``, which Splunk installs.

Run by ``make package`` in an environment with requirements/package.txt. Only what ``SHIPPED``
names is staged, into a temporary directory, because ucc-gen rewrites what it reads. The same
commit gives the same bytes: times come from git, files are packed in the order of their names.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
APP = "fortimanager_policy_state"
SHIPPED = (
    "bin/*.py",
    "bin/fmgstate/**/*.py",
    "default/**/*",
    "metadata/default.meta",
    "static/*.png",
    "lookups/*.csv",
    "appserver/static/**/*",
    "README/*.spec",
    "LICENSE",
    "NOTICE",
    "CHANGELOG.md",
    "README.md",
)
LIBRARIES = ("app.txt", "app-redis.txt")
NOT_SHIPPED = ("bin/fmgstate/workers",)
"""Runs on worker hosts, outside Splunk."""
# What pip leaves behind that the running app does not need. Licences and METADATA stay.
LEFTOVERS = (
    "bin",
    "**/__pycache__",
    "**/tests",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/WHEEL",
    "*.dist-info/direct_url.json",
    "*.dist-info/entry_points.txt",
    "*.dist-info/top_level.txt",
    "*.dist-info/zip-safe",
)
PURE_PYTHON = [
    "--platform",
    "any",
    "--implementation",
    "py",
    "--abi",
    "none",
    "--python-version",
    "3.9",
]


class BuildFailed(Exception):
    """What went wrong, and what to do about it."""


def version() -> str:
    source = (ROOT / "bin/fmgstate/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', source, re.MULTILINE)
    if not found:
        raise BuildFailed("bin/fmgstate/__init__.py has no __version__.")
    return found.group(1)


def commit_time() -> int:
    """Epoch seconds of the last commit; SOURCE_DATE_EPOCH where there is no git."""
    said = run(["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"], cwd=ROOT)
    if said.returncode == 0 and said.stdout.strip():
        return int(said.stdout)
    return int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, capture_output=True, text=True, check=False, **options
    )


def shipped_files() -> Iterator[Path]:
    for pattern in SHIPPED:
        for path in ROOT.glob(pattern):
            hidden = any(part.startswith((".", "__pycache__")) for part in path.parts[-3:])
            inside = path.relative_to(ROOT)
            if path.is_file() and not hidden and not inside.as_posix().startswith(NOT_SHIPPED):
                yield inside


def stage(folder: Path, number: str) -> None:
    for path in shipped_files():
        (folder / "package" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / "package" / path)
    manifest = json.loads((ROOT / "app.manifest").read_text(encoding="utf-8"))
    manifest["info"]["id"]["version"] = number
    (folder / "package/app.manifest").write_text(json.dumps(manifest), encoding="utf-8")
    config = json.loads((ROOT / "globalConfig.json").read_text(encoding="utf-8"))
    config["meta"]["version"] = number
    (folder / "globalConfig.json").write_text(json.dumps(config), encoding="utf-8")
    shutil.copytree(libraries(), folder / "package/lib")


def libraries() -> Path:
    """The folder with what LIBRARIES name; made once for each state of these files."""
    wanted = [ROOT / "requirements" / name for name in LIBRARIES]
    recipe = b"".join(file.read_bytes() for file in wanted) + repr(LEFTOVERS).encode()
    folder = ROOT / ".build" / f"lib-{hashlib.sha256(recipe).hexdigest()[:12]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        lib = Path(scratch) / "lib"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
        listed = [text for file in wanted for text in ("-r", str(file))]
        said = run([*pip, "--no-compile", *PURE_PYTHON, "--target", str(lib), *listed])
        if said.returncode:
            raise BuildFailed(f"The libraries could not be installed.\n{said.stderr}")
        for pattern in LEFTOVERS:
            for path in list(lib.glob(pattern)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        compiled = [str(path) for path in lib.rglob("*.so")]
        if compiled:
            raise BuildFailed(f"Compiled files cannot ship: {', '.join(compiled)}.")
        lib.rename(folder)
    return folder


def generate(folder: Path, number: str) -> Path:
    """Runs ucc-gen over the staged files and gives the folder of the finished app."""
    ucc_gen = Path(sys.executable).with_name("ucc-gen")
    package = ["--source", str(folder / "package"), "--config", str(folder / "globalConfig.json")]
    output = ["--ta-version", number, "-o", str(folder / "output")]
    python = ["--python-binary-name", sys.executable, "--pip-version", "25.0.1"]
    said = run([str(ucc_gen), "build", *package, *output, *python], cwd=folder)
    # ucc-gen exits with 0 whatever happens; the summary is the last thing that it prints.
    if said.returncode or "File creation summary" not in said.stdout + said.stderr:
        raise BuildFailed(f"ucc-gen did not finish.\n{said.stdout}{said.stderr}")
    return folder / "output" / APP


def add_to_generated(app: Path) -> None:
    """Ours behind what ucc-gen wrote: a conf of the same name in default/ would replace that."""
    for ours in sorted((ROOT / "conf_added").glob("*.conf")):
        generated = app / "default" / ours.name
        if not generated.is_file():
            raise BuildFailed(f"ucc-gen wrote no {ours.name}: move ours to default/.")
        before = generated.read_text(encoding="utf-8").rstrip("\n")
        stanzas = ours.read_text(encoding="utf-8").strip("\n")
        generated.write_text(f"{before}\n\n{stanzas}\n", encoding="utf-8")


def settle(app: Path, built: int) -> None:
    """Replaces the build number, which ucc-gen takes from the clock."""
    conf = app / "default/app.conf"
    number = re.search(r"^build = (\d+)$", conf.read_text(encoding="utf-8"), re.MULTILINE)
    if not number:
        raise BuildFailed("ucc-gen wrote no build number into default/app.conf.")
    for path in (conf, app / "appserver/templates/base.html"):
        text = path.read_text(encoding="utf-8").replace(number.group(1), str(built))
        path.write_text(text, encoding="utf-8")
    for cache in list(app.rglob("__pycache__")):
        shutil.rmtree(cache)


def pack(app: Path, target: Path, built: int) -> None:
    def same(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = built, 0, 0, "", ""
        entry.mode = 0o755 if entry.isdir() else 0o644
        return entry

    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    with (
        unfinished.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=built) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in [app, *sorted(app.rglob("*"))]:
            tar.add(path, str(path.relative_to(app.parent)), recursive=False, filter=same)
    unfinished.replace(target)


def build(target: Path) -> None:
    number, built = version(), commit_time()
    with tempfile.TemporaryDirectory() as scratch:
        stage(Path(scratch), number)
        app = generate(Path(scratch), number)
        add_to_generated(app)
        settle(app, built)
        pack(app, target, built)


def main() -> int:
    target = ROOT / "dist" / f"{APP}-{version()}.tar.gz"
    try:
        build(Path(sys.argv[1]) if len(sys.argv) > 1 else target)
    except BuildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
