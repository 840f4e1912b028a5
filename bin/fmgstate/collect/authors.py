"""Who changed a scope, and what they noted: asked only once something is known to have moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fmgstate.collect.difference import DELETED, Change, difference
from fmgstate.collect.scope import BLOCK, OBJECTS, PACKAGE, Scope
from fmgstate.collect.source import Source
from fmgstate.errors import FortiManagerError, NormalizeError
from fmgstate.fortimanager.answer import Answer
from fmgstate.native import number
from fmgstate.policy import fetch, normalize
from fmgstate.record import Record

DELETE = "delete"

Authors = dict[str, dict[str, str]]
"""Record id -> ``user``, ``note``, ``time``, ``act`` of its last revision, as far as known."""

REACH_SECONDS = 86_400.0
"""How far before the last fetch revisions are asked for: FortiManager's clock may differ."""


LIKELY = {
    PACKAGE: ("firewall/policy",),
    BLOCK: ("firewall/policy",),
    OBJECTS: ("firewall/address", "firewall/addrgrp"),
}
"""The tables that most changes are in, by the kind of scope."""


@dataclass(frozen=True)
class History:
    """Revisions that were asked for together with a scope: since when, the answers by table."""

    since: float = 0.0
    answers: dict[str, Answer] = field(default_factory=dict)

    def of(self, since: float) -> dict[str, Answer]:
        """The answers, if they reach back so far."""
        return self.answers if self.since <= since else {}


def likely_questions(scope: Scope, since: float) -> dict[str, dict[str, Any]]:
    """Who changed a scope that is known to have moved, by table: to be asked as it is read."""
    return {table: _question(scope, table, since) for table in LIKELY[scope.kind]}


def nobody(_old: list[Record], _since: float) -> Authors:
    """For scopes that have no history."""
    return {}


def authors(
    source: Source,
    scope: Scope,
    old: list[Record],
    since: float,
    new: list[Record],
    told: History,
) -> Authors:
    """The last revision of every record that differs between ``old`` and ``new``.

    FortiManager's history is a help, not a condition: where it cannot be read, nobody is named.
    Nor is anybody for an edit that the old record had seen: it is not what made the difference.
    ``told``: what of it is known already.
    """
    seen = {record["id"]: record.get("modified_time") or -1 for record in old}
    changes = difference(old, new)
    tables = sorted({one.record["table"] for one in changes} - fetch.WITHOUT_REVISIONS)
    try:
        found = {
            table: normalize.last_revisions(answer.rows())
            for table, answer in _answers(source, scope, tables, since, told).items()
        }
        return {
            change.record["id"]: revision
            for change in changes
            if (revision := found.get(change.record["table"], {}).get(_key(change.record)))
            and _fits(change, revision, seen.get(change.record["id"], -1))
        }
    except (FortiManagerError, NormalizeError):
        return {}


def _answers(
    source: Source, scope: Scope, tables: list[str], since: float, told: History
) -> dict[str, Answer]:
    known = told.of(since)
    left = [table for table in tables if table not in known]
    asked = source.get([_question(scope, table, since) for table in left]) if left else []
    return {**{table: known[table] for table in tables if table in known}, **dict(zip(left, asked))}


def _question(scope: Scope, table: str, since: float) -> dict[str, Any]:
    return fetch.revisions(scope.adom, scope.kind, scope.name, table, int(since - REACH_SECONDS))


def _fits(change: Change, revision: dict[str, str], seen: int) -> bool:
    """Whether the revision can be what made the change: a delete for what is gone, and only that;
    newer than what the old record knew of."""
    if (change.action == DELETED) != (revision.get("act") == DELETE):
        return False
    return (number(revision, "time") or 0) > seen


def _key(record: Record) -> str:
    return str(record.get("policyid", record.get("name", "")))
