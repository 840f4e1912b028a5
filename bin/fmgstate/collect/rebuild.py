"""From published events back to snapshots: what another search head, or a test, lives on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional, Union

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
    """The events of one publication that were seen so far, by their ids: read, or as packed text
    (``pack``), as there may be many."""

    events: dict[str, Union[Data, bytes]] = field(default_factory=dict)
    marker: Data = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return bool(self.marker) and self.marker["events"] == len(self.events)

    def all(self) -> Iterator[Data]:
        """The events but for the marker."""
        for one in self.events.values():
            yield json.loads(zlib.decompress(one)) if isinstance(one, bytes) else one


@dataclass(frozen=True)
class Rebuilt:
    """One scope as of its publication ``number``. ``gone``: FortiManager has it no more.
    ``records``: as ``in_order`` gives them, without what follows from other scopes."""

    number: int
    snapshot_time: float
    gone: bool
    records: list[Record]
    changed_time: float = 0.0


class Known(NamedTuple):
    """What is known already: a publication's number, and what gives its records."""

    number: int
    records: Callable[[], list[Record]]


def pack(text: str) -> bytes:
    """An event's text, small."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


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
    found = {scope: newest(numbers) for scope, numbers in by_scope.items()}
    return {scope: rebuilt for scope, rebuilt in found.items() if rebuilt is not None}


def newest(numbers: dict[int, Gathered], known: Optional[Known] = None) -> Optional[Rebuilt]:
    """The newest state that these publications of a scope prove, on top of what is known; None =
    nothing newer."""
    last = known.number if known else 0
    whole = {number: one for number, one in numbers.items() if one.complete and number > last}
    starts = [number for number, one in whole.items() if one.marker["set"] == FULL]
    following = {one.marker["after"]: n for n, one in whole.items() if one.marker["set"] != FULL}
    if starts:
        number = max(starts)
        records = in_order(_bare(data, ENVELOPE) for data in whole[number].all())
    elif known is not None and known.number in following:
        number, records = known.number, known.records()
    else:
        return None
    while number in following:
        number = following[number]
        changes = [one for one in whole[number].all() if one["kind"] != TRAFFIC]
        records = apply(records, map(_change, changes))
    marker = whole[number].marker
    bare = [_bare(record, (*DERIVED, *SINCE)) for record in records]
    times = marker["snapshot_time"], marker["changed_time"]
    return Rebuilt(number, times[0], marker["gone"], bare, times[1])


def _change(data: Data) -> Change:
    if data["kind"] == HITCOUNT:
        return Change(data["action"], _bare(data, (*ENVELOPE, "action")))
    if data["kind"] == FINDING:
        return Change(data["action"], _bare(data, (*ENVELOPE, *finding_events.BESIDE)))
    return Change(data["action"], data["record"])


def _bare(data: Data, without: Iterable[str]) -> Record:
    return {key: value for key, value in data.items() if key not in without}
