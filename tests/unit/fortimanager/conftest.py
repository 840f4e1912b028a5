"""What several of these tests need."""

from __future__ import annotations

import pytest

from tests.unit.fortimanager.https_server import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki.made_in(tmp_path_factory.mktemp("pki"))
