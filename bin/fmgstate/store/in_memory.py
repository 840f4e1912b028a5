"""A store that lives as long as its process: for tests, and for one-off runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import NamedTuple, Optional

from fmgstate.store.base import Found, Head, IndexRow, Snapshot
from fmgstate.store.codec import key_bytes, pack_content, pack_head, unpack_content, unpack_head


class _Scope(NamedTuple):
    head: bytes
    content: Optional[bytes]
    rows: dict[str, list[bytes]]


class InMemoryStore:
    """Keeps packed bytes, as the others do, so that no caller can change what is stored."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scopes: dict[str, _Scope] = {}
        self._scopes_by_row_key: dict[str, set[str]] = {}

    def save(self, snapshot: Snapshot, rows: Iterable[IndexRow] = ()) -> None:
        """Replace the scope's head, content and index rows, all or nothing."""
        key = snapshot.head.key
        by_key: dict[str, list[bytes]] = {}
        for row_key, value in rows:
            by_key.setdefault(row_key, []).append(value)
        scope = _Scope(pack_head(snapshot.head), pack_content(key, snapshot.content), by_key)
        with self._lock:
            self._forget(key)
            self._scopes[key] = scope
            for row_key in by_key:
                self._scopes_by_row_key.setdefault(row_key, set()).add(key)

    def note(self, head: Head) -> None:
        """Replace the scope's head alone; content and index rows stay. Creates the scope if new."""
        packed = pack_head(head)
        with self._lock:
            known = self._scopes.get(head.key)
            self._scopes[head.key] = (
                known._replace(head=packed) if known else _Scope(packed, None, {})
            )

    def load(self, key: str) -> Optional[Snapshot]:
        """The snapshot under ``key``; None when there is none (a head alone is no snapshot)."""
        with self._lock:
            scope = self._scopes.get(key)
        if scope is None or scope.content is None:
            return None
        name = key_bytes(key)
        return Snapshot(unpack_head(name, scope.head), unpack_content(name, scope.content))

    def heads(self, prefix: str = "") -> list[Head]:
        """Heads of all scopes whose key starts with ``prefix``, in the order of their keys."""
        with self._lock:
            packed = sorted(
                (key, scope.head) for key, scope in self._scopes.items() if key.startswith(prefix)
            )
        return [unpack_head(key_bytes(key), head) for key, head in packed]

    def find(self, keys: Sequence[str]) -> list[Found]:
        """All index rows under any of ``keys``, in the order of ``keys``.

        Rows under one key come in the order of their scopes' keys, then as they were saved.
        """
        with self._lock:
            scopes = {
                key: [(name, self._scopes[name]) for name in self._names(key)] for key in keys
            }
        return [
            Found(key, value, unpack_head(key_bytes(name), scope.head))
            for key in keys
            for name, scope in scopes[key]
            for value in scope.rows[key]
        ]

    def delete(self, key: str) -> None:
        """Forget the scope, its content and its index rows. Unknown keys are no error."""
        with self._lock:
            self._forget(key)

    def close(self) -> None:
        """Nothing to let go of."""

    def _names(self, row_key: str) -> list[str]:
        return sorted(self._scopes_by_row_key.get(row_key, ()))

    def _forget(self, key: str) -> None:
        scope = self._scopes.pop(key, None)
        for row_key in scope.rows if scope else ():
            names = self._scopes_by_row_key.get(row_key, set())
            names.discard(key)
            if not names:
                self._scopes_by_row_key.pop(row_key, None)
