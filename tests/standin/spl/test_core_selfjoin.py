"""selfjoin."""

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

ROWS: list[Row] = [
    {"_time": 0.0, "a": "1", "b": "nada1", "c": "else1", "joiner": "x"},
    {"_time": 60.0, "a": "2", "b": "something2", "joiner": "x"},
    {"_time": 120.0, "a": "3", "b": "nada3", "c": "else3", "joiner": "x"},
    {"_time": 180.0, "a": "4", "b": "something4", "joiner": "x"},
    {"_time": 240.0, "a": "5", "b": "nada5", "c": "else5", "joiner": "x"},
]


def test_each_row_is_joined_with_the_next() -> None:
    """Search Reference: selfjoin, the extended example."""
    assert found("* | selfjoin joiner", *ROWS) == [
        {"_time": 60.0, "a": "2", "b": "something2", "c": "else1", "joiner": "x"},
        {"_time": 120.0, "a": "3", "b": "nada3", "c": "else3", "joiner": "x"},
        {"_time": 180.0, "a": "4", "b": "something4", "c": "else3", "joiner": "x"},
        {"_time": 240.0, "a": "5", "b": "nada5", "c": "else5", "joiner": "x"},
    ]


def test_rows_without_others() -> None:
    """Search Reference: selfjoin, keepsingle: false by default."""
    rows = [*ROWS[:2], {"_time": 130.0, "a": "6", "joiner": "y"}, {"_time": 140.0, "a": "7"}]
    joined = {"_time": 60.0, "a": "2", "b": "something2", "c": "else1", "joiner": "x"}
    assert found("* | selfjoin joiner", *rows) == [joined]
    assert found("* | selfjoin keepsingle=t joiner", *rows) == [joined, *rows[2:]]


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("* | selfjoin max=0 joiner", Unsupported),
        ("* | selfjoin overwrite=f joiner", Unsupported),
        ("* | selfjoin", Malformed),
        ("* | selfjoin usetime=t joiner", Malformed),
        # The page tells precedence by _time, of rows from the earliest on.
        ("* | reverse | selfjoin joiner", Undocumented),
        ("* | table a joiner | selfjoin joiner", Undocumented),
    ],
)
def test_what_is_refused(search: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        found(search, *ROWS)
