"""The commands eval, where and fieldformat."""

from __future__ import annotations

import pytest

from standin.spl.context import LookupTable
from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.functions.table import FUNCTIONS
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.evaluating import results

# Search Reference: eval
ONE_RESULT: list[tuple[str, Row]] = [
    ('eval a=1, b=a+1, c="x".b', {"a": "1", "b": "2", "c": "x2"}),
    ('eval low-user = lower("ADA")', {"low-user": "ada"}),
    ("eval \"first  \" = 123 | eval second='first  '", {"first  ": "123", "second": "123"}),
    ("eval 'a b' = 1", {"a b": "1"}),
    ('eval field1="counter", {field1}="1234"', {"field1": "counter", "counter": "1234"}),
    ('eval n="cpu", v_{n}_pct=5', {"n": "cpu", "v_cpu_pct": "5"}),
    ("eval a=1 | eval a=null()", {}),
    ("eval a=1 | eval a=1/0", {}),
    ("eval a=case(1=2,3)", {}),
    ('eval a=split("x,y",",")', {"a": ["x", "y"]}),
    ('eval a=split("x",",")', {"a": "x"}),
    ("eval a=8.250 * 0.2 | eval b=a*1000", {"a": "2", "b": "2000"}),
    ('eval foo=615 | eval foo2 = tostring(foo, "duration")', {"foo": "615", "foo2": "00:10:15"}),
    (
        "eval max_supported_val = pow(2, 53)-1 | eval result = bit_and(max_supported_val + 1, 1)",
        {"max_supported_val": "9007199254740991"},
    ),
    ("eval x=[makeresults | eval y=5 | return $y]", {"x": "5"}),
    ('eval x = "a ```b``` | c"', {"x": "a ```b``` | c"}),
    # Bitwise functions: examples 6 to 10
    (
        (
            'eval flags = "00010", r = tonumber(flags, 2)'
            ' | eval r = bit_or(r, tonumber("11001", 2))'
            ' | eval r = tostring(r, "binary")'
        ),
        {"flags": "00010", "r": "11011"},
    ),
    (
        'eval r = bit_and(tonumber("00010", 2), 4) | eval r = if(r==0, "false", "true")',
        {"r": "false"},
    ),
    (
        (
            'eval a = "10011", b = "10001" | eval m = bit_xor(tonumber(a, 2), tonumber(b, 2))'
            ' | eval m = tostring(bit_not(m, tonumber("11111",2)), "binary")'
        ),
        {"a": "10011", "b": "10001", "m": "11101"},
    ),
    (
        (
            'eval r = bit_or(bit_shift_left(tonumber("10001", 2), 1), 1)'
            ' | eval r = tostring(r, "binary")'
        ),
        {"r": "100011"},
    ),
    (
        (
            'eval s = tonumber("0xa3b7514f19ce7", 16),'
            ' r = bit_and(bit_shift_right(s,8), tonumber("0xFFFFFFFF",16))'
        ),
        {"s": "2880123815697639", "r": "1964306844"},
    ),
    # JSON functions, json_delete: literal objects
    (
        (
            'eval o = {"n":"Wei", "SSN":"1", "l":["a", "b"], "in":{"e":1}, "z":{}} '
            '| eval d = json_delete(o, "SSN", "l", "in.e")'
        ),
        {
            "o": '{"n":"Wei","SSN":"1","l":["a","b"],"in":{"e":1},"z":{}}',
            "d": '{"n":"Wei","in":{},"z":{}}',
        },
    ),
    ("eval\n  a = 1,\n  b = 2", {"a": "1", "b": "2"}),
    # Informational functions, isnum: its example keeps a condition's value as text
    (
        'eval s="NaN" | eval isnan=if(isnum(s), match(s,"NaN"), false)',
        {"s": "NaN", "isnan": "True"},
    ),
]


@pytest.mark.parametrize(("search", "expected"), ONE_RESULT)
def test_eval(search: str, expected: Row) -> None:
    assert results(f"| makeresults | {search}") == [expected]


# Search Reference: eval: syntax is checked before the search is run
REFUSED_SEARCHES: list[tuple[str, type[SplError], int]] = [
    ("eval", Malformed, 20),
    ("eval a", Malformed, 20),
    ("eval a=", Malformed, 23),
    ("eval a==1", Malformed, 20),
    ("eval a=1 b=2", Malformed, 25),
    ("eval a=1,", Malformed, 25),
    ("eval a=(1=1)", Malformed, 25),
    ("eval a=isnull(b)", Malformed, 23),
    ("eval a=true()", Malformed, 23),
    ("eval a=if(1=1, true(), false())", Malformed, 23),
    ("eval a=nofunction(1)", Malformed, 23),
    ("eval $t$=1", Unsupported, 21),
    ("eval \" first\" = 123 | eval second=' first'", Malformed, 50),
    ("where", Malformed, 21),
    ("where a", Malformed, 22),
    ("where 5", Malformed, 22),
    ('where a="b" c="d"', Malformed, 28),
    ("fieldformat a=1, b=2", Malformed, 27),
]


@pytest.mark.parametrize(("search", "error", "position"), REFUSED_SEARCHES)
def test_refused_before_running(search: str, error: type[SplError], position: int) -> None:
    with pytest.raises(SplError) as caught:
        parse(f"| makeresults | {search}", InMemory())
    assert (type(caught.value), caught.value.position) == (error, position)


# Search Reference: eval, Dynamic field name creation
def test_names_that_name_themselves_do_not_end() -> None:
    with pytest.raises(Malformed, match="recursive"):
        results('| makeresults | eval p="{p}", v_{p} = p')


EVENTS: list[Row] = [
    {"_raw": "", "ip": "198.51.100.1", "n": "10", "host": "a"},
    {"_raw": "", "ip": "10.9.165.7", "n": "9"},
    {"_raw": "", "ip": "10.9.165.200", "host": "b"},
]


# Search Reference: where
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('like(ip, "198.%")', ["198.51.100.1"]),
        ('like(ip, "198.%") OR cidrmatch("10.9.165.0/25", ip)', ["198.51.100.1", "10.9.165.7"]),
        ("n > 9", ["198.51.100.1"]),
        ('host!="a"', ["10.9.165.200"]),
        ("isnull(host)", ["10.9.165.7"]),
        ('NOT (ip IN ("10.9.165.7", "10.9.165.200"))', ["198.51.100.1"]),
    ],
)
def test_where(condition: str, expected: list[str]) -> None:
    assert [row["ip"] for row in results(f"search * | where {condition}", EVENTS)] == expected


def test_columns_keep_their_order_and_new_ones_come_last() -> None:
    search = parse('* | table n ip | eval z=1, ip="x", {n}=2', InMemory(rows=EVENTS[:1]))
    assert search.run().fields == ["n", "ip", "z", "10"]


def test_rows_that_come_in_are_not_changed() -> None:
    rows: list[Row] = [{"_time": 1.0, "_raw": "x", "a": "1"}]
    list(parse("* | eval a=2, b=3", InMemory(rows=rows)).run().rows)
    assert rows == [{"_time": 1.0, "_raw": "x", "a": "1"}]


# Search Reference: fieldformat: the value stays, the results show the format
def test_fieldformat() -> None:
    search = (
        '* | fieldformat n="$".tostring(n,"commas") | fieldformat ip=upper(host)'
        " | where n>1000 | eval twice=n*2 | table n ip twice"
    )
    rows: list[Row] = [
        {"_raw": "", "n": "1234567", "ip": "i", "host": "a"},
        {"_raw": "", "n": "1", "ip": "j"},
        {"_raw": "", "n": "2000", "ip": "k"},
    ]
    assert results(search.replace(" | table n ip twice", " | fields n ip twice host"), rows) == [
        {"n": "$1,234,567", "ip": "A", "twice": "2469134", "host": "a", "_raw": ""},
        {"n": "$2,000", "ip": "k", "twice": "4000", "_raw": ""},
    ]


def test_events_are_asked_for_the_fields_that_expressions_read() -> None:
    context = InMemory(rows=list(EVENTS))
    list(parse("* | eval a=n+1, b=a | where b>host | stats count BY b", context).run().rows)
    assert context.queries[0].wanted == {"n", "host"}


# Search Reference: Evaluation functions: the list by category
DOCUMENTED = """
bit_and bit_or bit_not bit_xor bit_shift_left bit_shift_right case cidrmatch coalesce false if in
like lookup match null nullif searchmatch true validate ipmask printf toarray tobool todouble toint
tomv tonumber toobject tostring md5 sha1 sha256 sha512 now relative_time strftime strptime time
isarray isbool isdouble isint ismv isnotnull isnull isnum isobject isstr typeof json_object json
json_append json_array json_array_to_mv json_delete json_entries json_extend json_extract
json_extract_exact json_has_key_exact json_keys json_set json_set_exact json_valid abs ceiling exact
exp floor ln log pi pow round sigfig sqrt sum commands mvappend mvcount mvdedup mvfilter mvfind
mvindex mvjoin mvmap mvrange mvsort mvzip mv_to_json_array split avg max min random len lower ltrim
replace rtrim spath substr trim upper urldecode acos acosh asin asinh atan atan2 atanh cos cosh
hypot sin sinh tan tanh
"""


def test_every_documented_function_is_run() -> None:
    assert set(DOCUMENTED.split()) - set(FUNCTIONS) == set()
    assert set(FUNCTIONS) - set(DOCUMENTED.split()) == {"ceil", "length", "mvreverse"}


def test_undocumented_meaning_in_data_tells_its_position() -> None:
    with pytest.raises(Undocumented) as caught:
        results('| makeresults | eval a=split("x,y", ",") | eval b=len(a)')
    assert caught.value.position == 50


STATUS = LookupTable(
    "http_status.csv",
    ["status", "status_description", "status_type"],
    [
        {"status": "200", "status_description": "OK", "status_type": "Successful"},
        {"status": "201", "status_description": "Created", "status_type": "Successful"},
        {"status": "404", "status_description": "Not Found", "status_type": "Client Error"},
    ],
)


# Search Reference: Comparison and Conditional functions, lookup
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            (
                'lookup("http_status.csv", json_object("status_type", type),'
                ' json_array("status_description"))'
            ),
            '{"status_description":["OK","Created"]}',
        ),
        (
            (
                'lookup("http_status.csv", json_object("status_type", type, "status", status),'
                ' json_array("status_description"))'
            ),
            '{"status_description":"OK"}',
        ),
        (
            (
                'json_extract(lookup("http_status.csv", json_object("status", status),'
                ' json_array("status_type", "status_description")), "status_description")'
            ),
            "OK",
        ),
    ],
)
def test_lookup(asked: str, expected: str) -> None:
    context = InMemory(lookups={"http_status.csv": STATUS})
    search = f'| makeresults | eval type="Successful", status="200" | eval out={asked}'
    assert [row["out"] for row in parse(search, context).run().rows] == [expected]


@pytest.mark.parametrize(
    "asked",
    [
        'lookup("none.csv", json_object("status", s), json_array("status"))',
        'lookup("http_status.csv", json_object("colour", s), json_array("status"))',
        'lookup("http_status.csv", "status", json_array("status"))',
        'lookup("http_status.csv", json_object("status"), json_array("status"))',
    ],
)
def test_lookup_refuses(asked: str) -> None:
    with pytest.raises(Malformed):
        parse(f"| makeresults | eval x={asked}", InMemory(lookups={"http_status.csv": STATUS}))
