"""Who changed a scope, and what they noted: asked only once something is known to have changed."""

from __future__ import annotations

from fmgstate.collect.difference import DELETED, Change, difference
from fmgstate.collect.scope import Scope
from fmgstate.collect.source import Source
from fmgstate.errors import FortiManagerError, NormalizeError
from fmgstate.native import number
from fmgstate.policy import fetch, normalize
from fmgstate.record import Record

DELETE = "delete"

Authors = dict[str, dict[str, str]]
"""Record id -> ``user``, ``note``, ``time``, ``act`` of its last revision, as far as known."""

REACH_SECONDS = 86_400.0
"""How far before the last fetch revisions are asked for: FortiManager's clock may differ."""


def nobody(_old: list[Record], _since: float) -> Authors:
    """For scopes that have no history."""
    return {}


def authors(
    source: Source, scope: Scope, old: list[Record], since: float, new: list[Record]
) -> Authors:
    """The last revision of every record that differs between ``old`` and ``new``.

    FortiManager's history is a help, not a condition: where it cannot be read, nobody is named.
    Nor is anybody for an edit that the old record had seen: it is not what made the difference.
    """
    seen = {record["id"]: record.get("modified_time") or -1 for record in old}
    changes = difference(old, new)
    tables = sorted({one.record["table"] for one in changes} - fetch.WITHOUT_REVISIONS)
    questions = [
        fetch.revisions(scope.adom, scope.kind, scope.name, table, int(since - REACH_SECONDS))
        for table in tables
    ]
    if not questions:
        return {}
    try:
        found = {
            table: normalize.last_revisions(answer.rows())
            for table, answer in zip(tables, source.get(questions))
        }
        return {
            change.record["id"]: revision
            for change in changes
            if (revision := found.get(change.record["table"], {}).get(_key(change.record)))
            and _fits(change, revision, seen.get(change.record["id"], -1))
        }
    except (FortiManagerError, NormalizeError):
        return {}


def _fits(change: Change, revision: dict[str, str], seen: int) -> bool:
    """Whether the revision can be what made the change: a delete for what is gone, and only that;
    newer than what the old record knew of."""
    if (change.action == DELETED) != (revision.get("act") == DELETE):
        return False
    return (number(revision, "time") or 0) > seen


def _key(record: Record) -> str:
    return str(record.get("policyid", record.get("name", "")))
