"""Writing policies and objects: add, set, update, replace, delete, move, clone, unset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.calls import Answer, Call, Param, routes
from simulator.query.incoming import normalized
from simulator.query.params import Query, listed
from simulator.refusal import Refused
from simulator.schema.table_spec import TableSpec
from simulator.state import edits
from simulator.state.places import Place, find_place
from simulator.state.table import Row, Table
from simulator.state.workspace import allow_write

_ADOM = "/pm/config/adom/{adom}/{path*}"
_GLOBAL = "/pm/config/global/{path*}"


@routes.add("add set update replace", _ADOM, "write rows of obj, pkg, pblock tables")
@routes.add("add set update replace", _GLOBAL, "write rows of the global database")
def write(call: Call, param: Param, path: list[str], adom: str = "Global") -> Answer:
    place, spec, rest = _located(call, adom, path)
    data = param.get("data")
    if len(rest) > 1:
        return _write_attribute(call, param, place, spec, rest)
    rows: list[Any] = data if isinstance(data, list) else [data]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise Refused(-10)
    written = [_write_row(call, param, place, spec, rest, row) for row in rows]
    return {"data": written[0]} if len(written) == 1 else {}


def _located(call: Call, adom: str, path: list[str]) -> tuple[Place, TableSpec, list[str]]:
    place, rest = find_place(call.fm, adom, path)
    found = call.fm.catalogue(place.database).longest(rest)
    if found is None:
        raise Refused(-6)
    parts = ["/".join((place.prefix, found[0].path, *found[1][:1]))]
    if place.owner is not None:
        parts.append(place.prefix)
    allow_write(call.fm, place.adom, call.user, call.session_number, *parts)
    return place, *found


def _write_row(
    call: Call,
    param: Param,
    place: Place,
    spec: TableSpec,
    rest: list[str],
    data: Mapping[str, Any],
) -> dict[str, Any]:
    values = normalized(spec, data)
    if rest:
        values.setdefault(spec.key, int(rest[0]) if rest[0].isdigit() else rest[0])
    key = rest[0] if rest else str(values.get(spec.key) or "")
    exists = key in place.database.table(spec).rows
    note = str(param.get("revision note") or "")
    if call.method == "add" or (not exists and call.method != "update"):
        row = edits.add_row(call.fm, place, spec.path, values, call.user, note)
        _position(call, param, data, place, row)
    else:
        unset = tuple(map(str, listed(param.get("unset attrs"))))
        if call.method == "replace" and exists:
            kept = {spec.key, "uuid", *values}
            unset = tuple(set(place.database.table(spec).rows[key].values) - kept)
        row = edits.edit_row(call.fm, place, spec.path, key, values, call.user, note, unset)
    return {spec.key: row.values[spec.key]}


def _position(call: Call, param: Param, data: Mapping[str, Any], place: Place, row: Row) -> None:
    """Where a new row goes: ``before`` or ``after`` in the param, ``object position`` in data."""
    option, target = next(
        ((word, param[word]) for word in ("before", "after") if word in param), ("", "")
    )
    position = data.get("object position")
    if isinstance(position, list) and len(position) == 2:
        option, target = position
    if option:
        path = row.spec.path
        edits.move_row(call.fm, place, path, row.key, str(target), str(option), call.user)


def _write_attribute(
    call: Call, param: Param, place: Place, spec: TableSpec, rest: list[str]
) -> Answer:
    """``…/address/h1/dynamic_mapping`` and ``…/policy/5/scope member``: lists inside a row."""
    row = _row(place.database.table(spec), rest[0])
    given = param.get("data")
    if rest[1] == "section value" and isinstance(given, dict):
        change = {"global-label": str(given.get("name") or "")}
        edits.edit_row(call.fm, place, spec.path, rest[0], change, call.user)
        return {}
    items: list[Any] = given if isinstance(given, list) else [given]
    if rest[1] == "scope member":
        items = [one for one in items if one]
    normalized(spec, {rest[1]: items})
    mapped, fresh = rest[1] in ("dynamic_mapping", "platform_mapping"), len(items)
    if mapped:
        items = normalized(spec, {rest[1]: [_scoped(item, rest[2:]) for item in items]})[rest[1]]
    now = list((row.scope if rest[1] == "scope member" else row.get(rest[1])) or [])
    if call.method == "add" or mapped:
        items = [one for one in now if not _same_item(one, items)] + items
    edits.edit_row(call.fm, place, spec.path, rest[0], {rest[1]: items}, call.user)
    return {"data": {"_scope": None}} if mapped and fresh == 1 else {}


def _scoped(item: Any, rest: list[str]) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Refused(-10)
    if isinstance(item.get("_scope"), dict):
        item = {**item, "_scope": [item["_scope"]]}
    at = [{"name": rest[0], "vdom": rest[1]}] if len(rest) == 2 else item.get("_scope")
    return {"_scope": at, **item} if at else dict(item)


def _same_item(one: Any, items: list[Any]) -> bool:
    scope = one.get("_scope") if isinstance(one, dict) else None
    if scope is None:
        return one in items
    return any(isinstance(item, dict) and item.get("_scope") == scope for item in items)


@routes.add("delete", _ADOM, "delete a row, rows by filter with confirm, or an item of a list")
@routes.add("delete", _GLOBAL, "the same in the global database")
def delete(call: Call, param: Param, path: list[str], adom: str = "Global") -> Answer:
    place, spec, rest = _located(call, adom, path)
    if len(rest) == 1:
        edits.delete_row(call.fm, place, spec.path, rest[0], call.user)
        return {}
    if len(rest) > 1:
        return _delete_item(call, param, place, spec, rest)
    if not param.get("filter") or not param.get("confirm"):
        raise Refused(-8)
    chosen = Query.read(param).select(list(place.database.table(spec)))
    for _at, row in chosen:
        edits.delete_row(call.fm, place, spec.path, row.key, call.user)
    return {}


def _delete_item(
    call: Call, param: Param, place: Place, spec: TableSpec, rest: list[str]
) -> Answer:
    row = _row(place.database.table(spec), rest[0])
    now = list((row.scope if rest[1] == "scope member" else row.get(rest[1])) or [])
    if len(rest) == 4:
        gone: list[Any] = [{"_scope": [{"name": rest[2], "vdom": rest[3]}]}]
    elif len(rest) == 3 and rest[1] == "platform_mapping":
        gone = [one for one in now if one.get("name") == rest[2]]
    else:
        given = param.get("data")
        gone = given if isinstance(given, list) else [given]
    kept = [one for one in now if not _same_item(one, gone)]
    if len(kept) == len(now):
        raise Refused(-3)
    edits.edit_row(call.fm, place, spec.path, rest[0], {rest[1]: kept}, call.user)
    return {}


@routes.add("move", _ADOM, "put a policy before or after another: option, target")
@routes.add("move", _GLOBAL, "the same in the global database")
def move(call: Call, param: Param, path: list[str], adom: str = "Global") -> Answer:
    place, spec, rest = _located(call, adom, path)
    if "option" not in param or "target" not in param:
        raise Refused(-7)
    if len(rest) != 1:
        raise Refused(-6)
    option, target = str(param["option"]), str(param["target"])
    edits.move_row(call.fm, place, spec.path, rest[0], target, option, call.user)
    key = place.database.table(spec).rows[rest[0]].values[spec.key]
    return {"data": {spec.key: key}}


@routes.add("clone", _ADOM, "a copy of a row under a new key")
@routes.add("clone", _GLOBAL, "the same in the global database")
def clone(call: Call, param: Param, path: list[str], adom: str = "Global") -> Answer:
    place, spec, rest = _located(call, adom, path)
    if len(rest) != 1:
        raise Refused(-6)
    source = _row(place.database.table(spec), rest[0])
    given = param.get("data")
    change = normalized(spec, given if isinstance(given, dict) else {})
    values = {
        name: value for name, value in source.values.items() if name not in ("uuid", spec.key)
    }
    if spec.key == "policyid" and "name" not in change:
        values.pop("name", None)
    row = edits.add_row(call.fm, place, spec.path, {**values, **change}, call.user)
    return {"data": {spec.key: row.values[spec.key]}}


@routes.add("unset", _ADOM, "give attributes their defaults again: attrs")
def unset(call: Call, param: Param, path: list[str], adom: str) -> Answer:
    place, spec, rest = _located(call, adom, path)
    if len(rest) == 2:
        return _unset_attribute(call, place, spec, rest)
    names = param.get("attrs") or param.get("unset attrs") or param.get("data")
    if len(rest) != 1 or not isinstance(names, (list, str)):
        raise Refused(-8)
    attributes = (names,) if isinstance(names, str) else tuple(map(str, names))
    edits.edit_row(call.fm, place, spec.path, rest[0], {}, call.user, unset=attributes)
    return {}


def _unset_attribute(call: Call, place: Place, spec: TableSpec, rest: list[str]) -> Answer:
    if rest[1] == "scope member":
        change: dict[str, Any] = {"scope member": None}
        edits.edit_row(call.fm, place, spec.path, rest[0], change, call.user)
    else:
        edits.edit_row(call.fm, place, spec.path, rest[0], {}, call.user, unset=(rest[1],))
    return {}


def _row(table: Table, key: str) -> Row:
    row = table.rows.get(key)
    if row is None:
        raise Refused(-3)
    return row
