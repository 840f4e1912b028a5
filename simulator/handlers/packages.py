# ruff: noqa: ARG001 (every handler takes the same arguments)
"""Policy packages, folders, policy blocks and package status."""

from __future__ import annotations

from typing import Any

from simulator.handlers.calls import Answer, Call, Param, empty_answer, options_of, routes
from simulator.query.integers import integers
from simulator.query.params import Query
from simulator.refusal import Refused
from simulator.schema.enumerations import PACKAGE_SETTINGS
from simulator.state.adom import Adom
from simulator.state.packages import Block, Folder, Package
from simulator.state.places import find_place
from simulator.state.references import block_used
from simulator.versions import Version

_ENUMS = {**PACKAGE_SETTINGS, "type": {}}


@routes.add("get", "/pm/pkg/adom/{adom}", "packages and folders (subobj); fields, filter; no range")
def packages(call: Call, param: Param, adom: str) -> Answer:
    return _table(call, param, list(call.fm.adom(adom).root.children.values()), "list")


@routes.add("get", "/pm/pkg/global", "packages of the global database")
def global_packages(call: Call, param: Param) -> Answer:
    return _table(call, param, list(call.fm.global_database.root.children.values()), "list")


@routes.add("get", "/pm/pkg/adom/{adom}/{path*}", "one package, a folder, or its scope member")
def package(call: Call, param: Param, adom: str, path: list[str]) -> Answer:
    return _one(call, param, call.fm.adom(adom), path)


@routes.add("get", "/pm/pkg/global/{path*}", "one package of the global database")
def global_package(call: Call, param: Param, path: list[str]) -> Answer:
    return _one(call, param, call.fm.global_database, path)


def _one(call: Call, param: Param, adom: Adom, path: list[str]) -> Answer:
    found = adom.root.walk(path)
    if found is None:
        raise Refused(-3)
    node, rest = found
    if isinstance(node, Package) and rest == ["scope member"]:
        return {"data": list(node.targets)} if node.targets else {}
    if rest:
        raise Refused(-3)
    return {"data": _rows(call, param, [node.record()])[0]}


def _table(
    call: Call, param: Param, nodes: list[Package | Folder] | list[Block], empty: str
) -> Answer:
    rows = [node.record() for node in nodes]
    query = Query.read({**param, "range": None})
    numbered = query.select(rows)
    if "count" in query.options:
        return {"data": len(numbered)}
    answers = _rows(call, param, [row for _place, row in numbered])
    return {"data": answers} if answers else empty_answer(empty)


def _rows(call: Call, param: Param, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fields = Query.read({"fields": param.get("fields")}).fields
    answers = []
    for row in rows:
        wanted = (*fields, "oid") if fields else tuple(row)
        chosen = {name: row[name] for name in wanted if row.get(name) is not None}
        answers.append(chosen if call.verbose else integers(chosen, _ENUMS))
    return answers


@routes.add("get", "/pm/pblock/adom/{adom}", "policy blocks (7.0.3+)")
def blocks(call: Call, param: Param, adom: str) -> Answer:
    if call.fm.version < Version(7, 0, 3):
        raise Refused(-6)
    return _table(call, param, list(call.fm.adom(adom).blocks.values()), "missing")


@routes.add("get", "/pm/pblock/adom/{adom}/{block}", "one policy block (7.0.3+)")
def block(call: Call, param: Param, adom: str, block: str) -> Answer:
    home = call.fm.adom(adom)
    found = home.blocks.get(block)
    if call.fm.version < Version(7, 0, 3):
        raise Refused(-6)
    if found is None:
        raise Refused(-3)
    answer = _rows(call, param, [found.record()])[0]
    if "where_used" in options_of(param):
        answer["where_used"] = block_used(home, found)
    return {"data": answer}


@routes.add("get", "/pm/config/adom/{adom}/_package/status", "package status of every target")
def statuses(call: Call, param: Param, adom: str) -> Answer:
    home = call.fm.adom(adom)
    rows = [row for package in home.root.packages() for row in _status_rows(package)]
    return _status_answer(call, param, rows)


@routes.add("get", "/pm/config/adom/{adom}/_package/status/{device}/{vdom}", "of one target")
def device_status(call: Call, param: Param, adom: str, device: str, vdom: str) -> Answer:
    home = call.fm.adom(adom)
    for package in home.root.packages():
        for row in _status_rows(package):
            if (row["dev"], row["vdom"]) == (device, vdom):
                return {"data": row}
    return {}


@routes.add("get", "/pm/config/global/_package/status", "global packages: per ADOM")
def global_statuses(call: Call, param: Param) -> Answer:
    rows = [
        {
            "adom": target["name"],
            "pkg": package.path,
            "status": package.statuses.get((target["name"], ""), "installed"),
        }
        for package in call.fm.global_database.root.packages()
        for target in package.targets or []
    ]
    return _status_answer(call, param, rows)


def package_status(call: Call, param: Param, adom: str, parts: list[str]) -> Answer:
    """``pkg/<path>/_package/status[/<dev>/<vdom>]``."""
    place, rest = find_place(call.fm, adom, parts)
    if not isinstance(place.owner, Package) or rest[:2] != ["_package", "status"]:
        raise Refused(-6)
    rows = _status_rows(place.owner)
    if len(rest) == 4:
        rows = [row for row in rows if [row["dev"], row["vdom"]] == rest[2:]]
        return {"data": rows[0]} if rows else {}
    return _status_answer(call, param, rows)


def _status_rows(package: Package) -> list[dict[str, Any]]:
    """Targets that were never installed do not appear."""
    return [
        {"dev": device, "oid": package.oid, "pkg": package.path, "status": state, "vdom": vdom}
        for (device, vdom), state in package.statuses.items()
        if state != "never"
    ]


def _status_answer(call: Call, param: Param, rows: list[dict[str, Any]]) -> Answer:
    query = Query.read({**param, "filter": _path_filter(call, param.get("filter"))})
    numbered = query.select(rows)
    if "count" in query.options:
        return {"data": len(numbered)}
    chosen = [dict(row) for _place, row in query.slice(numbered)]
    for row in chosen:
        row.pop("oid", None)
    return {"data": chosen} if chosen else {}


def _path_filter(call: Call, expression: Any) -> Any:
    """A package path may be a list of names (7.6.1+), or text with slashes or (before) spaces."""
    if not isinstance(expression, list):
        return expression
    if expression[:1] == ["pkg"] and len(expression) == 3:
        wanted = expression[2]
        if isinstance(wanted, list):
            return ["pkg", expression[1], "/".join(wanted)]
        return expression
    return [_path_filter(call, part) for part in expression]
