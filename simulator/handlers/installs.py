"""The security console: installing and previewing packages and objects, moving packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.handlers.calls import Answer, Call, Param, data_of, routes
from simulator.refusal import Refused
from simulator.state.adom import Adom
from simulator.state.installing import install
from simulator.state.packages import Folder, Package
from simulator.state.places import named_package

Target = tuple[str, str]
_PREVIEW_FLAGS = 2


@routes.add("exec", "/securityconsole/install/package", "install (or preview) a package: data.task")
def install_package(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = _adom(call, data)
    package = named_package(adom, str(data.get("pkg") or ""))
    targets = _wanted(call, adom, package, data.get("scope"))
    finish = None if _is_preview(data) else lambda: install(call.fm, adom, package, targets)
    return _task(call, adom, "install package", targets, finish, needs_target=True)


@routes.add("exec", "/securityconsole/reinstall/package", "install several packages: data.task")
def reinstall(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = _adom(call, data)
    jobs: list[tuple[Package, list[Target]]] = []
    for one in _listed(data.get("target") or []):
        package = named_package(adom, str(one.get("pkg") or ""))
        jobs.append((package, _wanted(call, adom, package, one.get("scope"))))

    def finish() -> None:
        for package, targets in jobs:
            install(call.fm, adom, package, targets)

    every = [target for _package, targets in jobs for target in targets]
    return _task(call, adom, "install package", every, None if _is_preview(data) else finish)


@routes.add("exec", "/securityconsole/install/objects", "partial install: data.task")
@routes.add("exec", "/securityconsole/install/objects/v2", "partial install (7.4.1+): data.task")
@routes.add("exec", "/securityconsole/install/preview", "make a preview: data.task")
@routes.add("exec", "/securityconsole/install/device", "install device settings: data.task")
@routes.add("exec", "/securityconsole/package/commit", "install what was previewed: data.task")
def other_install(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = _adom(call, data)
    scope = data.get("scope") or []
    targets = [(str(one.get("name")), str(one.get("vdom", "root"))) for one in _listed(scope)]
    return _task(call, adom, "install", targets, None)


@routes.add("exec", "/securityconsole/preview/result", "the text of a preview: data.message")
def preview_result(call: Call, param: Param) -> Answer:
    _adom(call, data_of(param))
    return {"data": {"message": ""}}


@routes.add("exec", "/securityconsole/package/cancel/install", "forget a preview")
def cancel_install(call: Call, param: Param) -> Answer:
    _adom(call, data_of(param))
    return {}


@routes.add("exec", "/securityconsole/package/move", "move or rename: pkg, dst_parent, dst_name")
def move_package(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = _adom(call, data)
    node, folder, name = _source_and_target(adom, data)
    old, old_name = adom.root.holder(node.path)
    del old.children[old_name]
    node.name = name
    folder.put(node)
    return _task(call, adom, "move package", [], None)


@routes.add("exec", "/securityconsole/package/clone", "copy: pkg, dst_parent, dst_name: data.task")
def clone_package(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = _adom(call, data)
    node, folder, name = _source_and_target(adom, data)
    if not isinstance(node, Package):
        raise Refused(-9)
    copy = Package(name, call.fm.oid())
    copy.settings = dict(node.settings)
    for path, table in node.database.tables.items():
        for row in table:
            made = call.fm.insert(copy.database, path, {**row.values, "uuid": call.fm.uuid()})
            made.scope, made.meta = row.scope, row.meta
    folder.put(copy)
    return _task(call, adom, "clone package", [], None)


def _source_and_target(adom: Adom, data: dict[str, Any]) -> tuple[Package | Folder, Folder, str]:
    source = [part for part in str(data.get("pkg") or "").split("/") if part]
    parent = [part for part in str(data.get("dst_parent") or "").split("/") if part]
    node, rest = adom.root.walk(source) or (None, [])
    folder, over = adom.root.walk(parent) or (None, [])
    if node is None or rest or not source or not isinstance(folder, Folder) or over:
        raise Refused(-3)
    name = str(data.get("dst_name") or node.name)
    if name in folder.children:
        raise Refused(-2)
    return node, folder, name


def _adom(call: Call, data: dict[str, Any]) -> Adom:
    return call.fm.adom(str(data.get("adom") or ""))


def _listed(scope: Any) -> list[dict[str, Any]]:
    members = scope if isinstance(scope, list) else [scope]
    if not all(isinstance(one, dict) for one in members):
        raise Refused(-10)
    return members


def _is_preview(data: dict[str, Any]) -> bool:
    flags = data.get("flags") or []
    return bool(flags & _PREVIEW_FLAGS) if isinstance(flags, int) else "preview" in flags


def _wanted(call: Call, adom: Adom, package: Package, scope: Any) -> list[Target]:
    """The package's targets, or those of them that ``scope`` names (a bare name is a group)."""
    targets = call.fm.targets(adom, package)
    if not scope:
        return targets
    wanted: set[Target] = set()
    for one in _listed(scope):
        if "vdom" in one:
            wanted.add((str(one.get("name")), str(one["vdom"])))
        else:
            wanted.update(adom.members(str(one.get("name")).rsplit("/", 1)[-1]))
    return [target for target in targets if target in wanted]


def _task(
    call: Call, adom: Adom, title: str, targets: list[Target], finish: Callable[[], None] | None,
    needs_target: bool = False,
) -> Answer:  # fmt: skip
    fm = call.fm
    started = fm.tasks.start(
        title=title,
        source="security console",
        user=call.user,
        adom=adom.oid,
        started=fm.clock(),
        seconds=fm.task_seconds,
        lines=[{"name": name, "vdom": vdom} for name, vdom in targets] or [{"name": adom.name}],
        failed="no installation target" if needs_target and not targets else "",
        finish=finish,
    )
    return {"data": {"task": started.id}}
