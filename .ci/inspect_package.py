"""Judges a built package as Splunk would: AppInspect in three tag sets, and slim's conf check.

``python .ci/inspect_package.py dist/<package>.tar.gz`` in an environment with
requirements/package.txt. AppInspect's exit code is 0 whatever it finds, so its report is read.
"""

from __future__ import annotations

import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TAG_SETS = ("", "cloud", "private_victoria")
WANTED_CHECKS = 100  # fewer were run than this: the tool did not do its work
BAD = ("error", "failure", "future_failure")


def need_libmagic() -> None:
    if ctypes.util.find_library("magic"):
        return
    if os.getuid() == 0 and shutil.which("apt-get"):
        for step in (["update"], ["install", "-y", "libmagic1"]):
            subprocess.run(["apt-get", "-qq", *step], check=False, stdin=subprocess.DEVNULL)
    if not ctypes.util.find_library("magic"):
        sys.exit("AppInspect needs the library libmagic. On Debian: apt-get install libmagic1")


def appinspect(package: Path, tags: str, folder: Path) -> list[str]:
    """What is wrong, in sentences; prints the warnings."""
    report = folder / f"report-{tags or 'default'}.json"
    options = ["--mode", "precert", "--skip-trusted-libraries-update", "--data-format", "json"]
    asked = ["--included-tags", tags] if tags else []
    said = subprocess.run(
        [BIN / "splunk-appinspect", "inspect", package, *options, *asked, "--output-file", report],
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        return [f"AppInspect ({tags or 'default'}) wrote no report: {said.stdout}{said.stderr}"]
    checks = list(read(report))
    count = Counter(result for result, _, _ in checks)
    print(f"AppInspect ({tags or 'default'}): {dict(sorted(count.items()))}")
    for result, name, message in checks:
        if result == "warning":
            print(f"  warning {name}: {message}")
    wrong = [f"{result} {name}: {message}" for result, name, message in checks if result in BAD]
    if len(checks) < WANTED_CHECKS:
        wrong.append(f"AppInspect ({tags or 'default'}) ran only {len(checks)} checks.")
    return wrong


def read(report: Path) -> Iterator[tuple[str, str, str]]:
    """(result, check, first message) of each check."""
    for one in json.loads(report.read_text(encoding="utf-8"))["reports"]:
        for group in one["groups"]:
            for check in group["checks"]:
                texts = [" ".join(message["message"].split()) for message in check["messages"]]
                yield check["result"], check["name"], (texts or [""])[0][:160]


def slim(package: Path, folder: Path) -> list[str]:
    """Settings and stanzas that no spec knows. slim is given a home of its own: it writes there."""
    specs = folder / "conf-specs"
    find = "import os, slim; print(os.path.dirname(slim.__file__))"
    found = subprocess.run([sys.executable, "-c", find], capture_output=True, text=True, check=True)
    shutil.copytree(Path(found.stdout.strip(), "config", "conf-specs"), specs)
    for extra in (ROOT / "tests/packaging/conf-specs").glob("*.spec"):
        with (specs / extra.name).open("a", encoding="utf-8") as spec:
            spec.write("\n" + extra.read_text(encoding="utf-8"))
    settings = folder / ".config/slim/settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[option]\nconfiguration_spec_path = {specs}\n", encoding="utf-8")
    said = subprocess.run(
        [BIN / "slim", "validate", package],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(folder)},
    )
    lines = (said.stdout + said.stderr).splitlines()
    wrong = [line for line in lines if "[ERROR]" in line or "[WARNING]" in line]
    if said.returncode and not wrong:
        wrong = lines
    print(f"slim: {len(wrong)} settings or stanzas that no spec knows")
    return wrong


def main(package: Path) -> int:
    need_libmagic()
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        folder = Path(scratch)
        jobs = [pool.submit(appinspect, package, tags, folder) for tags in TAG_SETS]
        wrong = [line for job in jobs for line in job.result()] + slim(package, folder)
    for line in wrong:
        print(f"WRONG {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
