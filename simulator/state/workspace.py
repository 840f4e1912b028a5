"""Workspace locks: who may write, and what is undone when nobody commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.refusal import Refused
from simulator.state.adom import Adom, Lock
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Block, Package
from simulator.state.table import Database, Row

ADOM_LOCK, PACKAGE_LOCK, OTHER_LOCK = 1, 2, 3


@dataclass
class Backup:
    """All rows of an ADOM as they were at its lock: rows hold values that are never changed in
    place, so remembering which values each row had is enough."""

    tables: list[tuple[Any, dict[str, Row], int]] = field(default_factory=list)
    rows: list[tuple[Row, dict[str, Any], Any, Any, int, int, str]] = field(default_factory=list)
    versions: list[tuple[Any, int, dict[tuple[str, str], str]]] = field(default_factory=list)
    objects_version: str = ""
    history: int = 0


def uses_workspace(fm: FortiManager, adom: Adom) -> bool:
    return fm.workspace_mode in ("normal", "workflow") or bool(adom.values.get("workspace_mode"))


def lock(fm: FortiManager, adom: Adom, user: str, session: int, part: str) -> None:
    """``part``: "" for the whole ADOM, else ``pkg/<path>``, ``dev/<name>`` … Refused: -9 when the
    ADOM has no workspace, -20055 when somebody else holds it or a part of it."""
    if not uses_workspace(fm, adom):
        raise Refused(-9)
    for held, other in adom.locks.items():
        clash = held == part or not held or not part
        if clash and (other.user, other.session) != (user, session):
            raise Refused(-20055)
    if not adom.locks:
        adom.dirty = False
        adom.backup = _remember(adom)
    kind = PACKAGE_LOCK if part.startswith("pkg/") else OTHER_LOCK if part else ADOM_LOCK
    url = f"adom/{adom.name}/{part}" if part else ""
    adom.locks[part] = Lock(user, session, int(fm.clock()), kind, url)


def commit(fm: FortiManager, adom: Adom, user: str, session: int) -> None:
    """Keep what was written since the lock."""
    _held(fm, adom, user, session)
    adom.dirty = False
    adom.backup = _remember(adom)


def unlock(fm: FortiManager, adom: Adom, user: str, session: int, part: str) -> None:
    """Let go; what was not committed is undone."""
    _held(fm, adom, user, session)
    if part not in adom.locks:
        raise Refused(-10147)
    del adom.locks[part]
    if not adom.locks:
        _give_up(adom)


def release_all(fm: FortiManager, session: int) -> None:
    """The session is over: its locks go, and what it did not commit."""
    for adom in [*fm.adoms.values(), fm.global_database]:
        mine = [part for part, held in adom.locks.items() if held.session == session]
        for part in mine:
            del adom.locks[part]
        if mine and not adom.locks:
            _give_up(adom)


def allow_write(fm: FortiManager, adom: Adom, user: str, session: int, *parts: str) -> None:
    """``parts``: any of their locks will do, as will the ADOM's. Refused: -10147 without a lock in
    workspace mode, -20055 when somebody else holds it."""
    if not uses_workspace(fm, adom):
        return
    for held in (*parts, ""):
        found = adom.locks.get(held)
        if found is not None:
            if (found.user, found.session) != (user, session):
                raise Refused(-20055)
            return
    raise Refused(-10147)


def _held(fm: FortiManager, adom: Adom, user: str, session: int) -> None:
    if not uses_workspace(fm, adom):
        raise Refused(-9)
    if not adom.locks:
        raise Refused(-10147)
    if all((one.user, one.session) != (user, session) for one in adom.locks.values()):
        raise Refused(-20055)


def _databases(adom: Adom) -> list[Database]:
    found = [adom.objects, *(package.database for package in adom.root.packages())]
    return found + [block.database for block in adom.blocks.values()]


def _remember(adom: Adom) -> Backup:
    backup = Backup(objects_version=adom.objects_version, history=len(adom.history))
    for database in _databases(adom):
        for table in database.tables.values():
            backup.tables.append((table, dict(table.rows), table.version))
            backup.rows += [
                (row, row.values, row.scope, row.meta, row.version, row.modified, row.author)
                for row in table
            ]
    owners: list[Package | Block] = [*adom.root.packages(), *adom.blocks.values()]
    backup.versions = [
        (owner, owner.version, dict(getattr(owner, "statuses", {}))) for owner in owners
    ]
    return backup


def _give_up(adom: Adom) -> None:
    """Undo what was written since the last commit."""
    backup, adom.backup = adom.backup, None
    if not adom.dirty or not isinstance(backup, Backup):
        return
    for row, values, scope, meta, version, modified, author in backup.rows:
        row.values, row.scope, row.meta = values, scope, meta
        row.version, row.modified, row.author = version, modified, author
    known = {id(table) for table, _rows, _version in backup.tables}
    for database in _databases(adom):
        for path in [path for path, table in database.tables.items() if id(table) not in known]:
            del database.tables[path]
    for table, rows, version in backup.tables:
        table.rows, table.version = rows, version
    for owner, version, statuses in backup.versions:
        owner.version = version
        if statuses:
            owner.statuses = statuses
    adom.objects_version = backup.objects_version
    del adom.history[backup.history :]
    adom.dirty = False
