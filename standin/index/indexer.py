"""From what an input sent to events in the index."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from standin.home.layers import Confs
from standin.index.events import Event, EventStore
from standin.index.props import Sourcetype, sourcetype
from standin.splunkd_log import SplunkdLog

_KNOWN_S = 0.5
_TRUE = ("1", "true", "t", "yes", "y")


@dataclass(frozen=True)
class Piece:
    """Data of one ``<event>``, its defaults filled in from the input's stanza."""

    text: str
    time: float | None
    index: str
    host: str
    source: str
    sourcetype: str


class Indexer:
    """Applies props and sorts events into indexes, or drops them."""

    def __init__(self, confs: Confs, store: EventStore, log: SplunkdLog) -> None:
        self._confs = confs
        self._store = store
        self._log = log
        self._lock = threading.Lock()
        self._sourcetypes: dict[str, Sourcetype] = {}
        self._missing: set[str] = set()
        self._known: set[str] = set()
        self._known_until = 0.0
        self.problems: list[str] = []

    def indexes(self) -> set[str]:
        """Names of the indexes that take events now."""
        return {
            name
            for name, stanza in self._confs.stanzas("indexes").items()
            if ":" not in name and stanza.settings.get("disabled", "0").lower() not in _TRUE
        }

    def reload(self) -> None:
        """Forgets what it knows of confs: they may have changed."""
        with self._lock:
            self._sourcetypes.clear()
            self._known_until = 0.0

    def take(self, pieces: Iterable[Piece]) -> None:
        """Indexes pieces of data, in order."""
        kept: list[Event] = []
        dropped: list[tuple[str, Event]] = []
        for event in (event for piece in pieces for event in self._events(piece)):
            if self._takes(event.index):
                kept.append(event)
            else:
                self._missing.add(event.index)
                dropped.append((_unconfigured(event, len(self._missing)), event))
        if kept:
            self._store.add(kept)
        if dropped:
            self._store.drop(dropped)
            self._log.write("WARN", "IndexProcessor", dropped[-1][0])

    def _takes(self, index: str) -> bool:
        """Whether an index takes events; asked of the confs when in doubt and now and then."""
        with self._lock:
            now = time.monotonic()
            if index not in self._known or now > self._known_until:
                self._known, self._known_until = self.indexes(), now + _KNOWN_S
            return index in self._known

    def _events(self, piece: Piece) -> list[Event]:
        props = self._props(piece.sourcetype)
        now = time.time()
        index = "main" if piece.index in ("", "default") else piece.index
        return [
            Event(
                props.time(text, piece.time, now, self._complain),
                now,
                index,
                piece.host,
                piece.source,
                piece.sourcetype,
                text,
            )
            for text in props.events(piece.text, self._complain)
        ]

    def _props(self, name: str) -> Sourcetype:
        with self._lock:
            if name not in self._sourcetypes:
                self._sourcetypes[name] = sourcetype(self._confs, name)
            return self._sourcetypes[name]

    def _complain(self, problem: str) -> None:
        with self._lock:
            self.problems.append(problem)
        component, _dash, message = problem.partition(" - ")
        self._log.write("WARN", component, message)


def _unconfigured(event: Event, missing: int) -> str:
    return (
        f"Received event for unconfigured/disabled/deleted index={event.index} with "
        f'source="source::{event.source}" host="host::{event.host}" '
        f'sourcetype="sourcetype::{event.sourcetype}". '
        f"So far received events from {missing} missing index(es)."
    )
