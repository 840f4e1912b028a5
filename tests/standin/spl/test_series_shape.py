"""xyseries, untable, makecontinuous, totals, delta, accum, autoregress, trendline, fieldsummary."""

import pytest

from standin.spl.errors import Malformed, Undocumented, Unsupported
from tests.standin.spl.statistics import column, rows, stream, table

QUARTERS = [
    {"products": "ProductA", "QTR1": "1200", "QTR2": "1425"},
    {"products": "ProductB", "QTR1": "1400", "QTR2": "1175"},
]
TOP = [
    {"categoryId": "STRATEGY", "count": "806", "percent": "30.495649"},
    {"categoryId": "ARCADE", "count": "493", "percent": "18.653046"},
    {"categoryId": "SPORTS", "count": "138", "percent": "5.221339"},
]


# Search Reference: untable
def test_untable():
    assert table("untable categoryId calculation value", TOP[:2]) == [
        ["categoryId", "calculation", "value"],
        ["STRATEGY", "count", "806"],
        ["STRATEGY", "percent", "30.495649"],
        ["ARCADE", "count", "493"],
        ["ARCADE", "percent", "18.653046"],
    ]


def test_untable_leaves_nulls_and_internal_fields_out():
    given = [{"x": "1", "a": "2", "_span": 60}, {"x": "2", "b": "3"}, {"a": "4"}]
    assert rows("untable x name value", given) == [
        {"x": "1", "name": "a", "value": "2"},
        {"x": "2", "name": "b", "value": "3"},
    ]


# Search Reference: xyseries
@pytest.mark.parametrize("name", ["xyseries", "maketable", "xyseries grouped=true"])
def test_xyseries(name):
    assert table(f"{name} categoryId count percent", TOP) == [
        ["categoryId", "138", "493", "806"],
        ["ARCADE", None, "18.653046", None],
        ["SPORTS", "5.221339", None, None],
        ["STRATEGY", None, None, "30.495649"],
    ]


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ("", ["count(h): a", "count(p): a"]),
        ('sep="-"', ["count(h)-a", "count(p)-a"]),
        ('sep="-" format="$VAL$+$AGG$"', ["a+count(h)", "a+count(p)"]),
    ],
)
def test_names_of_xyseries(options, columns):
    given = [{"ip": "1", "d": "a", "count(h)": 2, "count(p)": 3}]
    found = stream(f"xyseries ip d count(h), count(p) {options}", given)
    assert (found.fields, list(found.rows)) == (
        ["ip", *columns],
        [{"ip": "1", columns[0]: 2, columns[1]: 3}],
    )


# Search Reference: untable: put back together by xyseries
def test_there_and_back():
    assert rows("untable products q v | xyseries products q v", QUARTERS) == QUARTERS


# Search Reference: makecontinuous
def test_makecontinuous():
    given = [{"_time": 0, "x": "1"}, {"_time": 1900, "x": "2"}, {"_time": 1801, "x": "3"}]
    assert rows("makecontinuous _time span=10m", given) == [
        {"_time": 0, "x": "1"},
        {"_time": 600},
        {"_time": 1200},
        {"_time": 1800, "x": "2"},
        {"_time": 1800, "x": "3"},
    ]
    assert rows("makecontinuous x span=1h", column("x", "0", "7300")) == column("x", 0, 3600, 7200)
    with pytest.raises(Unsupported):
        stream("makecontinuous x span=10", [])


# Search Reference: addtotals: examples 1, 3, 4 and 5
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("addtotals", [["ProductA", "1200", "1425", 2625], ["ProductB", "1400", "1175", 2575]]),
        (
            "addtotals fieldname=sum QTR1",
            [["ProductA", "1200", "1425", 1200], ["ProductB", "1400", "1175", 1400]],
        ),
        (
            'addtotals col=t labelfield=products label="Quarterly Totals" fieldname="All"',
            [
                ["ProductA", "1200", "1425", 2625],
                ["ProductB", "1400", "1175", 2575],
                ["Quarterly Totals", 2600, 2600, 5200],
            ],
        ),
        (
            "addtotals row=f col=t labelfield=products QTR*",
            [["ProductA", "1200", "1425"], ["ProductB", "1400", "1175"], ["Total", 2600, 2600]],
        ),
        (
            "addcoltotals labelfield=what QTR2",
            [
                ["ProductA", "1200", "1425", None],
                ["ProductB", "1400", "1175", None],
                [None, None, 2600, "Total"],
            ],
        ),
        ("addcoltotals", [*([*row.values()] for row in QUARTERS), [None, 2600, 2600]]),
    ],
)
def test_totals(text, expected):
    found = stream(text, QUARTERS, ["products", "QTR1", "QTR2"])
    lines = [[row.get(name) for name in found.fields] for row in found.rows]
    assert lines == expected


def test_a_field_named_like_a_function():
    given = [{"q": "1", "sum(quota)": 5, "x": 7}]
    assert rows("addtotals row=f col=t labelfield=q sum(quota)", given)[-1] == {
        "q": "Total",
        "sum(quota)": 5,
    }


def test_totals_leave_internal_fields_out():
    assert rows("addtotals", [{"_time": 5, "_span": 60, "a": "1"}]) == [
        {"_time": 5, "_span": 60, "a": "1", "Total": 1}
    ]


# Search Reference: delta, accum, autoregress, trendline
@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("delta x AS n", "n", [None, 2, None, None, 5]),
        ("delta x", "delta(x)", [None, 2, None, None, 5]),
        ("delta x p=3 AS n", "n", [None, None, None, 6, 9]),
        ("accum x AS n", "n", [1, 4, None, 11, 23]),
        ("accum x", "x", [1, 4, "-", 11, 23]),
        ("autoregress x", "x_p1", [None, "1", "3", "-", "7"]),
        ("autoregress x AS old p=3", "old", [None, None, None, "1", "3"]),
        ("autoregress x p=1-2", "x_p2", [None, None, "1", "3", "-"]),
        ("trendline sma2(x) AS n", "n", [None, 2, None, 5, 9.5]),
        ("trendline wma2(x)", "wma2(x)", [None, 2.3333333333333335, None, 5.666666666666667,
                                         10.333333333333334]),
    ],
)  # fmt: skip
def test_successive(text, name, expected):
    given = column("x", "1", "3", "-", "7", "12")
    assert [row.get(name) for row in rows(text, given)] == expected


# Search Reference: delta: extended example 1, over what top gives
def test_delta_after_top():
    given = column("ip", *["b"] * 3, *["a"] * 3, *["c"] * 5)
    found = rows("top ip | delta count p=1", given)
    assert [(row["ip"], row["count"], row.get("delta(count)")) for row in found] == [
        ("c", 5, None),
        ("b", 3, -2),
        ("a", 3, 0),
    ]


# Search Reference: fieldsummary
def test_fieldsummary():
    given = [{"a": "2", "b": "x"}, {"a": "4", "_time": 1.0}, {"a": "2"}]
    assert table("fieldsummary maxvals=1", given) == [
        ["field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count",
         "stdev", "values"],
        ["a", 3, 2, 0, 4, 2.6666666666666665, 2, 3, 1.1547005383792517,
         '[{"value":"2","count":2}]'],
        ["b", 1, 1, 1, None, None, None, 0, None, '[{"value":"x","count":1}]'],
    ]  # fmt: skip
    assert [row["field"] for row in rows("fieldsummary b*", given)] == ["b"]


# Search Reference: contingency: sorted by the row totals, with totals
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "",
            [
                ["m", "Shallow", "EMPTY_STR", "Mid", "TOTAL"],
                ["1.1", 2, 0, 1, 3],
                ["0.0", 1, 1, 0, 2],
                ["TOTAL", 3, 1, 1, 5],
            ],
        ),
        (
            "usetotal=f maxrows=1",
            [["m", "Shallow", "EMPTY_STR", "Mid"], ["1.1", 2, 0, 1]],
        ),
        (
            "maxcols=1 totalstr=all",
            [["m", "Shallow", "all"], ["1.1", 2, 2], ["0.0", 1, 1], ["all", 3, 3]],
        ),
    ],
)
def test_contingency(options, expected):
    given = [
        {"m": m, "d": d}
        for m, d in (
            ("0.0", "Shallow"),
            ("1.1", "Mid"),
            ("1.1", "Shallow"),
            ("1.1", "Shallow"),
            ("0.0", ""),
        )
    ]
    found = table(f"contingency {options} m d", [*given, {"m": "9"}])
    assert found == expected


def test_an_exponential_average_is_undocumented():
    found = stream("trendline sma5(foo) as smoothed_foo ema10(bar)", column("bar", "1"))
    with pytest.raises(Undocumented):
        list(found.rows)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("untable a b", Malformed),
        ("xyseries a b", Malformed),
        ("xyseries spam=1 a b c", Malformed),
        ("addtotals spam=1", Malformed),
        ("addcoltotals fieldname=x", Malformed),
        ("delta", Malformed),
        ("delta x p=0", Malformed),
        ("accum x y", Malformed),
        ("autoregress x AS y p=1-2", Malformed),
        ("trendline sma1(x)", Malformed),
        ("trendline avg5(x)", Malformed),
        ("fieldsummary spam=1", Malformed),
        ("contingency a", Malformed),
        ("contingency a b*", Malformed),
        ("contingency spam=1 a b", Malformed),
        ("contingency mincolcover=0.5 a b", Unsupported),
        ("sistats count", Unsupported),
        ("predict x", Unsupported),
        ("geostats count", Unsupported),
        ("mstats avg(x)", Unsupported),
    ],
)
def test_refusals(text, error):
    with pytest.raises(error):
        stream(text, [])
