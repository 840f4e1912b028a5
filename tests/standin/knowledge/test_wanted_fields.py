"""A search that names the fields it looks at gets the same values as one that takes all."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from standin.knowledge import KnowledgeRefused
from standin.knowledge.auto_kv import AutoKv, KvLimits
from standin.knowledge.delimiters import after_name, between_pairs
from standin.knowledge.pair_scan import PairGrammar
from tests.standin.knowledge.an_app import App, event

AUTO = AutoKv("auto", with_json=False, trim=True, limits=KvLimits(fields=12))
ESCAPED = AutoKv("auto_escaped", with_json=False, trim=True, limits=KvLimits(fields=12))
DELIMITED = PairGrammar(
    pair=between_pairs(" ,", "="),
    separators=" ,",
    equals_and_value=after_name(" ,", "="),
    unclean=f"[^a-zA-Z0-9{re.escape(' ,=')}]",
)
NAMES = ("ip", "srcip", "a_b")
PIECES = st.sampled_from(
    ["ip=1", "srcip=2", ' ip="x y"', "a_b=3", "a-b=4", "a.b=5", "_ip=6", "1ip=7", "éip=8", "ip=",
     '"', "\\", " ", ",", "=", "x", 'q="ip=9"', 'r="s=" ', " a_b=c=d ", "&ip=1", "?ip=2", ";a_b=3",
     '"ip=3 "', "<189>ip=1"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sets(st.sampled_from(NAMES), min_size=1))
def test_few_names_are_found_as_all_of_them_are(line: str, wanted: set[str]) -> None:
    assume(not re.search(r'=[^\s,;|&"]*="', line))
    for grammar in (AUTO._grammar(), ESCAPED._grammar(), DELIMITED):
        whole: dict[str, object] = {}
        some: dict[str, object] = {}
        grammar.scan(None)(whole, line)  # type: ignore[arg-type]
        grammar.scan(frozenset(wanted))(some, line)  # type: ignore[arg-type]
        assert {name: some.get(name) for name in wanted} == {
            name: whole.get(name) for name in wanted
        }, line


PROPS = """\
[st]
EXTRACT-a = ^(?<verb>\\w+)
REPORT-b = from_verb
FIELDALIAS-c = code AS status old ASNEW new
EVAL-d = verb."-".status
EVAL-unused = b1.b2
LOOKUP-e = codes code AS status OUTPUT meaning
"""


def test_what_is_wanted_brings_what_it_is_made_of(app: App) -> None:
    """A lookup's input is an alias, a calculated field's inputs are an alias and an extraction."""
    app.conf("props", PROPS)
    app.conf(
        "transforms",
        "[from_verb]\nSOURCE_KEY = verb\nREGEX = ^(.)\nFORMAT = letter::$1\n"
        "[codes]\nfilename = codes.csv\n",
    )
    app.lookup("codes.csv", "code,meaning\n200,fine\n404,lost\n")
    app.conf("eventtypes", "[lost]\nsearch = meaning=lost\n[get]\nsearch = letter=G\n")
    app.conf("tags", "[eventtype=lost]\nbad = enabled\n[host=web-1]\nmine = enabled\n")
    raw = "GET code=404 old=1 b1=1 b2=2"
    everything = app.row(raw)
    assert everything == {
        "verb": "GET", "letter": "G", "code": "404", "status": "404", "old": "1", "new": "1",
        "d": "GET-404", "unused": "12", "b1": "1", "b2": "2", "meaning": "lost",
        "eventtype": ["get", "lost"], "tag": ["bad", "mine"], "tag::eventtype": "bad",
        "tag::host": "mine",
    }  # fmt: skip
    reader = app.load()
    for name, value in everything.items():
        assert reader.row(event(raw), [name])[name] == value, name
    assert reader.row(event(raw), ["me*"])["meaning"] == "lost"
    assert reader.row(event(raw), ["*"]).items() >= everything.items()


def test_what_is_not_wanted_is_not_made(app: App) -> None:
    app.conf("props", PROPS.replace("LOOKUP-e", "#"))
    app.conf("transforms", "[from_verb]\nSOURCE_KEY = verb\nREGEX = ^(.)\nFORMAT = letter::$1\n")
    assert app.row("GET code=404 old=1 b1=1", ["host", "_time"]) == {}
    assert app.row("GET code=404 old=1 b1=1", ["old"]) == {"old": "1"}
    assert app.row("GET code=404 old=1 b1=1", ["d"]) == {
        "verb": "GET", "code": "404", "status": "404", "d": "GET-404",
    }  # fmt: skip


def test_an_expression_that_does_not_say_what_it_reads_gets_everything(app: App) -> None:
    app.conf("props", "[st]\nEVAL-x = ?a.b\n")
    assert app.row("a=1 b=2 c=3", ["x"])["x"] == "12"


def test_what_every_event_has(app: App) -> None:
    row = app.load().row(event("one\ntwo"))
    assert row == {
        "_time": 1e9 + 0.25, "_raw": "one\ntwo", "_indextime": "1000000005", "index": "main",
        "host": "web-1", "source": "/var/log/x", "sourcetype": "st", "_sourcetype": "st",
        "splunk_server": "standin", "linecount": "2",
    }  # fmt: skip


def test_fields_the_stand_in_does_not_make_are_refused(app: App) -> None:
    """Knowledge/Usedefaultfields: punct and timestartpos are default fields of Splunk."""
    for name in ("punct", "timestartpos"):
        with pytest.raises(KnowledgeRefused, match=f"{name}: the stand-in does not make this"):
            app.load().reader([name])
