"""Under random faults and edits nothing wrong is kept, published or left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.play import play


# A connection that breaks off may be closed by the collector of garbage; none may stay.
@pytest.mark.filterwarnings("ignore:unclosed <fmgstate.*:ResourceWarning")
def test_nothing_wrong_is_kept_whatever_happens(tmp_path: Path) -> None:
    figures = play(seed=1, folder=tmp_path, seconds=35.0, most_cycles=400)
    print(figures.text())
    assert figures.cycles > 10
