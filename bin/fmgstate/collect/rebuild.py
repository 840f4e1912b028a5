"""From published events back to snapshots: what another search head, or a test, lives on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fmgstate.collect import finding_events
from fmgstate.collect.difference import Change, apply, in_order
from fmgstate.collect.hitcount_events import SINCE
from fmgstate.collect.publication import ENVELOPE, FULL
from fmgstate.collect.traffic_events import TRAFFIC
from fmgstate.collect.view import DERIVED
from fmgstate.policy.events import FINDING, HITCOUNT
from fmgstate.record import Record

Data = dict[str, Any]


@dataclass
class Gathered:
    """The events of one publication that were seen so far, by their ids."""

    events: dict[str, Data] = field(default_factory=dict)
    marker: Data = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return bool(self.marker) and self.marker["events"] == len(self.events)


@dataclass(frozen=True)
class Rebuilt:
    """One scope as of its publication ``number``. ``gone``: FortiManager has it no more.
    ``records``: as ``in_order`` gives them, without what follows from other scopes."""

    number: int
    snapshot_time: float
    gone: bool
    records: list[Record]


def rebuild(events: Iterable[Data], stream: str) -> dict[str, Rebuilt]:
    """Scope key -> its newest state that the events prove.

    Events may come in any order and more than once. A publication of which events are missing is
    not used, nor is any change after it, until the next full set.
    """
    by_scope: dict[str, dict[int, Gathered]] = {}
    for data in events:
        if data.get("stream") != stream or "publication" not in data:
            continue
        numbers = by_scope.setdefault(data["scope"], {})
        gathered = numbers.setdefault(data["publication"], Gathered())
        if data.get("health") == "publication":
            gathered.marker = data
        else:
            gathered.events[data["event_id"]] = data
    found = {scope: _scope(numbers) for scope, numbers in by_scope.items()}
    return {scope: rebuilt for scope, rebuilt in found.items() if rebuilt is not None}


def _scope(numbers: dict[int, Gathered]) -> Any:
    whole = {number: one for number, one in numbers.items() if one.complete}
    starts = [number for number, one in whole.items() if one.marker["set"] == FULL]
    if not starts:
        return None
    number = max(starts)
    records = in_order(_bare(data, ENVELOPE) for data in whole[number].events.values())
    following = {one.marker["after"]: n for n, one in whole.items() if one.marker["set"] != FULL}
    while number in following:
        number = following[number]
        changes = [one for one in whole[number].events.values() if one["kind"] != TRAFFIC]
        records = apply(records, map(_change, changes))
    marker = whole[number].marker
    bare = [_bare(record, (*DERIVED, *SINCE)) for record in records]
    return Rebuilt(number, marker["snapshot_time"], marker["gone"], bare)


def _change(data: Data) -> Change:
    if data["kind"] == HITCOUNT:
        return Change(data["action"], _bare(data, (*ENVELOPE, "action")))
    if data["kind"] == FINDING:
        return Change(data["action"], _bare(data, (*ENVELOPE, *finding_events.BESIDE)))
    return Change(data["action"], data["record"])


def _bare(data: Data, without: Iterable[str]) -> Record:
    return {key: value for key, value in data.items() if key not in without}
