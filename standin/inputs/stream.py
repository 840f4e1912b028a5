"""The ``<stream>`` an input writes to stdout, read as it comes."""

from dataclasses import dataclass, field
from xml.parsers import expat

_FIELDS = frozenset({"time", "data", "index", "host", "source", "sourcetype"})


class BrokenStream(Exception):
    """The output is not the XML splunkd expects; the message says what was found."""


@dataclass
class Sent:
    """One complete event as sent: only what the input said."""

    stanza: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


class StreamParser:
    """Feeds on chunks of stdout and returns the events that are complete.

    Pieces sent as ``unbroken`` are joined until ``<done/>``; other events are complete each.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        if hasattr(self._parser, "SetReparseDeferralEnabled"):
            # Newer expat holds an end tag back until more data comes; an event must not wait.
            self._parser.SetReparseDeferralEnabled(False)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._path: list[str] = []
        self._current = Sent()
        self._unbroken = self._done = self._began = False
        self._open: dict[str | None, Sent] = {}
        self._ready: list[Sent] = []

    def feed(self, chunk: bytes) -> list[Sent]:
        """Events completed by this chunk."""
        try:
            if not self._began and chunk.strip():
                self._began = True
                if not chunk.lstrip().startswith(b"<"):
                    raise BrokenStream(f"the output begins with {chunk[:120]!r}, not <stream>")
            self._parser.Parse(chunk, False)
        except expat.ExpatError as error:
            raise BrokenStream(
                f"{error}: the output must be one <stream> of <event>s; it goes on "
                f"with {chunk[:120]!r}"
            ) from error
        ready, self._ready = self._ready, []
        return ready

    def close(self) -> list[Sent]:
        """Events still waiting for their ``<done/>`` when the input ended."""
        left, self._open = list(self._open.values()), {}
        return left

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        depth = len(self._path)
        if depth == 1 and tag != "stream":
            raise BrokenStream(f"the output begins with <{tag}>, not <stream>")
        if depth == 2:
            if tag != "event":
                raise BrokenStream(f"<stream> holds <{tag}>, not <event>")
            self._current = Sent(attributes.get("stanza"))
            self._unbroken = attributes.get("unbroken") == "1"
            self._done = False
        if depth == 3:
            if tag == "done":
                self._done = True
            elif tag in _FIELDS:
                self._current.fields[tag] = ""
            else:
                raise BrokenStream(f"<event> holds <{tag}>, which splunkd does not know")

    def _text(self, text: str) -> None:
        if len(self._path) == 3 and self._path[2] in _FIELDS:
            self._current.fields[self._path[2]] += text

    def _end(self, _tag: str) -> None:
        self._path.pop()
        if len(self._path) == 1:
            self._finish()

    def _finish(self) -> None:
        sent = self._current
        if not self._unbroken:
            self._ready.append(sent)
            return
        waiting = self._open.pop(sent.stanza, None)
        if waiting is not None:
            data = waiting.fields.get("data", "") + sent.fields.get("data", "")
            sent.fields = {**sent.fields, **waiting.fields, "data": data}
        if self._done:
            self._ready.append(sent)
        else:
            self._open[sent.stanza] = sent
