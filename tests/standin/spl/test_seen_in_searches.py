"""Forms that published searches use; the page is that which gives their meaning."""

import pytest

from tests.standin.spl.context_for_tests import found

ROWS = [
    {"_time": 1_699_999_000.0 + 1000 * at, "host": "b" if at % 2 else "a", "x": str(at)}
    for at in (2, 1, 0)
]
HOURS = [
    {"_time": 1_699_995_600, "a": 1, "b": 0, "_span": 3600},
    {"_time": 1_699_999_200, "a": 1, "b": 1, "_span": 3600},
]


@pytest.mark.parametrize(
    "search", ["timechart span=1h count by host", "timechart count by host span=1h"]
)
def test_a_span_of_time_after_by(search: str) -> None:  # Search Reference: timechart
    assert found(f"* | {search}", *ROWS) == HOURS


@pytest.mark.parametrize(
    ("modifier", "left"),
    [
        ("starthoursago=1", ["2", "1"]),
        ("minutesago=16", ["2"]),
        ("startdaysago=1 endsecondsago=1000", ["1", "0"]),
        ("starttime=11/14/2023:22:13:20", ["2", "1"]),
        ("endtimeu=1699999500", ["0"]),
    ],
)
def test_old_time_modifiers(modifier: str, left: list[str]) -> None:  # Search Reference: search
    now = 1_700_003_600.0 if "hours" in modifier else 1_700_001_001.0
    assert [row["x"] for row in found(f"{modifier} | table x", *ROWS, now=now)] == left


# Search Reference: sort ("<int> | limit=<int>")
@pytest.mark.parametrize("search", ["sort limit=1 - x", "sort - x limit=1", "sort 1 - x"])
def test_the_limit_of_sort(search: str) -> None:
    assert found(f"* | {search} | table x", *ROWS) == [{"x": "2"}]


def test_commas_between_comparisons() -> None:  # Search Reference: search
    assert found("x>0, host=a | table x", *ROWS) == [{"x": "2"}]
