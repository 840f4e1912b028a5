"""Forms that published searches use; the page is that which gives their meaning."""

import pytest

from standin.spl.errors import Malformed, Undocumented, Unsupported
from tests.standin.spl.context_for_tests import columns, found

ROWS = [
    {"_time": 1_699_999_000.0 + 1000 * at, "host": "b" if at % 2 else "a", "x": str(at)}
    for at in (2, 1, 0)
]
HOURS = [
    {"_time": 1_699_995_600, "a": 1, "b": 0, "_span": 3600},
    {"_time": 1_699_999_200, "a": 1, "b": 1, "_span": 3600},
]


# Search Reference: timechart, "Split-by fields": after BY a span is the split-by field's
@pytest.mark.parametrize(
    "search", ["timechart span=1h count by host", "timechart span=1h count by host span=1d"]
)
def test_a_span_after_by_leaves_the_rows_alone(search: str) -> None:
    assert found(f"* | {search}", *ROWS) == HOURS


# The page has spans of numbers only after BY: a length of time there is taken for the rows (ours)
@pytest.mark.parametrize("split", ["host", "x"])
@pytest.mark.parametrize("span", ["30s", "1h", "1d"])
def test_a_length_of_time_after_by_is_the_rows_span(split: str, span: str) -> None:
    assert found(f"* | timechart count by {split} limit=5 span={span}", *ROWS) == found(
        f"* | timechart span={span} count by {split} limit=5", *ROWS
    )


# Search Reference: foreach, "Iterating over multiple matching fields containing nonalphanumeric
# characters": quotation marks are needed on the right side of eval
def test_any_name_may_be_assigned_to_in_foreach() -> None:
    names = "eval 'a b'=5, 'c,d(e)'=6, f-g=7 | foreach * "
    for evaluated in (
        "eval <<FIELD>>='<<FIELD>>'*2",
        "eval z=case(1=2,1, '<<FIELD>>'=6,2), <<FIELD>> = '<<FIELD>>'*2 | fields - z",
    ):
        search = f"| makeresults | fields - _time | {names}[{evaluated}]"
        assert found(search) == [{"a b": 10, "c,d(e)": 12, "f-g": 14}]
    search = f"| makeresults | fields - _time | {names}[ | eval <<FIELD>>_x=1] | table *_x"
    assert found(search) == [{"a b_x": 1, "c,d(e)_x": 1, "f-g_x": 1}]


@pytest.mark.parametrize(
    ("modifier", "left"),
    [
        ("starthoursago=1", ["2", "1"]),
        ("minutesago=16", ["2"]),
        ("startdaysago=1 endsecondsago=1000", ["1", "0"]),
        ("starttime=11/14/2023:22:13:20", ["2", "1"]),
        ("endtimeu=1699999999", ["0"]),
        ("endtimeu=1700000000", ["1", "0"]),
        ("latest=1700000000", ["0"]),
    ],
)
def test_old_time_modifiers(modifier: str, left: list[str]) -> None:  # Search Reference: search
    now = 1_700_003_600.0 if "hours" in modifier else 1_700_001_001.0
    assert [row["x"] for row in found(f"{modifier} | table x", *ROWS, now=now)] == left


# Search Reference: sort ("<int> | limit=<int>")
@pytest.mark.parametrize("search", ["sort limit=1 - x", "sort - x limit=1", "sort 1 - x"])
def test_the_limit_of_sort(search: str) -> None:
    assert found(f"* | {search} | table x", *ROWS) == [{"x": "2"}]


# Search Reference: sort: d and desc stand after a field
@pytest.mark.parametrize("name", ["d", "desc"])
def test_sort_by_a_field_called_d(name: str) -> None:
    rows = [row[name] for row in found(f"* | rename x AS {name} | sort - {name}", *ROWS)]
    assert rows == ["2", "1", "0"]
    assert [row["x"] for row in found(f"* | sort x {name}", *ROWS)] == ["2", "1", "0"]


def test_commas_between_comparisons() -> None:  # Search Reference: search
    assert found("x>0, host=a | table x", *ROWS) == [{"x": "2"}]


MANY = [{"n": ["5", "7"]}, {"n": ["1", "9"]}, {"n": ["1", "2"]}]


# Search Reference: where (no order of several values is told: it matters only if they differ)
def test_several_values_that_agree() -> None:
    assert found("* | where n>3", MANY[0]) == [MANY[0]]
    assert found('* | where n!="3"', MANY[0]) == [MANY[0]]
    assert found("* | where n>3", MANY[2]) == []
    assert found('* | where n="9"', *MANY) == [MANY[1]]
    with pytest.raises(Undocumented, match="some fit"):
        found("* | where n>3", MANY[1])


def test_what_transaction_adds_is_a_column() -> None:  # Search Reference: transaction
    search = "* | table _time, host | transaction host"
    assert columns(search, ROWS[0]) == [
        *("_time", "host", "duration", "eventcount", "closed_txn"),
    ]


def test_appendcols_leaves_internal_fields_out() -> None:  # Search Reference: appendcols
    search = "x=2 | table x | appendcols [| makeresults | eval y=5]"
    assert found(search, *ROWS) == [{"x": "2", "y": 5}]
    assert columns(search, *ROWS) == ["x", "y"]


# Search Reference: foreach, "Add values in a multivalue field using the auto_collections mode"
def test_foreach_over_the_only_collection() -> None:
    values = 'eval v=mvappend("1", "2", "3"), w="x", total=0'
    each = "foreach mode=auto_collections [eval total = total + <<ITEM>>]"
    assert found(f"| makeresults | {values} | {each} | table total") == [{"total": 6}]
    with pytest.raises(Undocumented, match="named"):
        found(f'| makeresults | {values}, w=mvappend("1", "2") | {each}')


BOOKS = """<?xml version="1.0">
<shop:all xmlns:shop="urn:x"><!-- none --><book>
  <title year=1996>One &amp; all</title><title year='1998'><![CDATA[<Two>]]></title>
  </book><book/><book><title year="2004">Three</title></book><book><title year="2011">Fo"""


# Search Reference: spath: its XML examples have attributes without quotes, no end, an open prologue
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("all.book.title{@year}", ["1996", "1998", "2004", "2011"]),
        ("all.book.title", ["One & all", "<Two>", "Three", ""]),
        ("all.book.title{2}", "<Two>"),
    ],
)
def test_xml_that_is_not_well_formed(path: str, values: object) -> None:
    assert found(f"* | spath output=v path={path} | table v", {"_raw": BOOKS}) == [{"v": values}]


@pytest.mark.parametrize("text", ["<a><b></a></b>", "a<b>", "<", "</a>"])
def test_no_xml(text: str) -> None:
    assert found("* | spath output=v path=a.b | fields v", {"_raw": text}) == [{"_raw": text}]


@pytest.mark.parametrize("start", ["--30", "-", "+5", "x", "1/1"])
def test_days_of_gentimes(start: str) -> None:  # Search Reference: gentimes
    with pytest.raises(Malformed, match="time"):
        found(f"| gentimes start={start}")


# Search Reference: stats: delim tells how the values are parted once they are one text
@pytest.mark.parametrize(("option", "text"), [('delim=","', "a,b"), ('delim=" "', "a b")])
def test_the_delimiter_of_stats(option: str, text: str) -> None:
    assert found(f"* | stats {option} values(host) AS h | nomv h", *ROWS) == [{"h": text}]
    assert found(f"* | stats {option} values(host) AS h", *ROWS) == [{"h": ["a", "b"]}]


# Search Reference: gauge
@pytest.mark.parametrize(
    ("search", "row"),
    [
        ("stats count AS n | gauge n 750 1000 1250", {"x": 3, "y1": 750, "y2": 1000, "y3": 1250}),
        ("gauge x 0 low high", {"x": 2, "y1": 0, "y2": 1, "y3": 9}),
        ("gauge 5 0 10", {"x": 5, "y1": 0, "y2": 10}),
    ],
)
def test_gauge(search: str, row: dict[str, int]) -> None:
    assert found(f"* | eval low=1, high=9 | {search}", *ROWS) == [row]


@pytest.mark.parametrize("search", ["gauge x", "gauge x 5", "gauge host 1 2", "gauge missing 1 2"])
def test_what_gauge_makes_of_nothing(search: str) -> None:
    with pytest.raises(Undocumented):
        found(f"* | {search}", *ROWS)


# Search Reference: return (what it gives of no results is not told)
@pytest.mark.parametrize("search", ["NOT [search x=9 | return x]", "[search x=9 | return $x]"])
def test_return_of_nothing(search: str) -> None:
    with pytest.raises(Undocumented, match="return"):
        found(search, *ROWS)


# Search Reference: chart: a function's field may not be the row-split field; nothing is said of
# the column-split field; only count goes without a field
def test_what_chart_counts_and_splits_by() -> None:
    assert found("* | chart dc(x) OVER host BY x", *ROWS) == [
        {"host": "a", "0": 1, "1": 0, "2": 1},
        {"host": "b", "0": 0, "1": 1, "2": 0},
    ]
    with pytest.raises(Malformed, match="row-split"):
        found("* | chart dc(x) OVER x BY host", *ROWS)
    with pytest.raises(Malformed, match=r"avg\(\*\)"):
        found("* | chart avg BY host", *ROWS)


# Search Manual: Use subsearch to correlate events; time modifiers take a subsearch's value, too
def test_a_time_from_a_subsearch() -> None:
    half = '[| makeresults | eval t=relative_time(now(), "-1500s") | return $t]'
    search = f"earliest={half} | table x"
    assert found(search, *ROWS, now=1_700_001_001.0) == [{"x": "2"}, {"x": "1"}]


# Search Reference: tstats, prestats: what another one gives may be appended
def test_prestats_of_two_searches() -> None:
    counts = "tstats prestats=t count WHERE host=%s BY host"
    search = f"| {counts % 'a'} | append [| {counts % 'b'}] | stats count BY host"
    assert found(search, *ROWS) == [{"host": "a", "count": 2}, {"host": "b", "count": 1}]


# Search Reference: convert: a field's name may have parentheses, as those that stats makes have
def test_convert_of_what_stats_made() -> None:
    search = 'x=0 | stats min(_time) | convert timeformat="%H:%M" ctime(min(_time)) AS "at (UTC)"'
    assert found(search, *ROWS) == [{"min(_time)": 1_699_999_000.0, "at (UTC)": "21:56"}]


# Search Reference: transaction: what is the default may be said
def test_defaults_of_transaction_may_be_said() -> None:
    said = "keeporphans=f mvlist=f connected=t unifyends=f"
    assert found(f"* | transaction host {said} | table host eventcount", *ROWS) == [
        {"host": "b", "eventcount": 1},
        {"host": "a", "eventcount": 2},
    ]
    with pytest.raises(Unsupported, match="keeporphans"):
        found("* | transaction host keeporphans=t", *ROWS)


def test_formats_of_tostring_in_capitals() -> None:  # Search Reference: Conversion functions
    with pytest.raises(Undocumented, match="small letters"):
        found('* | eval x=tostring(5, "Duration")', *ROWS)
    with pytest.raises(Malformed, match="formats"):
        found('* | eval x=tostring(5, "minutes")', *ROWS)
