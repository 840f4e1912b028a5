"""The language of eval expressions: literals, names, operators, null, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.expression import compile_expression, compile_predicate, parse_expression
from standin.spl.times import Clock
from standin.spl.values import Row
from tests.standin.spl.evaluating import holds, shown

CONDITIONS: list[tuple[str, Row, bool | None]] = [
    # Search Reference: eval: NOT before AND before OR before XOR
    ("1=2 AND 1=2 OR 1=1", {}, True),
    ("1=1 OR 1=1 AND 1=2", {}, True),
    ("NOT 1=2 AND 1=2", {}, False),
    ("1=1 XOR 1=1 OR 1=2", {}, False),
    ("NOT (1=2 AND 1=2)", {}, True),
    ("1=1 and not 1=2 or 1=2", {}, True),
    # Search Reference: eval: = and == are the same
    ("x == 1", {"x": "1"}, True),
    ("x = 1", {"x": "1.0"}, True),
    ("x != 2", {"x": "1"}, True),
    # Search Reference: where: quoted strings are literals, other words fields; case matters
    ('host="www2"', {"host": "www2"}, True),
    ('host="WWW2"', {"host": "www2"}, False),
    ("ipaddress=clientip", {"ipaddress": "10.0.0.1", "clientip": "10.0.0.1"}, True),
    ("ipaddress=clientip", {"ipaddress": "10.0.0.1", "clientip": "10.0.0.2"}, False),
    ("'5minutes'=\"late\"", {"5minutes": "late"}, True),
    ("distance/time > 100", {"distance": "1000", "time": "9"}, True),
    # numbers as numbers where both are, else as text
    ("x > 9", {"x": "10"}, True),
    ("x < y", {"x": "9", "y": "10"}, True),
    ("x < y", {"x": "9c", "y": "10b"}, False),
    ('"a" < "b"', {}, True),
    ('"B" < "a"', {}, True),
    # Search Reference: eval: LIKE; Comparison functions: in
    ('field LIKE "a%b_"', {"field": "a long bx"}, True),
    ('field LIKE "a%b_"', {"field": "a long b"}, False),
    ('status in("400", "401", "403", "404")', {"status": "403"}, True),
    ('status IN ("400", "401")', {"status": "403"}, False),
    ("status IN (400, 401)", {"status": "401.0"}, True),
    ('status IN ("a", missing)', {"status": "b"}, False),
    ('x IN ("a", "b")', {"x": ["c", "b"]}, True),
    ('"203.0.113.255" in(ipaddress, clientip)', {"clientip": "203.0.113.255"}, True),
    ('status NOT IN ("400")', {"status": "403"}, True),
    ('NOT like(x, "b%")', {"x": "abc"}, True),
    # null: comparisons are null, which is neither true nor false
    ("missing=1", {}, None),
    ("missing!=1", {}, None),
    ("NOT missing=1", {}, None),
    ("missing=1 OR 1=1", {}, True),
    ("missing=1 AND 1=2", {}, False),
    ("isnull(missing) AND isnotnull(x)", {"x": ""}, True),
    # Multivalue eval functions, mvfilter: ! is NOT
    ("!isnull(x)", {"x": "1"}, True),
    # Informational functions, isbool: <fieldname>=true tests for that word
    ("x=true", {"x": "true"}, True),
    ("x=true", {"x": "yes"}, False),
    ("x=false", {"x": "false"}, True),
    ("x!=false", {"x": "true"}, True),
    # Search Manual: Types of expressions: true, false and null are literals
    ("true", {}, True),
    ("false OR true()", {}, True),
    ("isnull(null)", {}, True),
    # a multivalue equals what one of its values equals
    ('x="b"', {"x": ["a", "b"]}, True),
    ('x="c"', {"x": ["a", "b"]}, False),
]


@pytest.mark.parametrize(("expression", "row", "expected"), CONDITIONS)
def test_conditions(expression: str, row: Row, expected: bool | None) -> None:
    assert holds(expression, row) is expected
    assert compile_predicate(expression)(row) is (expected is True)


VALUES: list[tuple[str, Row, Any]] = [
    # Search Reference: eval: operators
    ("1+2*3", {}, "7"),
    ("(1+2)*3", {}, "9"),
    ("-2+5", {}, "3"),
    ("10-4-3", {}, "3"),
    ("7%3", {}, "1"),
    ("count+'server-1'", {"count": "2", "server-1": "3"}, "5"),
    ('"server-".host', {"host": "a"}, "server-a"),
    ('first." ".last', {"first": "Ada", "last": "L"}, "Ada L"),
    ("1 . 2", {}, "12"),
    ('"a".1', {}, "a1"),
    ('"a".1+1', {}, "a2"),
    ('x . "%"', {"x": "5"}, "5%"),
    ('"a"+"b"', {}, "ab"),
    ('"5"+"6"', {}, "56"),
    ("x+y", {"x": "5", "y": "6"}, "11"),
    ("x+y", {"x": "a", "y": "b"}, "ab"),
    ("1/0", {}, None),
    ("1%0", {}, None),
    ("1/x", {}, None),
    ('"a".x', {}, None),
    ("x*2", {"x": "no number"}, None),
    ("x*2", {"x": " 2"}, None),
    # Search Reference: eval, Long numbers and example 10
    ("9007199254740991+1", {}, "9007199254740992"),
    ("9007199254740991+2", {}, "9007199254740992"),
    # Search Manual: Types of expressions: escapes in literals
    (r'"C:\\windows"', {}, "C:\\windows"),
    (r'"C:\\windows\temp"', {}, "C:\\windows\temp"),
    (r'"\"yes\""', {}, '"yes"'),
    (r'"\d+\.\w"', {}, r"\d+\.\w"),
    # names
    ("'Last.Name'", {"Last.Name": "x"}, "x"),
    ("Last.Name", {"Last": "a", "Name": "b"}, "ab"),
    ("if(NOT_x=1,1,0)", {"NOT_x": "1"}, "1"),
    ("order", {"order": "3"}, "3"),
]


@pytest.mark.parametrize(("expression", "row", "expected"), VALUES)
def test_values(expression: str, row: Row, expected: Any) -> None:
    assert shown(expression, row) == expected


# Search Reference: eval, Rounding; Mathematical functions, sigfig
PRECISION = [
    ("8.250 * 0.2", "2"),
    ("8.250 * 0.20", "1.7"),
    ("8.250 * 0.200", "1.65"),
    ("8.250 * exact(0.2)", "1.650"),
    ("1.00*1111", "1111"),
    ("123.0 + 4.567", "127.6"),
    ("0.1 + 0.2", "0.3"),
    ("5.0", "5.0"),
    ("-0.60", "-0.60"),
    ("10/4", "2.5"),
    ("12/4", "3"),
    ("10/3", "3.3333333333333335"),
    ("x * y", "0.0032"),
    ("x / 7", "0.0020"),
]


@pytest.mark.parametrize(("expression", "expected"), PRECISION)
def test_precision_of_results(expression: str, expected: str) -> None:
    assert shown(expression, {"x": "0.014", "y": "0.23"}) == expected


REFUSED: list[tuple[str, type[SplError], int]] = [
    ("", Malformed, 0),
    ("1 +", Malformed, 3),
    ("(1", Malformed, 2),
    ("1)", Malformed, 1),
    ("a b", Malformed, 2),
    ('"never closed', Malformed, 0),
    ("5minutes", Malformed, 0),
    ("foo(1)", Malformed, 0),
    ("if(x, 1, 2)", Malformed, 3),
    ('if("x", 1, 2)', Malformed, 3),
    ("if(1=1, 1)", Malformed, 0),
    ('case(x=1, "a", "b")', Malformed, 0),
    ('"a" * 2', Malformed, 0),
    ('1 + "a"', Malformed, 2),
    ('len(x) = "5"', Malformed, 7),
    ("isnull(x) = 1", Malformed, 10),
    ("isnull(x) < isnull(y)", Malformed, 10),
    ("isnull(x) . 1", Malformed, 0),
    ("x AND y", Malformed, 0),
    ("not_in IN 5", Malformed, 10),
    ("x == == 1", Malformed, 5),
    ("x & y", Malformed, 2),
    ("$token$ = 1", Unsupported, 0),
    ('{"a" 1}', Malformed, 5),
    ('{"a": 1', Malformed, 7),
    ("{1: 2, }", Malformed, 7),
    ("(" * 400 + "1" + ")" * 400, Unsupported, 0),
    ('lookup("a.csv", json_object("a", a), json_array("b"))', Malformed, 0),
    ("x = true()", Undocumented, 2),
]


@pytest.mark.parametrize(("expression", "error", "position"), REFUSED)
def test_refused_before_rows_flow(expression: str, error: type[SplError], position: int) -> None:
    with pytest.raises(SplError) as caught:
        compile_expression(expression, 100, Clock())
    assert (type(caught.value), caught.value.position) == (error, 100 + position)


UNKNOWN_MEANING: list[tuple[str, Row]] = [
    ("x != 1", {"x": ["1", "2"]}),
    ("x > 1", {"x": ["1", "2"]}),
    ('x . "a"', {"x": ["1", "2"]}),
    ("x =true", {"x": "TRUE"}),
]


@pytest.mark.parametrize(("expression", "row"), UNKNOWN_MEANING)
def test_refused_when_data_comes(expression: str, row: Row) -> None:
    with pytest.raises(Undocumented) as caught:
        holds(expression, row)
    assert caught.value.position == 2


def test_chains_of_conditions_may_be_long() -> None:
    chain = " OR ".join(f'x="{number}"' for number in range(5000))
    assert (holds(chain, {"x": "4999"}), holds(chain, {"x": "5000"})) == (True, False)


def test_an_expression_inside_of_other_text() -> None:
    text = 'count(eval(status>=500 AND like(uri, "/a)%"))) AS errors BY host'
    expression, end = parse_expression(text, 40, Clock(), offset=11)
    assert text[end:] == ")) AS errors BY host"
    assert expression.fields == {"status", "uri"}
    assert expression.kind == "boolean"
    assert expression.evaluate({"status": "503", "uri": "/a)b"}) is True


def test_fields_that_searchmatch_reads_are_told() -> None:
    expression = compile_expression('if(searchmatch("x=hi y=*"), z, 0)', 0, Clock())
    assert {"x", "y", "z"} <= expression.fields
