"""Making and deleting ADOMs and device groups; describing devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.calls import Answer, Call, Param, data_of, routes
from simulator.query.integers import to_words
from simulator.refusal import Refused
from simulator.schema.enumerations import ADOM, DEVICE
from simulator.schema.table_spec import TableSpec
from simulator.state.adom import Adom, Group
from simulator.state.renaming import rename_device

_ADOMS = TableSpec("adom", "name", enums=ADOM)
_DEVICES = TableSpec("device", "name", enums=DEVICE)


@routes.add("add set update", "/dvmdb/adom", "make or change an ADOM")
def write_adom(call: Call, param: Param) -> Answer:
    row = to_words(_ADOMS, data_of(param))
    name = str(row.pop("name", "") or "")
    known = call.fm.adoms.get(name)
    if not name or (known is None and call.method == "update"):
        raise Refused(-3 if name else -10)
    if known is not None and call.method == "add":
        raise Refused(-2)
    if known is None:
        if call.fm.new_adom is None:
            raise Refused(-9)
        known = call.fm.new_adom(call.fm, name)
    known.values = {**known.values, **row}
    return {"data": {"name": name}}


@routes.add("set update", "/dvmdb/adom/{adom}", "change an ADOM")
def change_adom(call: Call, param: Param, adom: str) -> Answer:
    known = call.fm.adom(adom)
    known.values = {**known.values, **to_words(_ADOMS, data_of(param))}
    return {"data": {"name": known.name}}


@routes.add("delete", "/dvmdb/adom/{adom}", "delete an ADOM (-20063 while it has devices)")
def delete_adom(call: Call, param: Param, adom: str) -> Answer:  # noqa: ARG001
    known = call.fm.adom(adom)
    if known is call.fm.global_database:
        raise Refused(-9)
    if call.fm.adom_devices(known):
        raise Refused(-20063)
    del call.fm.adoms[known.name]
    return {}


@routes.add("set update", "/dvmdb/device/{device}", "change a device: desc, meta fields …")
@routes.add("set update", "/dvmdb/adom/{adom}/device/{device}", "the same in its ADOM")
def change_device(call: Call, param: Param, device: str, adom: str = "") -> Answer:
    known = call.fm.device(device)
    if adom and known.adom != adom:
        raise Refused(-3)
    row = to_words(_DEVICES, data_of(param))
    meta = row.pop("meta fields", None)
    if isinstance(meta, Mapping):
        known.meta = {**known.meta, **meta}
    name = row.pop("name", known.name)
    if not name or not isinstance(name, str):
        raise Refused(-10)
    if name != known.name:
        if name in call.fm.devices:
            raise Refused(-2)
        rename_device(call.fm, known, name)
    known.values = {**known.values, **row}
    return {"data": {"name": known.name}}


@routes.add("exec", "/dvm/cmd/update/device", "refresh a device: data.taskid")
@routes.add("exec", "/dvm/cmd/update/dev-list", "refresh devices: data.taskid")
def refresh_devices(call: Call, param: Param) -> Answer:
    data = data_of(param)
    adom = call.fm.adom(str(data.get("adom") or ""))
    members = data.get("update-dev-member-list") or [{"name": data.get("device")}]
    names = [call.fm.device(str(one.get("name"))).name for one in members]
    started = call.fm.tasks.start(
        title="update device",
        source="device manager",
        user=call.user,
        adom=adom.oid,
        started=call.fm.clock(),
        seconds=call.fm.task_seconds,
        lines=[{"name": name} for name in names],
    )
    return {"data": {"pid": 6000 + started.id, "taskid": started.id}}


@routes.add("add set update", "/dvmdb/adom/{adom}/group", "make or change a device group")
def write_group(call: Call, param: Param, adom: str) -> Answer:
    home, row = call.fm.adom(adom), data_of(param)
    name = str(row.get("name") or "")
    if not name:
        raise Refused(-10)
    if name in home.groups and call.method == "add":
        raise Refused(-2)
    group = home.groups.setdefault(name, Group(name, call.fm.oid()))
    group.description = str(row.get("desc") or group.description)
    return {"data": {"name": name, "oid": group.oid}}


@routes.add("delete", "/dvmdb/adom/{adom}/group/{group}", "delete a device group")
def delete_group(call: Call, param: Param, adom: str, group: str) -> Answer:  # noqa: ARG001
    home = call.fm.adom(adom)
    _group(home, group)
    del home.groups[group]
    return {}


@routes.add("add delete", "/dvmdb/adom/{adom}/group/{group}/object member", "members of a group")
def group_members(call: Call, param: Param, adom: str, group: str) -> Answer:
    home = call.fm.adom(adom)
    known = _group(home, group)
    given = param.get("data")
    for one in given if isinstance(given, list) else [given]:
        _member(call, known, one)
    return {}


def _group(adom: Adom, name: str) -> Group:
    if name not in adom.groups:
        raise Refused(-3)
    return adom.groups[name]


def _member(call: Call, group: Group, one: Any) -> None:
    if not isinstance(one, Mapping) or not one.get("name"):
        raise Refused(-10)
    if "vdom" in one:
        member = (str(one["name"]), str(one["vdom"]))
        call.fm.device(member[0])
        _change(call, group.members, member)
    else:
        _change(call, group.groups, str(one["name"]))


def _change(call: Call, members: list[Any], member: Any) -> None:
    if call.method == "add":
        if member not in members:
            members.append(member)
    elif member in members:
        members.remove(member)
    else:
        raise Refused(-3)
