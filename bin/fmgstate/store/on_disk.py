"""The store as one SQLite file (WAL): several processes write, readers never wait for them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, Optional, Union

from fmgstate.store.base import Found, Head, IndexRow, Snapshot
from fmgstate.store.codec import (
    Unreadable,
    key_bytes,
    pack_content,
    pack_head,
    pack_value,
    unpack_content,
    unpack_head,
    unpack_value,
)
from fmgstate.store.sqlite_file import SqliteFile

BUSY_SECONDS = 30.0
_KEYS_A_QUERY = 100
_ROW_BITS = 32

_FIND = (
    "SELECT entry.key, scope.key, entry.id, entry.value, scope.head"
    " FROM entry LEFT JOIN scope ON scope.id = entry.id >> 32 WHERE entry.key IN ({})"
)
_FIND_ONE = _FIND.format("?")
_FIND_MANY = _FIND.format(",".join("?" * _KEYS_A_QUERY))

_Row = tuple[bytes, Any, int, bytes, Any]
"""The key, the scope's key, the row's id, its sealed value, the scope's sealed head.

Scope and head are None when damage has taken the scope.
"""


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
        owner = key_bytes(snapshot.head.key)
        names = ((key_bytes(key), value) for key, value in rows)
        entries = [(name, pack_value(owner, name, value)) for name, value in names]
        with self._file.writing() as connection:
            scope = _put_head(connection, snapshot.head)
            _delete_rows(connection, scope)
            connection.execute("INSERT OR REPLACE INTO content VALUES (?, ?)", (scope, body))
            connection.executemany(
                "INSERT INTO entry VALUES (?, ?, ?)",
                (
                    (scope << _ROW_BITS | position, name, value)
                    for position, (name, value) in enumerate(entries)
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
            if connection is None:
                return None
            row = connection.execute(
                "SELECT head, body FROM scope JOIN content USING (id) WHERE key = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            return Snapshot(unpack_head(name, row[0]), unpack_content(name, row[1]))

    def heads(self, prefix: str = "") -> list[Head]:
        """Heads of all scopes whose key starts with ``prefix``, in the order of their keys."""
        first = key_bytes(prefix)
        with self._file.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT key, head FROM scope WHERE key >= ? AND key < ? ORDER BY key",
                (first, first + b"\xff"),
            )
            return [unpack_head(key, head) for key, head in rows]

    def find(self, keys: Sequence[str]) -> list[Found]:
        """All index rows under any of ``keys``, in the order of ``keys``.

        Rows under one key come in the order of their scopes' keys, then as they were saved.
        """
        names = [key_bytes(key) for key in keys]
        heads: dict[bytes, Head] = {}
        with self._file.reading() as connection:
            if connection is None:
                return []
            rows = _rows_by_key(connection, names)
            return [
                Found(key, unpack_value(scope, name, value), _head(heads, scope, head))
                for key, name in zip(keys, names)
                for _, scope, _, value, head in rows.get(name, ())
            ]

    def delete(self, key: str) -> None:
        """Forget the scope, its content and its index rows. Unknown keys are no error."""
        with self._file.reading() as connection:
            if connection is None or _scope_id(connection, key) is None:
                return
        with self._file.writing() as connection:
            scope = _scope_id(connection, key)
            if scope is not None:
                _delete_rows(connection, scope)
                connection.execute("DELETE FROM content WHERE id = ?", (scope,))
                connection.execute("DELETE FROM scope WHERE id = ?", (scope,))

    def close(self) -> None:
        """Let go of files and connections. The store may be used again."""
        self._file.close()


def _put_head(connection: Connection, head: Head) -> int:
    connection.execute(
        "INSERT INTO scope (key, head) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET head = excluded.head",
        (key_bytes(head.key), pack_head(head)),
    )
    scope = _scope_id(connection, head.key)
    assert scope is not None
    return scope


def _scope_id(connection: Connection, key: str) -> Optional[int]:
    row = connection.execute("SELECT id FROM scope WHERE key = ?", (key_bytes(key),)).fetchone()
    return int(row[0]) if row else None


def _delete_rows(connection: Connection, scope: int) -> None:
    first = scope << _ROW_BITS
    last = (scope + 1 << _ROW_BITS) - 1
    connection.execute("DELETE FROM entry WHERE id BETWEEN ? AND ?", (first, last))


def _rows_by_key(connection: Connection, names: list[bytes]) -> dict[bytes, list[_Row]]:
    if len(names) == 1:
        found = connection.execute(_FIND_ONE, names).fetchall()
    else:
        found = _rows_of_many(connection, list(set(names)))
    by_key: dict[bytes, list[_Row]] = {}
    for row in found:
        if row[1] is None:
            raise Unreadable(f"the entry {row[0]!r} belongs to no scope")
        by_key.setdefault(row[0], []).append(row)
    for rows in by_key.values():
        rows.sort()
    return by_key


def _rows_of_many(connection: Connection, names: list[bytes]) -> list[_Row]:
    """All in one read transaction, so that no save falls between two queries."""
    found: list[_Row] = []
    connection.execute("BEGIN")
    for start in range(0, len(names), _KEYS_A_QUERY):
        part = names[start : start + _KEYS_A_QUERY]
        # One statement for every length: it is prepared once. Nothing equals NULL.
        padding = [None] * (_KEYS_A_QUERY - len(part))
        found += connection.execute(_FIND_MANY, [*part, *padding]).fetchall()
    connection.execute("COMMIT")
    return found


def _head(known: dict[bytes, Head], scope: bytes, sealed: bytes) -> Head:
    head = known.get(scope)
    if head is None:
        head = known[scope] = unpack_head(scope, sealed)
    return head
