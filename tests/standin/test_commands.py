"""Custom commands: splunklib's own classes, unmodified, and scripts that break the protocol."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
import splunklib

from standin.commands.arguments import split
from standin.commands.conversation import CommandFailed, Conversation, Manner, SearchInfo
from standin.commands.definition import definition
from standin.commands.frames import read_rows, write_rows
from standin.errors import StandinError
from standin.home.layers import Confs
from standin.home.tree import Home
from standin.inputs.script import Interpreter
from standin.spl.errors import Malformed
from standin.spl.stream import Stream

SDK = str(Path(splunklib.__file__).parent.parent)

DOUBLE = """
    @Configuration(required_fields=["age"])
    class Double(StreamingCommand):
        times = Option(validate=validators.Integer(1), default=2)
        def stream(self, records):
            for one in records:
                if one["age"] == "0":
                    self.write_warning("an age of 0")
                one["age"] = int(one["age"]) * self.times
                yield one
"""
WHOLE = """
    @Configuration(distributed=False)
    class Whole(StreamingCommand):
        def stream(self, records):
            for one in records:
                one["fields"] = sorted(name for name in one if not name.startswith("_"))
                yield one
"""
HELLO = """
    @Configuration(type="reporting")
    class Hello(GeneratingCommand):
        count = Option(require=True, validate=validators.Integer(0))
        def generate(self):
            for number in range(self.count):
                yield {"n": number, "text": 'say "hi", {you}\\nand you', "several": ["a", "b$c"]}
"""
OLDEST = """
    @Configuration()
    class Oldest(ReportingCommand):
        @Configuration()
        def map(self, records):
            return records
        def reduce(self, records):
            yield {"oldest": max(int(one["age"]) for one in records)}
"""
SILENT = "import sys; sys.stderr.write('no licence\\n'); sys.exit(3)"
NOISY = "print('hello')"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.create("sh1")
    return made


def command(home: Home, name: str, source: str, settings: str = "chunked = true") -> None:
    app = home.app("peer")
    (app / "bin").mkdir(parents=True, exist_ok=True)
    (app / "default").mkdir(exist_ok=True)
    body = textwrap.dedent(source)
    if "Configuration" in source:
        kind = body.split("class ")[1].split("(")[0]
        names = "Configuration, GeneratingCommand, Option, ReportingCommand, StreamingCommand"
        head = f"import sys\nsys.path.insert(0, {SDK!r})\n"
        head += f"from splunklib.searchcommands import dispatch, validators, {names}\n"
        body = f"{head}{body}\ndispatch({kind}, sys.argv, sys.stdin, sys.stdout, __name__)\n"
    (app / "bin" / f"{name}.py").write_text(body)
    with (app / "default" / "commands.conf").open("a") as conf:
        conf.write(f"[{name}]\n{settings}\n")


def run(home, name, arguments="", rows=None, manner=None):
    """Rows and messages of one command."""
    found = definition(home, Confs(home), name, "peer")
    assert found is not None
    said: list[tuple[str, str]] = []
    info = SearchInfo("1.2", "peer", "ann", f"| {name}", str(home.path), "key", "https://x:8089")
    talk = Conversation(found, Interpreter(home, sys.executable, []), info,
                        lambda *message: said.append(message), manner)  # fmt: skip
    stream = Stream([]) if rows is None else Stream(rows, events=True)
    out = list(talk.run(split(arguments), stream, first=rows is None).rows)
    return out, [message for message in said if message[0] != "DEBUG"]


PEOPLE = [{"age": str(age), "name": name, "tags": ["x", "y$z"], "_time": "1.5"}
          for age, name in ((66, "Noah, the 1st"), (0, 'Ri"ngo'), (25, "Geo\nrge"))]  # fmt: skip


@pytest.mark.parametrize("manner", [
    Manner(), Manner(chunk_rows=1), Manner(chunk_rows=2, empty_requests=False),
    Manner(quote_all_but_words=False), Manner(chunked_idx=False),
])  # fmt: skip
def test_selected_fields_go_in_and_the_others_are_merged_back(home: Home, manner: Manner) -> None:
    """required_fields of the getinfo reply; recordings of Splunk 8.2.1 for _chunked_idx."""
    command(home, "double", DOUBLE)
    rows, said = run(home, "double", 'times = "3"', PEOPLE, manner)
    assert rows == [{**one, "age": str(3 * int(str(one["age"])))} for one in PEOPLE]
    assert said == [("WARN", "an age of 0")]


def test_all_fields_go_in_where_none_are_required(home: Home) -> None:
    command(home, "whole", WHOLE)
    rows, _ = run(home, "whole", "", PEOPLE)
    assert rows == [{**one, "fields": ["age", "name", "tags"]} for one in PEOPLE]


def test_a_generating_command(home: Home) -> None:
    command(home, "hello", HELLO)
    rows, _ = run(home, "hello", "count=2")
    text = 'say "hi", {you}\nand you'
    assert rows == [{"n": str(n), "text": text, "several": ["a", "b$c"]} for n in (0, 1)]


def test_a_reporting_command_gets_all_rows(home: Home) -> None:
    command(home, "oldest", OLDEST)
    assert run(home, "oldest", "", PEOPLE, Manner(chunk_rows=10))[0] == [{"oldest": "66"}]


@pytest.mark.parametrize(("preop", "oldest"), [(True, "132"), (False, "66")])
def test_the_map_phase_runs_before_the_reduction(home: Home, preop: bool, oldest: str) -> None:
    """streaming_preop of the SDK's reference; whether splunkd leaves it out is not known."""
    doubled = 'for one in records:\n                yield {"age": int(one["age"]) * 2}'
    command(home, "oldest", OLDEST.replace("return records", doubled))
    rows, _ = run(home, "oldest", "", PEOPLE, Manner(chunk_rows=10, preop=preop))
    assert rows == [{"oldest": oldest}]


@pytest.mark.parametrize("preop", [True, False])
def test_a_reporting_command_without_a_map_gets_the_rows_as_they_are(
    home: Home, preop: bool
) -> None:
    source = OLDEST.replace("@Configuration()\n        def map", "def unused")
    command(home, "oldest", source)
    rows, _ = run(home, "oldest", "", PEOPLE, Manner(chunk_rows=10, preop=preop))
    assert rows == [{"oldest": "66"}]


REPLIES = """
    import json, sys
    for answer in ANSWERS:
        meta, body = (int(one) for one in sys.stdin.readline().split(",")[1:])
        sys.stdin.read(meta + body)
        text = json.dumps(answer)
        sys.stdout.write(f"chunked 1.0,{len(text)},0\\n{text}")
        sys.stdout.flush()
"""


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([{"type": "streaming", "maxinputs": 5}], "getinfo reply has keys not known here: max"),
        ([{"type": "streaming"}, {"finished": True, "progress": 1}], "not known here: progress"),
        ([{"type": "streaming"}, {"finished": True, "error": "no licence"}], "command: no licence"),
        ([{"type": "reporting", "requires_preop": True}], "not known here: requires_preop"),
        ([{"type": "reporting", "streaming_preop": "fields x"}],
         "streaming_preop 'fields x' is not run here"),
    ],
)  # fmt: skip
def test_nothing_in_a_reply_is_passed_over(
    home: Home, answers: list[dict[str, object]], message: str
) -> None:
    command(home, "odd", REPLIES.replace("ANSWERS", repr(answers)))
    with pytest.raises(CommandFailed, match=message):
        run(home, "odd", "", PEOPLE)


def test_a_command_says_itself_how_long_it_may_be_silent(home: Home) -> None:
    """maxwait of the getinfo reply, in seconds."""
    answers = [{"type": "streaming", "maxwait": 1}]
    command(home, "odd", REPLIES.replace("ANSWERS", repr(answers)) + "    sys.stdin.read()\n")
    with pytest.raises(CommandFailed, match="no answer within 1 s"):
        run(home, "odd", "", PEOPLE)


def test_errors_of_options_are_the_commands_own_words(home: Home) -> None:
    command(home, "hello", HELLO)
    said: list[tuple[str, str]] = []
    with pytest.raises(CommandFailed, match="exited unexpectedly with non-zero error code 1"):
        _, said = run(home, "hello", "count=many")
    found = definition(home, Confs(home), "hello", "peer")
    assert found is not None
    info = SearchInfo("1", "peer", "ann", "", str(home.path), "key", "https://x:8089")
    talk = Conversation(found, Interpreter(home, sys.executable, []), info,
                        lambda *message: said.append(message))  # fmt: skip
    with pytest.raises(CommandFailed):
        list(talk.run(split("count=many"), Stream([]), first=True).rows)
    assert ("ERROR", "Illegal value: count=many") in said


def test_where_a_command_may_stand(home: Home) -> None:
    command(home, "hello", HELLO)
    command(home, "double", DOUBLE)
    with pytest.raises(Malformed, match="must be the first command"):
        run(home, "hello", "count=1", PEOPLE)
    with pytest.raises(Malformed, match="cannot be first"):
        run(home, "double")


def test_a_reader_that_stops_ends_the_process(home: Home) -> None:
    command(home, "double", DOUBLE)
    found = definition(home, Confs(home), "double", "peer")
    assert found is not None
    info = SearchInfo("1", "peer", "ann", "", str(home.path), "key", "https://x:8089")
    talk = Conversation(found, Interpreter(home, sys.executable, []), info, lambda *_: None,
                        Manner(chunk_rows=1))  # fmt: skip
    endless = ({"age": "1"} for _ in iter(int, 1))
    rows = iter(talk.run([], Stream(endless, events=True), first=False).rows)
    assert next(rows) == {"age": "2"}
    rows.close()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (SILENT, r"non-zero error code 3\. no licence"),
        (NOISY, "must write nothing else to standard output"),
    ],
)
def test_a_command_that_breaks_the_protocol(home: Home, source: str, message: str) -> None:
    command(home, "bad", source)
    with pytest.raises(CommandFailed, match=message):
        run(home, "bad")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("chunked = true\ncunked = 1", "settings not known here: cunked"),
        ("", "only chunked = true"),
        ("chunked = true\nmaxchunksize = 1000", "only maxchunksize = 0"),
        ("chunked = true\nfilename = no.py", "no file no.py"),
    ],
)
def test_commands_conf_is_read_strictly(home: Home, settings: str, message: str) -> None:
    command(home, "hello", HELLO, settings)
    with pytest.raises(StandinError, match=message):
        definition(home, Confs(home), "hello", "peer")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a, b  c", [("a", "a"), ("b", "b"), ("c", "c")]),
        ('x="a b" "c, d"', [("x=a b", 'x="a b"'), ("c, d", '"c, d"')]),
        (r'x = "say \"hi\"" y', [('x=say "hi"', r'x="say \"hi\""'), ("y", "y")]),
        ("", []),
    ],
)
def test_arguments(text: str, words: list[tuple[str, str]]) -> None:
    assert split(text) == words


def test_an_open_quote_is_refused() -> None:
    with pytest.raises(Malformed, match="a quote is not closed"):
        split('x="a')


def test_bodies_are_quoted_as_recordings_of_splunk_8_2_1_show() -> None:
    row = {"age": "66", "_time": "1627354345.934", "name": "Noah", "sourcetype": "_json"}
    fields = ["age", "_time", "name", "sourcetype", "empty"]
    body = write_rows(fields, [row], quote_all_but_words=True, with_mv=True)
    assert body.decode() == (
        'age,"_time",name,sourcetype,empty,"__mv_age","__mv__time","__mv_name","__mv_sourcetype",'
        '"__mv_empty"\n66,"1627354345.934",Noah,"_json",,,,,,\n'
    )
    assert (read_rows(body)[0], list(read_rows(body)[1])) == (fields, [row])
