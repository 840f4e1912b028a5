"""Definitions of meta fields; their values come with option ``get meta``."""

from __future__ import annotations

from simulator.handlers.calls import Answer, Call, Param, data_of, plain_table, routes
from simulator.refusal import Refused


@routes.add("get", "/dvmdb/_meta_fields/{kind}", "meta fields of device, device group, ADOM …")
def device_fields(call: Call, param: Param, kind: str) -> Answer:
    return _definitions(call, param, kind)


@routes.add("get", "/pm/config/_meta_fields/{path*}", "meta fields of a table (firewall/policy …)")
def config_fields(call: Call, param: Param, path: list[str]) -> Answer:
    return _definitions(call, param, "/".join(path))


@routes.add("add set", "/dvmdb/_meta_fields/{kind}", "define a meta field")
def write_device_field(call: Call, param: Param, kind: str) -> Answer:
    return _define(call, param, kind)


@routes.add("add set", "/pm/config/_meta_fields/{path*}", "define a meta field")
def write_config_field(call: Call, param: Param, path: list[str]) -> Answer:
    return _define(call, param, "/".join(path))


def _define(call: Call, param: Param, kind: str) -> Answer:
    row = data_of(param)
    known = call.fm.meta_fields.setdefault(kind, [])
    if not row.get("name"):
        raise Refused(-10)
    if any(one["name"] == row["name"] for one in known) and call.method == "add":
        raise Refused(-2)
    kept = [one for one in known if one["name"] != row["name"]]
    made = {"importance": "optional", "length": 255, **row}
    if isinstance(made["importance"], int):
        made["importance"] = "required" if made["importance"] else "optional"
    call.fm.meta_fields[kind] = [*kept, made]
    return {}


def _definitions(call: Call, param: Param, kind: str) -> Answer:
    enums = {"importance": {"optional": 0, "required": 1}, "status": {"disable": 0, "enable": 1}}
    return plain_table(call, param, call.fm.meta_fields.get(kind, []), enums, empty="missing")
