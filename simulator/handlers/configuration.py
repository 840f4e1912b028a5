"""Reading configuration tables: policies, objects, the device database."""

from __future__ import annotations

from typing import Any

from simulator.handlers.calls import (
    Answer,
    Call,
    Param,
    empty_answer,
    options_of,
    plain_row,
    plain_table,
    routes,
)
from simulator.handlers.packages import package_status
from simulator.handlers.revisions import object_history
from simulator.query.expansion import expand
from simulator.query.integers import integers
from simulator.query.params import Query
from simulator.query.rows import Style, config_rows
from simulator.query.syntax import syntax, template
from simulator.refusal import Refused
from simulator.schema.device_system import SDWAN, SDWAN_DEFAULTS, SDWAN_OBJECTS
from simulator.schema.enumerations import PACKAGE_SETTINGS
from simulator.schema.table_spec import TableSpec
from simulator.state.devices import Device
from simulator.state.packages import Package
from simulator.state.places import Place, find_place
from simulator.state.references import in_use, where_used
from simulator.state.table import Row, Table


@routes.add("get", "/pm/config/adom/{adom}/{path*}", "tables of obj, pkg, pblock: see the tables")
def adom_configuration(call: Call, param: Param, adom: str, path: list[str]) -> Answer:
    if path[0] == "_objrev":
        return object_history(call, param, adom, path[1:])
    if path[0] == "pkg" and "_package" in path:
        return package_status(call, param, adom, path)
    if path[0] == "pkg" and "_query" in path:
        return _interface_pair_view(call, adom, path)
    place, rest = find_place(call.fm, adom, path)
    return read(call, param, place, rest)


@routes.add("get", "/pm/config/adom/{adom}/_fdsdb/internet-service", "internet services")
def internet_services(call: Call, param: Param, adom: str) -> Answer:
    """FortiGuard's list: here, the services the ADOM's objects name."""
    table = call.fm.adom(adom).objects.tables.get("firewall/internet-service-name")
    rows = [
        {
            "database": 0,
            "direction": 1,
            "entry_count": 0,
            "fosver": 15,
            "icon-id": 0,
            "id": row.get("internet-service-id"),
            "name": row.key,
            "objver": "00007.00026",
            "reputation": 0,
            "sld-id": 0,
        }
        for row in table or ()
    ]
    return {**plain_table(call, param, rows, {}, keep=("id", "name")), "version": "7.3783"}


@routes.add("get", "/pm/config/global/{path*}", "tables of the global database")
def global_configuration(call: Call, param: Param, path: list[str]) -> Answer:
    place, rest = find_place(call.fm, "Global", path)
    return read(call, param, place, rest)


@routes.add("get", "/pm/config/device/{device}/vdom/{vdom}/{path*}", "the device database's copy")
def device_configuration(
    call: Call, param: Param, device: str, vdom: str, path: list[str]
) -> Answer:
    found = call.fm.device(device)
    if vdom not in {one["name"] for one in found.vdoms}:
        raise Refused(-6)
    if not found.retrieved:
        return {}
    database = found.database(vdom)
    if "/".join(path) in SDWAN_OBJECTS:
        return _sdwan(call, param, found, vdom, "/".join(path))
    place = Place(call.fm.adom(found.adom), database, None, f"device/{device}/{vdom}")
    return read(call, param, place, path)


def _sdwan(call: Call, param: Param, device: Device, vdom: str, path: str) -> Answer:
    """The one object, with all rows of the tables below it unless ``loadsub`` is 0."""
    answer = plain_row(call, param, {**SDWAN_DEFAULTS, **device.sdwan.get(vdom, {})}, SDWAN)
    if Query.read(param).subtables:
        database, style = device.database(vdom), Style(call.verbose)
        for name in SDWAN_OBJECTS[path]:
            table = database.table(call.fm.spec(database, f"{path}/{name}"))
            rows = config_rows(table.spec, enumerate(table, 1), Query.read({}), style)
            answer["data"][name] = rows or None
    return answer


def read(call: Call, param: Param, place: Place, rest: list[str]) -> Answer:
    """A table, one row of it, or one attribute of a row."""
    found = call.fm.catalogue(place.database).longest(rest)
    if rest == ["policy", "package", "settings"] and isinstance(place.owner, Package):
        settings = place.owner.settings
        return {"data": settings if call.verbose else integers(settings, PACKAGE_SETTINGS)}
    if found is None:
        return _root(call, param, place, rest)
    spec, rest = found
    table = place.database.table(spec)
    if not rest:
        return _table(call, param, place, table)
    row = table.rows.get(rest[0])
    if row is None:
        raise Refused(-3)
    if len(rest) > 1:
        return _attribute(row, rest[1:])
    return _row(call, param, place, table, row)


def _root(call: Call, param: Param, place: Place, rest: list[str]) -> Answer:
    """What may be asked of a whole place: its version, and the syntax of its tables."""
    options = options_of(param)
    if rest or not options & {"devinfo", "syntax"}:
        raise Refused(-6)
    if "syntax" in options:
        return {"data": syntax(call.fm.catalogue(place.database).specs.values())}
    owner = place.owner
    if owner is None:
        return {"data": {"uuid": place.adom.objects_version}}
    return {"data": {"uuid": f"00000000-0000-4000-8000-{owner.version:012x}"}}


def _table(call: Call, param: Param, place: Place, table: Table) -> Answer:
    query = Query.read(param)
    if "chksum" in query.options:
        return {"data": table.version}
    if "syntax" in query.options:
        return {"data": syntax([table.spec])}
    if param.get("object template"):
        return {"data": template(table.spec, call.verbose)}
    if "datasrc" in query.options:
        return _sources(call, param, place, table.spec)
    numbered = query.select(_rows(table))
    if "count" in query.options:
        return {"data": len(numbered)}
    answers = _answers(call, place, table.spec, query.slice(numbered), query)
    expand(call.fm, place.adom, param, answers, call.verbose)
    return {"data": answers} if answers else empty_answer(table.spec.empty)


def _rows(table: Table) -> list[Row]:
    return list(table.rows.values())


def _sources(call: Call, param: Param, place: Place, spec: TableSpec) -> Answer:
    """Option ``datasrc`` with ``attr``: everything that attribute may name, by table."""
    paths = spec.references.get(str(param.get("attr")))
    if paths is None:
        raise Refused(-8)
    query, found = Query.read({"option": "no loadsub"}), {}
    for path in paths:
        source = place.adom.objects.tables.get(path)
        if source is not None and len(source):
            found[source.spec.name] = config_rows(
                source.spec, enumerate(source, 1), query, Style(call.verbose)
            )
    return {"data": found}


def _row(call: Call, param: Param, place: Place, table: Table, row: Row) -> Answer:
    query = Query.read({**param, "filter": None, "range": None})
    if "chksum" in query.options:
        return {"data": row.version}
    at = list(table.rows).index(row.key) + 1 if table.spec.ordered else 0
    answers = _answers(call, place, table.spec, [(at, row)], query)
    expand(call.fm, place.adom, param, answers, call.verbose)
    return {"data": answers[0]}


def _answers(
    call: Call, place: Place, spec: TableSpec, numbered: list[tuple[int, Row]], query: Query
) -> list[dict[str, Any]]:
    answers = config_rows(spec, numbered, query, Style.of(call.fm, spec, call.verbose))
    if not call.verbose and "_policy_block" in spec.defaults:
        for answer in answers:
            block = place.adom.blocks.get(answer.get("_policy_block") or "")
            if block is not None:
                answer["_policy_block"] = block.oid
    for answer, (_at, row) in zip(answers, numbered, strict=True):
        if "get used" in query.options:
            answer["obj flags"] = int(in_use(place.adom, spec.path, row.key))
        if "where_used" in query.options:
            answer["where_used"] = where_used(place.adom, spec.path, row.key)
    return answers


def _attribute(row: Row, rest: list[str]) -> Answer:
    """``…/addrgrp/g/member`` or ``…/address/h1/dynamic_mapping/<dev>/<vdom>``."""
    value = row.get(rest[0])
    if rest[0] not in row.values and rest[0] not in row.spec.defaults:
        raise Refused(-6)
    if len(rest) == 3 and isinstance(value, list):
        wanted = {"name": rest[1], "vdom": rest[2]}
        for inner in value:
            if isinstance(inner, dict) and wanted in (inner.get("_scope") or []):
                return {"data": inner}
        raise Refused(-3)
    return {} if value is None else {"data": value}


def _interface_pair_view(call: Call, adom: str, path: list[str]) -> Answer:
    at = path.index("_query")
    place, _rest = find_place(call.fm, adom, path[:at])
    spec = call.fm.spec(place.database, "/".join(path[at + 2 :]))
    table = place.database.table(spec)
    pairs = not any("any" in [*row.get("srcintf"), *row.get("dstintf")] for row in table)
    return {"interface_pair_view": int(pairs)}
