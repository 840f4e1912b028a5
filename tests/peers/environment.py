"""The peers' own environment: what they bring never enters ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".cache" / "peers"
FWSHIFT = "fwshift==0.40.18"


def python() -> Path:
    """The interpreter of an environment that holds fwshift; made when it is missing."""
    venv = FOLDER / "venv"
    inside, stamp = venv / "bin" / "python", FOLDER / "ready"
    if not (inside.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == FWSHIFT):
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([inside, "-m", "pip", "install", "-qq", "--no-input", FWSHIFT], check=True)
        stamp.write_text(FWSHIFT, encoding="utf-8")
    return inside


def ask_fwshift(question: dict[str, Any], timeout: float = 600) -> dict[str, Any]:
    """Its answer; see ``ask_fwshift.py`` for both."""
    said = subprocess.run(
        [python(), Path(__file__).with_name("ask_fwshift.py")],
        input=json.dumps(question), capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    if said.returncode:
        raise RuntimeError(f"fwshift failed: {said.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer
