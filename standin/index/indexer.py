"""From what an input sent to events in the index."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from standin.home.layers import Confs
from standin.index.events import Event, EventStore
from standin.index.props import Sourcetype, by_settings
from standin.index.timestamps import Moment
from standin.index.transforms import Draft, IndexTransform, index_transforms
from standin.knowledge.known_settings import check_props
from standin.knowledge.refusal import KnowledgeRefused
from standin.knowledge.stanza_match import StanzaMatch
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


@dataclass(frozen=True)
class _Rules:
    """What props and transforms do to one kind of event; ``refused`` when that is not known."""

    sourcetype: Sourcetype
    transforms: list[IndexTransform]
    refused: str = ""


class Indexer:
    """Applies props and sorts events into indexes, or drops them."""

    def __init__(self, confs: Confs, store: EventStore, log: SplunkdLog) -> None:
        self._confs = confs
        self._store = store
        self._log = log
        self._lock = threading.Lock()
        self._rules: dict[tuple[str, str, str], _Rules] = {}
        self._props: StanzaMatch | None = None
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
            self._rules.clear()
            self._props = None
            self._known_until = 0.0

    def take(self, pieces: Iterable[Piece]) -> None:
        """Indexes pieces of data, in order."""
        kept: list[Event] = []
        dropped: list[tuple[str, Event]] = []
        for event, refused in (each for piece in pieces for each in self._events(piece)):
            if refused:
                dropped.append((refused, event))
            elif self._takes(event.index):
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

    def _events(self, piece: Piece) -> Iterable[tuple[Event, str]]:
        """Events of a piece, each with the reason why it cannot be indexed or ""."""
        rules = self._rules_of(piece)
        now = time.time()
        index = "main" if piece.index in ("", "default") else piece.index
        for text in rules.sourcetype.events(piece.text, self._complain):
            moment = rules.sourcetype.time(text, piece.time, now, self._complain)
            draft = Draft(text, index, piece.host, piece.source, piece.sourcetype)
            for transform in rules.transforms:
                transform.apply(draft)
            if draft.queue != "nullQueue":
                yield _event(draft, moment, now), rules.refused

    def _rules_of(self, piece: Piece) -> _Rules:
        kind = (piece.sourcetype, piece.source, piece.host)
        with self._lock:
            known = self._rules.get(kind)
            if known is None:
                known = self._rules[kind] = self._read_rules(*kind)
        if known.refused:
            self._complain(f"IndexProcessor - {known.refused}")
        return known

    def _read_rules(self, sourcetype: str, source: str, host: str) -> _Rules:
        try:
            if self._props is None:
                stanzas = self._confs.stanzas("props", inherit=False)
                self._props = StanzaMatch(stanzas, self._confs.defaults("props"))
            for stanza in self._props.matching(sourcetype, source, host):
                check_props(stanza)
            settings = self._props.settings(sourcetype, source, host)
            transforms = self._confs.stanzas("transforms")
            return _Rules(by_settings(settings), index_transforms(settings, transforms))
        except (KnowledgeRefused, ValueError) as error:
            defaults = by_settings(self._confs.defaults("props"))
            return _Rules(defaults, [], f"refused what props say of {sourcetype}: {error}")

    def _complain(self, problem: str) -> None:
        with self._lock:
            self.problems.append(problem)
        component, _dash, message = problem.partition(" - ")
        self._log.write("WARN", component, message)


def _event(draft: Draft, moment: Moment, now: float) -> Event:
    return Event(
        moment.seconds,
        now,
        draft.index,
        draft.host,
        draft.source,
        draft.sourcetype,
        draft.raw,
        draft.fields,
        moment.written,
    )


def _unconfigured(event: Event, missing: int) -> str:
    return (
        f"Received event for unconfigured/disabled/deleted index={event.index} with "
        f'source="source::{event.source}" host="host::{event.host}" '
        f'sourcetype="sourcetype::{event.sourcetype}". '
        f"So far received events from {missing} missing index(es)."
    )
