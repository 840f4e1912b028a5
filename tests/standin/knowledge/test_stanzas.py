"""Which stanzas hold for an event, in which app's eyes, and what is refused on sight."""

from __future__ import annotations

import pytest

from standin.knowledge import KnowledgeRefused
from standin.knowledge.known_settings import PROPS_WITHOUT_EFFECT_HERE
from standin.knowledge.pcre import PatternRefused, compiled, translated
from tests.standin.knowledge.an_app import App, event


def said(app: App, **more: object) -> object:
    return app.row("", **more).get("said")


def test_source_wins_over_host_and_host_over_sourcetype(app: App) -> None:
    """props.conf, stanza precedence."""
    app.conf(
        "props",
        '[st]\nEVAL-said = "type"\nEVAL-a = "type"\n[host::web-1]\nEVAL-said = "host"\n'
        'EVAL-b = "host"\n[source::/var/log/x]\nEVAL-said = "source"\n',
    )
    assert app.row("") == {"said": "source", "a": "type", "b": "host"}
    assert said(app, source="/other") == "host"
    assert said(app, source="/other", host="db-1") == "type"
    assert said(app, source="/other", host="db-1", sourcetype="else") is None


@pytest.mark.parametrize(
    ("stanza", "yes", "no"),
    [
        ("source::/var/log/*", ["/var/log/x", "/var/log/"], ["/var/log/x/y", "a/var/log/x"]),
        ("source::...log...", ["/var/log/x", "log"], ["/var/lo/g"]),
        ("source::/var/log/x.y", ["/var/log/x.y"], ["/var/log/xay", "/var/log/x.y2"]),
        ("source::....(?<!tar.)(gz|bz2)", ["/a/b.gz", "b.bz2"], ["/a/b.tar.gz", "/a/bgz"]),
        ("source::/a/(b|c)/d", ["/a/b/d", "/a/c/d"], ["/a/e/d"]),
        ("source::c:\\\\logs\\\\x", ["c:\\logs\\x"], ["c:logsx"]),
        ("source::/Var", ["/Var"], ["/var"]),
        ("host::WEB-*", ["web-1", "Web-22"], ["db-1"]),
        ("host::(?-i)web*", ["web-1"], ["WEB-1"]),
    ],
)
def test_patterns_of_sources_and_hosts(
    app: App, stanza: str, yes: list[str], no: list[str]
) -> None:
    """props.conf, stanza patterns: ... is anything, * anything but /, the whole name must match;
    sources with their case, hosts without unless (?-i)."""
    app.conf("props", f'[{stanza}]\nEVAL-said = "yes"\n')
    which = stanza.partition("::")[0]
    assert [said(app, **{which: each}) for each in yes] == ["yes"] * len(yes)
    assert [said(app, **{which: each}) for each in no] == [None] * len(no)


def test_colliding_patterns(app: App) -> None:
    """props.conf, pattern collisions: ASCII order decides, a higher priority wins over it; a
    literal stanza has 100, a pattern 0; settings that do not collide all hold."""
    a, z = (
        '[source::...a...]\nEVAL-said = "a"\nEVAL-a = "1"\n',
        '[source::...z...]\nEVAL-said = "z"\n',
    )
    app.conf("props", a + z)
    assert app.row("", source="az") == {"said": "a", "a": "1"}
    app.conf("props", a + "priority = 5\n" + z + "priority = 10\n")
    assert said(app, source="az") == "z"
    literal = '[source::az]\nEVAL-said = "az"\n'
    app.conf("props", a + z + literal)
    assert said(app, source="az") == "az"
    app.conf("props", a + "priority = 101\n" + z + literal)
    assert said(app, source="az") == "a"


def test_the_default_stanza_holds_for_all(app: App) -> None:
    """props.conf, [default]: a specific stanza wins over it."""
    app.conf("props", '[default]\nEVAL-said = "default"\nKV_MODE = none\n[st]\nEVAL-said = "st"\n')
    assert (said(app), said(app, sourcetype="else")) == ("st", "default")
    assert app.row("a=1", sourcetype="else") == {"said": "default"}


def test_a_renamed_sourcetype(app: App) -> None:
    """props.conf, rename: searched by the new name, _sourcetype is the old one, and only the new
    name's configuration holds."""
    app.conf(
        "props",
        '[fgt_traffic]\nrename = fortigate_traffic\nEVAL-said = "old"\n'
        '[fortigate_traffic]\nEVAL-said = "new"\n',
    )
    knowledge = app.load()
    row = knowledge.row(event("", sourcetype="fgt_traffic"))
    assert (row["sourcetype"], row["_sourcetype"], row["said"]) == (
        "fortigate_traffic", "fgt_traffic", "new",
    )  # fmt: skip
    stored = {"fgt_traffic", "fortigate_traffic", "fgt_utm"}
    assert knowledge.stored_sourcetypes("fortigate_traffic", stored) == {
        "fgt_traffic", "fortigate_traffic",
    }  # fmt: skip
    assert knowledge.stored_sourcetypes("fgt_traffic", stored) == set()
    assert knowledge.stored_sourcetypes("FGT_*", stored) == {"fgt_utm"}
    app.conf("props", "[a]\nrename = b\n[b]\nrename = c\n")
    with pytest.raises(KnowledgeRefused, match=r"\[a\] rename: b is itself renamed"):
        app.load()


def test_what_an_app_shares_and_what_it_keeps(app: App) -> None:
    """Admin/Wheretofindtheconfigurationfiles: in an app's context its own settings win over those
    that other apps export; what is not exported is not seen."""
    app.conf("app", "[ui]\n", app="addon")
    app.conf(
        "props", '[st]\nEVAL-said = "addon"\nEVAL-a = "1"\nLOOKUP-x = t k OUTPUT v\n', app="addon"
    )
    app.conf("transforms", "[t]\nfilename = t.csv\n", app="addon")
    app.lookup("t.csv", "k,v\n1,one\n", app="addon")
    app.conf("props", '[st]\nEVAL-said = "app"\n')
    assert app.row("k=1") == {"k": "1", "said": "app"}
    app.share("addon")
    assert app.row("k=1") == {"k": "1", "said": "app", "a": "1", "v": "one"}
    assert app.row("k=1", app="addon")["said"] == "addon"
    app.share("addon", "[]\nexport = system\n[lookups/t.csv]\nexport = none\n")
    with pytest.raises(KnowledgeRefused, match=r"no lookups/t\.csv that is visible"):
        app.load()


@pytest.mark.parametrize(
    "key",
    ["SEDCMD-x", "INDEXED_EXTRACTIONS", "kv_mode", "EXTRACT", "RULESET-x", "HEADER_MODE", "EVAL-"],
)
def test_a_setting_the_stand_in_does_not_know_is_refused(app: App, key: str) -> None:
    app.conf("props", f"[other]\n{key} = 1\n")
    with pytest.raises(KnowledgeRefused) as refused:
        app.load()
    assert (refused.value.conf, refused.value.stanza, refused.value.key) == ("props", "other", key)
    assert str(refused.value) == f"props.conf [other] {key}: the stand-in does not know it"


def test_a_tokenizer_is_refused(app: App) -> None:
    """fields.conf: TOKENIZER makes one value several; INDEXED only tells how to search."""
    app.conf("fields", "[a]\nINDEXED = true\n")
    assert app.row("a=1") == {"a": "1"}
    app.conf("fields", "[a]\nTOKENIZER = (\\w+)\n")
    with pytest.raises(KnowledgeRefused, match=r"fields.conf \[a\] TOKENIZER"):
        app.load()


def test_settings_without_effect_here_are_taken(app: App) -> None:
    """Each is named in known_settings.py with the reason."""
    names = sorted(PROPS_WITHOUT_EFFECT_HERE)
    app.conf("props", "[st]\n" + "".join(f"{name} = 1\n" for name in names))
    assert app.row("a=1") == {"a": "1"}


def test_patterns_of_sourcetypes_are_refused(app: App) -> None:
    """props.conf speaks of patterns for sources and hosts only."""
    app.conf("props", "[(?::){0}cisco*]\nKV_MODE = none\n")
    with pytest.raises(KnowledgeRefused, match="a pattern of sourcetypes"):
        app.load()


def test_lookup_tables_by_name(app: App) -> None:
    """Search Reference, lookup and inputlookup: a definition's name or a file's."""
    app.conf("transforms", "[t]\nfilename = t.csv\nmax_matches = 2\nmatch_type = WILDCARD(k)\n")
    app.lookup("t.csv", '\ufeffk,v\n1,"a, b"\n')
    files = app.load().lookups
    defined, bare = files.table("t"), files.table("t.csv")
    assert defined is not None
    assert bare is not None
    assert (defined.fields, defined.rows) == (["k", "v"], [{"k": "1", "v": "a, b"}])
    assert (defined.max_matches, defined.match_types) == (2, (("k", "WILDCARD"),))
    assert (bare.rows, bare.max_matches) == (defined.rows, None)
    assert files.table("nothing") is None


SAMPLES = [
    "", "a", "foobar", "FOO bar", "key=value other='x y'", "10.1.2.3:443", "ä ß 9", "a.b\n",
    "x\r\ny\tz", "Aa]-[b", "xyxy", "user=ann code=7", "  b", "{1,2}", "tar.gz",
]  # fmt: skip
PATTERNS = [
    r"(?<a>\w+)=(?<b>x|y|\w+)", r"(?i)foo(?-i:bar)?", r"a(?i)b", r"[[:alpha:]\]x]+\h?", r"[]a]+",
    r"A\Qa.\E?", r"(?P<x>[a-z])(?P=x)?", r"(x)(y)\1\g{2}", r"x*+y", r"(?>a+)b?", r"\R",
    r"(?<!tar.)(gz|bz2)", r"\D{2,3}", r"^[^:]+:\d+$", r"a\.b\z", r"a\.b\Z", r"\S+$", r"(?m)^.$",
    r"(?s)x.+z", r"(?x) a  b # comment", r"(a)?(?(1)a|x)", r"[\w.-]+", r"\bb", r"[^\s,]+",
    "(?|a|b)",
    r"foo\Kbar", r"(?<n>a)|(?<m>x)", r"[\d\-x]+", r"a{1}", r"[&|~[]+", r"\x61\t?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_match_as_pcre_does(pattern: str) -> None:
    """Whether Python's re or PCRE2 takes a pattern, it finds what PCRE2 finds."""
    pcre2 = pytest.importorskip("pcre2")
    ours, theirs = compiled(pattern), pcre2.compile(pattern, pcre2.ASCII)
    for sample in SAMPLES:
        found, expected = ours.search(sample), theirs.search(sample)
        assert (found and (found.start(), found.end(), found.groups())) == (
            expected and (expected.start(), expected.end(), expected.groups())
        ), sample


def test_a_pattern_that_is_wrong_is_refused() -> None:
    for pattern in ("(a", "[a", "a**", r"\g{3}", "(?<1x>a)"):
        with pytest.raises(PatternRefused):
            compiled(pattern)
    # The binding of PCRE2 does not know \\x{41}; PCRE's pattern page does.
    assert translated(r"(?<name>\h)\x{41}") == r"(?P<name>[ \t])A"
