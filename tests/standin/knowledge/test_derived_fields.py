"""Aliases, calculated fields, lookups, event types, tags. Pages as named in each test."""

from __future__ import annotations

import pytest

from standin.knowledge import KnowledgeRefused
from tests.standin.knowledge.an_app import App


def test_an_alias_replaces_or_removes_what_is_there(app: App) -> None:
    """props.conf, FIELDALIAS with AS: an existing field is replaced; when the original does not
    exist, the alias is removed. The original stays."""
    app.conf("props", '[st]\nFIELDALIAS-x = a AS b c as "d e" gone AS f\n')
    assert app.row("a=1 b=2 c=3 f=4") == {"a": "1", "b": "1", "c": "3", "d e": "3"}


def test_an_alias_for_what_is_new(app: App) -> None:
    """props.conf, FIELDALIAS with ASNEW: an existing field is not changed, and is kept when the
    original does not exist."""
    app.conf("props", "[st]\nFIELDALIAS-x = a ASNEW b gone ASNEW c a ASNEW d\n")
    assert app.row("a=1 b=2 c=3") == {"a": "1", "b": "2", "c": "3", "d": "1"}


def test_aliases_of_two_fields_with_the_same_name(app: App) -> None:
    """props.conf, FIELDALIAS: only one of them takes effect (it does not say which): refused.
    With ASNEW the order of classes (Searchtimeoperationssequence) decides."""
    app.conf("props", "[st]\nFIELDALIAS-x = a AS u b AS u\n")
    with pytest.raises(KnowledgeRefused, match="u is an alias of two fields"):
        app.load()
    app.conf("props", "[st]\nFIELDALIAS-2 = b ASNEW u\nFIELDALIAS-1 = a ASNEW u\n")
    assert [app.row(raw)["u"] for raw in ("a=1 b=2", "b=2")] == ["1", "2"]


@pytest.mark.parametrize("value", ["a b", "a AS", "a INTO b", "a* AS b*", ""])
def test_an_alias_that_cannot_be_is_refused(app: App, value: str) -> None:
    """props.conf, FIELDALIAS: (<orig> AS|ASNEW <new>)+."""
    app.conf("props", f"[st]\nFIELDALIAS-x = {value}\n")
    with pytest.raises(KnowledgeRefused, match=r"\[st\] FIELDALIAS-x"):
        app.load()


def test_calculated_fields_are_calculated_at_once(app: App) -> None:
    """props.conf, EVAL-<fieldname>: as if run in parallel; after aliases."""
    app.conf("props", '[st]\nFIELDALIAS-z = y AS z\nEVAL-x = y.z\nEVAL-y = "100"\nEVAL-zz = #y\n')
    assert app.row("y=2") == {"x": "22", "y": "100", "z": "2", "zz": 1}


def test_a_calculated_field_that_is_null_takes_the_field_away(app: App) -> None:
    """Knowledge/definecalcfields: a calculated field overrides an extracted one of the same name,
    even if it evaluates to null."""
    app.conf("props", "[st]\nEVAL-x = null()\n")
    assert app.row("x=1 y=2") == {"y": "2"}


def test_what_the_interpreter_refuses_is_refused_by_name(app: App) -> None:
    app.conf("props", "[st]\nEVAL-x = nosuch(y)\n")
    with pytest.raises(KnowledgeRefused, match=r"props.conf \[st\] EVAL-x: no function here"):
        app.load()


CODES = "code,method,meaning,weight\n200,GET,fine,1\n200,POST,made,2\n404,GET,lost,3\n500,GET,,4\n"


def lookup(app: App, value: str, definition: str = "", table: str = CODES) -> None:
    app.conf("props", f"[st]\nLOOKUP-x = {value}\n")
    app.conf("transforms", f"[codes]\nfilename = codes.csv\n{definition}")
    app.lookup("codes.csv", table)


@pytest.mark.parametrize(
    ("value", "raw", "expected"),
    [
        ("codes code OUTPUT meaning", "code=404", {"code": "404", "meaning": "lost"}),
        ("codes code AS c method AS m OUTPUT meaning AS said weight", "c=200 m=POST",
         {"c": "200", "m": "POST", "said": "made", "weight": "2"}),
        ("codes code method", "code=200 method=GET",
         {"code": "200", "method": "GET", "meaning": "fine", "weight": "1"}),
        # Several matches: several values, in the file's order.
        ("codes code OUTPUT meaning", "code=200", {"code": "200", "meaning": ["fine", "made"]}),
        # No match clears the outputs of OUTPUT; OUTPUTNEW leaves what was there.
        ("codes code OUTPUT meaning", "code=1 meaning=x", {"code": "1"}),
        ("codes code OUTPUTNEW meaning", "code=1 meaning=x", {"code": "1", "meaning": "x"}),
        ("codes code OUTPUTNEW meaning, weight", "code=404 meaning=x",
         {"code": "404", "meaning": "x", "weight": "3"}),
        # Without the input nothing is looked up.
        ("codes code OUTPUT meaning", "meaning=x", {"meaning": "x"}),
    ],
)  # fmt: skip
def test_an_automatic_lookup(app: App, value: str, raw: str, expected: dict[str, object]) -> None:
    """props.conf, LOOKUP-<class>: AS, OUTPUT and OUTPUTNEW, no outputs named = all others, an
    event with the inputs but no match loses the outputs."""
    lookup(app, value)
    assert app.row(raw) == expected


def test_the_prefix_of_a_lookup_may_be_written_otherwise(app: App) -> None:
    """props.conf, LOOKUP-<class>: LOOKUP_x, LOOKUPx, lookup_x mean the same."""
    lookup(app, "codes code OUTPUT meaning")
    for key in ("LOOKUP_x", "LOOKUPx", "lookup_x", "lookup-x"):
        app.conf("props", f"[st]\n{key} = codes code OUTPUT meaning\n")
        assert app.row("code=404")["meaning"] == "lost"


@pytest.mark.parametrize(
    ("definition", "raw", "expected"),
    [
        ("", "code=ab", None),
        ("case_sensitive_match = false\n", "code=ab", "small"),
        ("max_matches = 1\n", "code=twice", "first"),
        ("min_matches = 1\ndefault_match = unknown\n", "code=none", "unknown"),
        ("min_matches = 1\n", "code=none", None),
        ("match_type = WILDCARD(code)\n", "code=web-7", ["web", "any"]),
        ("match_type = WILDCARD(code)\nmax_matches = 1\n", "code=web-7", "web"),
        ("match_type = CIDR(code)\n", "code=10.1.2.3", "ten"),
        ("match_type = CIDR(code)\n", "code=10.9.2.3", None),
        ("match_type = CIDR(code)\n", "code=2001:db8::7", "six"),
    ],
)  # fmt: skip
def test_how_a_table_is_matched(app: App, definition: str, raw: str, expected: object) -> None:
    """transforms.conf: case_sensitive_match (default true), max_matches (in the file's order),
    min_matches with default_match, match_type WILDCARD and CIDR."""
    table = (
        "code,meaning\nAB,small\ntwice,first\ntwice,second\nweb-*,web\n10.1.0.0/16,ten\n"
        "2001:db8::/32,six\n"
    )
    if "WILDCARD" in definition:
        table += "*,any\n"
    lookup(app, "codes code OUTPUT meaning", definition, table)
    assert app.row(raw).get("meaning") == expected


@pytest.mark.parametrize(
    ("value", "definition", "why"),
    [
        ("nosuch code OUTPUT meaning", "", r"no \[nosuch\] in transforms.conf"),
        ("codes OUTPUT meaning", "", "names no field to look up"),
        ("codes cod OUTPUT meaning", "", "codes has no field 'cod'"),
        ("codes code OUTPUT mening", "", "codes has no field 'mening'"),
        ("codes code OUTPUT meaning", "time_field = t\n", "the table has no field 't'"),
        ("codes code OUTPUT meaning", "external_type = geo\n", "only CSV and kvstore"),
        ("codes code OUTPUT meaning", "external_type = kvstore\n", "names it, and its fields_list"),
        ("codes code OUTPUT meaning",
         "external_type = kvstore\ncollection = c\nfields_list = code meaning\n", "no KV store"),
        ("codes code OUTPUT meaning", "match_type = FUZZY(code)\n", "no WILDCARD, CIDR or EXACT"),
        ("codes code OUTPUT meaning", "max_matches = 2000\n", "at most 1000"),
        ("codes code OUTPUT meaning", "filename = other.csv\n", "no lookups/other.csv"),
    ],
)  # fmt: skip
def test_a_lookup_that_cannot_be_is_refused(
    app: App, value: str, definition: str, why: str
) -> None:
    """props.conf, LOOKUP-<class>; transforms.conf, lookup tables."""
    lookup(app, value, definition)
    with pytest.raises(KnowledgeRefused, match=why):
        app.load()


def test_several_values_to_look_up_are_refused_when_they_come(app: App) -> None:
    """No page says what an automatic lookup does with a multivalue input."""
    lookup(app, "codes code OUTPUT meaning")
    app.conf("props", "[st]\nKV_MODE = json\nLOOKUP-x = codes code{} AS code{} OUTPUT meaning\n")
    app.lookup("codes.csv", "code{},meaning\n1,x\n")
    assert app.row('{"code":[1]}') == {"code{}": "1", "meaning": "x"}
    with pytest.raises(KnowledgeRefused, match=r"code\{\} has several values"):
        app.row('{"code":[1,2]}')


def test_event_types(app: App) -> None:
    """Knowledge/Abouteventtypes: by priority, then by name; after lookups, before tags.
    eventtypes.conf: disabled."""
    app.conf(
        "eventtypes",
        "[b]\nsearch = x=1\npriority = 5\n[c]\nsearch = x=1\npriority = 1\n"
        "[a]\nsearch = x=1 y=2\n[d]\nsearch = x=1\ndisabled = 1\n[e]\nsearch = x=9\n",
    )
    assert app.row("x=1 y=2")["eventtype"] == ["a", "c", "b"]
    assert app.row("x=9") == {"x": "9", "eventtype": "e"}
    assert "eventtype" not in app.row("x=3")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a]\nsearch = x=1 | head 1\n", "search: an event type has no pipe"),
        ("[a]\n", "search: there is none"),
        ("[a]\nsearch = x=1\ntags = t\n", "tags: the stand-in does not know it"),
        ("[%x%]\nsearch = x=1\n", "a template of names"),
    ],
)
def test_an_event_type_that_cannot_be_is_refused(app: App, text: str, why: str) -> None:
    """eventtypes.conf."""
    app.conf("eventtypes", text)
    with pytest.raises(KnowledgeRefused, match=why):
        app.load()


def test_tags(app: App) -> None:
    """tags.conf: [<field>=<value>], the value URL-encoded; enabled or disabled.
    Knowledge/TagandaliasfieldvaluesinSplunkWeb: found by tag= and by tag::<field>=."""
    app.conf(
        "tags",
        "[host=web-1]\nfront = enabled\nold = disabled\n[x=a%20b%3Dc]\nodd = enabled\n"
        "[y=1]\nfront = enabled\none = enabled\n",
    )
    app.conf("tags", "[host=web-1]\nfront = enabled\nlocal = enabled\n", level="local")
    assert app.row('x="a b=c" y=1') == {
        "x": "a b=c", "y": "1", "tag": ["front", "local", "odd", "one"], "tag::x": "odd",
        "tag::host": ["front", "local"], "tag::y": ["front", "one"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [("[host]\nx = enabled\n", "no field=value"), ("[host=a*]\nx = enabled\n", "no field=value"),
     ("[host=a]\nx = on\n", "'on': enabled or disabled")],
)  # fmt: skip
def test_a_tag_that_cannot_be_is_refused(app: App, text: str, why: str) -> None:
    """tags.conf."""
    app.conf("tags", text)
    with pytest.raises(KnowledgeRefused, match=why):
        app.load()
