"""Statistical functions against the examples and rules of their pages."""

import pytest

from standin.spl.errors import Malformed, Undocumented, Unsupported
from standin.spl.numbers import text
from tests.standin.spl.statistics import column, rows, stream

ONE_TO_TEN = [str(value) for value in range(10, 0, -1)]
VISITORS = ("0", "212", "579", "1068", "1692", "2301", "2793", "3306", "3673", "4010")
TEMPERATURES = ("65", "42", "40", "31", "47", "53", "64")
CUSTOMERS = ("37", "58", "8", "34", "13", "74", "38")
MIXED = ("1", "c", "a", "2", "100", "b", "4", "9")

# Search Reference: Aggregate functions
EXAMPLES = [
    ("perc50(y)", ONE_TO_TEN, 5.5),
    ("perc95(y)", ONE_TO_TEN, 9.55),
    ("p50(y)", ONE_TO_TEN, 5.5),
    ("upperperc95(y)", ONE_TO_TEN, 9.55),
    ("perc50(y)", VISITORS, 1996.5),
    ("perc95(y)", VISITORS, 3858.35),
    ("p95(y)", ("3682", "4019", *["0"] * 8), 3867.35),
    ("p50(y)", ("7.25", "7.25"), 7.25),
    ("p0(y)", ONE_TO_TEN, 1),
    ("p100(y)", ONE_TO_TEN, 10),
    ("perc99.9(y)", ("0", "1000"), 999),
    ("exactperc50(y)", ONE_TO_TEN, 6),
    ("median(y)", CUSTOMERS, 37),
    ("median(y)", ("1", "2", "3", "4"), 3),
    ("mean(y)", TEMPERATURES, 48.857142857142854),
    ("sumsq(y)", TEMPERATURES, 17664),
    ("stdev(y)", TEMPERATURES, 12.615183595289349),
    ("avg(y)", ("3.99",) * 100, 3.9900000000000055),
    ("avg(y)", ("3.99",) * 10_000, 3.990000000000215),
    ("mode(y)", ("32", "45", "29", "45", "37"), "45"),
    ("mode(y)", ("Garcia", "Mayer", "Garcia", "Zhang", "Garcia"), "Garcia"),
    ("range(y)", ("1200", "1400", "1650"), 450),
    ("range(y)", ("4.3", "-0.4"), 4.7),
    ("var(y)", ("7",), 0),
    ("stdev(y)", ("7",), 0),
    ("varp(y)", ("2", "4", "4", "4", "5", "5", "7", "9"), 4),
    ("stdevp(y)", ("2", "4", "4", "4", "5", "5", "7", "9"), 2),
    ("var(y)", ("1", "2", "3", "4"), 1.6666666666666667),
    ("max(y)", ("10", "9", "70", "100"), 100),
    ("min(y)", ("10", "9", "70", "100"), 9),
    ("max(y)", MIXED, "c"),
    ("min(y)", MIXED, 1),
    ("min(y)", ("beta", "Alpha"), "Alpha"),
    ("max(y)", ("beta", "Alpha"), "beta"),
    ("dc(y)", ("1.0", "1", "1"), 2),
    ("distinct_count(y)", ("a", "A", "a"), 2),
    ("estdc(y)", ("a", "b", "a"), 2),
    ("sum(y)", ("1", "x", "2.5"), 3.5),
    ("avg(y)", ("1", "x", "2"), 1.5),
    ("sum(y)", ("0.5", "0.5"), 1),
    ("count(y)", ("1", None, "2"), 2),
    ("c(y)", ("1", None, "2"), 2),
    ("count", ("1", None, "2"), 3),
    ("count()", ("1", None, "2"), 3),
    ("count(y)", (["a", "b"], "c"), 3),
    ("sum(y)", (["1", "2"], "4"), 7),
    ("dc(y)", (["a", "b"], "a"), 2),
    ("sum(y)", ("x", "y"), None),
    ("avg(y)", (), None),
    ("max(y)", (), None),
    ("count(y)", (), 0),
    ("dc(y)", (), 0),
    # Search Reference: Event order functions
    ("first(y)", ("b", "a", "c"), "b"),
    ("last(y)", ("b", "a", "c"), "c"),
    ("first(y)", (None, "a"), "a"),
    # Search Reference: Multivalue stats and chart functions
    ("list(y)", ("b", "a", "b"), ["b", "a", "b"]),
    ("list(y)", tuple(map(str, range(150))), [str(value) for value in range(100)]),
    ("values(y)", ("b", "a", "b", "B"), ["B", "a", "b"]),
    ("values(y)", ("10", "9", "70", "100"), ["10", "100", "70", "9"]),
    ("values(y)", (["b", "a"], "c"), ["a", "b", "c"]),
    ("values(y)", ("a", "a"), "a"),
    ("values(y)", (10, 9.5), ["10", "9.5"]),
]


@pytest.mark.parametrize(("call", "values", "expected"), EXAMPLES)
def test_functions(call, values, expected):
    found = rows(f"stats {call} AS found", column("y", *values))
    assert found == ([] if expected is None else [{"found": expected}])


# Published measurements of Splunk 10.4.2: a row in which nothing has a value is none
def test_nothing_to_compute():
    assert rows("stats sum(y) values(z)", column("y", "a", "b")) == []
    assert rows("stats count sum(y)", column("y", "a", "b")) == [{"count": 2}]
    assert rows("stats sum(y) BY y", column("y", "a")) == [{"y": "a"}]
    assert rows("stats count", []) == [{"count": 0}]


# Search Reference: Aggregate functions: the table of magnitudes keeps 2.0 and 0.0
def test_extremes_keep_their_spelling():
    (row,) = rows("stats max(y) AS most min(y) AS least", column("y", "1.6", "2.0", "0.0"))
    assert {name: text(value) for name, value in row.items()} == {"most": "2.0", "least": "0.0"}


TIMED = [
    {"_time": 30.0, "y": "5"},
    {"_time": 30.0, "y": "4"},
    {"_time": 10.0, "y": "2"},
    {"_time": 10.0, "y": "1"},
    {"_time": 5.0},
]


# Search Reference: Time functions (ties: ours)
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("latest(y)", "5"),
        ("earliest(y)", "1"),
        ("latest_time(y)", "30.000000"),
        ("earliest_time(y)", "10.000000"),
        ("latest(_time)", 30.0),
        ("latest(eval(y*2))", 10),
    ],
)
def test_functions_of_time(call, expected):
    assert rows(f"stats {call} AS found", TIMED) == [{"found": expected}]


# Search Reference: Time functions: (latest - earliest) / (latest_time - earliest_time)
def test_rate():
    counter = [{"_time": 100, "y": "50"}, {"_time": 60, "y": "20"}, {"_time": 40, "y": "20"}]
    assert rows("stats rate(y) AS found", counter) == [{"found": 0.5}]
    assert rows("stats rate(y) AS found", counter[:1]) == []
    reset = [{"_time": 100, "y": "50"}, {"_time": 60, "y": "70"}, {"_time": 40, "y": "20"}]
    with pytest.raises(Undocumented):
        rows("stats rate(y)", reset)


# Search Reference: stats: without _time results may be random
def test_a_row_without_time_makes_latest_undocumented():
    with pytest.raises(Undocumented):
        rows("stats latest(y)", [{"y": "1"}])


# Search Reference: stats: Eval expressions with statistical functions
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('count(eval(status="404"))', 2),
        ("count(eval(bytes/2))", 3),
        ("sum(eval(bytes*2))", 60),
        ("max(eval(bytes+1))", 21),
        ('dc(eval(host.":".status))', 3),
        ('sum(eval(status="404"))', 2),
    ],
)
def test_eval_in_functions(call, expected):
    given = [
        {"status": "404", "bytes": "10", "host": "a"},
        {"status": "404", "bytes": "20", "host": "b"},
        {"status": "200", "bytes": "0", "host": "b"},
    ]
    assert rows(f"stats {call} AS found", given) == [{"found": expected}]


def test_expressions_may_ask_for_the_time():
    given = [{"_time": 90.0, "x": "1"}, {"_time": 10.0, "x": "5"}]
    text = 'stats sum(eval(if(_time<now()-50,x,0))) AS n list(eval(strftime(_time,"%S"))) AS s'
    assert rows(text, given, now=100.0) == [{"n": 5, "s": ["30", "10"]}]


def test_an_average_of_a_condition_is_undocumented():
    with pytest.raises(Undocumented):
        rows("stats avg(eval(x=1))", [{"x": "1"}])


# Search Reference: stats: names of columns
@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("count", "count"),
        ("c", "count"),
        ("sum(bytes)", "sum(bytes)"),
        ("sum( bytes )", "sum(bytes)"),
        ("perc95(bytes)", "perc95(bytes)"),
        ('count(eval(a="b"))', 'count(eval(a="b"))'),
        ('sum(bytes) AS "total bytes"', "total bytes"),
        ("sum(bytes) as 'total bytes'", "total bytes"),
        ("perc50('visitors total')", "perc50(visitors total)"),
        ('dc("a b")', "dc(a b)"),
    ],
)
def test_names_of_columns(term, name):
    assert stream(f"stats {term}", []).fields == [name]


# Search Reference: stats: allnum
def test_allnum():
    given = [{"a": "1", "b": "1"}, {"a": "2", "b": "x"}]
    assert rows("stats allnum=true sum(a) sum(b) count(b) avg(b)", given) == [
        {"sum(a)": 3, "count(b)": 2}
    ]
    assert rows("stats allnum=f sum(b)", given) == [{"sum(b)": 1}]


@pytest.mark.parametrize(
    ("term", "error"),
    [
        ("sparkline(sum(x*), 1h) AS s", Unsupported),
        ("estdc_error(x)", Unsupported),
        ("cuont", Malformed),
        ("perc101(x)", Malformed),
        ("per_hour(x)", Malformed),
        ("count(*) AS total", Malformed),
        ("sum(*a*) AS *", Malformed),
        ("sum(x", Malformed),
        ("sum(x) AS", Malformed),
        ("count(eval(a=))", Malformed),
        ("x", Malformed),
    ],
)
def test_refusals(term, error):
    with pytest.raises(error):
        stream(f"stats {term}", [])
