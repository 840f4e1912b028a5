"""The index: events in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, indextime REAL NOT NULL, idx TEXT NOT NULL,
    host TEXT NOT NULL, source TEXT NOT NULL, sourcetype TEXT NOT NULL, raw TEXT NOT NULL,
    fields TEXT, written TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS events_by_kind_and_time ON events (idx, sourcetype, time);
CREATE INDEX IF NOT EXISTS events_by_time ON events (time);
CREATE TABLE IF NOT EXISTS dropped (
    id INTEGER PRIMARY KEY, message TEXT NOT NULL, idx TEXT NOT NULL, host TEXT NOT NULL,
    source TEXT NOT NULL, sourcetype TEXT NOT NULL, raw TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Event:
    """One event on its way to the index; times are seconds since 1970.

    ``fields`` are indexed fields, name to values. ``written``: see ``StoredEvent``.
    """

    time: float
    indextime: float
    index: str
    host: str
    source: str
    sourcetype: str
    raw: str
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    written: str = ""


@dataclass(slots=True)
class StoredEvent:
    """One event as the index gives it to a search; ``id`` grows in order of arrival."""

    id: int
    time: float
    indextime: float
    index: str
    host: str
    source: str
    sourcetype: str
    raw: str
    fields: str | None = None
    """JSON of the indexed fields, name to list of texts; None when there are none."""
    written: str = ""
    """The timestamp as the text has it (``date_fields.as_written``); "" when it has none."""


@dataclass(frozen=True)
class Scope:
    """Which events a search reads: ``earliest <= time < latest``, None is open.

    Of index, host, source and sourcetype the exact values that count, None for all.
    """

    earliest: float | None = None
    latest: float | None = None
    indexes: Collection[str] | None = None
    hosts: Collection[str] | None = None
    sources: Collection[str] | None = None
    sourcetypes: Collection[str] | None = None

    def condition(self) -> tuple[str, list[Any]]:
        """A WHERE clause and its values."""
        parts, values = [], list[Any]()
        for sign, time in ((">=", self.earliest), ("<", self.latest)):
            if time is not None:
                parts.append(f"time {sign} ?")
                values.append(time)
        for column, chosen in (
            ("idx", self.indexes),
            ("host", self.hosts),
            ("source", self.sources),
            ("sourcetype", self.sourcetypes),
        ):
            if chosen is not None and len(chosen) == 1:
                # By equality SQLite reads one stretch of an index, and need not sort.
                parts.append(f"{column} = ?")
                values.extend(chosen)
            elif chosen is not None:
                parts.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608
                values.append(json.dumps(sorted(chosen)))
        return ("WHERE " + " AND ".join(parts) if parts else ""), values


class EventStore:
    """Events and dropped events of one home; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._database = sqlite3.connect(path, check_same_thread=False)
        path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_TABLES)
        columns = [column[1] for column in self._query("PRAGMA table_info(events)", [])]
        if "fields" not in columns:  # a home made before there were indexed fields
            self._database.execute("ALTER TABLE events ADD COLUMN fields TEXT")
        if "written" not in columns:
            self._database.execute("ALTER TABLE events ADD COLUMN written TEXT NOT NULL DEFAULT ''")

    def add(self, events: Iterable[Event]) -> None:
        """Stores events; they can be searched when this returns."""
        rows = [
            (*_columns(e), json.dumps(dict(e.fields)) if e.fields else None, e.written)
            for e in events
        ]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO events (time, indextime, idx, host, source, sourcetype, raw, fields,"
                " written) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def drop(self, events: Iterable[tuple[str, Event]]) -> None:
        """Keeps events that no index takes, each with splunkd's message."""
        rows = [(message, e.index, e.host, e.source, e.sourcetype, e.raw) for message, e in events]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO dropped (message, idx, host, source, sourcetype, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def scan(
        self, scope: Scope, *, raw: bool = True, batch: int = 2000
    ) -> Iterator[list[StoredEvent]]:
        """Events of a scope, newest first, in batches; without ``raw`` their text is "".

        What is added while the batches are read is not among them.
        """
        where, values = scope.condition()
        statement = (
            "SELECT id, time, indextime, idx, host, source, sourcetype,"  # noqa: S608
            f" {'raw' if raw else repr('')}, fields, written FROM events {where}"
            " ORDER BY time DESC, id DESC"
        )
        with closing(sqlite3.connect(self._path, check_same_thread=False)) as database:
            cursor = database.execute(statement, values)
            while records := cursor.fetchmany(batch):
                yield [StoredEvent(*record) for record in records]

    def kinds(self) -> list[tuple[str, str, str, str]]:
        """Index, sourcetype, source and host of the events, each combination once."""
        records = self._query("SELECT DISTINCT idx, sourcetype, source, host FROM events", [])
        return [(index, kind, source, host) for index, kind, source, host in records]

    def count(self, **fields: str | None) -> int:
        """Number of events with these values of index, host, source, sourcetype."""
        where, values = _where(fields)
        return int(self._query(f"SELECT count(*) FROM events {where}", values)[0][0])  # noqa: S608

    def search(
        self,
        where: Callable[[Row], bool] | None = None,
        after: int = 0,
        limit: int | None = None,
        **fields: str | None,
    ) -> list[Row]:
        """Events in order of arrival, as rows.

        A row has ``_id``, ``_time``, ``_indextime``, ``index``, ``host``, ``source``,
        ``sourcetype``, ``_raw`` and, when the text is JSON, its value as ``event``.
        ``after`` leaves out rows up to that ``_id``; ``where`` is asked of each row.
        """
        clause, values = _where(fields, f"id > {int(after)}")
        found = []
        enough = "" if limit is None or where else f"LIMIT {int(limit)}"
        columns = "id, time, indextime, idx, host, source, sourcetype, raw"
        statement = f"SELECT {columns} FROM events {clause} ORDER BY id {enough}"  # noqa: S608
        for record in self._query(statement, values):
            row = _row(record)
            if where is None or where(row):
                found.append(row)
                if limit is not None and len(found) >= limit:
                    break
        return found

    def dropped(self) -> list[Row]:
        """Events that no index took, with splunkd's message, in order of arrival."""
        names = ("message", "index", "host", "source", "sourcetype", "_raw")
        records = self._query(
            "SELECT message, idx, host, source, sourcetype, raw FROM dropped ORDER BY id", []
        )
        return [dict(zip(names, record, strict=True)) for record in records]

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()

    def _query(self, statement: str, values: list[str]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


_COLUMNS = {"index": "idx", "host": "host", "source": "source", "sourcetype": "sourcetype"}


def _columns(e: Event) -> tuple[float | str, ...]:
    return e.time, e.indextime, e.index, e.host, e.source, e.sourcetype, e.raw


def _where(fields: dict[str, str | None], *more: str) -> tuple[str, list[str]]:
    unknown = fields.keys() - _COLUMNS.keys()
    if unknown:
        raise TypeError(f"no such field to search by: {sorted(unknown)}; use where=")
    given = {_COLUMNS[name]: value for name, value in fields.items() if value is not None}
    conditions = [f"{column} = ?" for column in given] + list(more)
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), list(given.values())


def _row(record: tuple[Any, ...]) -> Row:
    names = ("_id", "_time", "_indextime", "index", "host", "source", "sourcetype", "_raw")
    row: Row = dict(zip(names, record, strict=True))
    if row["_raw"][:1] in ("{", "["):
        # A text cut by TRUNCATE is no JSON: its row stays without `event`.
        with suppress(ValueError):
            row["event"] = json.loads(row["_raw"])
    return row
