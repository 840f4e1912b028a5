"""Splunk's own pages and libraries in a real browser: ``python tests/pages/run.py``.

Arguments go to pytest. Node, npm packages and browser are made ready first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT)]

from tests.pages import environment  # noqa: E402


def main() -> int:
    browser = environment.prepare()
    print(f"In {browser}. Checked against the stand-in only: it is not Splunk.", flush=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", *sys.argv[1:], "tests/pages"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PAGES": str(browser)}, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
