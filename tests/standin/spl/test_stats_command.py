"""stats and eventstats: clauses, groups, nulls, multivalues, wildcards."""

import pytest

from standin.spl.errors import Malformed, Undocumented
from tests.standin.spl.statistics import rows, stream, table

EVENTS = [
    {"host": "www2", "status": "200", "bytes": "10"},
    {"host": "www1", "status": "404", "bytes": "20"},
    {"host": "www1", "status": "200", "bytes": "30"},
    {"host": "www2", "status": "200"},
    {"status": "500", "bytes": "7"},
]


# Search Reference: stats: one row for each combination; rows without a BY field are in none
def test_by_two_fields():
    assert table("stats count sum(bytes) BY status, host", EVENTS) == [
        ["status", "host", "count", "sum(bytes)"],
        ["200", "www1", 1, 30],
        ["200", "www2", 2, 10],
        ["404", "www1", 1, 20],
    ]


# Search Reference: stats: without BY only one row
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stats count", [["count"], [0]]),
        ("stats count sum(x) values(x)", [["count", "sum(x)", "values(x)"], [0, None, None]]),
        ("stats count BY host", [["host", "count"]]),
    ],
)
def test_no_rows(text, expected):
    assert table(text, []) == expected


# Search Reference: stats: Calculate different page requests
def test_counts_of_conditions():
    text = 'stats count(eval(status="200")) AS ok, count(eval(status!="200")) AS other BY host'
    assert table(text, EVENTS) == [
        ["host", "ok", "other"],
        ["www1", 1, 1],
        ["www2", 2, 0],
    ]


# Search Reference: stats: dedup_splitvals
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [["a", 2, 3], ["b", 1, 1], ["c", 1, 2]]),
        ("dedup_splitvals=true", [["a", 1, 1], ["b", 1, 1], ["c", 1, 2]]),
    ],
)
def test_multivalue_by_field(options, expected):
    given = [{"mv": ["a", "b", "a"], "n": "1"}, {"mv": "c", "n": "2"}]
    found = table(f"stats count sum(n) AS n BY mv {options}", given)
    if not options:
        expected = [["a", 2, 2], *expected[1:]]
    assert found == [["mv", "count", "n"], *expected]


def test_multivalues_of_two_by_fields_make_all_pairs():
    given = [{"a": ["1", "2"], "b": ["x", "y"]}]
    assert table("stats count BY a b", given)[1:] == [
        ["1", "x", 1],
        ["1", "y", 1],
        ["2", "x", 1],
        ["2", "y", 1],
    ]


# Search Reference: stats: wildcards; "delay, xdelay, relay"
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stats avg(*lay)", [["avg(delay)", "avg(xdelay)"], [2, 5]]),
        ("stats sum(*) AS total_*", [["total_delay", "total_xdelay"], [4, 5]]),
        ("stats max(x*) AS *_max", [["delay_max"], [5]]),
        ("stats avg", [["avg(delay)", "avg(xdelay)"], [2, 5]]),
        ("stats values(*) AS * BY host", [["host", "delay", "xdelay"], ["h", ["1", "3"], "5"]]),
    ],
)
def test_wildcards(text, expected):
    given = [
        {"host": "h", "delay": "1", "_time": 1.0},
        {"host": "h", "delay": "3", "xdelay": "5", "_time": 2.0},
    ]
    assert table(text, given) == expected


def test_numbers_and_texts_of_the_same_spelling_are_one_group():
    assert table("stats count BY x", [{"x": 1}, {"x": "1"}, {"x": 10}, {"x": "2"}]) == [
        ["x", "count"],
        [1, 2],
        [10, 1],
        ["2", 1],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "stats",
        "stats by host",
        "stats count by",
        "stats count by host by status",
        "stats count by source*",
        "stats count limit=10",
        "stats cuont=3 count",
        "stats allnum=maybe count",
        "stats partitions=x count",
        "stats count by host count",
        "stats first(host) AS site, first(host) AS report",
        "stats values(x) AS host by host",
        "eventstats partitions=1 count",
    ],
)
def test_malformed(text):
    with pytest.raises(Malformed):
        stream(text, [])


# Search Reference: stats: partitions and the default delimiter have no effect
def test_options_without_effect():
    assert rows('stats partitions=4 delim=" " count', EVENTS) == [{"count": 5}]


# Search Reference: eventstats: events stay, with the statistic in each
def test_eventstats():
    assert rows("eventstats avg(bytes) AS mean count BY host", EVENTS) == [
        {"host": "www2", "status": "200", "bytes": "10", "mean": 10, "count": 2},
        {"host": "www1", "status": "404", "bytes": "20", "mean": 25, "count": 2},
        {"host": "www1", "status": "200", "bytes": "30", "mean": 25, "count": 2},
        {"host": "www2", "status": "200", "mean": 10, "count": 2},
        {"status": "500", "bytes": "7"},
    ]


def test_eventstats_over_all_rows_keeps_columns_in_order():
    given = [{"a": "1"}, {"a": "3"}]
    found = stream("stats count AS n by a | eventstats sum(n) AS total", given)
    assert (found.fields, list(found.rows)) == (
        ["a", "n", "total"],
        [{"a": "1", "n": 1, "total": 2}, {"a": "3", "n": 1, "total": 2}],
    )


# Search Reference: eventstats: the extended example of ages by city
@pytest.mark.parametrize(
    ("last", "option", "expected"),
    [
        (None, "", [28, 39, 28, 39]),
        ("test", "", [28, 39, 28, 39]),
        ("test", "allnum=true", [28, None, 28, None]),
        (None, "allnum=true", [28, None, 28, None]),
    ],
)
def test_ages_by_city(last, option, expected):
    given = [
        {"city": "San Francisco", "age": 25},
        {"city": "Seattle", "age": 39},
        {"city": "San Francisco", "age": 31},
        {"city": "Seattle"} if last is None else {"city": "Seattle", "age": last},
    ]
    found = rows(f"eventstats {option} avg(age) BY city", given)
    assert [row.get("avg(age)") for row in found] == expected


def test_eventstats_by_a_multivalue_is_undocumented():
    with pytest.raises(Undocumented):
        rows("eventstats count BY x", [{"x": ["a", "b"]}])


def test_eventstats_of_no_rows_has_none():
    assert rows("eventstats count", []) == []


def test_errors_tell_where():
    with pytest.raises(Malformed) as caught:
        stream("stats count by host limit=10", [])
    assert caught.value.position == len("stats count by host ")
