"""chart, top, rare and bin."""

import pytest

from standin.spl.errors import Malformed, Undocumented
from tests.standin.spl.statistics import column, rows, stream, table

SALES = [
    {"products": product, "quarter": quarter, "sales": sales}
    for quarter, line in (
        ("QTR1", ("1200", "1400", "1650")),
        ("QTR2", ("1425", "1175", "1550")),
        ("QTR3", ("1300", "1250", "1375")),
        ("QTR4", ("1550", "1700", "1625")),
    )
    for product, sales in zip(("ProductA", "ProductB", "ProductC"), line, strict=True)
]


# Search Reference: chart: row-split and column-split; addtotals: examples 1 and 5
@pytest.mark.parametrize("clause", ["BY products quarter", "OVER products BY quarter"])
def test_chart(clause):
    assert table(f"chart sum(sales) {clause}", SALES) == [
        ["products", "QTR1", "QTR2", "QTR3", "QTR4"],
        ["ProductA", 1200, 1425, 1300, 1550],
        ["ProductB", 1400, 1175, 1250, 1700],
        ["ProductC", 1650, 1550, 1375, 1625],
    ]


# Search Reference: Aggregate functions: range
def test_chart_by_one_field():
    text = "chart sum(sales) min(sales) max(sales) range(sales) BY quarter"
    assert table(text, SALES)[1:3] == [
        ["QTR1", 4250, 1200, 1650, 450],
        ["QTR2", 4150, 1175, 1550, 375],
    ]


# Search Reference: chart: examples; missing counts are 0, other functions null
def test_chart_fills_counts_with_zero():
    given = [{"s": "200", "h": "www1", "x": "1"}, {"s": "403", "h": "www2", "x": "2"}]
    assert table("chart count BY s h", given)[1:] == [["200", 1, 0], ["403", 0, 1]]
    assert table("chart avg(x) BY s h", given)[1:] == [["200", 1, None], ["403", None, 2]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "chart count BY mag span=1",
            [["-1-0", 1], ["0-1", 2], ["1-2", 0], ["2-3", 1]],
        ),
        ("chart cont=f count BY mag span=1", [["-1-0", 1], ["0-1", 2], ["2-3", 1]]),
        ("chart count BY mag bins=10", [["-1-0", 1], ["0-1", 2], ["1-2", 0], ["2-3", 1]]),
    ],
)
def test_numeric_bins(text, expected):
    assert table(text, column("mag", "0.5", "-0.25", "2.9", "0"))[1:] == expected


# Search Reference: chart: example "number of transactions by duration"
def test_log_bins_have_no_empty_rows():
    given = column("duration", "0", "1", "3", "5.5", "64", "700")
    assert table("chart count BY duration span=log2", given)[1:] == [
        ["0", 1],
        ["1-2", 1],
        ["2-4", 1],
        ["4-8", 1],
        ["64-128", 1],
        ["512-1024", 1],
    ]


# Search Reference: chart: "span applies to the field immediately prior"
def test_each_field_has_its_span():
    given = [{"d": "4", "h": "13"}, {"d": "1", "h": "2"}]
    assert table("chart count BY d span=3 h span=12", given) == [
        ["d", "0-12", "12-24"],
        ["0-3", 1, 0],
        ["3-6", 0, 1],
    ]


def test_numeric_rows_are_in_order_of_numbers():
    given = column("h", "10", "9", "2")
    assert [row["h"] for row in rows("chart count OVER h", given)] == ["2", "9", "10"]


def test_times():
    given = [{"_time": 0.0}, {"_time": 3 * 3600.0}]
    assert table("chart count BY _time span=1h", given)[1:] == [
        [0, 1],
        [3600, 0],
        [7200, 0],
        [10800, 1],
    ]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("limit=1 count OVER a BY b", ["x", "OTHER"]),
        ("limit=bottom1 count OVER a BY b", ["y", "OTHER"]),
        ("count OVER a BY b useother=f limit=1", ["x"]),
        ("count OVER a BY b WHERE sum(n) > 5", ["y", "OTHER"]),
        ("count max(n) OVER a BY b limit=1 useother=f", ["count: x", "max(n): x"]),
        ("eval(sum(n)/count(n)) AS ratio OVER a BY b", ["x", "y"]),
    ],
)
def test_columns(text, columns):
    given = [{"a": "1", "b": "x", "n": "1"}, {"a": "2", "b": "x"}, {"a": "1", "b": "y", "n": "9"}]
    assert stream(f"chart {text}", given).fields == ["a", *columns]


@pytest.mark.parametrize(
    "text", ["chart", "chart count BY a b c", "chart sum(A) BY A", "chart count spam=1 BY a",
             "chart eval(avg(x)/2)", "chart count OVER a OVER b"],
)  # fmt: skip
def test_malformed_charts(text):
    with pytest.raises(Malformed):
        stream(text, [])


PLACES = [
    {"user": user, "location": location}
    for user in ("Alex", "Kai", "Morgan")
    for location in ("Orlando", "Dallas", "Atlanta")
]


# Search Reference: top: "only the last lexicographical value is returned"
def test_top_by():
    assert table("top limit=1 location by user", PLACES) == [
        ["user", "location", "count", "percent"],
        ["Alex", "Orlando", 1, "33.333333"],
        ["Kai", "Orlando", 1, "33.333333"],
        ["Morgan", "Orlando", 1, "33.333333"],
    ]


LETTERS = column("a", "x", "y", "x", None, "z", "x", "y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("top a", [["x", 3, "50.000000"], ["y", 2, "33.333333"], ["z", 1, "16.666667"]]),
        ("top 1 a", [["x", 3, "50.000000"]]),
        ("top limit=1 a useother=t", [["x", 3, "50.000000"], ["OTHER", 3, "50.000000"]]),
        ("top a limit=1 useother=t otherstr=rest showperc=f", [["x", 3], ["rest", 3]]),
        ("top showcount=f limit=1 a", [["x", "50.000000"]]),
        ("rare limit=1 a", [["z", 1, "16.666667"]]),
        ("rare a showperc=f", [["z", 1], ["y", 2], ["x", 3]]),
    ],
)
def test_top_and_rare(text, expected):
    assert table(text, LETTERS)[1:] == expected


def test_names_of_top():
    found = table("top limit=1 a countfield=total percentfield=share", LETTERS)
    assert found == [["a", "total", "share"], ["x", 3, "50.000000"]]


def test_top_gives_ten_and_all_with_zero():
    given = column("a", *(str(value) for value in range(15)))
    assert len(rows("top a", given)) == 10
    assert len(rows("top limit=0 a", given)) == 15


@pytest.mark.parametrize("text", ["top", "top 5", "top a*", "top a by", "top a b=1", "rare by a"])
def test_malformed_top(text):
    with pytest.raises(Malformed):
        stream(text, [])


# Search Reference: bin; Search Manual: Using bins and time spans (0 to 59 in 5 bins is one)
@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("bin x span=10", ("3", "10", "-1", "y"), ["0-10", "10-20", "-10-0", "y"]),
        ("bin span=0.1 x", ("0.3", "0.25"), ["0.3-0.4", "0.2-0.3"]),
        ("bin x span=2log10", ("0", "1", "3", "25"), ["0", "0.2-2", "2-20", "20-200"]),
        ("bin x span=log2", ("1", "8"), ["1-2", "8-16"]),
        ("bin x bins=5", ("0", "59"), ["0-100", "0-100"]),
        ("bin x bins=12", ("0", "13", "23"), ["0-10", "10-20", "20-30"]),
        ("bin x bins=24", ("0", "23"), ["0-1", "23-24"]),
        ("bin x bins=10 end=1000", ("0", "250"), ["0-100", "200-300"]),
        ("bin x bins=10 end=10", ("0", "250"), ["0-100", "200-300"]),
        ("bucket span=1h x", ("3700",), [3600]),
        ("discretize x span=5", ("7",), ["5-10"]),
    ],
)
def test_bin(text, values, expected):
    assert [row["x"] for row in rows(text, column("x", *values))] == expected


def test_bin_as_and_of_time():
    given = [{"_time": 1_700_000_123.5, "x": "1"}, {"x": "2"}]
    assert rows("bin _time span=5m AS slot", given) == [
        {"_time": 1_700_000_123.5, "x": "1", "slot": 1_700_000_100},
        {"x": "2"},
    ]
    assert rows("bin span=1d _time", given)[0]["_time"] == 1_699_920_000


def test_log_bins_of_negative_numbers_are_undocumented():
    with pytest.raises(Undocumented):
        rows("bin x span=log2", column("x", "-1"))


@pytest.mark.parametrize(
    "text",
    ["bin", "bin span=5m", "bin x y", "bin x span=0", "bin x spam=1", "bin x span=10log2",
     "bin _time span=log2", "bin x span=1log1", "bin x bins=1"],
)  # fmt: skip
def test_malformed_bin(text):
    with pytest.raises(Malformed):
        stream(text, [])
