"""Where the documentation is silent, but others asked a running Splunk (10.4.2) and published what
it answered: the rules that are taken from there.
"""

import pytest

from standin.spl.errors import Malformed, SplError
from tests.standin.spl.context_for_tests import found
from tests.standin.spl.evaluating import shown

DATA = '| makeresults format=csv data="n,g\n1,a\n2,b\n3,a\n4,b"'


# eval: null() is of no type and refused by functions; a field that is not there makes null
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("upper(missing)", None),
        ("tostring(missing)", "Null"),
        ('printf("%s-%5.2s|", missing, missing)', "Null-   Nu|"),
        ('printf("%d", missing)', None),
        ('missing."x"', None),
        ('min("10", "9")', "10"),
        ('max(a, "9", 8)', "9"),
        ("max(a, 9)", "10"),
        ("min(null(), 3)", "3"),
        ("trim(12)", "12"),
        ("lower(n)", "7"),
        ("if(a=null(), 1, 2)", "2"),
    ],
)
def test_nulls_and_types(expression: str, expected: str | None) -> None:
    assert shown(expression, {"a": "10", "n": 7}) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("upper(null())", "mvcount(null())", "substr(null(), 1)", '"x".null()'),
        *('if(null()=="", 1, 2)', "if(1>null(), 1, 2)", "len(123)", "lower(5)", "upper(1.5)"),
        *("md5(1)", "sha256(1)", '"1"+1', '"a"-"b"', "min()", 'sqrt("x")'),
    ],
)
def test_types_are_checked_before_rows_flow(expression: str) -> None:
    with pytest.raises(Malformed):
        shown(expression)


# bin: a number's chosen span is a power of ten and not below 1; edges have the span's decimals
@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("bin n", ["1-2", "2-3", "3-4", "4-5"]),
        ("bin n bins=2", ["0-10"] * 4),
        ("bin n minspan=3", ["0-10"] * 4),
        ("bin n span=0.5", ["1.0-1.5", "2.0-2.5", "3.0-3.5", "4.0-4.5"]),
    ],
)
def test_bins(command: str, values: list[str]) -> None:
    assert [row["n"] for row in found(f"{DATA} | {command}")] == values


def test_numbers_that_are_not_whole_may_have_narrow_bins() -> None:
    search = f"{DATA} | eval n=n/10 | bin n bins=10 | table n"
    assert [row["n"] for row in found(search)] == ["0.1-0.2", "0.2-0.3", "0.3-0.4", "0.4-0.5"]


def test_inline_data() -> None:
    assert found('| makeresults format=csv data="a,b\n1\n1,2,3"') == [
        {"a": "1"},
        {"a": "1", "b": "2"},
    ]
    json = '| makeresults format=json data="[{\\"a\\":1,\\"b\\":[1,2]}]"'
    assert found(json, now=7.5) == [
        {"_raw": '{"a":1,"b":[1,2]}', "_time": 7, "a": "1", "b": "[1,2]"}
    ]


@pytest.mark.parametrize(
    "search",
    [
        "| makeresults count=2 count=3",
        "| makeresults annotate=y",
        '| makeresults format=csv data="a\n1" count=5',
        "| makeresults count=-1",
        f"{DATA} | bin n minspan=1h",
        f"{DATA} | mvexpand n, g",
        f"{DATA} | convert spam(n)",
        f"{DATA} | streamstats time_window=1h count",
    ],
)
def test_arguments_that_are_refused(search: str) -> None:
    with pytest.raises(SplError):
        found(search)


def test_streamstats_leaves_rows_of_no_group_alone() -> None:
    assert found(f"{DATA} | streamstats count by missing | head 1") == [{"n": "1", "g": "a"}]


def test_mvexpand_takes_so_many_of_each_row() -> None:
    search = f'{DATA} | eval m=split("x;y", ";") | mvexpand m limit=1 | stats count by m'
    assert found(search) == [{"m": "x", "count": 4}]
