"""timechart. Search Reference: timechart."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from standin.spl.errors import Malformed, Unsupported
from tests.standin.spl.statistics import rows, stream, table

HOUR, DAY = 3600, 86400
BERLIN = ZoneInfo("Europe/Berlin")


def at(*when, zone=UTC):
    return datetime(*when, tzinfo=zone).timestamp()


START = at(2026, 3, 2, 10)
EVENTS = [
    {"_time": START + 60, "host": "a", "bytes": "10"},
    {"_time": START + 120, "host": "b", "bytes": "20"},
    {"_time": START + HOUR * 2, "host": "a", "bytes": "30"},
    {"_time": START + HOUR * 2 + 1, "bytes": "5"},
]


def test_bins_without_events_are_filled():
    assert table("timechart span=1h count sum(bytes) AS total", EVENTS) == [
        ["_time", "count", "total", "_span"],
        [START, 2, 30, HOUR],
        [START + HOUR, 0, None, HOUR],
        [START + 2 * HOUR, 2, 35, HOUR],
    ]


def test_cont():
    found = rows("timechart cont=false span=1h count", EVENTS)
    assert [(row["_time"], row["count"]) for row in found] == [(START, 2), (START + 2 * HOUR, 2)]


def test_split_by_has_null_and_zero():
    assert table("timechart span=1h count BY host", EVENTS) == [
        ["_time", "a", "b", "NULL", "_span"],
        [START, 1, 1, 0, HOUR],
        [START + HOUR, 0, 0, 0, HOUR],
        [START + 2 * HOUR, 1, 0, 1, HOUR],
    ]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("count BY host usenull=f", ["a", "b"]),
        ("usenull=f count BY host", ["a", "b"]),
        ("count BY host nullstr=none", ["a", "b", "none"]),
        ("limit=1 count BY host", ["a", "NULL", "OTHER"]),
        ("count BY host limit=1 useother=f usenull=f", ["a"]),
        ("limit=bottom1 count BY host usenull=f otherstr=rest", ["b", "rest"]),
        ("limit=top 1 count BY host usenull=f", ["a", "OTHER"]),
        ("limit=0 count BY host usenull=f", ["a", "b"]),
        ("count BY host usenull=f WHERE count > 1", ["a", "OTHER"]),
        ("count BY host usenull=f useother=f WHERE count>1", ["a"]),
        ("sum(bytes) BY host usenull=f WHERE max in top1", ["a", "OTHER"]),
        ("sum(bytes) BY host usenull=f WHERE max notin top1", ["b", "OTHER"]),
        ("sum(bytes) BY host usenull=f WHERE min(bytes) < 15", ["a", "OTHER"]),
        ("sum(bytes) BY host usenull=f WHERE sum in bottom1", ["b", "OTHER"]),
        (
            "count avg(bytes) BY host usenull=f",
            ["count: a", "count: b", "avg(bytes): a", "avg(bytes): b"],
        ),
        ('sep="-" count AS n avg(bytes) AS m BY host limit=1', ["n-a", "n-NULL", "n-OTHER"]),
        ('format="$VAL$ $AGG$" count avg(bytes) BY host usenull=f limit=0', ["a count"]),
        ("count AS hits BY host usenull=f", ["a", "b"]),
        ("eval(avg(bytes)*2) BY host usenull=f", ["a", "b"]),
        ("avg(bytes)", ["avg(bytes)"]),
    ],
)
def test_columns(text, columns):
    fields = stream(f"timechart span=1h {text}", EVENTS).fields
    assert fields[0] == "_time"
    assert fields[1 : 1 + len(columns)] == columns


def test_other_is_computed_over_its_rows():
    given = [{"_time": 0.0, "h": h, "x": x} for h, x in (("a", 9), ("b", 1), ("c", 2), ("c", 6))]
    assert table("timechart span=1h limit=1 avg(x) BY h", given)[:2] == [
        ["_time", "a", "OTHER", "_span"],
        [0, 9, 3, HOUR],
    ]


# "Ties in scoring are broken lexicographically": AMOUNT before amount before host
def test_ties():
    given = [{"_time": 0.0, "f": name} for name in ("host", "amount", "AMOUNT")]
    assert stream("timechart span=1h limit=2 count BY f", given).fields == [
        "_time",
        "AMOUNT",
        "amount",
        "OTHER",
        "_span",
    ]


# "If multiple aggregations are specified, the score is based on the frequency"
def test_the_score_of_several_functions_is_frequency():
    given = [
        {"_time": 0.0, "h": "a rare", "x": "99"},
        *[{"_time": 0.0, "h": "often", "x": "1"}] * 2,
    ]
    found = stream("timechart span=1h limit=1 useother=f max(x) min(x) BY h", given).fields
    assert found == ["_time", "max(x): often", "min(x): often", "_span"]


# "Prepending VALUE to the names of some fields that begin with underscore"
def test_values_that_begin_with_an_underscore():
    given = [{"_time": 0.0, "index": name} for name in ("_internal", "_audit")]
    assert rows("timechart span=1m count BY index", given) == [
        {"_time": 0, "VALUE_audit": 1, "VALUE_internal": 1, "_span": 60}
    ]


# per_hour: "sum()/<hours in the span>. If your chart span ends up being 30m, it is sum()*2"
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("span=30m per_hour(bytes)", "60.000000"),
        ("span=1h per_hour(bytes)", "30.000000"),
        ("span=1h per_minute(bytes)", "0.500000"),
        ("span=1h per_second(bytes)", "0.008333"),
        ("span=1d per_day(bytes)", "65.000000"),
        ('span=1h per_hour(eval(host="a"))', "1.000000"),
    ],
)
def test_rates(text, expected):
    first = rows(f"timechart {text} AS rate", EVENTS)[0]
    assert first["rate"] == expected


# "Default time spans": the smallest usual span that gives no more than 100 bins
@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (15 * 60, 10),
        (60 * 60, 60),
        (4 * HOUR, 300),
        (24 * HOUR, 1800),
        (7 * DAY, DAY),
        (30 * DAY, DAY),
        (10, 1),
    ],
)
def test_default_spans(seconds, span):
    begin = at(2026, 3, 2)
    found = rows("timechart count", [{"_time": begin}], earliest=begin, latest=begin + seconds)
    assert {row["_span"] for row in found} == {span}


def test_a_year_has_months():
    found = rows("timechart count", [], earliest=at(2025, 1, 1), latest=at(2026, 1, 1))
    assert [row["_time"] for row in found] == [at(2025, month, 1) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("options", "span"), [("bins=10", 1800), ("minspan=15m", 1800), ("bins=24 minspan=1h", HOUR)]
)
def test_bins_and_minspan(options, span):
    found = rows(f"timechart {options} count", [], earliest=START, latest=START + 4 * HOUR)
    assert {row["_span"] for row in found} == {span}


def test_the_range_of_the_search_is_filled():
    found = rows("timechart span=1h count", EVENTS, earliest=START - HOUR, latest=START + 4 * HOUR)
    assert [row["count"] for row in found] == [0, 2, 0, 2, 0]
    found = rows(
        "timechart fixedrange=f span=1h count", EVENTS, earliest=START - HOUR, latest=START + 9999
    )
    assert [row["count"] for row in found] == [2, 0, 2]


def test_all_time_begins_with_the_first_event():
    found = rows("timechart span=1h count", EVENTS, earliest=0.0, latest=START + 9 * DAY)
    assert [row["count"] for row in found] == [2, 0, 2]


def test_partial():
    text = "timechart partial=f span=1h count"
    found = rows(text, EVENTS, earliest=START + 30, latest=START + 3 * HOUR)
    assert [row["_time"] for row in found] == [START + HOUR, START + 2 * HOUR]


@pytest.mark.parametrize(
    ("span", "when", "start"),
    [
        ("1d", at(2026, 3, 2, 0, 30, zone=BERLIN), at(2026, 3, 2, zone=BERLIN)),
        ("2d", at(2026, 3, 3, 0, 30, zone=BERLIN), at(2026, 3, 2, zone=BERLIN)),
        ("1mon", at(2026, 3, 31, 23, zone=BERLIN), at(2026, 3, 1, zone=BERLIN)),
        ("1q", at(2026, 3, 31, zone=BERLIN), at(2026, 1, 1, zone=BERLIN)),
        ("1y", at(2026, 3, 31, zone=BERLIN), at(2026, 1, 1, zone=BERLIN)),
        ("w@w1", at(2026, 3, 4, zone=BERLIN), at(2026, 3, 2, zone=BERLIN)),
        ("1w@w0", at(2026, 3, 4, zone=BERLIN), at(2026, 3, 1, zone=BERLIN)),
        ("7d@w1", at(2026, 3, 8, 23, zone=BERLIN), at(2026, 3, 2, zone=BERLIN)),
        ("1w", at(2026, 3, 4, zone=BERLIN), at(2026, 2, 26, zone=BERLIN)),
        ("1h@h", START + 5, START),
        ("hours", START + 5, START),
        ("d", at(2026, 3, 2, 0, 30, zone=BERLIN), at(2026, 3, 2, zone=BERLIN)),
        ("10", START + 15, START + 10),
        ("100ms", START + 0.25, START + 0.2),
    ],
)
def test_spans(span, when, start):
    (row,) = rows(f"timechart span={span} count", [{"_time": when}], timezone=BERLIN)
    assert (row["_time"], row["count"]) == (start, 1)


def test_parts_of_a_second_are_continuous():
    found = rows("timechart span=100ms count", [{"_time": START}, {"_time": START + 0.95}])
    assert [row["count"] for row in found] == [1, *[0] * 8, 1]


# example 7: "The bins will represent 5am - 5pm"
def test_aligntime():
    now = at(2026, 3, 4, 12, zone=BERLIN)
    given = [{"_time": at(2026, 3, 3, 4, zone=BERLIN)}, {"_time": at(2026, 3, 3, 6, zone=BERLIN)}]
    text = "timechart span=12h aligntime=@d+5h count"
    found = rows(text, given, now=now, timezone=BERLIN)
    assert [row["_time"] for row in found] == [
        at(2026, 3, 2, 17, zone=BERLIN),
        at(2026, 3, 3, 5, zone=BERLIN),
    ]


def test_days_of_a_change_to_summer_time():
    given = [{"_time": at(2026, 3, 28, 12, zone=BERLIN)}, {"_time": at(2026, 3, 30, zone=BERLIN)}]
    found = rows("timechart span=1d count", given, timezone=BERLIN)
    assert [row["_span"] for row in found] == [DAY, 23 * HOUR, DAY]


@pytest.mark.parametrize("name", ["dedup_splitvals", "dedup_splitval"])
def test_dedup_splitvals(name):
    given = [{"_time": 0.0, "mv": ["a", "b", "a"]}]
    assert rows("timechart span=1h count BY mv", given)[0]["a"] == 2
    assert rows(f"timechart span=1h count BY mv {name}=true", given)[0]["a"] == 1


def test_bins_of_the_split_by_field():
    given = [{"_time": 0.0, "x": x} for x in ("1", "3", "5", "-")]
    found = stream("timechart span=1h count BY x span=log2", given).fields
    assert found == ["_time", "-", "1-2", "2-4", "4-8", "_span"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", Malformed),
        ("span=1h", Malformed),
        ("count BY", Malformed),
        ("count BY host, user", Malformed),
        ("eval(avg(x))", Malformed),
        ("count(host) BY host", Malformed),
        ("count spam=1", Malformed),
        ("span=1000ms count", Malformed),
        ("span=300ms count", Malformed),
        ("span=log2 count", Malformed),
        ("count BY host WHERE count", Malformed),
        ("count BY host WHERE count in middle3", Malformed),
        ("limit=x count BY host", Malformed),
        ("agg=max count BY host", Unsupported),
        ("sparkline(count)", Malformed),
    ],
)
def test_refusals(text, error):
    with pytest.raises(error):
        stream(f"timechart {text}", [{"_time": 0.0}])


def test_no_events_and_no_range_is_no_row():
    assert rows("timechart span=1h count", []) == []
