"""splunkd's side of search command protocol version 2, and splunklib's commands beside ours."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from splunklib.searchcommands.search_command import SearchCommand

from fmgstate.search.command import Command, run

SEARCHINFO = {
    "raw_args": [], "dispatch_dir": "/opt/splunk/var/run/splunk/dispatch/1629786722.117",
    "sid": "1629786722.117", "app": "search", "owner": "admin", "username": "admin",
    "session_key": "a session key", "splunkd_uri": "https://127.0.0.1:8089",
    "splunk_version": "9.4.1", "search": "search%20index%3Dnetfw", "command": "fmgtest",
    "maxresultrows": 50000, "earliest_time": "0", "latest_time": "0",
}  # fmt: skip

Reply = tuple[dict[str, Any], str]


def frame(metadata: dict[str, Any], body: str | bytes = b"") -> bytes:
    text = json.dumps(metadata).encode()
    data = body.encode() if isinstance(body, str) else body
    return b"chunked 1.0,%d,%d\n%b%b" % (len(text), len(data), text, data)


def getinfo(args: Sequence[str] = (), **searchinfo: Any) -> bytes:
    told = {**SEARCHINFO, "args": list(args), "raw_args": list(args), **searchinfo}
    return frame({"action": "getinfo", "preview": False, "searchinfo": told})


def execute(body: str | bytes = b"", finished: bool = False) -> bytes:
    return frame({"action": "execute", "finished": finished}, body)


def splunkd_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As splunkd writes it: every cell that is not letters and digits is quoted."""

    def cell(text: str) -> str:
        plain = text.isascii() and text.isalnum()
        return text if plain or not text else '"' + text.replace('"', '""') + '"'

    return "".join(",".join(map(cell, row)) + "\n" for row in [header, *rows])


def replies(data: bytes) -> list[Reply]:
    """What a command sent, read by splunklib's own reader of frames."""
    stream, found = io.BytesIO(data), []
    while (chunk := SearchCommand._read_chunk(stream)) is not None:
        metadata, body = chunk
        found.append((json.loads(json.dumps(metadata, default=vars)), body))
    return found


def records(body: str) -> list[dict[str, Any]]:
    """The records of a body, read by splunklib's own reader; empty fields left out."""
    reader = SearchCommand._read_csv_records(_Reader(), io.StringIO(body))
    return [{name: value for name, value in one.items() if value != ""} for one in reader]


class _Reader:
    _decode_list = staticmethod(SearchCommand._decode_list)


def ours(command: Command, *frames: bytes) -> tuple[list[Reply], int]:
    """What our loop replies, and its exit status."""
    sink = io.BytesIO()
    status = run(lambda: command, io.BytesIO(b"".join(frames)), sink)
    return replies(sink.getvalue()), status


def theirs(command: Callable[[], Any], *frames: bytes) -> tuple[list[Reply], int]:
    """What a splunklib command replies, and its exit status."""
    written, status = io.BytesIO(), 1
    source, sink = io.TextIOWrapper(io.BytesIO(b"".join(frames))), io.TextIOWrapper(written)
    folder = tempfile.tempdir
    try:
        with suppress(SystemExit):
            command().process(["fmgtest.py"], source, sink)
            status = 0
    finally:
        tempfile.tempdir = folder  # splunklib sets it to the dispatch directory
    return replies(written.getvalue()), status


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
