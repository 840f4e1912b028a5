"""sparkline(). Search Reference: stats, "Sparkline function options"; chart."""

import pytest

from standin.spl.errors import Malformed, Undocumented
from tests.standin.spl.context_for_tests import columns, found

START = 1_699_999_200.0
ROWS = [
    {"_time": START + at * 600, "host": "b" if at % 2 else "a", "x": str(at)}
    for at in range(5, -1, -1)
]
MARK = "##__SPARKLINE__##"
HOUR = {"earliest": START, "latest": START + 3600}


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("sparkline(count, 10m)", ["1", "0", "1", "0", "1", "0"]),
        ("sparkline(count,30m)", ["2", "1"]),
        ("sparkline(sum(x), 30m)", ["2", "4"]),
        ("sparkline(avg(x), 10m)", ["0", "0", "2", "0", "4", "0"]),
        ("sparkline(max(x), 1h)", ["4"]),
    ],
)
def test_each_bin_of_the_range_has_a_value(call: str, line: list[str]) -> None:
    search = f"host=a | stats {call} AS line BY host"
    assert found(search, *ROWS, **HOUR) == [{"host": "a", "line": [MARK, *line]}]


# limits.conf, [stats]: sparkline_maxsize, sparkline_time_steps
def test_a_span_is_chosen_by_the_range() -> None:
    (row,) = found("* | stats sparkline(count) AS line", *ROWS, **HOUR)
    assert len(row["line"]) == 1 + 60
    open_range = found("* | stats sparkline(count) AS line", *ROWS)
    assert len(open_range[0]["line"]) == 1 + 51


# Search Reference: stats: without a field only count
def test_a_bare_one_counts() -> None:
    search = "* | chart sparkline count avg(x) OVER host"
    rows = found(search, *ROWS, **HOUR)
    assert [len(row["sparkline"]) for row in rows] == [61, 61]
    assert [row["count"] for row in rows] == [3, 3]
    assert columns(search, *ROWS) == ["host", "sparkline", "count", "avg(x)"]
    assert columns("* | stats sparkline(sum(x), 1h) BY host", *ROWS) == [
        "host",
        "sparkline(sum(x), 1h)",
    ]


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("* | stats sparkline(median(x))", Malformed),
        ("* | stats sparkline(avg(x), 5 parsecs)", Malformed),
        ("* | stats sparkline(avg(x)", Malformed),
        ("* | eventstats sparkline(count)", Malformed),
        ("* | streamstats sparkline(count)", Malformed),
        ("* | stats sparkline(count, 1s)", Undocumented),
        ("* | fields - _time | stats sparkline(count)", Undocumented),
    ],
)
def test_what_is_refused(search: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        found(search, *ROWS, **HOUR)
