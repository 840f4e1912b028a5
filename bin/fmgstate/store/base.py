"""The store's contract: where snapshots live between a refresh and an answer.

A *scope* (one ADOM's inventory, one package, …) is one entry under one key. The store does not
look into what it keeps. Beside each snapshot it keeps *index rows*, small values that can be
found by a text key without loading the snapshot, and the last outcome of the scope's refresh.
``tests/contract`` runs one suite over every implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional, Protocol

from fmgstate.lean_dataclass import dataclass, field

IndexRow = tuple[str, bytes]
"""A key to be found by, and a small value. Several rows, of any scopes, may share a key."""


@dataclass(frozen=True)
class Head:
    """All that is known of a scope without its content. Times are epoch seconds (UTC).

    ``snapshot_time``: FortiManager last confirmed that this is its state; None = never had one.
    ``changed_time``: the content last changed. ``mark``: what FortiManager said of its version.
    ``outcome``: JSON-able facts of the last refresh (result, error, seconds, requests …).
    """

    key: str
    snapshot_time: Optional[float] = None
    changed_time: Optional[float] = None
    mark: str = ""
    outcome: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A scope's content, JSON-able, with its head."""

    head: Head
    content: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """One index row: the key asked for, its value, and the head of the scope it belongs to."""

    key: str
    value: bytes
    head: Head


class Store(Protocol):
    """Safe to use from several threads and, on disk, from several processes.

    Every method raises ``StoreDamaged``, ``StoreFull`` or (busy for too long) ``StoreError`` with a
    cure, never a backend's error.
    A reader sees a scope before or after a ``save``, never in between.
    """

    def save(self, snapshot: Snapshot, rows: Iterable[IndexRow] = ()) -> None:
        """Replace the scope's head, content and index rows, all or nothing."""

    def note(self, head: Head) -> None:
        """Replace the scope's head alone; content and index rows stay. Creates the scope if new."""

    def load(self, key: str) -> Optional[Snapshot]:
        """The snapshot under ``key``; None when there is none (a head alone is no snapshot)."""

    def heads(self, prefix: str = "") -> list[Head]:
        """Heads of all scopes whose key starts with ``prefix``, in the order of their keys."""

    def find(self, keys: Sequence[str]) -> list[Found]:
        """All index rows under any of ``keys``, in the order of ``keys``."""

    def delete(self, key: str) -> None:
        """Forget the scope, its content and its index rows. Unknown keys are no error."""

    def close(self) -> None:
        """Let go of files and connections."""


def head_of(store: Store, key: str) -> Optional[Head]:
    """The head of exactly this scope, without its content; None when it is not known."""
    return next((head for head in store.heads(key) if head.key == key), None)
