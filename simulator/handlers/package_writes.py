"""Making, changing and deleting packages, folders, policy blocks; their installation targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.calls import Answer, Call, Param, data_of, routes
from simulator.refusal import Refused
from simulator.schema.enumerations import PACKAGE_SETTINGS, SWITCH
from simulator.state.adom import Adom
from simulator.state.packages import SETTINGS, Block, Folder, Package
from simulator.state.places import block_place
from simulator.state.workspace import allow_write

_URL = "/pm/pkg/adom/{adom}"


@routes.add("add set update", _URL, "make or change packages and folders")
@routes.add("add set update", _URL + "/{path*}", "in a folder; or change one; or its scope member")
def write(call: Call, param: Param, adom: str, path: list[str] | None = None) -> Answer:
    home = call.fm.adom(adom)
    allow_write(call.fm, home, call.user, call.session_number, "")
    data = param.get("data")
    if path and path[-1] == "scope member":
        return _write_targets(call, _package(home, path[:-1]), data)
    node, rest = (home.root.walk(path) or (None, [])) if path else (home.root, [])
    if node is None or rest:
        raise Refused(-3)
    if isinstance(node, Package) or (path and call.method == "update"):
        return _change(home, node, data_of(param))
    rows = data if isinstance(data, list) else [data]
    made = [_make(call, node, row) for row in rows]
    return {"data": made[0] if len(made) == 1 else made}


def _package(adom: Adom, path: list[str]) -> Package:
    node, rest = adom.root.walk(path) or (None, [])
    if not isinstance(node, Package) or rest:
        raise Refused(-3)
    return node


def _make(call: Call, folder: Folder, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping) or not row.get("name"):
        raise Refused(-10)
    name = str(row["name"])
    known = folder.children.get(name)
    if known is not None and call.method == "add":
        raise Refused(-2)
    if known is None and call.method == "update":
        raise Refused(-3)
    is_folder = row.get("type") in ("folder", 1) or (not row.get("type") and row.get("subobj"))
    if known is None:
        known = Folder(name, call.fm.oid()) if is_folder else Package(name, call.fm.oid())
        folder.put(known)
    if isinstance(known, Package):
        _apply(known, row)
    else:
        for inner in row.get("subobj") or []:
            _make(call, known, inner)
    return {"name": name, "oid": known.oid}


def _apply(package: Package, row: Mapping[str, Any]) -> None:
    settings, targets = row.get("package settings") or {}, row.get("scope member") or []
    if not isinstance(settings, dict) or not _are_targets(targets):
        raise Refused(-10)
    for name, value in settings.items():
        package.settings[name] = _setting(name, value)
    if "scope member" in row:
        _set_targets(package, list(row["scope member"] or []))


def _are_targets(targets: Any) -> bool:
    return isinstance(targets, list) and all(
        isinstance(one, dict) and isinstance(one.get("name"), str) for one in targets
    )


def _setting(name: str, value: Any) -> Any:
    enum = PACKAGE_SETTINGS.get(name) or (SWITCH if SETTINGS.get(name) in SWITCH else {})
    return next((word for word, number in enum.items() if number == value), value)


def _set_targets(package: Package, targets: list[dict[str, str]]) -> None:
    package.targets = targets or None
    kept = {(one["name"], one.get("vdom", "")) for one in targets}
    groups = {one["name"] for one in targets if "vdom" not in one}
    if not groups:
        package.statuses = {at: one for at, one in package.statuses.items() if at in kept}


def _change(adom: Adom, node: Package | Folder, row: Mapping[str, Any]) -> Answer:
    name = str(row.get("name") or node.name)
    if name != node.name:
        folder, old = adom.root.holder(node.path)
        if name in folder.children:
            raise Refused(-2)
        del folder.children[old]
        node.name = name
        folder.put(node)
    if isinstance(node, Package):
        _apply(node, row)
    return {"data": {"name": node.name, "oid": node.oid}}


def _write_targets(call: Call, package: Package, data: Any) -> Answer:
    members = data if isinstance(data, list) else [data]
    if not _are_targets(members):
        raise Refused(-10)
    now = list(package.targets or []) if call.method == "add" else []
    _set_targets(package, now + [one for one in members if one not in now])
    return {}


@routes.add("delete", _URL + "/{path*}", "delete a package or folder, or targets (scope member)")
def delete(call: Call, param: Param, adom: str, path: list[str]) -> Answer:
    home = call.fm.adom(adom)
    allow_write(call.fm, home, call.user, call.session_number, "")
    if path[-1] == "scope member":
        package = _package(home, path[:-1])
        gone = param.get("data")
        members = gone if isinstance(gone, list) else [gone]
        _set_targets(package, [one for one in package.targets or [] if one not in members])
        return {}
    node, rest = home.root.walk(path) or (None, [])
    if node is None or rest:
        raise Refused(-3)
    folder, name = home.root.holder(node.path)
    del folder.children[name]
    return {}


@routes.add("add set update", "/pm/pblock/adom/{adom}", "make a policy block")
def write_block(call: Call, param: Param, adom: str) -> Answer:
    home, row = call.fm.adom(adom), data_of(param)
    name = str(row.get("name") or "")
    if not name:
        raise Refused(-10)
    if name in home.blocks and call.method == "add":
        raise Refused(-2)
    block = home.blocks.setdefault(name, Block(name, call.fm.oid()))
    return {"data": {"name": name, "oid": block.oid}}


@routes.add("delete", "/pm/pblock/adom/{adom}/{block}", "delete a policy block")
def delete_block(call: Call, param: Param, adom: str, block: str) -> Answer:  # noqa: ARG001
    home = call.fm.adom(adom)
    block_place(call.fm, home, block)
    del home.blocks[block]
    return {}
