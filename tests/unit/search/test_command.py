"""The loop beside splunklib's: the same frames in, the same records and messages out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from splunklib.searchcommands import (
    Configuration,
    GeneratingCommand,
    Option,
    StreamingCommand,
    validators,
)

from fmgstate.errors import StoreError
from fmgstate.search import options
from fmgstate.search.command import Command, Enrich, Generate, Invocation, Task, Transform, run
from tests.unit.search.conversation import (
    Reply,
    execute,
    frame,
    getinfo,
    ours,
    records,
    replies,
    splunkd_csv,
    theirs,
)

FIELDS = ["devid", "policyid"]
HEADER = ["devid", "policyid", "_chunked_idx", "__mv_devid", "__mv_policyid", "__mv__chunked_idx"]
OPTIONS = (
    options.Option("note", required=True),
    options.Option("loud", False, options.boolean),
    options.Option("times", 1, options.whole(1)),
)


@Configuration(distributed=False, required_fields=FIELDS)
class fmgtest(StreamingCommand):  # noqa: N801
    """As splunklib's users write it."""

    note = Option(require=True)
    loud = Option(default=False, validate=validators.Boolean())
    times = Option(default=1, validate=validators.Integer(1))

    def stream(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        # Braces in the text itself would end the process.
        self.write_info("{}", f"note={self.note} fields={','.join(self.fieldnames)}")
        for record in records:
            record["told"] = told(record["devid"], self.note, self.loud, self.times)
            yield record


def told(devid: Any, note: str, loud: bool, times: int) -> str:
    text = f"{note} {devid} " * times
    return text.upper() if loud else text


def enriching(asked: Invocation) -> Task:
    chosen = asked.options

    def answer(keys: Iterable[tuple[str, ...]]) -> list[bytes]:
        texts = [told(key[0], chosen["note"], chosen["loud"], chosen["times"]) for key in keys]
        return [b'"' + text.encode().replace(b'"', b'""') + b'"' for text in texts]

    def before() -> bool:
        asked.info(f"note={chosen['note']} fields={','.join(asked.fields)}")
        return False

    return Enrich(FIELDS, ("told",), answer, before=before)


def transforming(asked: Invocation) -> Task:
    chosen = asked.options

    def rows(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        asked.info(f"note={chosen['note']} fields={','.join(asked.fields)}")
        for record in records:
            text = told(record["devid"], chosen["note"], chosen["loud"], chosen["times"])
            yield {**record, "told": text}

    return Transform(rows, FIELDS)


OURS = [Command("fmgtest", OPTIONS, enriching), Command("fmgtest", OPTIONS, transforming)]


def meaning(found: tuple[list[Reply], int]) -> tuple[list[Any], int]:
    """Replies without what means nothing: the order of settings, columns without a value."""
    return [(metadata, records(body)) for metadata, body in found[0]], found[1]


CONVERSATIONS = {
    "nothing after getinfo": [getinfo(["note=a"])],
    "options and fields": [
        getinfo(["note=a=b c", "loud=T", "times=2", "name", "action"]),
        execute(splunkd_csv(HEADER, [["FG-1", "7", "0", "", "", ""]])),
    ],
    "chunks, one of them empty": [
        getinfo(["note=x"]),
        execute(splunkd_csv(HEADER, [["FG1", str(n), str(n), "", "", ""] for n in range(5)])),
        execute(splunkd_csv(HEADER, [])),
        execute(splunkd_csv(HEADER, [["FG2", "1", "0", "", "", ""]])),
        execute(splunkd_csv(HEADER, []), finished=True),
    ],
    "no body": [getinfo(["note=x"]), execute(), execute(finished=True)],
    "the last chunk has records": [
        getinfo(["note=x"]),
        execute(splunkd_csv(HEADER, [["FG1", "1", "0", "", "", ""]]), finished=True),
    ],
    "text with braces, quotes, commas, line breaks": [
        getinfo(['note={0} {x} "y"']),
        execute(
            splunkd_csv([*HEADER, "_raw"], [["a,b", '"', "0", "", "", "", "{1} \"two\"\n\nthree,"]])
        ),
    ],
    "other languages": [
        getinfo(["note=Zürich 東京"]),
        execute(splunkd_csv(HEADER, [["Gerät 1", "1", "0", "", "", ""]])),
    ],
    "several values of another field": [
        getinfo(["note=x"]),
        execute(
            splunkd_csv(
                ["devid", "policyid", "tag", "__mv_devid", "__mv_policyid", "__mv_tag"],
                [["FG1", "1", "a\nb$", "", "", "$a$;$b$$$"], ["FG1", "1", "c", "", "", ""]],
            )
        ),
    ],
}  # fmt: skip


@pytest.mark.parametrize("command", OURS, ids=["Enrich", "Transform"])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_same_records_and_messages_as_splunklib(name: str, command: Command) -> None:
    frames = CONVERSATIONS[name]
    found = meaning(ours(command, *frames))
    expected = meaning(theirs(fmgtest, *frames))
    # The same message is shown once a search; splunklib's command says it for each chunk.
    for metadata, _ in expected[0][2:]:
        metadata.pop("inspector", None)
    assert found == expected
    assert len(found[0]) == len(frames)


@pytest.mark.parametrize(
    ("args", "reasons"),
    [
        ([], ['A value for "note" is required']),
        (["note=a", "size=3"], ["Unrecognized option: size=3"]),
        (["note=a", "loud=maybe"], ["Illegal value: loud=maybe (write true or false)"]),
        (
            ["times=0", "=x"],
            [
                "Illegal value: times=0 (write a whole number of at least 1)",
                "Unrecognized option: =x",
                'A value for "note" is required',
            ],
        ),
    ],
)
def test_options_that_cannot_be_are_refused_in_splunklibs_words(
    args: list[str], reasons: list[str]
) -> None:
    [(metadata, body)], status = ours(OURS[0], getinfo(args))
    assert (metadata["inspector"]["messages"], body, status) == (
        [["ERROR", reason] for reason in reasons], "", 1,
    )  # fmt: skip
    [(theirs_told, _)], their_status = theirs(fmgtest, getinfo(args))
    # Ours adds how to write it.
    assert [text.partition(" (")[0] for text in reasons] == [
        text for _, text in theirs_told["inspector"]["messages"]
    ]
    assert status == their_status


def test_several_missing_options() -> None:
    many = (options.Option("a", required=True), options.Option("b", required=True))
    [(metadata, _)], _ = ours(Command("fmgtest", many, enriching), getinfo())
    assert metadata["inspector"]["messages"] == [
        ["ERROR", "Values for these required options are missing: a, b"]
    ]


def failing(error: Exception) -> Command:
    def answer(_keys: Any) -> list[bytes]:
        raise error

    return Command("fmgtest", (), lambda _: Enrich(FIELDS, ("told",), answer))


EVENTS = splunkd_csv(HEADER, [["FG1", "1", "0", "", "", ""]])


def test_an_error_amid_events_ends_the_search_with_its_cure() -> None:
    broken = StoreError('The store {path} is "damaged".', "Move it away.")
    found, status = ours(failing(broken), getinfo(), execute(EVENTS), execute(EVENTS))
    assert found[1:] == [
        (
            {
                "inspector": {
                    "messages": [["ERROR", 'The store {path} is "damaged". Move it away.']]
                },
                "finished": True,
            },
            "",
        )
    ]
    assert status == 1


def test_an_unforeseen_error_is_told_without_its_text() -> None:
    found, _ = ours(failing(KeyError("a session key")), getinfo(), execute(EVENTS))
    [(_, text)] = found[1][0]["inspector"]["messages"]
    assert text.startswith("This is a defect of the app: KeyError in test_command.py, line ")
    assert "a session key" not in text


def test_an_error_before_events() -> None:
    def start(asked: Invocation) -> Task:
        raise StoreError(f"No store yet for {asked.searchinfo['username']}.", "Make an input.")

    found, status = ours(Command("fmgtest", (), start), getinfo())
    messages = [["ERROR", "No store yet for admin. Make an input."]]
    assert found == [({"type": "stateful", "inspector": {"messages": messages}}, "")]
    assert status == 1


def test_what_a_command_is_told_of_its_search() -> None:
    told: list[Any] = []

    def start(asked: Invocation) -> Task:
        told.append((asked.preview, asked.search, asked.searchinfo["session_key"]))
        return Enrich((), (), lambda keys: [])

    ours(Command("fmgtest", (), start), getinfo())
    assert told == [(False, "search index=netfw", "a session key")]


def test_settings_that_splunkd_is_told() -> None:
    command = Command("fmgtest", (), lambda _: Generate(list, kind="reporting"), maxinputs=9)
    [(metadata, _)], _ = ours(command, getinfo())
    assert metadata == {"type": "reporting", "generating": True, "maxinputs": 9}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"chunked 2.0,3,0\n{}\n", "which is no frame of protocol version 2."),
        (frame({"action": "execute"}), "Expected getinfo, not 'execute'."),
        (frame({"action": "getinfo"}), "splunkd told nothing of the search (no searchinfo)."),
        (b"chunked 1.0,2,0\n[]", "is no JSON object."),
    ],
)
def test_what_is_no_conversation_is_told_so(data: bytes, why: str) -> None:
    [(metadata, _)], status = ours(OURS[0], data)
    [(level, text)] = metadata["inspector"]["messages"]
    assert (level, why in text, status) == ("ERROR", True, 1)


@pytest.mark.parametrize("cut", [5, 60, 0])
def test_a_search_that_is_ended_in_mid_stream_is_no_error(cut: int) -> None:
    data = execute(EVENTS)
    found, status = ours(OURS[0], getinfo(["note=x"]), data[:cut])
    assert ([sorted(metadata) for metadata, _ in found], status) == (
        [["required_fields", "type"]], 0,
    )  # fmt: skip


def test_nobody_reads_the_replies_any_more() -> None:
    class Closed(io.BytesIO):
        def write(self, data: Any) -> int:
            raise BrokenPipeError

    source = io.BytesIO(getinfo(["note=x"]) + execute(EVENTS))
    assert run(lambda: OURS[0], source, Closed()) == 0


PROGRAM = """
from fmgstate.search.command import Command, Generate, main
main(lambda: Command("fmgtest", (), lambda _: Generate(lambda: ({"n": n} for n in range(10**9)))))
"""


def test_a_reader_that_goes_away_leaves_no_complaint() -> None:
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root / "bin")},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(getinfo())
    process.stdin.flush()
    assert process.stdout.readline().startswith(b"chunked 1.0,")
    process.stdout.close()
    process.stdin.write(execute(finished=True))
    process.stdin.close()
    assert (process.wait(30), process.stderr.read()) == (0, b"")
    process.stderr.close()


ROWS: list[dict[str, Any]] = [
    {"name": "a,b", "hits": 3, "enabled": True, "share": 0.5, "list": ["x", "y$"]},
    {"name": None, "enabled": False, "list": ["one"], "late": '{still} "here"\n', "none": []},
    {"name": "", "resolved": {"srcaddr": ["10.0.0.0/8"]}, "list": ["", None, 2, {"a": 1}]},
]


@Configuration()
class Generating(GeneratingCommand):
    def generate(self) -> Iterator[dict[str, Any]]:
        yield from ROWS


def generating(rows: list[dict[str, Any]]) -> Command:
    return Command("fmgtest", (), lambda _: Generate(lambda: rows))


def test_generated_rows_as_splunklib_writes_them() -> None:
    frames = [getinfo(), execute(finished=True)]
    found, status = ours(generating(ROWS), *frames)
    expected, _ = theirs(Generating, *frames)
    assert found[0] == expected[0]
    assert records(found[1][1]) == [
        {"name": "a,b", "hits": "3", "enabled": "1", "share": "0.5", "list": ["x", "y$"]},
        # splunklib drops ``late``: it first appears behind the first row.
        {"enabled": "0", "list": "one", "late": '{still} "here"\n'},
        {"resolved": '{"srcaddr":["10.0.0.0/8"]}', "list": ["", "", "2", '{"a":1}']},
    ]
    known = [
        {name: value for name, value in one.items() if name not in ("late", "resolved")}
        for one in records(found[1][1])
    ]
    assert records(expected[1][1]) == known
    assert (found[1][0], status) == ({"finished": True}, 0)


def test_more_rows_than_fit_a_chunk() -> None:
    rows = [{"n": n} for n in range(5)]
    frames = [getinfo(maxresultrows=2), *[execute(finished=True)] * 3]
    found, _ = ours(generating(rows), *frames)
    assert [(metadata["finished"], records(body)) for metadata, body in found[1:]] == [
        (False, [{"n": "0"}, {"n": "1"}]), (False, [{"n": "2"}, {"n": "3"}]), (True, [{"n": "4"}]),
    ]  # fmt: skip


def test_no_rows() -> None:
    found, _ = ours(generating([]), getinfo(), execute(finished=True))
    assert found[1] == ({"finished": True}, "")


def test_rows_behind_the_last_record() -> None:
    seen: list[int] = []

    def rows(records: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
        seen.append(len(list(records)))
        return []

    task = Transform(rows, None, after=lambda: [{"events": sum(seen)}])
    found, _ = ours(
        Command("fmgload", (), lambda _: task), getinfo(), execute(EVENTS),
        execute(EVENTS, finished=True),
    )  # fmt: skip
    assert found == [
        ({"type": "stateful"}, ""),
        ({"finished": False}, ""),
        ({"finished": True}, "events\r\n2\r\n"),
    ]


def test_replies_are_json_in_ascii() -> None:
    sink = io.BytesIO()
    run(lambda: failing(StoreError("Zürich \ud800")), io.BytesIO(getinfo() + execute(EVENTS)), sink)
    assert replies(sink.getvalue())[1][0]["inspector"] == {
        "messages": [["ERROR", json.loads('"Z\\u00fcrich \\ud800"')]]
    }
