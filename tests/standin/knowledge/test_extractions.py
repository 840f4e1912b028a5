"""Fields found at search time. Each test names the page of Splunk's documentation it follows.

props.conf and transforms.conf are the reference pages Admin/Propsconf and Admin/Transformsconf.
"""

from __future__ import annotations

import pytest

from standin.knowledge import KnowledgeRefused
from tests.standin.knowledge.an_app import App


def test_an_inline_extraction_makes_its_named_groups(app: App) -> None:
    """props.conf, EXTRACT-<class>: named groups become fields, (?ms) stands before the regex."""
    app.conf(
        "props", "[st]\nKV_MODE = none\nEXTRACT-a = ^user (?<user>\\w+).*?^code (?P<code>\\d+)\n"
    )
    assert app.row("x\nuser ann\n..\ncode 42") == {"user": "ann", "code": "42"}
    assert app.row("nothing of it") == {}


def test_an_inline_extraction_from_another_field(app: App) -> None:
    """props.conf, EXTRACT-<class>: "in <field>" reads a field of a class that sorts before."""
    app.conf(
        "props",
        "[st]\nKV_MODE = none\nEXTRACT-a = url=(?<url>\\S+)\nEXTRACT-b = //(?<site>[^/]+) in url\n"
        "EXTRACT-0 = //(?<early>[^/]+) in url\n",
    )
    assert app.row("url=https://a.example/b") == {"url": "https://a.example/b", "site": "a.example"}


def test_a_regex_that_must_end_with_in_and_a_word_says_so(app: App) -> None:
    """props.conf, EXTRACT-<class>: [i]n keeps the end of a regex from being a field's name."""
    app.conf("props", "[st]\nKV_MODE = none\nEXTRACT-a = (?<who>\\w+) [i]n paris\n")
    assert app.row("bob in paris") == {"who": "bob"}


def test_inline_extractions_go_in_ascii_order_and_the_first_value_stays(app: App) -> None:
    """Knowledge/Searchtimeoperationssequence: inline extractions in ASCII order of their class."""
    app.conf("props", "[st]\nKV_MODE = none\nEXTRACT-b = b(?<x>\\d)\nEXTRACT-B = B(?<x>\\d)\n")
    assert app.row("b1 B2") == {"x": "2"}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no group at all", "no named group"),
        ("(?<x>[a-z", r"missing terminating \]|unterminated"),
        ("(?<_KEY_1>a)(?<_VAL_1>b)", "belong in transforms.conf"),
    ],
)
def test_an_inline_extraction_that_cannot_be_is_refused(app: App, value: str, why: str) -> None:
    """props.conf, EXTRACT-<class>: the regex is required to have named capturing groups."""
    app.conf("props", f"[st]\nEXTRACT-x = {value}\n")
    with pytest.raises(KnowledgeRefused, match=why) as refused:
        app.load()
    assert (refused.value.conf, refused.value.stanza, refused.value.key) == (
        "props", "st", "EXTRACT-x",
    )  # fmt: skip


def report(app: App, transform: str, props: str = "KV_MODE = none\n") -> None:
    app.conf("props", f"[st]\n{props}REPORT-r = t\n")
    app.conf("transforms", f"[t]\n{transform}")


@pytest.mark.parametrize(
    ("transform", "raw", "expected"),
    [
        ("REGEX = u=(\\w+) c=(\\w+)\nFORMAT = user::$1 code::$2 kind::web\n", "u=ann c=7",
         {"user": "ann", "code": "7", "kind": "web"}),
        ("REGEX = u=(?<user>\\w+)\n", "u=ann u=bob", {"user": "ann"}),
        ("REGEX = (\\w+)=(\\w+)\nFORMAT = $1::$2\n", "a=1 b=2 a=3", {"a": "1", "b": "2"}),
        ("REGEX = (\\w+)=(\\w+)\nFORMAT = $1::$2\nMV_ADD = true\n", "a=1 b=2 a=3",
         {"a": ["1", "3"], "b": "2"}),
        ("REGEX = (?<_KEY_1>\\w+)=(?<_VAL_1>\\w+)\n", "a=1 b=2", {"a": "1", "b": "2"}),
        ("REGEX = to=(\\S+)\nFORMAT = to::$1\nMV_ADD = 1\n", "to=x to=y", {"to": ["x", "y"]}),
    ],
)  # fmt: skip
def test_a_transform_with_a_regex(
    app: App, transform: str, raw: str, expected: dict[str, object]
) -> None:
    """transforms.conf, REGEX, FORMAT, MV_ADD: names in FORMAT, in groups or in the text itself;
    with names from the text the regex is applied again and again; a value for a field that
    exists is discarded unless MV_ADD."""
    report(app, transform)
    assert app.row(raw) == expected


def test_a_transform_reads_another_field(app: App) -> None:
    """transforms.conf, SOURCE_KEY: at search time any field available when it is run."""
    app.conf("props", "[st]\nKV_MODE = none\nEXTRACT-u = url=(?<url>\\S+)\nREPORT-r = t, host\n")
    app.conf(
        "transforms",
        "[t]\nSOURCE_KEY = url\nREGEX = ([^/]+)$\nFORMAT = file::$1\n"
        "[host]\nSOURCE_KEY = host\nREGEX = (\\d+)$\nFORMAT = number::$1\n",
    )
    assert app.row("url=/a/b.png") == {"url": "/a/b.png", "file": "b.png", "number": "1"}


def test_keys_are_cleaned_unless_told_otherwise(app: App) -> None:
    """transforms.conf, CLEAN_KEYS: other characters become _, leading _ and digits go."""
    report(app, "REGEX = (\\S+)=(\\w+)\nFORMAT = $1::$2\n")
    assert app.row("a-b=1 _c=2 9d.e=3") == {"a_b": "1", "c": "2", "d_e": "3"}
    report(app, "REGEX = (\\S+)=(\\w+)\nFORMAT = $1::$2\nCLEAN_KEYS = false\n")
    assert app.row("a-b=1 _c=2 9d.e=3") == {"a-b": "1", "_c": "2", "9d.e": "3"}


def test_empty_values_make_no_field_unless_told_otherwise(app: App) -> None:
    """transforms.conf, KEEP_EMPTY_VALS: default false."""
    report(app, 'DELIMS = ",", "="\n')
    assert app.row("a=,b=1") == {"b": "1"}
    report(app, 'DELIMS = ",", "="\nKEEP_EMPTY_VALS = true\n')
    assert app.row("a=,b=1") == {"a": "", "b": "1"}


@pytest.mark.parametrize(
    ("transform", "raw", "expected"),
    [
        ('DELIMS = "|", "="\n', "a=1|b=x y|c", {"a": "1", "b": "x y"}),
        ('DELIMS = "|;", "=:"\n', "a=1;;b:2|c==3", {"a": "1", "b": "2", "c": "3"}),
        ('DELIMS = "\\ ,", "="\n', '<189>date=2025-01-01 time=10:00:00,msg="a, b=c" last=1',
         {"date": "2025-01-01", "time": "10:00:00", "msg": "a, b=c", "last": "1"}),
        ('DELIMS = "|"\n', "a|1|b|2|odd", {"a": "1", "b": "2"}),
        ('DELIMS = ", "\nFIELDS = one, "two 2", three\n', 'x,"y, z"',
         {"one": "x", "two_2": "y, z"}),
        ('DELIMS = ","\nFIELDS = one two three\n', "x,,z", {"one": "x", "three": "z"}),
        ('DELIMS = "\\t", "="\n', "a=1 2\tb=3", {"a": "1 2", "b": "3"}),
    ],
)  # fmt: skip
def test_a_transform_with_delimiters(
    app: App, transform: str, raw: str, expected: dict[str, object]
) -> None:
    """transforms.conf, DELIMS and FIELDS: one or two lists of characters; runs of delimiters count
    once unless names are listed; without names even parts are names and odd ones values."""
    report(app, transform)
    assert app.row(raw) == expected


@pytest.mark.parametrize(
    ("transform", "key", "why"),
    [
        ("REGEX = (a)\nFORMAT = x::$2\n", "FORMAT", "REGEX has no group 2"),
        ("REGEX = (a)(b)\nFORMAT = x::$1-$2\n", "FORMAT", "no joined values when searching"),
        ("REGEX = a\nFORMAT = x::y\n", "REGEX", "it has no group"),
        ("REGEX = (a)\n", "FORMAT", "makes no field"),
        ("FORMAT = x::$1\n", "REGEX", "either REGEX or DELIMS"),
        ("REGEX = (a)\nFORMAT = x::$1\nWRITE_META = true\n", "WRITE_META", "does not know it in a"),
        ("REGEX = (a)\nFORMAT = x::$1\nSOURCE_KEY = MetaData:Host\n", "SOURCE_KEY", "index time"),
        ("DELIMS = |, =\n", "DELIMS", "no list of quoted strings"),
        ('DELIMS = "\\q", "="\n', "DELIMS", "the escape"),
        ("REGEX = (a)\nFORMAT = x::$1\nMV_ADD = maybe\n", "MV_ADD", "neither true nor false"),
    ],
)  # fmt: skip
def test_a_transform_that_cannot_be_is_refused(
    app: App, transform: str, key: str, why: str
) -> None:
    """transforms.conf: what REGEX, FORMAT, DELIMS and SOURCE_KEY must be when searching."""
    report(app, transform)
    with pytest.raises(KnowledgeRefused, match=why) as refused:
        app.load()
    assert (refused.value.conf, refused.value.stanza, refused.value.key) == ("transforms", "t", key)


def test_a_transform_that_is_not_there_is_refused(app: App) -> None:
    """props.conf, REPORT-<class>: names stanzas of transforms.conf."""
    app.conf("props", "[st]\nREPORT-r = missing\n")
    with pytest.raises(KnowledgeRefused, match=r"props.conf \[st\] REPORT-r: no \[missing\]"):
        app.load()


LINE = 'a=1 b="x y" c=2001:db8::1, d="k=v" a=2 e= f.g=7 url=/x?q'


def test_pairs_are_found_without_being_told(app: App) -> None:
    """Knowledge/Automatickey-valuefieldextractionsatsearch-time: KV_MODE auto is the default and
    takes pairs with an equals sign. transforms.conf, KEEP_EMPTY_VALS: empty ones are ignored.
    Search Reference, extract: mv_add is false by default, keys are cleaned."""
    assert app.row(LINE) == {
        "a": "1", "b": "x y", "c": "2001:db8::1", "d": "k=v", "f_g": "7", "url": "/x?q",
    }  # fmt: skip


def test_automatic_pairs_can_be_switched_off(app: App) -> None:
    """props.conf, KV_MODE: none disables it."""
    app.conf("props", "[st]\nKV_MODE = none\n")
    assert app.row(LINE) == {}


def test_escaped_quotes(app: App) -> None:
    r"""props.conf, KV_MODE: auto_escaped honors \" and \\ within quoted values."""
    app.conf("props", "[st]\nKV_MODE = auto_escaped\n")
    assert app.row(r'field="value with \"nested\" quotes" x="a\\b"') == {
        "field": 'value with "nested" quotes', "x": "a\\b",
    }  # fmt: skip


def test_blanks_around_values(app: App) -> None:
    """props.conf, KV_TRIM_SPACES: values lose outer blanks unless it is false."""
    assert app.row('x=" apples "') == {"x": "apples"}
    app.conf("props", "[st]\nKV_TRIM_SPACES = false\n")
    assert app.row('x=" apples "') == {"x": " apples "}


def test_automatic_extraction_has_its_limits(app: App) -> None:
    """limits.conf, [kv]: limit fields at most (default 100), the first maxchars characters
    (default 10240)."""
    pairs = " ".join(f"k{number}x=1" for number in range(150))
    assert len(app.row(pairs)) == 100
    assert app.row("a=1 " + "." * 10240 + " b=2") == {"a": "1"}
    assert app.row("a=1 " + "." * 10240 + " b=2", ["b"]) == {}
    app.conf("limits", "[kv]\nlimit = 3\nmaxchars = 0\n")
    assert app.row(pairs) == {"k0x": "1", "k1x": "1", "k2x": "1"}
    assert app.row("a=1 " + "." * 10240 + " b=2") == {"a": "1", "b": "2"}


JSON = (
    '{"a":1,"b":{"c":"x","d":[1,2.50,true]},"e":[{"f":"g"},{"f":"h"}],"n":null,"t":"","u":[],'
    '"v":{},"w":"k=v"}'
)
FIELDS_OF_JSON = {
    "a": "1", "b.c": "x", "b.d{}": ["1", "2.50", "true"], "e{}.f": ["g", "h"], "n": "null",
    "w": "k=v",
}  # fmt: skip


def test_json(app: App) -> None:
    """props.conf, KV_MODE: json. Search Reference, spath: a.b for objects, {} for arrays.
    (That null is the text "null" is seen in practice, not documented.)"""
    app.conf("props", "[st]\nKV_MODE = json\n")
    assert app.row(JSON) == FIELDS_OF_JSON
    assert app.row('before {"a": 1}') == {}
    assert app.row('{"a": 1') == {}
    assert app.row('[{"a": 1}, {"a": 2}]') == {"{}.a": ["1", "2"]}


def test_json_of_events_with_automatic_pairs(app: App) -> None:
    """props.conf, AUTO_KV_JSON: with KV_MODE auto JSON is extracted too unless it is false."""
    assert app.row('{"a":1,"b":{"c":"x"}}') == {"a": "1", "b.c": "x"}
    app.conf("props", "[st]\nAUTO_KV_JSON = false\n")
    assert app.row('{"a":1,"b":{"c":"x"}}') == {}


def test_json_beyond_the_limit_of_characters(app: App) -> None:
    """limits.conf, [kv] maxchars: _raw is cut to this size before the extraction."""
    app.conf("props", "[st]\nKV_MODE = json\n")
    app.conf("limits", "[kv]\nmaxchars = 40\n")
    raw = '{"a":{"b":[1,{"c":"x"}]},"d":12345678901234567890,"e":1}'
    assert raw[:40].endswith('"d":12345678901')
    assert app.row(raw) == {"a.b{}": "1", "a.b{}.c": "x"}


def test_modes_the_stand_in_does_not_have(app: App) -> None:
    """props.conf, KV_MODE: xml and multi exist in Splunk."""
    app.conf("props", "[st]\nKV_MODE = xml\n")
    with pytest.raises(KnowledgeRefused, match=r"\[st\] KV_MODE: 'xml'; the stand-in has none,"):
        app.load()
