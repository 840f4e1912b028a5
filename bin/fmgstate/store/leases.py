"""Sessions leased among all processes of a host: a small SQLite file beside the store.

Leases are soft state. A file that is damaged or lost is replaced by an empty one, and whoever holds
a lease enters it again when it is renewed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Optional, TypeVar, Union

from fmgstate.errors import StoreDamaged, StoreError
from fmgstate.store.sqlite_file import connect, create, translated

BUSY_SECONDS = 30.0
IDLE_SECONDS = 900.0
"""FortiManager's default ``idle_timeout_api``."""

_SCHEMA = (
    "CREATE TABLE lease (id TEXT PRIMARY KEY, manager TEXT NOT NULL, renewed REAL NOT NULL)",
    "CREATE INDEX lease_manager ON lease (manager)",
)
_TRIES = 5

T = TypeVar("T")


@dataclass
class _Held:
    """A lease that this process holds. ``renewed``: when that was last written."""

    manager: str
    at_most: int
    renewed: float


class SessionLeases:
    """Counts the sessions of all processes that use ``file``. Safe for threads and processes.

    ``idle_seconds``: FortiManager's idle time-out. A renewal is written once in a tenth of it; a
    lease lives for that tenth longer, so that it outlives the session of a process that was killed.
    """

    def __init__(
        self,
        file: Union[str, os.PathLike[str]],
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = os.fspath(file)
        self._write_every = idle_seconds / 10
        self._lifetime = idle_seconds + self._write_every
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._lock = Lock()

    def acquire(self, manager: str, at_most: int) -> Optional[str]:
        """A new lease, or None at once when ``at_most`` are out for ``manager``."""
        lease = os.urandom(16).hex()
        with self._lock:
            held = _Held(manager, at_most, self._clock())
            if not self._write(partial(self._enter, lease, held)):
                return None
            self._held[lease] = held
        return lease

    def renew(self, lease: str) -> None:
        """The session is in use: the lease's time starts anew.

        Raises ``StoreError`` when the lease had run out and others have taken its place.
        """
        with self._lock:
            held = self._held.get(lease)
            if held is None or 0 <= self._clock() - held.renewed < self._write_every:
                return
            if not self._write(partial(self._enter, lease, held)):
                raise StoreError(
                    f"A session with {held.manager} was not used for so long that other inputs"
                    f" have taken its place: all {held.at_most} are in use.",
                    "The next run goes on; give the inputs longer intervals if it stays.",
                )
            held.renewed = self._clock()

    def release(self, lease: str) -> None:
        """The session has ended. Unknown leases are no error."""
        with self._lock:
            self._held.pop(lease, None)
            self._write(partial(_remove, lease))

    def _enter(self, lease: str, held: _Held, connection: sqlite3.Connection, now: float) -> bool:
        """Write the lease down, unless that would be one too many."""
        # A clock that was set back must not keep leases alive for as long as it was set back.
        connection.execute("UPDATE lease SET renewed = ? WHERE renewed > ?", (now, now))
        connection.execute("DELETE FROM lease WHERE renewed <= ?", (now - self._lifetime,))
        [others] = connection.execute(
            "SELECT count(*) FROM lease WHERE manager = ? AND id != ?", (held.manager, lease)
        ).fetchone()
        if others >= held.at_most:
            return False
        row = (lease, held.manager, now)
        connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?)", row)
        return True

    def _write(self, work: Callable[[sqlite3.Connection, float], T]) -> T:
        """Do ``work`` in a transaction, in a file that is still there afterwards."""
        trouble: Optional[StoreError] = None
        for _ in range(_TRIES):
            inode = 0
            try:
                inode = self._inode() or self._create()
                result = self._committed(work)
                if self._inode() == inode:
                    return result
            except (sqlite3.Error, OSError) as error:
                trouble = translated(self._path, error)
                if isinstance(trouble, StoreDamaged):
                    self._create(instead_of=inode)
                elif isinstance(error, OSError) or self._inode() == inode:
                    raise trouble from error
        raise trouble or StoreError(
            f"The file {self._path} is replaced again and again.",
            "Find out what else writes there: it belongs to this app alone.",
        )

    def _committed(self, work: Callable[[sqlite3.Connection, float], T]) -> T:
        with closing(connect(self._path, BUSY_SECONDS)) as connection:
            # What a power cut may cost here is worth no wait for the disk.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection, self._clock())
            connection.execute("COMMIT")
            return result

    def _inode(self) -> int:
        """0 = there is no file."""
        try:
            return Path(self._path).stat().st_ino
        except FileNotFoundError:
            return 0

    def _create(self, instead_of: int = 0) -> int:
        try:
            if instead_of:
                # An old journal would be played back into the new file.
                Path(f"{self._path}-journal").unlink(missing_ok=True)
            create(self._path, _SCHEMA, instead_of)
            return self._inode()
        except (sqlite3.Error, OSError) as error:
            raise translated(self._path, error) from error


def _remove(lease: str, connection: sqlite3.Connection, now: float) -> None:  # noqa: ARG001
    connection.execute("DELETE FROM lease WHERE id = ?", (lease,))
