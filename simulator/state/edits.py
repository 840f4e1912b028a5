"""Every change of the configuration, with all the bookkeeping FortiManager keeps of it.

``chksum`` of the table, ``obj ver`` of the row and of the package, ``devinfo`` of the object
database, the object revision history and the package status all move here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.query.integers import to_integers
from simulator.refusal import Refused
from simulator.schema.table_spec import TableSpec
from simulator.state.fortimanager import FortiManager
from simulator.state.packages import Block, Package
from simulator.state.places import Place
from simulator.state.references import in_use, packages_using, uses_block
from simulator.state.table import Row, Table

ADDED, DELETED, MODIFIED = 1, 2, 3


def add_row(
    fm: FortiManager, place: Place, path: str, values: Mapping[str, Any], user: str, note: str = ""
) -> Row:
    """A new row at the end. Refused: -2 when its key is taken, -8 without a key."""
    spec = fm.spec(place.database, path)
    table = place.database.table(spec)
    attributes, scope, meta = _parted(values)
    if spec.key in ("policyid", "id"):
        number = attributes.get(spec.key) or table.next_number()
        attributes[spec.key] = int(number)
    if not attributes.get(spec.key):
        raise Refused(-8)
    if str(attributes[spec.key]) in table.rows:
        raise Refused(-2)
    if spec.ordered or "uuid" in values or spec.path.startswith("firewall/addr"):
        attributes.setdefault("uuid", fm.uuid())
    row = Row(spec, fm.numbered(attributes), fm.oid())
    row.scope, row.meta = scope, meta
    row.creator, row.created = user, int(fm.clock())
    row.version = 0
    table.place(row)
    _book(fm, place, table, row, ADDED, user, note)
    return row


def edit_row(
    fm: FortiManager,
    place: Place,
    path: str,
    key: str,
    change: Mapping[str, Any],
    user: str,
    note: str = "",
    unset: tuple[str, ...] = (),
) -> Row:
    """Change attributes of a row. Refused: -3 when there is none."""
    spec, table, row = _existing(fm, place, path, key)
    attributes, scope, meta = _parted(change)
    new_key = str(attributes.get(spec.key, key))
    if new_key != key and new_key in table.rows:
        raise Refused(-2)
    values = {**row.values, **attributes}
    for name in unset:
        values.pop(name, None)
    row.values = fm.numbered(values)
    if "scope member" in change:
        row.scope = scope
    if meta:
        row.meta = {**(row.meta or {}), **meta}
    if new_key != key:
        table.rows = {one.key: one for one in table.rows.values()}
    _book(fm, place, table, row, MODIFIED, user, note)
    return row


def delete_row(
    fm: FortiManager, place: Place, path: str, key: str, user: str, note: str = ""
) -> None:
    """Remove a row. Refused: -3 when there is none, -10015 when an object is in use."""
    _spec, table, row = _existing(fm, place, path, key)
    if place.owner is None and in_use(place.adom, path, key):
        raise Refused(-10015)
    del table.rows[key]
    _book(fm, place, table, row, DELETED, user, note)


def move_row(
    fm: FortiManager, place: Place, path: str, key: str, target: str, option: str, user: str
) -> None:
    """Put a row ``before`` or ``after`` another. Refused: -3 when either is missing."""
    _spec, table, row = _existing(fm, place, path, key)
    if option not in ("before", "after"):
        raise Refused(-8)
    if target not in table.rows:
        raise Refused(-3)
    table.move(key, target, option == "before")
    _book(fm, place, table, row, MODIFIED, user, "")


def mark_modified(package: Package) -> None:
    """What was in step with its devices no longer is."""
    for target, state in package.statuses.items():
        if state in ("installed", "imported"):
            package.statuses[target] = "modified"


def _existing(fm: FortiManager, place: Place, path: str, key: str) -> tuple[TableSpec, Table, Row]:
    spec = fm.spec(place.database, path)
    table = place.database.table(spec)
    row = table.rows.get(key)
    if row is None:
        raise Refused(-3)
    _record_making(place, row)
    return spec, table, row


def _parted(
    values: Mapping[str, Any],
) -> tuple[dict[str, Any], list[Any] | None, dict[str, str] | None]:
    """Attributes, install-on list, meta fields."""
    attributes = dict(values)
    scope = attributes.pop("scope member", None)
    meta = attributes.pop("meta fields", None)
    for made_here in ("oid", "obj seq", "obj ver", "obj flags", "object position"):
        attributes.pop(made_here, None)
    return attributes, scope, meta


def _book(
    fm: FortiManager, place: Place, table: Table, row: Row, act: int, user: str, note: str
) -> None:
    now = int(fm.clock())
    table.version += 1
    row.version += 1
    row.modified, row.author = now, user
    place.adom.dirty = True
    _remember(place, row, act, user, note, now)
    owner = place.owner
    if owner is not None:
        owner.version += 1
    if isinstance(owner, Package):
        mark_modified(owner)
    elif isinstance(owner, Block):
        for package in place.adom.root.packages():
            if uses_block(package, owner):
                mark_modified(package)
    else:
        place.adom.touch_objects()
        for package in packages_using(place.adom, table.spec.path, row.key):
            mark_modified(package)


def _remember(place: Place, row: Row, act: int, user: str, note: str, now: int) -> None:
    row.recorded = True
    entry = revision(place, row, act, user, now)
    place.adom.history.append({**entry, "note": note, "_path": f"{place.prefix}/{row.spec.path}"})


def revision(place: Place, row: Row, act: int, user: str, at: int) -> dict[str, Any]:
    """One entry of the object revision history, with the whole row as it is now."""
    whole = {**row.spec.defaults, **row.values, "oid": row.oid}
    return {
        "act": act,
        "category": row.spec.category,
        "config": json.dumps(to_integers(row.spec, whole), sort_keys=True),
        "flags": 0,
        "key": row.key,
        "note": "",
        "oid": row.oid,
        "pkg_oid": place.owner.oid if place.owner is not None else 0,
        "timestamp": at,
        "user": user,
    }


def _record_making(place: Place, row: Row) -> None:
    """Before the first change of a row that a scenario made, its making enters the history."""
    if not row.recorded:
        row.recorded = True
        entry = revision(place, row, ADDED, row.creator, row.created)
        place.adom.history.append({**entry, "_path": f"{place.prefix}/{row.spec.path}"})
