"""Frames of the chunked protocol, and rows as their CSV bodies."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from standin.errors import StandinError
from standin.spl.values import Row, Value

MV = "__mv_"
_HEADER = re.compile(rb"chunked\s+1\.0\s*,\s*(\d+)\s*,\s*(\d+)\s*\n\Z")
_BARE = re.compile(r"[A-Za-z0-9]*")
_PART = re.compile(r"\$((?:\$\$|[^$])*)\$(?:;|\Z)")

csv.field_size_limit(1 << 30)


class BrokenFrame(StandinError):
    """A command wrote something that is no frame."""


@dataclass(frozen=True)
class Frame:
    """Metadata (JSON) and body (CSV) of one message, either way."""

    metadata: dict[str, Any]
    body: bytes = b""

    def encoded(self) -> bytes:
        """As sent over the pipe."""
        metadata = json.dumps(self.metadata, separators=(",", ":")).encode()
        return b"chunked 1.0,%d,%d\n%b%b" % (len(metadata), len(self.body), metadata, self.body)


def read_frame(pipe: IO[bytes]) -> Frame | None:
    """The next frame; None at the end of the stream."""
    header = pipe.readline(1 << 12)
    if not header:
        return None
    found = _HEADER.match(header)
    if found is None:
        raise BrokenFrame(
            f"expected a line 'chunked 1.0,<metadata length>,<body length>', not {header[:200]!r}: "
            "a command must write nothing else to standard output"
        )
    lengths = [int(each) for each in found.groups()]
    metadata, body = (_exactly(pipe, length) for length in lengths)
    try:
        values = json.loads(metadata or b"{}")
    except ValueError as error:
        raise BrokenFrame(f"metadata is no JSON ({error}): {metadata[:200]!r}") from error
    if not isinstance(values, dict):
        raise BrokenFrame(f"metadata is no JSON object: {metadata[:200]!r}")
    return Frame(values, body)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise BrokenFrame(f"the stream ended {length - len(data)} bytes before its frame did")
    return data


def write_rows(
    fields: list[str], rows: Iterable[Row], quote_all_but_words: bool, with_mv: bool
) -> bytes:
    """A body: the fields, then a ``__mv_`` column each. ``quote_all_but_words``: every value that
    is more than letters and digits stands in quotes, as recordings of Splunk 8.2.1 show."""
    cell = _recorded_cell if quote_all_but_words else _plain_cell
    header = [*fields, *(MV + name for name in fields)] if with_mv else fields
    lines = [",".join(cell(name) for name in header)]
    blank = "," * len(fields) if with_mv else ""
    for row in rows:
        values = [row.get(name) for name in fields]
        line = ",".join(["" if one is None else cell(single(one)) for one in values])
        if with_mv and any(type(one) is list for one in values):
            line += "".join("," + cell(several(one)) for one in values)
        else:
            line += blank
        lines.append(line)
    return ("\n".join(lines) + "\n").encode("utf-8", errors="surrogateescape")


def read_rows(body: bytes) -> tuple[list[str], Iterator[Row]]:
    """Fields in order, without their ``__mv_`` columns, and the rows. Empty cells are null."""
    reader = csv.reader(io.StringIO(body.decode("utf-8", errors="replace"), newline=""))
    header = next(reader, [])
    plain = [(place, name) for place, name in enumerate(header) if not name.startswith(MV)]
    mv = {place: name[len(MV) :] for place, name in enumerate(header) if name.startswith(MV)}
    return [name for _, name in plain], _rows(reader, header, plain, mv)


def _rows(
    reader: Iterator[list[str]], header: list[str], plain: list[tuple[int, str]], mv: dict[int, str]
) -> Iterator[Row]:
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            raise BrokenFrame(f"a row has {len(cells)} cells under {len(header)} fields: {cells!r}")
        row: Row = {name: cells[place] for place, name in plain if cells[place]}
        for place, name in mv.items():
            if cells[place]:
                row[name] = [one.replace("$$", "$") for one in _PART.findall(cells[place])]
        yield row


def single(value: Value) -> str:
    """One cell; of a multivalue field its parts, a line each."""
    return "\n".join(value) if isinstance(value, list) else str(value)


def several(value: Value | None) -> str:
    """The ``__mv_`` cell: ``$a$;$b$``, empty unless there are several values."""
    if not isinstance(value, list) or len(value) < 2:
        return ""
    return ";".join("$" + part.replace("$", "$$") + "$" for part in value)


def _recorded_cell(text: str) -> str:
    return text if _BARE.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def _plain_cell(text: str) -> str:
    if '"' in text or "," in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
