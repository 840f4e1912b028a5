# ruff: noqa: ARG001 (every handler takes the same arguments)
"""ADOMs and device groups."""

from __future__ import annotations

from typing import Any

from simulator.handlers.calls import Answer, Call, Param, plain_row, plain_table, routes
from simulator.query.params import Query, listed
from simulator.query.rows import plain_rows
from simulator.refusal import Refused
from simulator.schema.enumerations import ADOM, DEVICE, GROUP
from simulator.state.adom import Adom, Group


@routes.add("get", "/dvmdb/adom", "all ADOMs; expand member device, group; option object member")
def adoms(call: Call, param: Param) -> Answer:
    rows = [adom.record() for adom in call.fm.adoms.values()]
    answer = plain_table(call, param, rows, ADOM)
    for row in answer["data"] if isinstance(answer.get("data"), list) else ():
        _expand(call, param, row)
    return answer


@routes.add("get", "/dvmdb/adom/{adom}", "one ADOM")
def one_adom(call: Call, param: Param, adom: str) -> Answer:
    found = call.fm.adom(adom)
    answer = plain_row(call, param, found.record(), ADOM)
    _expand(call, param, {**answer["data"], "name": found.name}, answer["data"])
    return answer


def _expand(
    call: Call, param: Param, row: dict[str, Any], into: dict[str, Any] | None = None
) -> None:
    """``expand member``: the ADOM's devices or groups inside its row."""
    wanted = listed(param.get("expand member"))
    adom = call.fm.adoms.get(row.get("name", ""))
    if adom is None or not wanted:
        return
    members: dict[str, Any] = {}
    for one in wanted:
        if not isinstance(one, dict):
            raise Refused(-8)
        url = str(one.get("url", "")).strip("/")
        query = Query.read(one)
        if url == "device":
            rows: list[dict[str, Any]] = [dev.record() for dev in call.fm.adom_devices(adom)]
            enums = DEVICE
        elif url == "group":
            rows, enums = [group_row(call, adom, one) for one in adom.groups.values()], GROUP
        else:
            raise Refused(-6)
        chosen = query.slice(query.select(rows))
        if chosen:
            members[url] = plain_rows(chosen, query, enums, call.verbose)
    if members:
        (row if into is None else into)["expand member"] = members


def group_row(call: Call, adom: Adom, group: Group) -> dict[str, Any]:
    return {
        "desc": group.description,
        "name": group.name,
        "oid": group.oid,
        "os_type": "fos",
        "type": group.kind,
    }


@routes.add("get", "/dvmdb/adom/{adom}/group", "device groups; option object member")
def groups(call: Call, param: Param, adom: str) -> Answer:
    home = call.fm.adom(adom)
    rows = [group_row(call, home, group) for group in home.groups.values()]
    answer = plain_table(call, param, rows, GROUP)
    if isinstance(answer.get("data"), list):
        for row in answer["data"]:
            _add_members(home, param, row)
    return answer


@routes.add("get", "/dvmdb/adom/{adom}/group/{group}", "one device group")
def one_group(call: Call, param: Param, adom: str, group: str) -> Answer:
    home = call.fm.adom(adom)
    if group not in home.groups:
        raise Refused(-3)
    answer = plain_row(call, param, group_row(call, home, home.groups[group]), GROUP)
    _add_members(home, param, answer["data"], group)
    return answer


def _add_members(adom: Adom, param: Param, row: dict[str, Any], name: str = "") -> None:
    options = Query.read({"option": param.get("option")}).options
    group = adom.groups.get(name or row.get("name", ""))
    if group is None:
        return
    if "object member" in options:
        members: list[dict[str, str]] = [
            {"name": device, "vdom": vdom} for device, vdom in group.members
        ]
        row["object member"] = members + [{"name": inner} for inner in group.groups]
    if "get meta" in options and group.meta:
        row["meta fields"] = dict(group.meta)


@routes.add("get", "/dvmdb/adom/{adom}/where used", "what keeps an ADOM from being deleted")
def where_adom_is_used(call: Call, param: Param, adom: str) -> Answer:
    home = call.fm.adom(adom)
    groups = [_use("device_group", 2, group.name) for group in home.groups.values()]
    devices = [_use("device", 0, device.name) for device in call.fm.adom_devices(home)]
    shared = [
        {**_use("policy", 0, package.name), "attr": "assignment"}
        for package in call.fm.global_database.root.packages()
        if any(target["name"] == home.name for target in package.targets or [])
    ]
    return {"data": {"cmdb": [], "dvmdb": groups + devices, "provider": shared}}


def _use(kind: str, category: int, name: str) -> dict[str, Any]:
    return {
        "attr": "object member",
        "category": category,
        "last use": 0,
        "mapping_name": kind,
        "mattr": "name",
        "mkey": name,
    }


@routes.add("get", "/dvmdb/adom/{adom}/revision", "ADOM revisions")
def revisions(call: Call, param: Param, adom: str) -> Answer:
    return plain_table(call, param, call.fm.adom(adom).revisions, {}, empty="missing")
