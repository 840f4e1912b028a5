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
    if "get meta" in options:
        row["meta fields"] = dict(device.meta)
    if "assignment info" in options:
        row["assignment info"] = _assignments(call, device)


def _assignments(call: Call, device: Device) -> list[dict[str, Any]]:
    """The package of each VDOM with its status."""
    adom = call.fm.adom(device.adom)
    return [
        {"name": package.path, "status": state, "type": "pp", "vdom": vdom}
        for package in adom.root.packages()
        for (name, vdom), state in package.statuses.items()
        if name == device.name
    ]
