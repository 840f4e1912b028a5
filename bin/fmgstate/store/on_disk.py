"""The store as one SQLite file (WAL): several processes write, readers never wait for them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from sqlite3 import Connection
from typing import TYPE_CHECKING, Optional, Union

from fmgstate.store.base import Found, Head, IndexRow, Snapshot
from fmgstate.store.codec import (
    key_bytes,
    pack_content,
    pack_head,
    seal,
    unpack_content,
    unpack_head,
    unseal,
)
from fmgstate.store.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS = 30.0
_KEYS_A_QUERY = 100
_ROW_BITS = 32

_FIND = (
    "SELECT entry.key, scope.key, entry.id, entry.value, scope.head"
    " FROM entry JOIN scope ON scope.id = entry.id >> 32 WHERE entry.key IN ({})"
)
_FIND_ONE = _FIND.format("?")
_FIND_MANY = _FIND.format(",".join("?" * _KEYS_A_QUERY))

_Row = tuple[bytes, bytes, int, bytes, bytes]


class OnDiskStore:
    """See ``base.Store``. ``path``: the file; it and its directory are made by the first write.

    ``busy_seconds``: how long a write waits for another process's write.
    """

    def __init__(
        self, path: Union[str, os.PathLike[str]], busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self._file = SqliteFile(os.fspath(path), busy_seconds)

    def save(self, snapshot: Snapshot, rows: Iterable[IndexRow] = ()) -> None:
        """Replace the scope's head, content and index rows, all or nothing."""
        body = pack_content(snapshot.head.key, snapshot.content)
        entries = [(key, seal(key, value)) for key, value in _with_bytes(rows)]
        with self._file.writing() as connection:
            scope = _put_head(connection, snapshot.head)
            _forget_rows(connection, scope)
            connection.execute("INSERT OR REPLACE INTO content VALUES (?, ?)", (scope, body))
            connection.executemany(
                "INSERT INTO entry VALUES (?, ?, ?)",
                (
                    (scope << _ROW_BITS | position, key, value)
                    for position, (key, value) in enumerate(entries)
                ),
            )

    def note(self, head: Head) -> None:
        """Replace the scope's head alone; content and index rows stay. Creates the scope if new."""
        with self._file.writing() as connection:
            _put_head(connection, head)

    def load(self, key: str) -> Optional[Snapshot]:
        """The snapshot under ``key``; None when there is none (a head alone is no snapshot)."""
        name = key_bytes(key)
        with self._file.reading() as connection:
            row = connection and connection.execute(
                "SELECT head, body FROM scope JOIN content USING (id) WHERE key = ?", (name,)
            ).fetchone()
            return Snapshot(unpack_head(name, row[0]), unpack_content(name, row[1])) if row else None

    def heads(self, prefix: str = "") -> list[Head]:
        """Heads of all scopes whose key starts with ``prefix``, in the order of their keys."""
        first = key_bytes(prefix)
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT key, head FROM scope WHERE key >= ? AND key < ? ORDER BY key",
                (first, first + b"\xff"),
            ) if connection else ()
            return [unpack_head(key, head) for key, head in rows]

    def find(self, keys: Sequence[str]) -> list[Found]:
        """All index rows under any of ``keys``, in the order of ``keys``.

        Rows under one key come in the order of their scopes' keys, then as they were saved.
        """
        names = [key_bytes(key) for key in keys]
        with self._file.reading() as connection:
            by_key = _by_key(_rows(connection, names)) if connection else {}
            heads: dict[bytes, Head] = {}
            return [
                Found(key, unseal(name, value), _head(heads, scope, head))
                for key, name in zip(keys, names)
                for _, scope, _, value, head in by_key.get(name, ())
            ]

    def delete(self, key: str) -> None:
        """Forget the scope, its content and its index rows. Unknown keys are no error."""
        ...

    def close(self) -> None:
        """Let go of files and connections. The store may be used again."""
        self._file.close()
