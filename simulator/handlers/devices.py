"""FortiGates: records, VDOMs, HA members, what is assigned to them."""

from __future__ import annotations

from typing import Any

from simulator.handlers.calls import Answer, Call, Param, options_of, plain_row, plain_table, routes
from simulator.refusal import Refused
from simulator.schema.enumerations import DEVICE, HA_MEMBER
from simulator.state.devices import Device

_ENUMS = {**DEVICE, **HA_MEMBER}


@routes.add("get", "/dvmdb/device", "all devices")
def devices(call: Call, param: Param) -> Answer:
    return _table(call, param, list(call.fm.devices.values()))


@routes.add(
    "get",
    "/dvmdb/adom/{adom}/device",
    "devices of an ADOM; option extra info, assignment info, get meta",
)
def adom_devices(call: Call, param: Param, adom: str) -> Answer:
    return _table(call, param, call.fm.adom_devices(call.fm.adom(adom)))


@routes.add("get", "/dvmdb/device/{device}", "one device")
@routes.add("get", "/dvmdb/adom/{adom}/device/{device}", "one device")
def one_device(call: Call, param: Param, device: str, adom: str = "") -> Answer:
    found = _device(call, adom, device)
    answer = plain_row(call, param, found.record(), _ENUMS)
    _add_options(call, param, found, answer["data"])
    return answer


@routes.add("get", "/dvmdb/device/{device}/vdom", "VDOMs of a device")
@routes.add("get", "/dvmdb/adom/{adom}/device/{device}/vdom", "VDOMs of a device")
def vdoms(call: Call, param: Param, device: str, adom: str = "") -> Answer:
    return plain_table(call, param, _device(call, adom, device).vdoms, _ENUMS)


@routes.add("get", "/dvmdb/device/{device}/vdom/{vdom}", "one VDOM")
@routes.add("get", "/dvmdb/adom/{adom}/device/{device}/vdom/{vdom}", "one VDOM")
def one_vdom(call: Call, param: Param, device: str, vdom: str, adom: str = "") -> Answer:
    for row in _device(call, adom, device).vdoms:
        if row["name"] == vdom:
            return plain_row(call, param, row, _ENUMS)
    raise Refused(-3)


@routes.add("get", "/dvmdb/device/{device}/ha_slave", "HA members of a device")
@routes.add("get", "/dvmdb/adom/{adom}/device/{device}/ha_slave", "HA members of a device")
def ha_members(call: Call, param: Param, device: str, adom: str = "") -> Answer:
    return plain_table(call, param, _device(call, adom, device).members, _ENUMS)


def _device(call: Call, adom: str, name: str) -> Device:
    device = call.fm.device(name)
    if adom and call.fm.adom(adom).name != device.adom:
        raise Refused(-3)
    return device


def _table(call: Call, param: Param, found: list[Device]) -> Answer:
    answer = plain_table(call, param, [device.record() for device in found], _ENUMS)
    if isinstance(answer.get("data"), list) and options_of(param):
        by_oid = {device.oid: device for device in found}
        for row in answer["data"]:
            _add_options(call, param, by_oid[row["oid"]], row)
    return answer


def _add_options(call: Call, param: Param, device: Device, row: dict[str, Any]) -> None:
    options = options_of(param)
    if "extra info" in options:
        row["extra info"] = {"adom": device.adom}
    for vdom in row.get("vdom") or []:
        if "extra info" in options:
            vdom["extra info"] = {"adom": device.adom}
        if "assignment info" in options:
            vdom["assignment info"] = _assignments(call, device, vdom["name"])
    if "get meta" in options:
        row["meta fields"] = dict(device.meta)
    if "assignment info" in options:
        row["assignment info"] = []


def _assignments(call: Call, device: Device, vdom: str) -> list[dict[str, Any]]:
    """The package of a VDOM with its status. (Of the device itself: templates, which we lack.)"""
    return [
        {"name": package.path, "status": state, "type": "policy"}
        for package in call.fm.adom(device.adom).root.packages()
        for target, state in package.statuses.items()
        if target == (device.name, vdom)
    ]


@routes.add("get", "/pm/config/device/{device}/global/system/interface", "interfaces, as mapped")
def interfaces(call: Call, param: Param, device: str) -> Answer:
    """Those that the ADOM's normalized interfaces name for the device, and those in its zones."""
    found = call.fm.device(device)
    zones = {str(one["name"]): found.zones(str(one["name"])) for one in found.vdoms}
    table = call.fm.adom(found.adom).objects.tables.get("dynamic/interface")
    rows: dict[str, dict[str, Any]] = {}
    for row in table or ():
        for mapping in row.get("dynamic_mapping") or ():
            for scope in mapping.get("_scope") or ():
                if scope["name"] == device:
                    vdom = scope["vdom"]
                    for local in mapping.get("local-intf") or ():
                        for name in sorted(zones.get(vdom, {}).get(local, (local,))):
                            rows[name] = {"name": name, "status": "up", "vdom": [vdom]}
    return plain_table(call, param, list(rows.values()), {"status": {"down": 0, "up": 1}})


@routes.add("get", "/pm/config/device/{device}/global/system/ha", "HA settings of a device")
def ha_settings(call: Call, param: Param, device: str) -> Answer:
    values = call.fm.device(device).values
    row = {
        "mode": {"AP": "a-p", "AA": "a-a"}.get(values.get("ha_mode", ""), "standalone"),
        "group-name": values.get("ha_group_name") or None,
        "group-id": values.get("ha_group_id", 0),
        "priority": 128,
        "override": "disable",
    }
    modes = {"mode": {"standalone": 0, "a-a": 1, "a-p": 2}}
    return plain_row(call, param, row, modes)
