"""The stream of events that splunkd reads from an input's standard output."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import BinaryIO
from xml.sax.saxutils import escape

from fmgstate.collect.event import Event

# What XML 1.0 cannot hold at all; json.dumps already escapes the rest of the control characters.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class EventStream:
    """Writes events as one ``<stream>``; nothing is buffered once ``write`` has returned."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._begun = False

    def write(self, events: list[Event]) -> None:
        text = "".join(_xml(event) for event in events)
        self._out.write((text if self._begun else f"<stream>{text}").encode())
        self._begun = True
        self._out.flush()

    def close(self) -> None:
        """Ends the stream. splunkd may already be gone: that is no error here."""
        with suppress(BrokenPipeError):
            if self._begun:
                self._out.write(b"</stream>")
            self._out.flush()


def _xml(event: Event) -> str:
    data = json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)
    return (
        f'<event unbroken="1"><time>{event.time:.3f}</time><source>{_safe(event.source)}</source>'
        f"<sourcetype>{_safe(event.sourcetype)}</sourcetype><host>{_safe(event.host)}</host>"
        f"<data>{_safe(data)}</data><done/></event>\n"
    )


def _safe(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
