"""One command's part in one search: getinfo, then rows in chunks until both sides are done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from standin.commands.arguments import split
from standin.commands.definition import Definition
from standin.commands.frames import BrokenFrame, Frame, read_rows, write_rows
from standin.commands.process import CommandProcess, NoAnswer
from standin.inputs.script import Interpreter
from standin.spl.errors import Malformed, SplError
from standin.spl.stream import Stream
from standin.spl.values import Row

IDX = "_chunked_idx"
TYPES = ("streaming", "stateful", "events", "reporting")
_REPLY_KEYS = frozenset(
    (
        "type", "generating", "required_fields", "maxwait", "streaming_preop", "finished", "error",
        "inspector", "distributed", "run_in_preview",
    )
)  # fmt: skip
_EXECUTE_KEYS = frozenset(("finished", "inspector", "error"))
_PATIENCE_S = 120.0


class CommandFailed(SplError):
    """A custom command refused, broke the protocol or ended too soon."""


@dataclass(frozen=True)
class Manner:
    """What is not documented and may differ: set it to try both.

    ``chunk_rows``: rows in a request. ``quote_all_but_words``, ``mv_columns``, ``chunked_idx``: see
    ``write_rows``; without ``chunked_idx`` whole rows are sent and come back. ``empty_requests``:
    a request without rows before the last one. ``preop``: the command that a reporting one names
    as its streaming_preop, mostly its own map phase, is run before it, if that says it streams.
    """

    chunk_rows: int = 50_000
    quote_all_but_words: bool = True
    mv_columns: bool = True
    chunked_idx: bool = True
    empty_requests: bool = True
    preop: bool = True


@dataclass(frozen=True)
class SearchInfo:
    """What getinfo tells a command of its search. Times: as text, "0" = open."""

    sid: str
    app: str
    username: str
    search: str
    dispatch_dir: str
    session_key: str = field(repr=False)
    splunkd_uri: str
    splunk_version: str = "9.4.0"
    earliest_time: str = "0"
    latest_time: str = "0"
    maxresultrows: int = 50_000
    preview: bool = False

    def getinfo(self, command: str, words: list[tuple[str, str]]) -> dict[str, Any]:
        """Metadata of the first request. ``words``: (without quotes, as written)."""
        told = {
            "args": [plain for plain, _ in words],
            "raw_args": [raw for _, raw in words],
            "dispatch_dir": self.dispatch_dir, "sid": self.sid, "app": self.app,
            "owner": self.username, "username": self.username, "session_key": self.session_key,
            "splunkd_uri": self.splunkd_uri, "splunk_version": self.splunk_version,
            "search": self.search, "command": command, "maxresultrows": self.maxresultrows,
            "earliest_time": self.earliest_time, "latest_time": self.latest_time,
        }  # fmt: skip
        return {"action": "getinfo", "preview": self.preview,
                "streaming_command_will_restart": False, "searchinfo": told}  # fmt: skip


Report = Callable[[str, str], None]
"""Takes a message of the job: level (INFO, WARN, ERROR, …) and text."""


class Conversation:
    """Runs one command once."""

    def __init__(
        self,
        definition: Definition,
        interpreter: Interpreter,
        info: SearchInfo,
        report: Report,
        manner: Manner | None = None,
    ) -> None:
        self._definition, self._interpreter, self._info = definition, interpreter, info
        self._report, self._manner = report, manner or Manner()

    def run(
        self, words: list[tuple[str, str]], stream: Stream, first: bool, *, as_preop: bool = False
    ) -> Stream:
        """The command's output. Its process starts now and ends when the rows were read, or when
        whoever reads them stops."""
        name = self._definition.name
        process = CommandProcess(
            self._interpreter.command(self._definition.script, *self._definition.arguments),
            self._interpreter.environment(), self._definition.maxwait or _PATIENCE_S,
        )  # fmt: skip
        try:
            process.send(Frame(self._info.getinfo(name, words)))
            setup = self._setup(process, first)
            if as_preop and setup["type"] not in ("streaming", "stateful"):
                process.stop()
                return stream
            if setup.get("streaming_preop") and self._manner.preop:
                stream = self._before(str(setup["streaming_preop"]), stream)
        except BaseException:
            process.stop()
            raise
        events = stream.events and setup["type"] in ("streaming", "stateful", "events")
        return Stream(self._rows(process, setup, stream), None, events)

    def _before(self, text: str, stream: Stream) -> Stream:
        """Runs what a reporting command wants before it: itself in its map phase."""
        name, _, arguments = text.strip().partition(" ")
        if name != self._definition.name:
            raise self._failed(f"its streaming_preop {text!r} is not run here")
        again = Conversation(self._definition, self._interpreter, self._info, self._report,
                             self._manner)  # fmt: skip
        return again.run(split(arguments), stream, first=False, as_preop=True)

    def _setup(self, process: CommandProcess, first: bool) -> dict[str, Any]:
        setup = self._answer(process).metadata
        unknown = sorted(set(setup) - _REPLY_KEYS)
        if unknown:
            raise self._failed(f"its getinfo reply has keys not known here: {', '.join(unknown)}")
        if setup.get("error"):
            raise self._failed(str(setup["error"]))
        if setup.get("maxwait"):
            process.patience = float(setup["maxwait"])
        setup.setdefault("type", "streaming")
        if setup["type"] not in TYPES:
            raise self._failed(f"its type is {setup['type']!r}, not one of {', '.join(TYPES)}")
        if setup.get("finished"):
            raise self._ended(process)
        name = self._definition.name
        if setup.get("generating") and not first:
            raise Malformed(f"Error in '{name}' command: it must be the first command of a search")
        if first and not setup.get("generating"):
            raise Malformed(f"Error in '{name}' command: it generates nothing and cannot be first")
        return setup

    def _rows(
        self, process: CommandProcess, setup: dict[str, Any], stream: Stream
    ) -> Iterator[Row]:
        done = False
        try:
            if setup.get("generating"):
                yield from self._generated(process, setup)
            else:
                yield from self._processed(process, setup, stream)
            done = True
        finally:
            code = process.finish() if done else process.stop()
            for line in process.errors:
                self._report("DEBUG", f"{self._definition.name}: {line}")
        if code != 0:
            raise self._exited(code)

    def _generated(self, process: CommandProcess, setup: dict[str, Any]) -> Iterator[Row]:
        fields = self._selected(setup) or []
        body = self._body([*fields, IDX], []) if fields and self._manner.chunked_idx else b""
        finished = False
        while not finished:
            process.send(Frame({"action": "execute", "finished": True}, body))
            reply = self._executed(process)
            finished = bool(reply.metadata.get("finished"))
            for row in read_rows(reply.body)[1]:
                row.pop(IDX, None)
                yield row

    def _processed(
        self, process: CommandProcess, setup: dict[str, Any], stream: Stream
    ) -> Iterator[Row]:
        for rows, last in self._requests(setup["type"], stream.rows):
            body = self._request_body(setup, stream, rows)
            process.send(Frame({"action": "execute", "finished": last}, body))
            reply = self._executed(process)
            yield from self._merged(setup, rows, reply)
            if reply.metadata.get("finished") and not last:
                return  # the command wants no more

        while not reply.metadata.get("finished"):
            process.send(Frame({"action": "execute", "finished": True}))
            reply = self._executed(process)
            yield from self._merged(setup, [], reply)

    def _requests(self, kind: str, rows: Iterable[Row]) -> Iterator[tuple[list[Row], bool]]:
        left = iter(rows)
        size = self._manner.chunk_rows
        if kind in ("events", "reporting"):
            chunk = list(islice(left, size))
            for following in left:
                yield chunk, False
                chunk = list(chain([following], islice(left, size - 1)))
            yield chunk, True
            return
        while chunk := list(islice(left, size)):
            yield chunk, False
        if self._manner.empty_requests:
            yield [], False
        yield [], True

    def _request_body(self, setup: dict[str, Any], stream: Stream, rows: list[Row]) -> bytes:
        selected = self._selected(setup)
        if selected is None or setup["type"] == "events":
            return self._body(_fields(stream.fields, rows), rows)
        if setup["type"] == "reporting":
            return self._body(selected, rows)
        if not self._manner.chunked_idx:
            return self._body(list(dict.fromkeys([*_fields(stream.fields, rows), *selected])), rows)
        numbered = ({**row, IDX: str(number)} for number, row in enumerate(rows))
        return self._body([*selected, IDX], numbered)

    def _merged(self, setup: dict[str, Any], rows: list[Row], reply: Frame) -> Iterator[Row]:
        """Selected fields come back with the number of their row, whose other fields are kept."""
        selected = self._selected(setup)
        _, answered = read_rows(reply.body)
        if selected is None or setup["type"] not in ("streaming", "stateful"):
            yield from answered
            return
        for row in answered:
            number = row.pop(IDX, None)
            if number is None or not self._manner.chunked_idx:
                yield row
                continue
            rest = self._kept(rows, str(number))
            yield {**{name: value for name, value in rest.items() if name not in selected}, **row}

    def _kept(self, rows: list[Row], number: str) -> Row:
        if not number.isdigit() or int(number) >= len(rows):
            raise self._failed(f"it answered for row {number!r}, which it was not sent")
        return rows[int(number)]

    def _selected(self, setup: dict[str, Any]) -> list[str] | None:
        fields = setup.get("required_fields")
        return None if not fields or "*" in fields else list(dict.fromkeys(fields))

    def _body(self, fields: list[str], rows: Iterable[Row]) -> bytes:
        if not fields:
            return b""
        manner = self._manner
        return write_rows(fields, rows, manner.quote_all_but_words, manner.mv_columns)

    def _executed(self, process: CommandProcess) -> Frame:
        reply = self._answer(process)
        if reply.metadata.get("error"):
            raise self._failed(str(reply.metadata["error"]))
        if unknown := sorted(set(reply.metadata) - _EXECUTE_KEYS):
            raise self._failed(f"its reply has keys not known here: {', '.join(unknown)}")
        return reply

    def _answer(self, process: CommandProcess) -> Frame:
        try:
            reply = process.reply()
        except (BrokenFrame, NoAnswer) as error:
            raise self._failed(str(error)) from error
        if reply is None:
            raise self._ended(process)
        for level, text in reply.metadata.get("inspector", {}).get("messages", ()):
            self._report(level, text)
        return reply

    def _ended(self, process: CommandProcess) -> CommandFailed:
        return self._exited(process.finish(), process.errors[-5:])

    def _exited(self, code: int, errors: Iterable[str] = ()) -> CommandFailed:
        said = " ".join(errors)
        text = f"External search command exited unexpectedly with non-zero error code {code}."
        if code == 0:
            text = "External search command exited unexpectedly."
        return self._failed(f"{text} {said}".strip())

    def _failed(self, text: str) -> CommandFailed:
        return CommandFailed(f"Error in '{self._definition.name}' command: {text}")


def _fields(given: list[str] | None, rows: list[Row]) -> list[str]:
    if given is not None:
        return given
    return list(dict.fromkeys(name for row in rows for name in row))
