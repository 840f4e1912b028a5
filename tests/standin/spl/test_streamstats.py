"""streamstats. Search Reference: streamstats."""

import pytest

from standin.spl.errors import Malformed, Undocumented
from tests.standin.spl.statistics import column, rows, stream

SHIFTS = column("shift", "DAY", "DAY", "NIGHT", "NIGHT", "NIGHT", "NIGHT", "DAY", "NIGHT")
XS = column("x", "1", "2", None, "4", "5")


def found(text, given):
    return [row.get("n") for row in rows(f"streamstats {text}", given)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count AS n", [1, 2, 3, 4, 5]),
        ("count(x) AS n", [1, 2, 2, 3, 4]),
        ("current=f count AS n", [0, 1, 2, 3, 4]),
        ("sum(x) AS n", [1, 3, 3, 7, 12]),
        ("current=f sum(x) AS n", [None, 1, 3, 3, 7]),
        ("avg(x) AS n", [1, 1.5, 1.5, 2.3333333333333335, 3]),
        ("max(x) AS n", [1, 2, 2, 4, 5]),
        ("min(x) AS n", [1, 1, 1, 1, 1]),
        ("median(x) AS n", [1, 2, 2, 2, 4]),
        ("range(x) AS n", [0, 1, 1, 3, 4]),
        ("first(x) AS n", ["1"] * 5),
        ("last(x) AS n", ["1", "2", "2", "4", "5"]),
        ("current=f last(x) AS n", [None, "1", "2", "2", "4"]),
        ("dc(x) AS n", [1, 2, 2, 3, 4]),
        ("list(x) AS n", ["1", ["1", "2"], ["1", "2"], ["1", "2", "4"], ["1", "2", "4", "5"]]),
        ("values(x) AS n", ["1", ["1", "2"], ["1", "2"], ["1", "2", "4"], ["1", "2", "4", "5"]]),
        ("window=2 sum(x) AS n", [1, 3, 2, 4, 9]),
        ("window=2 current=f sum(x) AS n", [None, 1, 3, 2, 4]),
        ("window=1 current=f last(x) AS n", [None, "1", "2", None, "4"]),
        ("sum(x) AS n window=3", [1, 3, 3, 6, 9]),
        ("count(eval(x>1)) AS n", [0, 1, 1, 2, 3]),
        ("allnum=t sum(x) AS n", [1, 3, 3, 7, 12]),
    ],
)
def test_running_and_windowed(text, expected):
    assert found(text, XS) == expected


# "Compute the running total of distinct users": a multivalue's parts count one by one
def test_distinct_parts():
    given = [{"ips": ["a", "b"]}, {"ips": "b"}, {"ips": ["c", "a"]}]
    assert found("dc(ips) AS n", given) == [2, 2, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count AS n BY shift", [1, 2, 1, 2, 3, 4, 3, 5]),
        ("count AS n BY shift reset_on_change=true", [1, 2, 1, 2, 3, 4, 1, 1]),
        ("window=3 global=f count AS n BY shift", [1, 2, 1, 2, 3, 3, 3, 3]),
        ("window=3 count AS n BY shift", [1, 2, 1, 2, 3, 3, 1, 2]),
        ('count AS n reset_after="("shift==\\"NIGHT\\"")"', [1, 2, 3, 1, 1, 1, 1, 2]),
        ('count AS n reset_after=(shift="NIGHT")', [1, 2, 3, 1, 1, 1, 1, 2]),
        ('count AS n reset_before="("match(shift,\\"DAY\\")")"', [1, 1, 2, 3, 4, 5, 1, 2]),
        ('count AS n reset_after="n>2"', [1, 2, 3, 1, 2, 3, 1, 2]),
        ('window=2 count AS n reset_before=(shift="DAY")', [1, 1, 2, 2, 2, 2, 1, 2]),
    ],
)
def test_groups_and_resets(text, expected):
    assert found(text, SHIFTS) == expected


def test_a_row_without_the_field_gets_nothing_and_resets_nothing():
    given = column("shift", "DAY", None, "DAY", "NIGHT", "DAY")
    assert found("count AS n BY shift", given) == [1, None, 2, 1, 3]
    assert found("count AS n BY shift reset_on_change=t", given) == [1, None, 2, 1, 1]


# time_window: newest first counts the next five minutes, oldest first the previous ones
@pytest.mark.parametrize("back", [False, True])
def test_time_window(back):
    given = [{"_time": float(at)} for at in (0, 100, 200, 300, 301, 900)]
    if back:
        given = [{"_time": 900 - row["_time"]} for row in given]
    assert found("time_window=5m count AS n", given) == [1, 2, 3, 3, 4, 1]
    assert found("time_window=5m window=2 count AS n", given) == [1, 2, 2, 2, 2, 1]


def test_time_window_needs_order():
    given = [{"_time": 100.0}, {"_time": 50.0}, {"_time": 70.0}]
    with pytest.raises(Undocumented):
        found("time_window=1h count AS n", given)


# Extended example 4: sum(*) as accu_total_*
def test_wildcard():
    given = stream("timechart span=1h sum(b) AS S", [{"_time": 0.0, "b": "1"}]).rows
    made = rows("streamstats global=f sum(*) as accu_total_*", given)
    assert made == [{"_time": 0, "S": 1, "_span": 3600, "accu_total_S": 1}]


# Extended example 5: the value before, by group
def test_previous_value_by_group():
    given = [{"m": "a", "ip": "1"}, {"m": "b", "ip": "9"}, {"m": "a", "ip": "2"}]
    assert found("current=f last(ip) AS n BY m", given) == [None, None, "1"]


@pytest.mark.parametrize(
    "text",
    [
        "streamstats count by",
        "streamstats window=x count",
        "streamstats reset_after=x count",
        'streamstats reset_after="(" count',
        'streamstats reset_after="x" + count',
        "streamstats time_window=5parsecs count",
        "streamstats partitions=1 count",
        "streamstats count by a count",
    ],
)
def test_malformed(text):
    with pytest.raises(Malformed):
        stream(text, [])
