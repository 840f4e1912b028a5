"""The frames of search command protocol version 2: a line of lengths, JSON metadata, a CSV body."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, BinaryIO, Optional

from fmgstate.errors import FmgStateError

Metadata = dict[str, Any]

_HEADER = re.compile(rb"chunked\s+1.0\s*,\s*(\d+)\s*,\s*(\d+)\s*\n")
_LONGEST_HEADER = 256


class BrokenFrame(FmgStateError):
    """What came is no frame of protocol version 2."""


class Stopped(Exception):
    """The search was ended in mid-stream: nobody is there to be told anything."""


def read(stream: BinaryIO) -> Optional[tuple[Metadata, bytes]]:
    """The next frame's metadata and body; None when the stream has ended between two frames.

    Raises ``Stopped`` when it ends within one.
    """
    line = stream.readline(_LONGEST_HEADER)
    if not line:
        return None
    header = _HEADER.fullmatch(line)
    if header is None:
        if not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
            raise Stopped
        raise BrokenFrame(
            f"The search command was sent {line[:40]!r}, which is no frame of protocol version 2.",
            "Keep chunked = true in the command's stanza of commands.conf.",
        )
    metadata, body = (_exactly(stream, int(length)) for length in header.groups())
    return _decoded(metadata), body


def write(stream: BinaryIO, metadata: Metadata, body: Sequence[bytes] = ()) -> None:
    """One frame. ``body``: pieces that are sent one after another. Raises ``Stopped`` when nobody
    reads any more."""
    text = json.dumps(metadata, separators=(",", ":")).encode("ascii")
    try:
        stream.write(b"chunked 1.0,%d,%d\n%b" % (len(text), sum(map(len, body)), text))
        stream.writelines(body)
        stream.flush()
    except (BrokenPipeError, ConnectionResetError):
        raise Stopped from None


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise Stopped
    return data


def _decoded(metadata: bytes) -> Metadata:
    try:
        found = json.loads(metadata)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BrokenFrame("The metadata that came with a chunk of events is no JSON object.")
    return found
