"""What to do about a damaged store: look at all of it, and move it out of the way."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Union

from fmgstate.errors import StoreDamaged
from fmgstate.store.codec import unpack_content, unpack_head, unseal
from fmgstate.store.sqlite_file import MOVE_AWAY, SqliteFile

_BUSY_SECONDS = 30.0


def verify(path: Union[str, os.PathLike[str]]) -> None:
    """Read the whole store. Raises ``StoreDamaged`` when any byte that matters has changed.

    Look-ups notice a damaged row, but not a row that damage has hidden from its key's index:
    this does. Reads every page: seconds for a large store.
    """
    file = SqliteFile(os.fspath(path), _BUSY_SECONDS)
    try:
        with file.reading() as connection:
            if connection is None:
                return
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if verdict != "ok":
                raise StoreDamaged(f"The store {file.path} is damaged: {verdict}.", MOVE_AWAY)
            for key, head in connection.execute("SELECT key, head FROM scope"):
                unpack_head(key, head)
            for key, body in connection.execute(
                "SELECT key, body FROM scope JOIN content USING (id)"
            ):
                unpack_content(key, body)
            for key, value in connection.execute("SELECT key, value FROM entry"):
                unseal(key, value)
    finally:
        file.close()


def set_aside(path: Union[str, os.PathLike[str]]) -> Path:
    """Rename a damaged store, with its -wal and -shm, to ``<name>.damaged-<UTC time>``.

    Returns the new path. Stores that are open notice it: their next write makes a new file.
    """
    source = os.fspath(path)
    target = _free_name(f"{source}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    # The file itself goes last: a new store must never meet the old one's -wal.
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.rename(source + ending, target + ending)
    return Path(target)


def _free_name(wanted: str) -> str:
    name, number = wanted, 1
    while os.path.exists(name):
        number += 1
        name = f"{wanted}-{number}"
    return name
