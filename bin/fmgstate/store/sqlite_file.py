"""One SQLite file: created with its modes, opened, upgraded, lent to threads, errors translated.

The file is never opened by other means than SQLite: closing any descriptor of it would drop the
locks that the other connections of this process hold.
"""
# A look-up in a new process should not pay for the import of pathlib.
# ruff: noqa: PTH101, PTH103, PTH104, PTH105, PTH108, PTH110, PTH116, PTH120

from __future__ import annotations

import os
import sqlite3

# What threading.Lock is; the module around it would be one more import for every look-up.
from _thread import allocate_lock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Callable, Optional

from fmgstate.errors import StoreDamaged, StoreError, StoreFull
from fmgstate.store.codec import TooNew, Unreadable

SCHEMA_NUMBER = 1
# Row ids hold the scope in the upper and the position in the lower 32 bits: a scope's rows are
# one range, and need no second index.
_SCHEMA = (
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "CREATE TABLE scope (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, head BLOB NOT NULL)",
    "CREATE TABLE content (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB NOT NULL)",
    "CREATE INDEX entry_key ON entry (key)",
    f"PRAGMA user_version = {SCHEMA_NUMBER}",
)
SETTINGS: tuple[str, ...] = (
    # With WAL, a power cut may cost the last saves, never the file.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = OFF",
    "PRAGMA cache_size = -8000",
    # 16 MB: fewer, larger checkpoints make many saves in a row a third quicker.
    "PRAGMA wal_autocheckpoint = 2000",
)
Upgrade = Callable[[sqlite3.Connection], None]
UPGRADES: dict[int, Upgrade] = {}
"""From which schema number, by what. Each leaves the file one number higher."""

MOVE_AWAY = "Move the file away (with its -wal and -shm); the next refresh makes a new one."
UPDATE = "Update the app, or move the file away; the next refresh makes a new one."
MAKE_ROOM = "Make room on that disk; what was stored before is still there."
PERMIT = "Let the user that runs Splunk read and write the file and its directory."
CHECK_DISK = "Check the disk's free space, health and permissions, then try again."
RETRY = "Another process is writing for a long time: try again, or end it."

_Identity = tuple[int, int, int]

_MEANINGS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("not a database", StoreDamaged, MOVE_AWAY),
    ("malformed", StoreDamaged, MOVE_AWAY),
    ("no such table", StoreDamaged, MOVE_AWAY),
    ("no such column", StoreDamaged, MOVE_AWAY),
    ("is full", StoreFull, MAKE_ROOM),
    ("readonly", StoreFull, PERMIT),
    ("unable to open", StoreFull, PERMIT),
    ("is locked", StoreError, RETRY),
    ("disk I/O error", StoreFull, CHECK_DISK),
)


class _Connection(sqlite3.Connection):
    identity: _Identity


class SqliteFile:
    """Lends connections to the file at ``path``, one to each thread that asks at a time.

    A file that was replaced under its name (set aside, deleted) is noticed at the next loan.
    """

    def __init__(self, path: str, busy_seconds: float) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        # SQLite's own waiting is sleeping, up to 0.1 s a time: threads of one process queue here.
        self._write_lock = allocate_lock()
        self._idle: list[_Connection] = []
        self._inherited: list[_Connection] = []

    @contextmanager
    def reading(self) -> Iterator[Optional[sqlite3.Connection]]:
        """A connection; None when there is no file yet (reading never makes one)."""
        with self._translated():
            identity = self._identity()
            if identity is None:
                yield None
            else:
                with self._lent(identity) as connection:
                    yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction: committed at the end, undone on any error."""
        with self._translated(), self._write_lock:
            identity = self._identity() or self._create()
            with self._lent(identity) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections that nobody is using."""
        while self._idle:
            self._retire(self._idle.pop())

    @contextmanager
    def _lent(self, identity: _Identity) -> Iterator[_Connection]:
        connection = self._take(identity)
        try:
            yield connection
        except BaseException:
            # Closing undoes what was not committed, and leaves no broken connection to the next.
            connection.close()
            raise
        self._idle.append(connection)

    def _take(self, identity: _Identity) -> _Connection:
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                if connection.identity == identity:
                    return connection
                self._retire(connection)
        return self._open(identity)

    def _retire(self, connection: _Connection) -> None:
        if connection.identity[0] == os.getpid():
            connection.close()
        else:
            # SQLite forbids closing what came through a fork: the parent still uses it.
            self._inherited.append(connection)

    def _open(self, identity: _Identity) -> _Connection:
        _make_private(self.path)
        connection = connect(self.path, self._busy_seconds)
        try:
            connection.identity = identity
            for setting in SETTINGS:
                connection.execute(setting)
            _upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _identity(self) -> Optional[_Identity]:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return os.getpid(), status.st_dev, status.st_ino

    def _create(self) -> _Identity:
        create(self.path)
        identity = self._identity()
        if identity is None:
            raise StoreFull(f"The store {self.path} vanished while it was made.", PERMIT)
        return identity

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, Unreadable, UnicodeDecodeError) as error:
            raise translated(self.path, error) from error


def create(path: str, schema: Sequence[str] = _SCHEMA, instead_of: int = 0) -> None:
    """Make an empty store at ``path``, whole from the first moment it is seen there.

    A file that is there already stays, unless its inode is ``instead_of``.
    """
    os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = connect(draft, 0.0)
        try:
            for statement in schema:
                connection.execute(statement)
        finally:
            connection.close()
        _publish(draft, path, instead_of)
    finally:
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.unlink(draft + ending)


def _publish(draft: str, path: str, instead_of: int) -> None:
    if instead_of and os.path.exists(path) and os.stat(path).st_ino == instead_of:
        os.replace(draft, path)
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:
        # Some file systems know no links. There, two first writers at once may cost one write.
        if not os.path.exists(path):
            os.rename(draft, path)


def translated(path: str, error: Exception) -> StoreError:
    """What a backend's error means, with the cure."""
    if isinstance(error, Unreadable):
        cure = UPDATE if isinstance(error, TooNew) else MOVE_AWAY
        return StoreDamaged(f"The store {path} cannot be read: {error}.", cure)
    if isinstance(error, OSError):
        return StoreFull(f"The store {path} cannot be used: {error.strerror}.", PERMIT)
    for words, kind, cure in _MEANINGS:
        if words in str(error):
            return kind(f"The store {path} cannot be used: {error}.", cure)
    # What is left (a schema that is no text, for one) may quote what is stored: not shown.
    what = f"The store {path} cannot be read: it makes no sense ({type(error).__name__})."
    return StoreDamaged(what, MOVE_AWAY)


def connect(path: str, busy_seconds: float) -> _Connection:
    """A connection that begins no transaction by itself."""
    connection = sqlite3.connect(
        path,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
        factory=_Connection,
    )
    # All columns hold bytes; in a damaged file one may claim to be text.
    connection.text_factory = bytes
    return connection


def _make_private(path: str) -> None:
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        with suppress(PermissionError):
            os.chmod(path, 0o600)


def _upgrade(connection: sqlite3.Connection) -> None:
    number = _schema_number(connection)
    if number > SCHEMA_NUMBER:
        raise TooNew(f"it has schema {number}, known is up to {SCHEMA_NUMBER}")
    if number == SCHEMA_NUMBER:
        return
    connection.execute("BEGIN IMMEDIATE")
    for step in range(_schema_number(connection), SCHEMA_NUMBER):
        if step not in UPGRADES:
            raise Unreadable("it is empty or was not written by this app")
        UPGRADES[step](connection)
    connection.execute("COMMIT")


def _schema_number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
