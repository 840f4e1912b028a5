"""What findings say when they appear, change or end: each is an event of its own."""

from __future__ import annotations

from typing import Any

from fmgstate.collect.difference import Change

BESIDE = ("action", "object_attrs")
"""Fields that a snapshot does not hold."""


def event_data(change: Change) -> dict[str, Any]:
    """``action``: created, modified, or deleted for one that ended; ``object_attrs``: what changed.

    The record last: its lists may be long.
    """
    return {"action": change.action, "object_attrs": list(change.fields), **change.record}
