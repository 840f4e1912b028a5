"""One publication of one scope as events: a full set, or what changed since the last one.

Every event carries the envelope below beside the record. The last event of a publication is a
marker with the number of events before it, so that a reader knows whether it has them all.
``event_id`` is made from the publication's number and the record: sent again, it is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fmgstate.collect import finding_events, hitcount_events, traffic_events
from fmgstate.collect.authors import Authors
from fmgstate.collect.difference import CREATED, MODIFIED, Change, difference
from fmgstate.collect.event import Event
from fmgstate.collect.scope import BLOCK, FINDINGS, HITCOUNTS, PACKAGE, Scope
from fmgstate.policy.events import DNAT, FINDING, HITCOUNT, OBJECT, POLICY
from fmgstate.record import Record

SOURCETYPE = "fortinet:fortimanager:"
FULL, CHANGES = "full", "changes"
ENVELOPE = (
    "time", "event_id", "fortimanager", "adom", "package", "stream", "scope", "publication",
    "after", "set", "snapshot_time", "changed_time", "plane",
)  # fmt: skip
BOOKKEEPING = ("modified_time", "modified_by")
"""Fields that change with every edit: kept in ``changes``, left out of the list of attributes."""


@dataclass(frozen=True)
class Publication:
    """``number`` rises within a scope and stream, over a lost store too: it is made of the time.
    ``after``: the number of the publication that the changes build on, 0 for none. Times: epoch
    seconds; ``time``: when it was decided. ``gone``: FortiManager has the scope no more.
    ``traffic``: a ``PackageTraffic`` as a dict, empty where nothing is to be said of it."""

    scope: Scope
    stream: str
    number: int
    after: int
    full: bool
    time: float
    snapshot_time: float
    changed_time: float
    old: list[Record]
    new: list[Record]
    gone: bool = False
    authors: Authors = field(default_factory=dict)
    traffic: dict[str, Any] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        """All events, the marker last."""
        sent = 0
        for event in self._full_set() if self.full else self._changes():
            sent += 1
            yield event
        yield self._marker(sent)

    def _full_set(self) -> Iterator[Event]:
        before = hitcount_events.before(self.old)
        for record in self.new:
            data = {**record, **hitcount_events.since(before.get(record["id"]), record)}
            yield self._event(record["kind"], self.snapshot_time, record["id"], data)

    def _changes(self) -> Iterator[Event]:
        before = hitcount_events.before(self.old)
        for change in difference(self.old, self.new):
            lasting = change.record["id"]
            if self.scope.kind == HITCOUNTS:
                kind, data = HITCOUNT, hitcount_events.event_data(change, before.get(lasting))
            elif self.scope.kind == FINDINGS:
                kind, data = FINDING, finding_events.event_data(change)
            else:
                author = self.authors.get(lasting, {})
                effect = traffic_events.of_policy(self.traffic, change.record)
                kind, data = "change", change_data(self.scope, change, author, effect)
            yield self._event(kind, self.changed_time, lasting, data)
        if self.traffic:
            data = traffic_events.of_package(self.scope, self.traffic)
            yield self._event("change", self.changed_time, traffic_events.TRAFFIC, data)

    def _marker(self, sent: int) -> Event:
        data = {"health": "publication", "events": sent, "records": len(self.new),
                "gone": self.gone}  # fmt: skip
        return self._event("health", self.time, "", data)

    def _event(self, kind: str, time: float, lasting: str, data: dict[str, Any]) -> Event:
        scope = self.scope
        envelope: dict[str, Any] = {
            "time": time_text(time),
            "event_id": self._event_id(lasting),
            "fortimanager": scope.manager,
            "adom": scope.adom,
            "stream": self.stream,
            "scope": scope.key,
            "publication": self.number,
            "after": self.after,
            "set": FULL if self.full else CHANGES,
            "snapshot_time": round(self.snapshot_time, 3),
            "changed_time": round(self.changed_time, 3),
            "plane": "package",
        }
        if scope.kind in (PACKAGE, BLOCK, HITCOUNTS, FINDINGS):
            envelope["package"] = scope.name
        return Event(time, SOURCETYPE + kind, scope.manager, source(scope), {**envelope, **data})

    def _event_id(self, lasting: str) -> str:
        made_of = [self.stream, self.scope.key, self.number, lasting]
        return hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]


def time_text(time: float) -> str:
    """Epoch seconds with milliseconds, as props.conf reads them."""
    return f"{time:.3f}"


def source(scope: Scope) -> str:
    """Where an event comes from, for people: "fortimanager/emea/package/branches/edge"."""
    return "/".join(part for part in ("fortimanager", scope.adom, scope.kind, scope.name) if part)


def change_data(
    scope: Scope, change: Change, author: dict[str, str], traffic: dict[str, Any]
) -> dict[str, Any]:
    """What one change event says beside its envelope, with the fields of CIM's Change model.

    ``author``: of the record's last revision, as far as it is known. ``traffic``: what the change
    of a policy opens and closes; empty for anything else.
    """
    record = change.record
    name = str(record.get("path") or record.get("name") or record.get("policyid") or record["id"])
    changes = dict(_flat(change))
    return {
        "kind": record["kind"],
        "id": record["id"],
        "action": change.action,
        "change_type": "policy" if record["kind"] in (POLICY, OBJECT, DNAT) else "inventory",
        "object": name,
        "object_id": record.get("uuid") or record["id"],
        "object_category": record["kind"],
        "object_attrs": [field for field in changes if field not in BOOKKEEPING],
        "object_path": _path(scope, record),
        "dvc": scope.manager,
        "dest": scope.name or name,
        "status": "success",
        "vendor_product": "Fortinet FortiManager",
        **_who(change, author),
        **({"traffic": traffic} if traffic else {}),
        # Last, as they may be long: Splunk's automatic extraction ends after so many characters.
        "changes": {field: {"old": old, "new": new} for field, (old, new) in changes.items()},
        "record": record,
    }


def _who(change: Change, author: dict[str, str]) -> dict[str, str]:
    """Who did it, when by FortiManager's clock, and their note; nothing where that is not known.

    A rule that stands for something else because an object changed was not edited by anybody: its
    own last editor must not be blamed for it.
    """
    record = change.record
    if change.action == MODIFIED and all(name.startswith("resolved") for name in change.fields):
        return {}
    found = {"user": author.get("user"), "note": author.get("note"), "edited": author.get("time")}
    if change.action == CREATED or "modified_time" in change.fields:
        found["user"] = found["user"] or record.get("modified_by")
        found["edited"] = found["edited"] or record.get("modified_time")
    return {name: str(value) for name, value in found.items() if value}


def _flat(change: Change) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Changed fields; of what is a dict, only its keys that changed: "resolved.srcaddr"."""
    for name, (old, new) in change.fields.items():
        if not isinstance(old or {}, dict) or not isinstance(new or {}, dict):
            yield name, (old, new)
            continue
        before, after = old or {}, new or {}
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                yield f"{name}.{key}", (before.get(key), after.get(key))


def _path(scope: Scope, record: Record) -> str:
    parts = [scope.adom, scope.name, record.get("table", ""), record.get("sequence", "")]
    return "/".join(str(part) for part in parts if part != "")
