"""Which rows stay, in which order, under which columns."""

import pytest

from standin.spl.errors import Malformed, SplError
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.ordering import compare_values
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import columns, found

N: list[Row] = [{"_raw": f"n={n}", "_time": 100.0 - n, "n": str(n)} for n in range(12)]


def values(search: str, *rows: Row, name: str = "n") -> list[object]:
    return [row.get(name) for row in found(search, *rows)]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        # Search Reference: head
        ("* | head", "0 1 2 3 4 5 6 7 8 9"),
        ("* | head 2", "0 1"),
        ("* | head limit=2", "0 1"),
        ("* | head (n<2)", "0 1"),
        ("* | head n<2", "0 1"),
        ("* | head (n<2) keeplast=true", "0 1 2"),
        ("* | head (missing<2)", ""),
        ("* | head n<2 keeplast=true null=true", "0 1 2"),
        ("* | head limit=2 (1==1)", "0 1"),
        ("* | head limit=2 (0==1)", ""),
        ("* | head limit=3 (missing<2) null=true", "0 1 2"),
        # Search Reference: tail, reverse
        ("* | tail 2", "11 10"),
        ("* | tail", "11 10 9 8 7 6 5 4 3 2"),
        ("* | head 3 | reverse", "2 1 0"),
        # Search Reference: sort
        ("* | sort 3 -n", "11 10 9"),
        ("* | sort limit=2 - n", "11 10"),
        ("* | sort n desc | head 2", "11 10"),
        ("* | sort -n d | head 2", "0 1"),
        ("* | sort str(n) | head 4", "0 1 10 11"),
        ("* | sort -num(n) | head 2", "11 10"),
        ("* | eval odd=n%2 | sort odd, -n | head 2", "10 8"),
        ("* | eval odd=n%2 | sort - odd n | head 2", "11 9"),
        ("* | where n<3 | eval k=if(n=1,null(),n) | sort -k", "2 0 1"),
        ("* | where n<3 | eval k=if(n=1,null(),n) | sort k", "0 2 1"),
        # Search Reference: regex
        ('* | regex n="^1"', "1 10 11"),
        ('* | regex n!="^[0-9]$"', "10 11"),
        ('* | regex "=1."', "10 11"),
        # Search Reference: search, later in the pipeline
        ("* | search n>9", "10 11"),
        ("* | search n IN (3, 1*)", "1 3 10 11"),
    ],
)
def test_rows(search: str, numbers: str) -> None:
    assert values(search, *N) == numbers.split()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        # Search Reference: sort, "Usage" and "Lexicographical order": one stands before two
        ("9", "10"),
        ("9.1", "10.1"),
        ("10.1.a", "9.1.a"),
        ("9c", "10b"),
        ("10", "a"),
        ("A", "a"),
        ("B", "a"),
        ("10.0.0.9", "10.0.0.10"),
        ("-5", "3"),
    ],
)
def test_the_order_of_two_values(one: str, two: str) -> None:
    assert compare_values(one, two) < 0 < compare_values(two, one)
    rows: list[Row] = [{"v": two}, {"v": one}]
    assert values("* | sort v", *rows, name="v") == [one, two]
    assert values("* | sort - v", *rows, name="v") == [two, one]


def test_numbers_as_text_are_sorted_by_their_digits() -> None:
    rows: list[Row] = [{"v": value} for value in ("10", "9", "70", "100")]
    assert values("* | sort str(v)", *rows, name="v") == ["10", "100", "70", "9"]
    assert values("* | sort v", *rows, name="v") == ["9", "10", "70", "100"]


def test_sort_stops_at_ten_thousand() -> None:
    assert len(found("| makeresults count=10001 | sort _time")) == 10_000
    assert len(found("| makeresults count=10001 | sort 0 _time")) == 10_001


HOSTS: list[Row] = [
    {"host": "a", "n": "1"},
    {"host": "a", "n": "2"},
    {"host": "b", "n": "3"},
    {"n": "4"},
    {"host": "a", "n": "5"},
]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        # Search Reference: dedup
        ("* | dedup host", "1 3"),
        ("* | dedup 2 host", "1 2 3"),
        ("* | dedup host keepempty=true", "1 3 4"),
        ("* | dedup host consecutive=true", "1 3 5"),
        ("* | dedup host keepevents=true", "1 2 3 5"),
        ("* | dedup host, n", "1 2 3 5"),
        ("* | dedup host sortby +n", "1 3"),
        ("* | dedup host sortby -n", "5 3"),
        ("* | dedup 2 host sortby -num(n)", "5 3 2"),
        # Search Reference: uniq
        ("* | fields host | uniq | eval n=host", "a b None a"),
    ],
)
def test_duplicates(search: str, numbers: str) -> None:
    assert [str(value) for value in values(search, *HOSTS)] == numbers.split()


WIDE: Row = {"_time": 1.0, "_raw": "r", "b": "2", "a": "1", "ac": "3"}


@pytest.mark.parametrize(
    ("search", "row"),
    [
        # Search Reference: fields
        ("* | fields a", {"a": "1", "_time": 1.0, "_raw": "r"}),
        ("* | fields + a, b", {"a": "1", "b": "2", "_time": 1.0, "_raw": "r"}),
        ("* | fields a* | fields - _*", {"a": "1", "ac": "3"}),
        ("* | fields - a, b", {"_time": 1.0, "_raw": "r", "ac": "3"}),
        ("* | fields - a* _raw", {"_time": 1.0, "b": "2"}),
        # Search Reference: table
        ("* | table b a", {"b": "2", "a": "1"}),
        ("* | table a* missing", {"a": "1", "ac": "3"}),
        # Search Reference: rename
        ("* | rename a AS x | table x", {"x": "1"}),
        ('* | rename a AS "x y", b as z | table "x y" z', {"x y": "1", "z": "2"}),
        ("* | rename a* AS z* | table z*", {"z": "1", "zc": "3"}),
        ("* | rename a AS b | table a b", {"b": "1"}),
        ("* | rename missing AS b | table a b", {"a": "1"}),
        ("* | rename missing AS other | table a b", {"a": "1", "b": "2"}),
        ("* | stats sum(b) | rename sum(b) as s", {"s": 2}),
        # Search Reference: fillnull
        ("* | fillnull x y | table x y", {"x": "0", "y": "0"}),
        ('* | fillnull value="-" a x | table a x', {"a": "1", "x": "-"}),
    ],
)
def test_columns(search: str, row: Row) -> None:
    assert found(search, WIDE) == [row]


def test_the_order_of_columns() -> None:
    assert columns("* | table b, a, missing", WIDE) == ["b", "a", "missing"]
    assert columns("* | table ac, a*", WIDE) == ["ac", "a"]
    assert columns("* | table b a | rename b AS c | eval d=1", WIDE) == ["c", "a", "d"]
    assert columns("* | table b a | fields a b | fillnull x", WIDE) == ["a", "b", "x"]


def test_rename_by_pattern_that_was_seen_elsewhere() -> None:
    rows: list[Row] = [{"All.a": "1", "All.b": "2"}, {"All.a": "3"}]
    assert found("* | rename All.* AS *", *rows) == [{"a": "1", "b": "2"}, {"a": "3"}]


def test_fillnull_and_filldown_of_all_fields() -> None:
    rows: list[Row] = [{"a": "1", "b": "2"}, {"a": "3"}, {"b": "4"}]
    # Search Reference: fillnull
    assert found("* | fillnull", *rows) == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "0"},
        {"b": "4", "a": "0"},
    ]
    # Search Reference: filldown
    assert found("* | filldown", *rows) == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "2"},
        {"b": "4", "a": "3"},
    ]
    assert found("* | filldown b", *rows)[2] == {"b": "4"}
    nulls = '| makeresults | eval a="1", b=null() | table a b | fillnull value=NULL'
    assert found(nulls) == [{"a": "1"}]


WRONG: list[tuple[str, type[SplError], str]] = [
    ("* | head x", Malformed, "head"),
    ("* | head 5 limit=3", Malformed, "not both"),
    ("* | head 5 bogus=1", Malformed, "bogus"),
    ("* | tail (n<2)", Malformed, "takes a number"),
    ("* | dedup", Malformed, "needs a field"),
    ("* | dedup 0 host", Malformed, "one or more"),
    ("* | dedup host keepmany=t", Malformed, "no option 'keepmany'"),
    ("* | sort", Malformed, "needs a field"),
    ("* | rename a b", Malformed, "AS"),
    ("* | rename a* AS b", Malformed, "wildcards"),
    ("* | rename a AS b, a AS c", Malformed, "two names"),
    ("* | fields", Malformed, "needs a field"),
    ("* | table a=b", Malformed, "no field"),
    ('* | regex n="("', Malformed, "regular expression"),
    ("* | reverse 5", Malformed, "too much"),
    ("* | makeresults", Malformed, "must be the first command"),
    ("* | | head", Malformed, "Empty pipeline"),
    ("* |", Malformed, "Empty pipeline"),
    ("", Malformed, "Empty search"),
    ("* | head ]", Malformed, "Mismatched"),
    ("* | append [search x", Malformed, "Mismatched"),
    ('* | eval a="', Malformed, "Unbalanced quotes"),
]


@pytest.mark.parametrize(("search", "error", "says"), WRONG)
def test_what_is_refused_before_rows_flow(search: str, error: type[SplError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        parse(search, InMemory())
    assert caught.value.position is not None


def test_an_unknown_command_has_its_position() -> None:
    with pytest.raises(SplError) as caught:
        parse("index=x | stats count | sttas count", InMemory())
    assert (caught.value.message, caught.value.position) == ("Unknown search command 'sttas'", 24)
