"""Packs the sample app as a build would."""

import tarfile
from pathlib import Path

SAMPLE = Path(__file__).parent / "sample_app"


def pack(folder: Path, target: Path) -> Path:
    """A .tar.gz of ``folder`` under its own name."""
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, arcname=folder.name, filter=_without_caches)
    return target


def _without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member
