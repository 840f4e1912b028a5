"""What a search needs from the instance it runs on. Implemented by the stand-in; faked in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol

from standin.spl.stream import Stream
from standin.spl.values import Row

Predicate = Callable[[Row], bool]


@dataclass(frozen=True)
class EventQuery:
    """Which events a search's first command wants. Times: epoch seconds, ``earliest <= _time <
    latest``, None = open. ``matches``: the whole condition. ``indexes``: patterns named in it,
    empty = the user's default indexes. ``wanted``: fields that later commands read, None = all.
    ``metadata``: conditions on host, source and sourcetype (field -> patterns, one of which must
    match) that hold for every match, to narrow the read."""

    matches: Predicate
    indexes: tuple[str, ...] = ()
    earliest: float | None = None
    latest: float | None = None
    wanted: frozenset[str] | None = None
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Macro:
    """macros.conf: ``definition`` with $arg$; ``arguments``: their names; ``is_eval``: its value is
    the text to insert; ``validation``: an eval expression, ``error_message``: shown if it fails."""

    definition: str
    arguments: tuple[str, ...] = ()
    is_eval: bool = False
    validation: str = ""
    error_message: str = ""


@dataclass(frozen=True)
class TimeBounds:
    """A time-bounded lookup: an event is ``least`` to ``most`` seconds later than the time that
    ``field`` has, written as ``form`` says."""

    field: str
    form: str
    least: int
    most: int


@dataclass(frozen=True)
class LookupTable:
    """A lookup definition (transforms.conf) or a bare file name. ``rows``: as in the file.

    ``filter``: the search expression that rows must match, for those who make a table; the rows
    of a table that a command gets match it. ``numbers``: fields that a collection types so."""

    name: str
    fields: list[str]
    rows: list[dict[str, str]]
    case_sensitive: bool = True
    max_matches: int | None = None
    min_matches: int = 0
    default_match: str = ""
    match_types: tuple[tuple[str, str], ...] = ()
    times: TimeBounds | None = None
    filter: str = ""
    in_kvstore: bool = False
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Writing:
    """How rows are written to a lookup. ``append``: the rows that are there stay, but those of a
    collection with the same ``_key`` as a new one. ``place``: app, user or system, where a file
    is made that is not there. ``keeps_empty``: of no rows an empty file is left, else none.
    ``updates``: rows of a collection may take the place of others."""

    append: bool = False
    place: str = "app"
    keeps_empty: bool = False
    updates: bool = True


REPLACE = Writing()


@dataclass(frozen=True)
class Collected:
    """An event for a summary index. ``host``, ``source``: "" is the instance's own. ``stamped``:
    its text begins with its time."""

    text: str
    time: float
    index: str
    host: str
    source: str
    stamped: bool


class Context(Protocol):
    """``now``: epoch seconds, when the search was started. ``earliest``/``latest``: the time range
    picker's, epoch seconds or None; modifiers in the search win over them."""

    now: float
    timezone: tzinfo
    user: str
    app: str
    earliest: float | None
    latest: float | None
    saved: str
    """Name of the saved search that runs, if it is one."""

    def events(self, query: EventQuery) -> Iterator[Row]:
        """Events, newest first, with search-time fields; raises for an index that is not there."""

    def indexed_events(self, query: EventQuery) -> Iterator[Row]:
        """The same with indexed fields only, for tstats."""

    def macro(self, name: str, arguments: int) -> Macro | None: ...

    def saved_search(self, name: str) -> str | None: ...

    def lookup(self, name: str) -> LookupTable | None:
        """By definition name or file name; None if there is none."""

    def write_lookup(
        self, name: str, fields: list[str], rows: list[dict[str, str]], how: Writing = REPLACE
    ) -> None: ...

    def collect(self, events: list[Collected]) -> None:
        """Adds events of the sourcetype stash; raises for an index that is not there."""

    def rest(self, path: str, arguments: dict[str, str]) -> Iterator[Row]:
        """One row an entry, as ``| rest`` gives them."""

    def custom(self, name: str) -> Callable[[str, Stream], Stream] | None:
        """A command of an installed app: given its arguments' text and what flows in."""

    def data_model(self, name: str) -> dict[str, Any] | None: ...
