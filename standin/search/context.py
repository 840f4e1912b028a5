"""What a search sees of its instance: ``standin.spl.context.Context`` over the stand-in."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from fnmatch import fnmatchcase
from typing import Any, Protocol

from standin.home.layers import Confs
from standin.home.tree import Home
from standin.index.events import Event, EventStore, StoredEvent
from standin.knowledge import Knowledge
from standin.knowledge.date_fields import as_written, date_fields
from standin.knowledge.knowledge import wants_dates
from standin.search.errors import SearchFailed
from standin.search.jobs import Progress
from standin.search.language import Language
from standin.search.lookups import Lookups
from standin.search.reading import stored_events
from standin.spl.context import (
    REPLACE,
    Collected,
    EventQuery,
    LookupTable,
    Macro,
    Predicate,
    Writing,
)
from standin.spl.errors import SplError
from standin.spl.stream import Stream
from standin.spl.values import Row
from standin.users.caller import Caller
from standin.users.objects import Objects

Command = Callable[[str, Stream], Stream]


class RestCall(Protocol):
    """``| rest``: rows of a path, asked for by a caller."""

    def __call__(self, path: str, arguments: dict[str, str], caller: Caller) -> Iterator[Row]:
        """One row an entry."""


@dataclass
class Parts:
    """The parts of an instance that searches use."""

    home: Home
    confs: Confs
    index: EventStore
    indexes: Callable[[], set[str]]
    objects: Objects
    lookups: Lookups
    language: Language
    knowledge: Callable[[str, "InstanceContext"], Knowledge]
    rest: RestCall
    command: Callable[[str, "InstanceContext"], Command | None]
    server_name: str = "standin"


@dataclass
class InstanceContext:
    """One search's view. ``sid``: the job's id. ``filter``: what the user's roles let him see.
    ``text``: of the search. ``as_preview``: commands are told that they make a preview.
    ``saved``: the saved search's name."""

    parts: Parts
    caller: Caller
    user: str
    app: str
    now: float
    timezone: tzinfo
    earliest: float | None
    latest: float | None
    progress: Progress
    sid: str = ""
    filter: Predicate | None = None
    text: str = ""
    as_preview: bool = False
    saved: str = ""

    def events(self, query: EventQuery) -> Iterator[Row]:
        """Events that match, newest first, with search-time fields."""
        knowledge = self.parts.knowledge(self.app, self)
        return self._events(query, knowledge, knowledge.reader(query.wanted))

    def indexed_events(self, query: EventQuery) -> Iterator[Row]:
        """The same with what was known at index time only."""
        dated = wants_dates(query.wanted)

        def read(event: StoredEvent) -> Row:
            row = self._indexed(event)
            if dated and event.written:
                row.update(date_fields(event.written))
            return row

        return self._events(query, self.parts.knowledge(self.app, self), read)

    def macro(self, name: str, arguments: int) -> Macro | None:
        """A macro of macros.conf, by name and number of arguments."""
        stanza = f"{name}({arguments})" if arguments else name
        found = self.parts.objects.find("macros", stanza, self.caller, self.app)
        if found is None or "definition" not in found.settings:
            return None
        settings = found.settings
        names = [each.strip() for each in settings.get("args", "").split(",") if each.strip()]
        if len(names) != arguments:
            raise SearchFailed(f"The macro {stanza} names {len(names)} arguments in args")
        return Macro(
            settings["definition"],
            tuple(names),
            settings.get("iseval", "0").lower() in ("1", "true"),
            settings.get("validation", ""),
            settings.get("errormsg", ""),
        )

    def saved_search(self, name: str) -> str | None:
        """The text of a saved search."""
        found = self.parts.objects.find("savedsearches", name, self.caller, self.app)
        return found.settings.get("search") if found else None

    def lookup(self, name: str) -> LookupTable | None:
        """A lookup by definition or file name."""
        table = self.parts.lookups.table(name, self.caller, self.app)
        if table is None or not table.filter:
            return table
        try:
            matches = self.parts.language.matches(table.filter, self)
        except SplError as error:
            raise SearchFailed(f"transforms.conf [{name}] filter: {error}") from error
        return replace(table, rows=[row for row in table.rows if matches({**row})])

    def write_lookup(
        self, name: str, fields: list[str], rows: list[dict[str, str]], how: Writing = REPLACE
    ) -> None:
        """Replaces a lookup's rows, or adds to them."""
        self.parts.lookups.write(name, fields, rows, how, self.caller, self.app)

    def collect(self, events: list[Collected]) -> None:
        """Adds events of the sourcetype stash to indexes that are there."""
        for index in sorted({event.index for event in events} - self.parts.indexes()):
            raise SearchFailed(f"collect: there is no index {index!r}")
        spool = self.parts.home.path / "var" / "spool" / "splunk" / f"{self.sid}_events.stash_new"
        now = time.time()
        self.parts.index.add(
            Event(
                event.time, now, event.index, event.host or self.parts.server_name,
                event.source or str(spool), "stash", event.text,
                written=self._written(event.time) if event.stamped else "",
            )
            for event in events
        )  # fmt: skip

    def _written(self, moment: float) -> str:
        local = datetime.fromtimestamp(moment, self.timezone)
        offset = local.utcoffset()
        return as_written(local, 0 if offset is None else int(offset.total_seconds() // 60))

    def rest(self, path: str, arguments: dict[str, str]) -> Iterator[Row]:
        """One row an entry of a REST path."""
        return self.parts.rest(path, arguments, self.caller)

    def custom(self, name: str) -> Command | None:
        """A command of an installed app."""
        return self.parts.command(name, self)

    def data_model(self, name: str) -> dict[str, Any] | None:
        """A data model's JSON: its own app's, else one that another app exports."""
        home, access = self.parts.home, self.parts.objects.access
        for app in filter(home.is_enabled, dict.fromkeys([self.app, *home.installed()])):
            acl = access.acl(app, "datamodels", name)
            if not acl.may_read(self.caller) or not (app == self.app or acl.exported):
                continue
            for folder in ("local", "default"):
                path = home.app(app) / folder / "data" / "models" / f"{name}.json"
                if path.is_file():
                    model: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                    stanza = self.parts.confs.stanza("datamodels", name, app)
                    strict = stanza.settings.get("strict_fields", "true") if stanza else "true"
                    return {**model, "strict_fields": strict.lower() in ("true", "1")}
        return None

    def indexes(self, patterns: tuple[str, ...]) -> list[str]:
        """Indexes that patterns mean for the caller; his default ones when there are none."""
        there = self.parts.indexes()
        for pattern in patterns:
            if "*" not in pattern and pattern not in there:
                raise SearchFailed(f"There is no index {pattern!r}; there are {sorted(there)}")
        wished = patterns or self.caller.indexes_default
        return [
            name
            for name in sorted(there)
            if self.caller.may_search(name)
            and any(
                fnmatchcase(name, each) and name.startswith("_") <= each.startswith("_")
                for each in wished
            )
        ]

    def _events(
        self, query: EventQuery, knowledge: Knowledge, read: Callable[[StoredEvent], Row]
    ) -> Iterator[Row]:
        indexes = self.indexes(query.indexes)
        matches, allowed = query.matches, self.filter
        # A search filter may look at any field, whatever the search itself looks at.
        whole = knowledge.reader(None)
        for event in stored_events(self.parts.index, indexes, query, knowledge):
            self.progress.scanned += 1
            if allowed is not None and not allowed(whole(event)):
                continue
            row = read(event)
            if matches(row):
                self.progress.matched += 1
                yield row

    def _indexed(self, event: StoredEvent) -> Row:
        row: Row = {
            "_time": event.time, "_raw": event.raw, "_indextime": str(int(event.indextime)),
            "index": event.index, "host": event.host, "source": event.source,
            "sourcetype": event.sourcetype, "splunk_server": self.parts.server_name,
            "linecount": str(event.raw.count("\n") + 1),
        }  # fmt: skip
        for name, values in json.loads(event.fields or "{}").items():
            row[name] = values[0] if len(values) == 1 else values
        return row
