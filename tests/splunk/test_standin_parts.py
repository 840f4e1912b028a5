"""The stand-in's parts by themselves: conf files and layers, packages, props, streams."""

from __future__ import annotations

import ast
import io
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standin.errors import NotSupported, PackageRefused, StandinError
from standin.home import conf_file, package
from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.props import sourcetype
from standin.inputs import scheme
from standin.inputs.stream import BrokenStream, Sent, StreamParser


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "splunk")
    home.create("here")
    return home


def put(home: Home, path: str, text: str) -> None:
    target = home.path / "etc" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_a_conf_file_has_comments_continued_lines_and_settings_before_any_stanza() -> None:
    text = "a = 1\n# no = thing\n[x://y z]\nsearch = one \\\n  two = 2\nempty =\n[]\nb=2\n"
    assert conf_file.parse(text) == {
        "default": {"a": "1", "b": "2"},
        "x://y z": {"search": "one \n  two = 2", "empty": ""},
    }


def test_a_line_that_is_no_setting_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text("[a]\nwhat is this\n")
    with pytest.raises(ValueError, match=r"x\.conf: neither a stanza nor a setting: 'what is"):
        conf_file.read(path)


def test_the_stand_in_and_the_app_know_nothing_of_each_other() -> None:
    root = Path(__file__).parents[2]
    ours = imported(root / "standin")
    assert ours - sys.stdlib_module_names == {"standin", "cryptography", "pcre2", "splunk"}
    assert imported(root / "bin").isdisjoint({"standin", "simulator", "tests"})


def imported(folder: Path) -> set[str]:
    """First names of all modules imported below a folder."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


WORD = st.text("aé0_:/-{}", min_size=1)


@settings(deadline=None)
@given(st.dictionaries(WORD, st.dictionaries(WORD, WORD | st.just("two\nlines"))))
def test_a_written_conf_file_reads_back(stanzas: conf_file.Stanzas) -> None:
    assert conf_file.parse(conf_file.render(stanzas)) == stanzas


def test_layers_in_the_context_of_an_app_and_globally(home: Home) -> None:
    for app, level, value in (
        ("alpha", "default", "alpha-default"),
        ("alpha", "local", "alpha-local"),
        ("zeta", "default", "zeta-default"),
        ("zeta", "local", "zeta-local"),
    ):
        put(home, f"apps/{app}/{level}/x.conf", f"[s]\nkey = {value}\n{app}_{level} = 1\n")
    put(home, "apps/zeta/metadata/default.meta", "[]\nexport = system\n[x/hidden]\nexport = none\n")
    put(home, "apps/zeta/default/x.conf", "[s]\nkey = zeta-default\n[hidden]\nkey = 1\n")
    put(home, "system/default/x.conf", "[default]\nbase = 1\n[s]\nkey = system\n")
    confs = Confs(home)
    seen = {app: confs.stanza("x", "s", app) for app in ("alpha", "zeta", "system", None)}
    assert {app: each.settings["key"] for app, each in seen.items() if each} == {
        "alpha": "alpha-local",
        "zeta": "zeta-local",
        "system": "zeta-local",
        None: "alpha-local",
    }
    assert {app: sorted(each.settings) for app, each in seen.items() if each}["zeta"] == [
        "base",
        "key",
        "zeta_local",
    ]
    assert set(confs.stanzas("x", "alpha")) == {"s"}
    assert set(confs.stanzas("x", "zeta")) == {"s", "hidden"}


def test_a_local_change_is_seen_at_once_and_leaves_the_default_alone(home: Home) -> None:
    put(home, "apps/alpha/default/x.conf", "[s]\nkey = 1\nkept = 1\n")
    confs = Confs(home)
    assert confs.stanzas("x", "alpha")["s"].settings == {"key": "1", "kept": "1"}
    confs.write("alpha", "x", "s", {"key": "2"})
    assert confs.stanzas("x", "alpha")["s"].settings == {"key": "2", "kept": "1"}
    assert (confs.remove("alpha", "x", "s"), confs.remove("alpha", "x", "s")) == (True, False)
    assert confs.stanzas("x", "alpha")["s"].settings == {"key": "1", "kept": "1"}


def archive(path: Path, *members: tuple[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, text in members:
            info = tarfile.TarInfo(name)
            info.size = len(text)
            if text == "link":
                info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/passwd", 0
            file.addfile(info, io.BytesIO(text.encode()) if info.size else None)
    return path


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("app/default/app.conf", "x"), ("other/x", "x")], "exactly one folder"),
        ([("app/../../x", "x")], "unsafe path: app/../../x"),
        ([("/app/x", "x")], "unsafe path: /app/x"),
        ([("app/x", "link")], "a link or device: app/x"),
        ([("app/bin/x.py", "x")], "no app/default/app.conf"),
    ],
)
def test_a_package_splunk_would_not_install_is_refused(
    tmp_path: Path, members: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(PackageRefused, match=message.replace(".", r"\.")):
        package.install(archive(tmp_path / "app.tar.gz", *members), tmp_path / "apps")


def test_a_source_tree_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="build the app first"):
        package.install(tmp_path, tmp_path / "apps")


def test_an_upgrade_keeps_what_is_local(home: Home, tmp_path: Path) -> None:
    conf = ("app/default/app.conf", "[ui]\n")
    package.install(archive(tmp_path / "1.tgz", conf, ("app/bin/old.py", "x")), home.apps)
    Confs(home).write("app", "x", "s", {"key": "1"})
    assert package.install(archive(tmp_path / "2.tgz", conf, ("app/bin/new.py", "x")),
                           home.apps) == "app"  # fmt: skip
    files = {str(path.relative_to(home.apps)) for path in home.apps.rglob("*") if path.is_file()}
    assert files == {"app/default/app.conf", "app/bin/new.py", "app/local/x.conf"}


def props(
    home: Home, text: str
) -> tuple[Callable[..., list[str]], Callable[..., float], list[str]]:
    put(home, "apps/app/default/props.conf", f"[st]\n{text}")
    found, problems = sourcetype(Confs(home), "st"), []
    return (
        lambda data: found.events(data, problems.append),
        lambda data, sent=None: found.time(data, sent, 5.0, problems.append).seconds,
        problems,
    )


def test_events_are_cut_at_ten_thousand_bytes_unless_props_say_otherwise(home: Home) -> None:
    events, _time, problems = props(home, "SHOULD_LINEMERGE = false\n")
    assert [len(each) for each in events("x" * 10001)] == [10000]
    assert [len(each.encode()) for each in events("ä" * 5001)] == [10000]
    assert problems[0] == (
        "LineBreakingProcessor - Truncating line because limit of 10000 bytes has been exceeded "
        "with a line length >= 10001"
    )
    events, _time, problems = props(home, "TRUNCATE = 0\n")
    assert ([len(each) for each in events("x" * 99999)], problems) == ([99999], [])


def test_data_of_several_lines_is_broken_or_complained_of(home: Home) -> None:
    events, _time, problems = props(home, "SHOULD_LINEMERGE = false\n")
    assert (events("one\ntwo\r\n\nthree\n"), problems) == (["one", "two", "three"], [])
    events, _time, problems = props(home, "")
    assert events("one\ntwo\n") == ["one\ntwo"]
    assert ["SHOULD_LINEMERGE" in each for each in problems] == [True]


@pytest.mark.parametrize(
    ("time_format", "text", "expected"),
    [
        ("%s", "1000000000", 1e9),
        ("%s.%3N", "1000000000.250", 1e9 + 0.25),
        ("%Y-%m-%dT%H:%M:%S%z", "2001-09-09T03:46:40+02:00", 1e9),
        ("%Y-%m-%dT%H:%M:%S.%6QZ", "2001-09-09T01:46:40.500000Z", 1e9 + 0.5),
        ("%F %T %Z", "2001-09-09 01:46:40 UTC", 1e9),
    ],
)
def test_times_are_found(home: Home, time_format: str, text: str, expected: float) -> None:
    _events, time, problems = props(home, f'TIME_PREFIX = "t": "\nTIME_FORMAT = {time_format}\n')
    assert (time(f'{{"t": "{text}"}}'), problems) == (expected, [])


def test_a_time_that_is_missing_or_disagrees_is_complained_of(home: Home) -> None:
    _events, time, problems = props(home, "TIME_PREFIX = t=\nTIME_FORMAT = %s\n")
    assert (time("u=1000000000"), time("u=1000000000", 7.0), len(problems)) == (5.0, 7.0, 2)
    assert "Failed to parse timestamp by TIME_FORMAT='%s'" in problems[0]
    assert (time("t=1000000000", 1e9 + 60), len(problems)) == (1e9 + 60, 3)
    assert "TIME_FORMAT finds 1000000000.0" in problems[2]


def test_a_time_format_the_stand_in_does_not_know_is_refused(home: Home) -> None:
    with pytest.raises(ValueError, match="does not know %j"):
        props(home, "TIME_FORMAT = %Y%j\n")


STREAM = (
    '<stream><event stanza="k://a" unbroken="1"><time>1</time><data>&lt;one&gt; ä</data><done />'
    '</event>\n<event stanza="k://a" unbroken="1"><index>i</index><data>tw</data></event>'
    '<event stanza="k://b"><data>three</data></event>'
    '<event stanza="k://a" unbroken="1"><data>o</data><done/></event></stream>'
).encode()
SENT = [
    Sent("k://a", {"time": "1", "data": "<one> ä"}),
    Sent("k://b", {"data": "three"}),
    Sent("k://a", {"index": "i", "data": "two"}),
]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_is_read_in_chunks_of_any_size(size: int) -> None:
    parser = StreamParser()
    chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert [sent for chunk in chunks for sent in parser.feed(chunk)] == SENT
    assert parser.close() == []


def test_an_event_is_there_as_soon_as_its_end_tag_is() -> None:
    parser = StreamParser()
    assert parser.feed(b"<stream><event><data>one</data></event") == []
    assert parser.feed(b">") == [Sent(None, {"data": "one"})]


def test_data_still_unbroken_when_the_input_ends_is_an_event() -> None:
    parser = StreamParser()
    assert parser.feed(b'<stream><event unbroken="1"><data>half</data></event>') == []
    assert parser.close() == [Sent(None, {"data": "half"})]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (b"hello", "begins with b'hello', not <stream>"),
        (b"<stream>one & two", "goes on with"),
        (b"<events>", "begins with <events>"),
        (b"<stream><item>", "<stream> holds <item>"),
        (b"<stream><event><colour>", "<event> holds <colour>"),
        (b"<stream></stream>\nlater", "goes on with"),
    ],
)
def test_output_that_is_no_stream(output: bytes, message: str) -> None:
    with pytest.raises(BrokenStream, match=message):
        StreamParser().feed(output)


def test_a_scheme_that_cannot_be_run_is_refused() -> None:
    with pytest.raises(NotSupported, match="streaming_mode 'simple'"):
        scheme.parse("k", "app", "<scheme><title>x</title></scheme>")
    with pytest.raises(StandinError, match="printed no XML"):
        scheme.parse("k", "app", "Traceback")
