from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.packaging.conftest import ROOT

BUILDER = ROOT / ".venv-package/bin/python"


def build(target: Path, **environment: str) -> bytes:
    subprocess.run(
        [BUILDER, ROOT / "build.py", target],
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
        cwd=target.parent,
        umask=0o077,
    )
    return target.read_bytes()


def test_the_same_commit_gives_the_same_bytes(tmp_path: Path) -> None:
    assert BUILDER.exists(), "The build environment is missing: run `make package`."
    once = build(tmp_path / "once.tar.gz", TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    again = build(tmp_path / "again.tar.gz", TZ="UTC", PYTHONHASHSEED="2", LC_ALL="C")
    assert once == again
