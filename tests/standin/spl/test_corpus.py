"""Searches like those that apps and detection rules publish: each is read, or refused as told."""

from pathlib import Path

import pytest

from standin.spl.errors import SplError
from standin.spl.interpret import parse
from tests.standin.spl.context_for_tests import KnowsAll

FILES = sorted((Path(__file__).parent / "corpus").glob("*.spl"))
SEARCHES = [one for file in FILES for one in file.read_text(encoding="utf-8").strip().split("\n\n")]


def test_there_are_many() -> None:
    assert len(SEARCHES) >= 100


@pytest.mark.parametrize("search", SEARCHES, ids=range(len(SEARCHES)))
def test_searches(search: str) -> None:
    """``# Unsupported: command`` on the first line tells what is refused on purpose."""
    expected, _, text = search.partition("\n") if search.startswith("# ") else ("", "", search)
    if not expected:
        parse(text, KnowsAll())
        return
    with pytest.raises(SplError) as caught:
        parse(text, KnowsAll())
    kind, _, words = expected.removeprefix("# ").partition(": ")
    assert type(caught.value).__name__ == kind
    assert words in caught.value.message
