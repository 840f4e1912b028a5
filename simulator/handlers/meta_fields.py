"""Definitions of meta fields; their values come with option ``get meta``."""

from __future__ import annotations

from simulator.handlers.calls import Answer, Call, Param, plain_table, routes


@routes.add("get", "/dvmdb/_meta_fields/{kind}", "meta fields of device, device group, ADOM …")
def device_fields(call: Call, param: Param, kind: str) -> Answer:
    return _definitions(call, param, kind)


@routes.add("get", "/pm/config/_meta_fields/{path*}", "meta fields of a table (firewall/policy …)")
def config_fields(call: Call, param: Param, path: list[str]) -> Answer:
    return _definitions(call, param, "/".join(path))


def _definitions(call: Call, param: Param, kind: str) -> Answer:
    enums = {"importance": {"optional": 0, "required": 1}, "status": {"disabled": 0, "enabled": 1}}
    return plain_table(call, param, call.fm.meta_fields.get(kind, []), enums, empty="missing")
