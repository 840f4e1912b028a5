"""What to do about a damaged store: look at all of it, and move it out of the way."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from typing import Union

from fmgstate.store.codec import Unreadable, unpack_content, unpack_head, unpack_value
from fmgstate.store.sqlite_file import SqliteFile

_BUSY_SECONDS = 30.0


def verify(path: Union[str, os.PathLike[str]]) -> None:
    """Read the whole store. Raises ``StoreDamaged`` when any byte that matters has changed.

    Look-ups notice a damaged row, but not a row that damage has hidden from its key's index:
    this does. Reads every page: seconds for a large store.
    """
    file = SqliteFile(os.fspath(path), _BUSY_SECONDS)
    try:
        with file.reading() as connection:
            if connection is not None:
                _read_all(connection)
    finally:
        file.close()


def set_aside(path: Union[str, os.PathLike[str]]) -> Path:
    """Rename a damaged store, with its -wal and -shm, to ``<name>.damaged-<UTC time>``.

    Returns the new path. Stores that are open notice it: their next write makes a new file.
    """
    target = _free_name(
        f"{os.fspath(path)}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    )
    # The file itself goes last: a new store must never meet the old one's -wal.
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{os.fspath(path)}{ending}").rename(f"{target}{ending}")
    return target


def _read_all(connection: Connection) -> None:
    verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != b"ok":
        raise Unreadable(verdict.decode("ascii", "replace"))
    for key, head in connection.execute("SELECT key, head FROM scope"):
        unpack_head(key, head)
    for key, body in connection.execute("SELECT key, body FROM content LEFT JOIN scope USING (id)"):
        unpack_content(key, body)
    for owner, key, value in connection.execute(
        "SELECT scope.key, entry.key, value FROM entry LEFT JOIN scope ON scope.id = entry.id >> 32"
    ):
        unpack_value(owner, key, value)


def _free_name(wanted: str) -> Path:
    path, number = Path(wanted), 1
    while path.exists():
        number += 1
        path = Path(f"{wanted}-{number}")
    return path
