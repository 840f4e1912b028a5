"""Fetching one scope's tables whole and reading them into records."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple, Optional

from fmgstate.collect.ask import chksums
from fmgstate.collect.authors import History, likely_questions
from fmgstate.collect.scope import BLOCK, OBJECTS, Scope
from fmgstate.collect.source import Source
from fmgstate.errors import BadAnswer, NotFound, PermissionRefused, RequestRefused
from fmgstate.fortimanager.answer import Answer
from fmgstate.fortimanager.versions import Version
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory import fetch as inventory_fetch
from fmgstate.inventory.model import Inventory
from fmgstate.inventory.normalize import objects_version, package_version
from fmgstate.policy import events, fetch, normalize
from fmgstate.policy.model import CENTRAL_DNAT
from fmgstate.record import Record

Content = dict[str, Any]
"""``records``: of the scope, each with ``kind`` and ``id``. ``absent``: tables this build lacks."""

FORMAT = 1
MOST_READINGS = 3


class Pulled(NamedTuple):
    """One scope as it was read. ``mark``: the one that it has. ``history``: who changed it, as far
    as that was asked for."""

    content: Content
    mark: str
    history: History


def pull(
    source: Source, scope: Scope, version: Version, mark: str, since: Optional[float] = None
) -> Pulled:
    """One package, policy block or ADOM's objects.

    ``mark``: what it was said to have before. FortiManager's version is asked for again behind the
    last page: when it moved meanwhile, the pages may be of two states and are read anew.
    ``since``: who changed it since then is asked for as well.
    """
    if since is not None:
        # A history that fails the whole request must not keep the scope from being read.
        with suppress(BadAnswer, NotFound, PermissionRefused, RequestRefused):
            return _pull(source, scope, version, mark, since)
    return _pull(source, scope, version, mark, None)


def _pull(
    source: Source, scope: Scope, version: Version, mark: str, since: Optional[float]
) -> Pulled:
    before, _, rest = mark.partition(" ")
    tables, questions = _tables(scope, version), _questions(scope, version)
    history = {} if since is None else likely_questions(scope, since)
    for _ in range(MOST_READINGS):
        after = [*questions, *history.values()]
        answers = source.tables([table.param for table in tables], after)
        read, said = answers[: len(tables)], answers[len(tables) :]
        now = _told(scope, said[: len(questions)])
        if now in (before, ""):
            who = dict(zip(history, said[len(questions) :]))
            return Pulled(_read(scope, tables, read), mark, History(since or 0.0, who))
        before, mark = now, f"{now} {rest}"
    raise BadAnswer(
        f"{scope} was changed during each of {MOST_READINGS} readings.",
        "The next run reads it again; nothing of a half-read state was kept.",
    )


def _questions(scope: Scope, version: Version) -> list[dict[str, Any]]:
    """What tells FortiManager's version of a scope; some builds give blocks only chksums."""
    if scope.kind == OBJECTS:
        return [inventory_fetch.objects_question(scope.adom)]
    question = inventory_fetch.package_question(scope.adom, scope.name, scope.kind == BLOCK)
    if scope.kind != BLOCK:
        return [question]
    return [question, *fetch.block_chksums(scope.adom, scope.name, version)]


def _told(scope: Scope, answers: list[Answer]) -> str:
    """FortiManager's version of the scope now; "" when it tells none."""
    first, *tables = answers
    if scope.kind == OBJECTS:
        return objects_version(first.value())
    return package_version(first.row()) or chksums(tables)


def _read(scope: Scope, tables: list[fetch.Table], answers: list[Answer]) -> Content:
    present = [(t, rows) for t, a in zip(tables, answers) if (rows := _rows(t, a)) is not None]
    if scope.kind == OBJECTS:
        objects = [one for t, rows in present for one in normalize.objects(t.name, rows)]
        records = events.object_records(objects)
    else:
        policies = [
            one
            for t, rows in present
            if t.name not in CENTRAL_DNAT
            for one in normalize.policies(t.name, t.part, rows)
        ]
        translated = [
            one
            for t, rows in present
            if t.name in CENTRAL_DNAT
            for one in normalize.central_dnat(t.name, rows)
        ]
        records = events.policy_records(policies) + events.dnat_records(translated)
    read = {table.name for table, _ in present}
    return _content(records, [table.name for table in tables if table.name not in read])


def inventory_content(inventory: Inventory, zones: Optional[dict[str, Any]]) -> Content:
    """An inventory that was asked for already, as content; ``zones``: of the reading of these."""
    return {**_content(inventory_events.records(inventory), []), "zones": zones}


def _content(records: list[Record], absent: list[str]) -> Content:
    return {"format": FORMAT, "records": records, "absent": absent}


def _tables(scope: Scope, version: Version) -> list[fetch.Table]:
    if scope.kind == OBJECTS:
        return fetch.object_tables(scope.adom)
    if scope.kind == BLOCK:
        return fetch.block_tables(scope.adom, scope.name, version)
    return fetch.package_tables(scope.adom, scope.name, version)


def _rows(table: fetch.Table, answer: Answer) -> Any:
    """The table's rows; None where this build does not know an optional table."""
    try:
        return answer.rows()
    except NotFound:
        if not table.optional:
            raise
        return None
