"""What commands make of the values in rows."""

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

JSON = '{"a":{"b":[{"c":1,"d":"x y"},{"c":2.50}],"t":true,"n":null},"s":"q"}'
XML = '<p id="7"><b y="1">one</b><b y="2">two</b><c><d>deep</d></c></p>'
EVENT: Row = {
    "_time": 0.0,
    "_raw": 'user=bob msg="two words" ip=10.0.0.1;port=80',
    "json": JSON,
    "xml": XML,
    "mv": ["a1", "b2", "c3"],
    "list": "abcdefghijklmnopqrstuvwxyz",
    "csv": "one,two,,three",
    "card": "1234-5678-9012-3456",
    "path": "C:\\Temp\\x.exe",
    "host": "web.example.com",
    "count": "15",
}


@pytest.mark.parametrize(
    ("command", "values"),
    [
        # Search Reference: rex
        ('rex "user=(?<who>\\w+)"', {"who": "bob"}),
        ('rex field=list "(?<first>abc)(?<second>x)?"', {"first": "abc"}),
        ('rex field=missing "(?<who>.)"', {}),
        ('rex "nothing(?<who>.)"', {}),
        ('rex field=csv max_match=0 "(?<word>[^,]+)"', {"word": ["one", "two", "three"]}),
        ('rex field=csv max_match=2 "(?<word>[^,]+)"', {"word": ["one", "two"]}),
        ('rex offset_field=off field=list "(?<m>fgh)"', {"m": "fgh", "off": "m=5-7"}),
        ('rex field=path "(?<file>[^\\\\\\\\]+)$"', {"file": "x.exe"}),
        ('rex field=mv max_match=0 "(?<digit>\\d)"', {"digit": ["1", "2", "3"]}),
        (
            'rex field=card mode=sed "s/(\\d{4}-){3}/XXXX-XXXX-XXXX-/g"',
            {"card": "XXXX-XXXX-XXXX-3456"},
        ),
        ('rex field=csv mode=sed "s/(\\w+),(\\w+)/\\2-\\1/"', {"csv": "two-one,,three"}),
        ('rex field=csv mode=sed "s/,/;/2"', {"csv": "one,two;,three"}),
        ('rex field=csv mode=sed "y/oe/01/"', {"csv": "0n1,tw0,,thr11"}),
        ('rex field=mv mode=sed "s/[a-z]/x/"', {"mv": ["x1", "x2", "x3"]}),
        # Search Reference: spath
        ("spath input=json path=a.b{}.c output=c", {"c": ["1", "2.50"]}),
        ("spath input=json a.b{}.c", {"a.b{}.c": ["1", "2.50"]}),
        ("spath input=json path=a.b{1}.c output=c", {"c": "2.50"}),
        ("spath input=json path=a.b{0}.d output=d", {"d": "x y"}),
        ("spath input=json path=a.t output=t", {"t": "true"}),
        ("spath input=json path=a.b{0} output=o", {"o": '{"c":1,"d":"x y"}'}),
        ("spath input=json path=a.missing output=o", {}),
        ("spath input=list path=a output=o", {}),
        (
            "spath input=json",
            {"a.b{}.c": ["1", "2.50"], "a.b{}.d": "x y", "a.t": "true", "a.n": "null", "s": "q"},
        ),
        ("spath input=xml path=p.b output=b", {"b": ["one", "two"]}),
        ("spath input=xml path=p.b{2} output=b", {"b": "two"}),
        ("spath input=xml path=p.b{@y} output=y", {"y": ["1", "2"]}),
        ("spath input=xml path=p.b{2}{@y} output=y", {"y": "2"}),
        (
            "spath input=xml",
            {
                "p{@id}": "7",
                "p.b{@y}": ["1", "2"],
                "p.b": ["one", "two"],
                "p.c.d": "deep",
            },
        ),
        # Search Reference: xpath
        ('xpath field=xml outfield=y "//b/@y"', {"y": ["1", "2"]}),
        ('xpath field=xml outfield=d "/p/c/d"', {"d": "deep"}),
        ('xpath field=xml outfield=d default="-" "//zzz"', {"d": "-"}),
        # Search Reference: makemv
        ('makemv delim="," csv', {"csv": ["one", "two", "three"]}),
        ('makemv delim="," allowempty=t csv', {"csv": ["one", "two", "", "three"]}),
        ('makemv tokenizer="([^,]+),?" csv', {"csv": ["one", "two", "three"]}),
        # Search Reference: nomv
        ("nomv mv", {"mv": "a1\nb2\nc3"}),
        # Search Reference: extract
        ("extract", {"user": "bob", "msg": "two words", "ip": "10.0.0.1", "port": "80"}),
        (
            'eval _raw="a:1;b:x y" | kv pairdelim=";" kvdelim=":"',
            {"a": "1", "b": "x y", "_raw": "a:1;b:x y"},
        ),
        (
            'eval _raw="a=1|b=2;Referer=x:y;c:3" | extract pairdelim="|;", kvdelim="=:"',
            {"a": "1", "b": "2", "c": "3", "_raw": "a=1|b=2;Referer=x:y;c:3"},
        ),
        ("extract auto=f", {}),
        # Search Reference: xmlunescape
        ('eval _raw="a &amp;&lt;b&gt; &quot;" | xmlunescape', {"_raw": 'a &<b> "'}),
        # Search Reference: xmlkv
        (
            'eval _raw="<g><name>Catan</name><n>2</n></g>" | xmlkv',
            {"_raw": "<g><name>Catan</name><n>2</n></g>", "name": "Catan", "n": "2"},
        ),
        # Search Reference: replace
        ('replace "*.example.com" WITH "*" IN host', {"host": "web"}),
        ('replace 15 WITH many, "web*" WITH "w"', {"count": "many", "host": "w"}),
        # Search Reference: strcat
        ('strcat host ":" count both', {"both": "web.example.com:15"}),
        ('strcat host "/" missing both', {"both": "web.example.com/"}),
        ('strcat allrequired=t host "/" missing both', {}),
        # Search Reference: rangemap
        ("rangemap field=count low=0-9 mid=10-20 default=high", {"range": "mid"}),
        ("rangemap field=count low=0-9 default=high", {"range": "high"}),
        ("rangemap field=count low=0-9", {"range": "None"}),
        ("rangemap field=count low=1-15 elevated=5-15", {"range": ["low", "elevated"]}),
        ("eval count=-3 | rangemap field=count bad=-5--1 good=1-5", {"range": "bad", "count": -3}),
        # Search Reference: reltime
        ("eval _time=now()-7200 | reltime | eval _time=0", {"reltime": "2 hours ago", "_time": 0}),
    ],
)
def test_values(command: str, values: dict[str, object]) -> None:
    assert found(f"* | {command}", EVENT) == [{**EVENT, **values}]


@pytest.mark.parametrize(
    ("function", "old", "new"),
    [
        # Search Reference: convert
        ("dur2sec", "00:10:20", 620),
        ("dur2sec", "2+00:00:01", 172801),
        ("dur2sec", "soon", "soon"),
        ("memk", "100m", 102400),
        ("memk", "2g", 2097152),
        ("memk", "300", 300),
        ("mstime", "2:03.500", 123.5),
        ("rmcomma", "1,234,567", "1234567"),
        ("rmunit", "212 sec", 212),
        ("dur2sec", "00:10:15", 615),
        ("num", "12", 12),
        ("num", "x", None),
        ("ctime", "0", "01/01/1970 00:00:00"),
        ("mktime", "01/02/2024 00:00:00", 1704153600.0),
        ("auto", "1,234", 1234),
        ("auto", "x", "x"),
        ("none", "1,234", "1,234"),
    ],
)
def test_convert(function: str, old: str, new: object) -> None:
    assert found(f"* | convert {function}(v)", {"v": old})[0].get("v") == new
    if function not in ("auto", "none"):
        assert found(f"* | convert {function}(v) AS w | table v", {"v": old}) == [{"v": old}]


def test_convert_with_a_format_and_by_pattern() -> None:
    rows: list[Row] = [{"t": "0", "a1": "5", "a2": "x"}, {"t": "60", "a1": "6", "a2": "7"}]
    search = '* | convert timeformat="%H:%M" ctime(t) AS at auto(a*)'
    assert found(search, *rows) == [
        {"t": "0", "at": "00:00", "a1": 5, "a2": "x"},
        {"t": "60", "at": "00:01", "a1": 6, "a2": "7"},
    ]


def test_mvexpand_and_mvcombine() -> None:
    # Search Reference: mvexpand, mvcombine
    rows: list[Row] = [{"k": "1", "v": ["a", "b", "c"]}, {"k": "2"}]
    assert found("* | mvexpand v", *rows) == [
        {"k": "1", "v": "a"},
        {"k": "1", "v": "b"},
        {"k": "1", "v": "c"},
        {"k": "2"},
    ]
    assert found("* | mvexpand v limit=2 | where k=1", *rows) == [
        {"k": "1", "v": "a"},
        {"k": "1", "v": "b"},
    ]
    assert found("* | mvexpand v | mvcombine v", *rows) == rows
    assert found('* | mvexpand v | mvcombine delim="," v | nomv v', *rows)[0]["v"] == "a,b,c"


def test_transpose() -> None:
    # Search Reference: transpose
    rows: list[Row] = [{"host": "www1", "count": "5"}, {"host": "www2", "count": "7"}]
    table = "* | table host count "
    assert found(table + "| transpose", *rows) == [
        {"column": "host", "row 1": "www1", "row 2": "www2"},
        {"column": "count", "row 1": "5", "row 2": "7"},
    ]
    assert found(table + "| transpose 1 header_field=host column_name=x", *rows) == [
        {"x": "count", "www1": "5"}
    ]
    many: list[Row] = [{"n": str(n)} for n in range(7)]
    assert len(found("* | transpose", *many)[0]) == 6
    assert len(found("* | transpose 0", *many)[0]) == 8
    gaps: list[Row] = [{"a": "1", "b": ""}]
    assert found("* | transpose include_empty=false", *gaps) == [{"column": "a", "row 1": "1"}]


def test_makeresults() -> None:
    # Search Reference: makeresults
    assert found("| makeresults count=2", now=5.9) == [{"_time": 5}, {"_time": 5}]
    data = '| makeresults format=csv data="a, b\n1,x\n2,"'
    assert found(data) == [{"a": "1", "b": "x"}, {"a": "2"}]
    json = '| makeresults format=json data="[{\\"a\\":1,\\"b\\":{\\"c\\":[1]}},{\\"a\\":\\"x\\"}]"'
    assert found(f"{json} | table a b") == [{"a": "1", "b": '{"c":[1]}'}, {"a": "x"}]


def test_gentimes() -> None:
    # Search Reference: gentimes
    assert found("| gentimes start=10/1/07 end=10/3/07 | table starttime endtime") == [
        {"starttime": 1191196800, "endtime": 1191283199},
        {"starttime": 1191283200, "endtime": 1191369599},
    ]
    assert found("| gentimes start=4/4/21 end=4/5/21 | table *human") == [
        {"endhuman": "Sun Apr 4 23:59:59 2021", "starthuman": "Sun Apr 4 00:00:00 2021"}
    ]
    assert len(found("| gentimes start=-1 increment=6h", now=1_700_000_000.0)) == 4


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ('rex "no group"', Malformed),
        ('rex "(?<a>"', Malformed),
        ('rex mode=sed "q/a/b/"', Malformed),
        ("rex", Malformed),
        ("spath output=x", Malformed),
        ("spath path=a{b}", Malformed),
        ('xpath "count(//b)"', Unsupported),
        ('makemv delim="" x', Malformed),
        ('makemv tokenizer="x" x', Malformed),
        ("mvexpand a b", Malformed),
        ("mvexpand _raw", Malformed),
        ("mvcombine _raw", Malformed),
        ("convert foo(x)", Malformed),
        ("replace a b", Malformed),
        ("rangemap low=0-5", Malformed),
        ("extract my_stanza", Unsupported),
        ("transpose x", Malformed),
        ("iplocation ip", Unsupported),
    ],
)
def test_what_is_refused(command: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        parse(f"* | {command}", InMemory())


def test_rex_on_several_values_that_match() -> None:
    with pytest.raises(Undocumented, match="max_match=0"):
        found('* | rex field=mv "(?<digit>\\d)"', EVENT)
