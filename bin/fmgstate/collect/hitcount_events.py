"""What hit counts say when they are published. They are no changes that somebody made: each policy
whose counters moved is one event, with its counters as they are and what came since the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from fmgstate.collect.difference import DELETED, Change
from fmgstate.policy.events import HITCOUNT
from fmgstate.record import Record

SINCE = ("hits_since", "reset")
"""Fields that follow from two counts; a snapshot does not hold them."""


def before(old: Iterable[Record]) -> dict[str, Record]:
    """The counters that were published last, by id; none for records of other kinds."""
    return {record["id"]: record for record in old if record["kind"] == HITCOUNT}


def since(old: Optional[Record], new: Record) -> dict[str, Any]:
    """``hits_since`` the last count, nothing where there was none. A counter that went down began
    again from 0: ``reset``."""
    if old is None or new["kind"] != HITCOUNT:
        return {}
    if new["hits"] < old["hits"]:
        return {"hits_since": new["hits"], "reset": True}
    return {"hits_since": new["hits"] - old["hits"]}


def event_data(change: Change, old: Optional[Record]) -> dict[str, Any]:
    """What the event of one policy says beside its envelope. ``action``: created for one that was
    not counted before, deleted for one that is not counted any more."""
    told = {} if change.action == DELETED else since(old, change.record)
    return {**change.record, "action": change.action, **told}
