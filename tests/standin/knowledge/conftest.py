from __future__ import annotations

from pathlib import Path

import pytest

from standin.home.tree import Home
from tests.standin.knowledge.an_app import App


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(Home(tmp_path / "splunk"))
