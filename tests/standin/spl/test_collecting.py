"""The collector runs seldom while rows flow, and as before afterwards."""

import gc

import pytest

from standin.spl.errors import Malformed
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse

ROWS = [{"_time": 1, "x": "1"}, {"_time": 1, "x": "2"}]


def test_the_collector_is_as_before_afterwards() -> None:
    before = gc.get_threshold()
    flowing = iter(parse("*", InMemory(ROWS)).run().rows)
    next(flowing)
    other = iter(parse("*", InMemory(ROWS)).run().rows)
    next(other)
    assert gc.get_threshold() != before
    assert len(list(flowing)) == 1
    assert gc.get_threshold() != before
    other.close()  # type: ignore[attr-defined]
    assert gc.get_threshold() == before


def test_a_search_that_fails_leaves_it_as_before() -> None:
    before = gc.get_threshold()
    with pytest.raises(Malformed):
        list(parse('* | eval y=substr(x, "a".x)', InMemory(ROWS)).run().rows)
    assert gc.get_threshold() == before
