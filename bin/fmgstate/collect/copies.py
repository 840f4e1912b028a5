"""Copies of what other hosts published, kept in this host's store as its own scopes are.

ADOMs that this host collects itself are left to its inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from fmgstate.collect import hosts, index
from fmgstate.collect.freshness import FIRST
from fmgstate.collect.loading import Copied
from fmgstate.collect.scope import KINDS, Scope, prefix
from fmgstate.record import Record
from fmgstate.store.base import Head, Snapshot, Store, head_of

COPIED = "copied"
"""In the outcome of a scope that is a copy."""
NEVER = float("-inf")
OWN_SECONDS = 86_400.0
"""So long after its last success an input of this host counts."""


class Copies:
    """``now``: epoch seconds."""

    def __init__(self, store: Store, now: float) -> None:
        self._store, self._now = store, now
        self._heads = {head.key: head for kind in KINDS for head in store.heads(prefix(kind))}
        self._own: Optional[set[tuple[str, Optional[str]]]] = None

    def is_own(self, manager: str, adom: Optional[str] = None) -> bool:
        """Whether inputs of this host collect this ADOM; None = any of this FortiManager."""
        if self._own is None:
            own = [head for head in self._heads.values() if COPIED not in head.outcome]
            young = [head for head in own
                     if (head.snapshot_time or NEVER) > self._now - OWN_SECONDS]  # fmt: skip
            scopes = [Scope.parse(head.key) for head in young]
            self._own = {(one.manager, part) for one in scopes for part in (one.adom, None)}
        return (manager, adom) in self._own

    def has(self, copy: Copied) -> bool:
        """Whether its content is here already."""
        head = self._heads.get(copy.scope)
        return head is not None and head.outcome.get(COPIED) == _origin(copy)

    def put(self, copy: Copied, records: list[Record]) -> None:
        """Replace the scope by this copy."""
        rows = index.rows(Scope.parse(copy.scope), records)
        self._store.save(Snapshot(_head(copy), {"records": records}), rows)

    def note(self, copy: Copied) -> None:
        """Its content is here: note its age, and whether it is behind."""
        head = _head(copy)
        if self._heads.get(copy.scope) != head:
            self._store.note(head)

    def fall_behind(self, scope: str, why: str) -> None:
        """What is here is known to be older than what was published."""
        head = self._heads.get(scope)
        if head is not None and COPIED in head.outcome:
            outcome = {**head.outcome, "behind": True, "error": why}
            self._store.note(Head(scope, head.snapshot_time, head.changed_time, "", outcome))

    def keep_only(self, scopes: Iterable[str]) -> int:
        """Drop copies of all other scopes; how many."""
        wanted = set(scopes)
        gone = [
            key for key, head in self._heads.items() if COPIED in head.outcome and key not in wanted
        ]
        for key in gone:
            self._store.delete(key)
        return len(gone)

    def note_freshness(self, freshness: Mapping[str, Mapping[str, float]]) -> None:
        """What the inputs of other hosts are set to: FortiManager -> kind of input -> seconds."""
        for manager, kinds in freshness.items():
            for kind, seconds in kinds.items():
                key, outcome = prefix(FIRST, manager) + kind, {"seconds": seconds}
                kept = head_of(self._store, key)
                if not self.is_own(manager) and (kept is None or kept.outcome != outcome):
                    self._store.note(Head(key, outcome=outcome))

    def note_collectors(self, collectors: Iterable[hosts.Collector]) -> None:
        """Which hosts publish: where FortiManager can be asked."""
        for one in collectors:
            hosts.note(self._store, *one)


def is_published_copy(head: Head) -> bool:
    """Whether the scope is a copy of what another host published."""
    return isinstance(head.outcome.get(COPIED), list)


def _origin(copy: Copied) -> list[Any]:
    return [copy.stream, copy.number, copy.body]


def _head(copy: Copied) -> Head:
    outcome = {
        "result": COPIED,
        "records": copy.records,
        "error": copy.behind,
        "time": copy.snapshot_time,
        "behind": bool(copy.behind),
        COPIED: _origin(copy),
    }
    return Head(copy.scope, copy.snapshot_time, copy.changed_time, "", outcome)
