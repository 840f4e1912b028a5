from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from fmgstate import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
APP = "fortimanager_policy_state"


@pytest.fixture(scope="session")
def package() -> Path:
    """The built package."""
    path = ROOT / "dist" / f"{APP}-{__version__}.tar.gz"
    assert path.is_file(), "The package is not built: run `make package`."
    return path


@pytest.fixture(scope="session")
def app(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked package: the app's folder, lying where Splunk keeps apps."""
    folder = tmp_path_factory.mktemp("splunk") / "etc" / "apps"
    with tarfile.open(package) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # not in every 3.11
        tar.extractall(folder)
    return folder / APP


@pytest.fixture(scope="session")
def config() -> Any:
    """globalConfig.json, from which UCC makes pages, REST handlers and inputs."""
    return json.loads((ROOT / "globalConfig.json").read_text(encoding="utf-8"))
