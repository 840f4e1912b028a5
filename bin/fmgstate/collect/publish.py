"""What was kept goes to the index: a full set first and daily, else what changed.

Before anything is sent, the publication is written down ("publishing"); after it was sent, it
becomes what the next one is compared with ("published"). After a crash in between, the same
publication is sent again with the same event ids, and only then the next one is made. So a reader
that drops events whose id it has seen gets every change once and in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import islice
from typing import Any, Optional

from fmgstate.collect.basis import published_key, publishing_key, replaced_key, stands_for
from fmgstate.collect.event import Event
from fmgstate.collect.publication import Publication
from fmgstate.collect.scope import BLOCK, OBJECTS, PACKAGE, Scope, prefix
from fmgstate.collect.traffic_of_change import TrafficOfChange
from fmgstate.collect.view import View, Views
from fmgstate.errors import StoreDamaged
from fmgstate.store.base import Head, Snapshot, Store, head_of

EVENTS_AT_ONCE = 500
MOST_EQUAL = 5
"""So many times of change are known of content that was kept anew and turned out the same."""

Emit = Callable[[list[Event]], None]
"""Writes the events and returns only when they are out of this process."""


class Publisher:
    """Publishes scopes of one store to one stream (an input): each stream gets everything."""

    def __init__(
        self, store: Store, stream: str, emit: Emit, now: float, full_set_seconds: float
    ) -> None:
        self._store, self._stream, self._emit, self._now = store, stream, emit, now
        self._full_set_seconds = full_set_seconds
        self._views = Views(store)
        self._traffic = TrafficOfChange(store, stream)
        self.sent = 0

    def publish(self, scope: Scope) -> None:
        """Send what is new of ``scope``; nothing when nothing is."""
        left_over = self._load(publishing_key(self._stream, scope))
        if left_over is not None:
            self._send_again(scope, left_over, self._load(published_key(self._stream, scope)))
        head = self._head(published_key(self._stream, scope))
        version = self._views.version(scope)
        if version is None and head is None:
            return
        if head is not None and (version is None or head.mark != version):
            self._begin(scope, head, full=False)  # before a full set: it would hide what changed
            head = self._head(published_key(self._stream, scope))
        if version and (head is None or self._full_set_is_due(head.outcome.get("full", 0.0))):
            self._begin(scope, head, full=True)

    def left_behind(self) -> list[Scope]:
        """Scopes that were published and are kept no more, as when another input dropped them."""
        start = f"published/{self._stream}/"
        published = [Scope.parse(head.key[len(start) :]) for head in self._store.heads(start)]
        kinds = {prefix(scope.kind, scope.manager) for scope in published}
        kept = {head.key for kind in kinds for head in self._store.heads(kind)}
        return [scope for scope in published if scope.key not in kept]

    def _full_set_is_due(self, last: float) -> bool:
        """Also when the last one lies ahead: the clock was set back."""
        return not 0.0 <= self._now - last < self._full_set_seconds

    def _send_again(self, scope: Scope, left_over: Snapshot, old: Optional[Snapshot]) -> None:
        """What a killed process had written down; unless it was remembered as sent already, or what
        it builds on cannot be read: then a full set follows."""
        facts = left_over.head.outcome
        sent = old is not None and old.head.outcome.get("number", 0) >= facts["number"]
        if sent or (old is None and not facts["full"]):
            self._store.delete(left_over.head.key)
        else:
            self._finish(scope, left_over, old)

    def _begin(self, scope: Scope, head: Optional[Head], full: bool) -> None:
        view = self._views.view(scope)
        old = self._load(published_key(self._stream, scope))
        full = (full or old is None) and view is not None
        last = head.outcome.get("number", 0) if head else 0
        facts = {
            "number": max(last + 1, int(self._now * 1000)),
            "after": last,
            "full": full,
            "time": self._now,
            "gone": view is None,
        }
        moved = view is None or old is None or old.content["records"] != view.records
        if not (full or moved) and scope.kind == PACKAGE and self._traffic.out_of_time:
            return  # the next run looks whether it means something else by now
        traffic = None if full else self._traffic_of(scope, old, view)
        if full or moved or traffic is not None:
            target = self._written_down(scope, view, facts, head, traffic)
            self._store.save(target)
            self._finish(scope, target, old)
        elif view is not None and old is not None:
            self._note(scope, view, old)

    def _traffic_of(
        self, scope: Scope, old: Optional[Snapshot], view: Optional[View]
    ) -> Optional[dict[str, Any]]:
        if old is None or view is None or view.basis is None:
            return None
        found = self._traffic.of(scope, old, view.basis, view.records)
        return None if found is None else asdict(found)

    def _note(self, scope: Scope, view: View, old: Snapshot) -> None:
        """Nothing is to be told; but what it stands on now is what the next change is held to."""
        outcome = {**old.head.outcome, **_versions(view)}
        if scope.kind in (OBJECTS, BLOCK):
            outcome["equal"] = stands_for(old.head)[:MOST_EQUAL]
        head = replace(old.head, mark=view.version, outcome=outcome)
        if view.basis is not None and old.content.get("place") != view.basis.place:
            self._store.save(Snapshot(head, {**old.content, "place": view.basis.place}))
        else:
            self._store.note(head)

    def _written_down(
        self,
        scope: Scope,
        view: Optional[View],
        facts: dict[str, Any],
        last: Optional[Head],
        traffic: Optional[dict[str, Any]],
    ) -> Snapshot:
        key = publishing_key(self._stream, scope)
        if view is None:
            return Snapshot(Head(key, self._now, self._now, "", facts), {"records": []})
        changed_time = view.changed_time
        if not facts["full"] and last and changed_time <= (last.changed_time or 0.0):
            changed_time = self._now  # where it is installed changed, not what is kept of it
        head = Head(key, view.snapshot_time, changed_time, view.version,
                    {**facts, **_versions(view)})  # fmt: skip
        content = {"records": view.records, "authors": view.authors}
        if view.basis is not None:
            content["place"] = view.basis.place
        if traffic is not None:
            content["traffic"] = traffic
        return Snapshot(head, content)

    def _finish(self, scope: Scope, target: Snapshot, old: Optional[Snapshot]) -> None:
        """Send what is written down, and remember that it was sent."""
        facts = target.head.outcome
        publication = Publication(
            scope, self._stream, facts["number"], facts["after"], facts["full"], facts["time"],
            target.head.snapshot_time or 0.0, target.head.changed_time or 0.0,
            old.content["records"] if old else [], target.content["records"], facts["gone"],
            target.content.get("authors", {}), target.content.get("traffic", {}),
        )  # fmt: skip
        self._send(publication)
        self._remember(scope, target, old)
        self._store.delete(publishing_key(self._stream, scope))

    def _send(self, publication: Publication) -> None:
        events = publication.events()
        while batch := list(islice(events, EVENTS_AT_ONCE)):
            self._emit(batch)
            self.sent += len(batch)

    def _remember(self, scope: Scope, target: Snapshot, old: Optional[Snapshot]) -> None:
        key, beside = published_key(self._stream, scope), replaced_key(self._stream, scope)
        facts = target.head.outcome
        if facts["gone"]:
            self._store.delete(key)
            self._store.delete(beside)
            return
        full = facts["time"] if facts["full"] or old is None else old.head.outcome["full"]
        outcome = {"number": facts["number"], "full": full}
        if "versions" in facts:
            outcome["versions"] = facts["versions"]
        if old is not None and scope.kind in (OBJECTS, BLOCK):
            if old.content["records"] == target.content["records"]:
                outcome["equal"] = stands_for(old.head)[:MOST_EQUAL]
            else:
                self._store.save(Snapshot(replace(old.head, key=beside), old.content))
        head = Head(key, target.head.snapshot_time, target.head.changed_time, target.head.mark,
                    outcome)  # fmt: skip
        content = {name: one for name, one in target.content.items() if name != "traffic"}
        self._store.save(Snapshot(head, content))

    def _load(self, key: str) -> Optional[Snapshot]:
        """What cannot be read was never published: a full set follows."""
        try:
            return self._store.load(key)
        except StoreDamaged:
            return None

    def _head(self, key: str) -> Optional[Head]:
        return head_of(self._store, key)


def _versions(view: View) -> dict[str, Any]:
    return {} if view.basis is None else {"versions": view.basis.versions}
