"""Copies of what other hosts published, kept in this host's store as its own scopes are.

What this host collects itself of an ADOM is left to its inputs, as long as they keep up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fmgstate.collect import hosts, index
from fmgstate.collect.freshness import BEHIND, FIRST
from fmgstate.collect.loading import Copied
from fmgstate.collect.scope import KINDS, Scope, prefix
from fmgstate.record import Record
from fmgstate.store.base import Head, Snapshot, Store, head_of

COPIED = "copied"
"""In the outcome of a scope that is a copy."""
NEVER = float("-inf")
OWN_SECONDS = 86_400.0
"""So long after its last success an input of this host counts."""
KEEPS_UP_SECONDS = 900.0
"""Unless what others published is newer by more than that: somebody only asked here once."""

Group = tuple[str, str, str]
"""FortiManager, ADOM and kind of scope."""


class Copies:
    """``now``: epoch seconds."""

    def __init__(self, store: Store, now: float) -> None:
        self._store, self._now = store, now
        self._heads = {head.key: head for kind in KINDS for head in store.heads(prefix(kind))}
        self._own = _newest(
            (head.key, head.snapshot_time or NEVER)
            for head in self._heads.values()
            if COPIED not in head.outcome
        )

    def wanted(self, copies: Iterable[Copied]) -> list[Copied]:
        """Those that are not left to this host's inputs. What is a copy here stays one."""
        every = list(copies)
        newest = _newest((one.scope, one.snapshot_time) for one in every)
        groups = {group for group, time in newest.items() if self._keeps_up(group, time)}
        return [one for one in every if _group(one.scope) not in groups or self._is_copy(one.scope)]

    def _keeps_up(self, group: Group, published: float) -> bool:
        own = self._own.get(group, NEVER)
        return own > self._now - OWN_SECONDS and own >= published - KEEPS_UP_SECONDS

    def _is_copy(self, scope: str) -> bool:
        head = self._heads.get(scope)
        return head is not None and COPIED in head.outcome

    def _collects(self, manager: str) -> bool:
        """Whether inputs of this host collect from it."""
        return any(
            group[0] == manager and time > self._now - OWN_SECONDS
            for group, time in self._own.items()
        )

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
            outcome = {**head.outcome, BEHIND: True, "error": why}
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
                if not self._collects(manager) and (kept is None or kept.outcome != outcome):
                    self._store.note(Head(key, outcome=outcome))

    def note_collectors(self, collectors: Iterable[hosts.Collector]) -> None:
        """Which hosts publish: where FortiManager can be asked."""
        for one in collectors:
            hosts.note(self._store, *one)


def is_published_copy(head: Head) -> bool:
    """Whether the scope is a copy of what another host published."""
    return isinstance(head.outcome.get(COPIED), list)


def _group(key: str) -> Group:
    scope = Scope.parse(key)
    return scope.manager, scope.adom, scope.kind


def _newest(times: Iterable[tuple[str, float]]) -> dict[Group, float]:
    """Of scopes, by their groups."""
    found: dict[Group, float] = {}
    for key, time in times:
        group = _group(key)
        found[group] = max(found.get(group, NEVER), time)
    return found


def _origin(copy: Copied) -> list[Any]:
    return [copy.stream, copy.number, copy.body]


def _head(copy: Copied) -> Head:
    outcome = {
        "result": COPIED,
        "records": copy.records,
        "error": copy.behind,
        "time": copy.snapshot_time,
        BEHIND: bool(copy.behind),
        COPIED: _origin(copy),
    }
    return Head(copy.scope, copy.snapshot_time, copy.changed_time, "", outcome)
