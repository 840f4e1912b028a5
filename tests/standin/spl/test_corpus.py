"""Searches like those that apps and detection rules publish: each is read, or refused as told."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from standin.spl.errors import SplError
from standin.spl.interpret import parse
from standin.spl.values import Row
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


def test_a_search_with_a_slip_fails_with_a_position_or_runs() -> None:
    """No other error than an SplError, whatever one character or word more or less does."""
    chance = random.Random(4)
    row: Row = {"_time": 1_700_000_000.0, "_raw": "a b=1", "bytes": "5", "mv": ["a", "b"]}
    for search in SEARCHES:
        text = search.partition("\n")[2] if search.startswith("# ") else search
        at = chance.randrange(len(text))
        added = chance.choice(["", *'"[]()|=,*\\`$'])
        with suppress(SplError):
            list(parse(text[:at] + added + text[at + 1 :], KnowsAll([row])).run().rows)
