"""Packs the sample app as a build would, and starts a stand-in with it."""

from __future__ import annotations

import sysconfig
import tarfile
from pathlib import Path
from typing import Any

from standin import Standin

APP = "sample_app"
SAMPLE = Path(__file__).parent / APP
LIBRARIES = sysconfig.get_paths()["purelib"]


def pack(folder: Path, target: Path) -> Path:
    """A .tar.gz of ``folder`` under its own name."""
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, arcname=folder.name, filter=_without_caches)
    return target


def sample(folder: Path, **options: Any) -> Standin:
    """A stand-in with the sample app, not yet started; the libraries come from this Python."""
    package = pack(SAMPLE, folder / "sample_app-1.2.3.tar.gz")
    options = {"python_path": [LIBRARIES], "grace": 5.0, **options}
    return Standin(folder / "splunk", packages=[package], **options)


def add_account(splunk: Standin, password: str = "s3cret") -> None:
    splunk.set_conf(
        APP, "sample_app_account", "hq", {"url": "https://x.example"}, {"password": password}
    )


def _without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member
