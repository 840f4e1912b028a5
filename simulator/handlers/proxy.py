"""``/sys/proxy/json``: asking FortiGates through FortiManager."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulator.handlers.calls import Answer, Call, Param, data_of, routes
from simulator.refusal import Refused, status
from simulator.state.devices import Device
from simulator.state.hitcounts import COUNTERS


@routes.add(
    "exec",
    "/sys/proxy/json",
    "GET of monitor/firewall/policy, monitor/system/status, "
    "cmdb/firewall/policy on devices and groups",
)
def proxy(call: Call, param: Param) -> Answer:
    data = data_of(param)
    devices = _targets(call, data.get("target"))
    if not devices:
        raise Refused(-11)
    return {"data": [_ask(call, device, data) for device in devices]}


def _targets(call: Call, target: Any) -> list[Device]:
    """Each device once; unknown ones are silently left out."""
    found: dict[str, Device] = {}
    for one in target if isinstance(target, list) else [target]:
        names = _names(call, str(one or "").strip("/").split("/"))
        found.update((name, call.fm.devices[name]) for name in names if name in call.fm.devices)
    return list(found.values())


def _names(call: Call, parts: list[str]) -> list[str]:
    """``adom/A/device/D``, ``adom/A/group/G``, ``device/D``, ``group/G`` (in every ADOM)."""
    adoms = list(call.fm.adoms.values())
    if len(parts) == 4 and parts[0] == "adom":
        adoms = [adom for adom in adoms if adom.name == parts[1]]
        parts = parts[2:]
    if len(parts) == 2 and parts[0] == "group":
        return [name for adom in adoms for name, _vdom in adom.members(parts[1])]
    return parts[-1:]


def _ask(call: Call, device: Device, data: dict[str, Any]) -> dict[str, Any]:
    address = urlsplit(str(data.get("resource") or ""))
    vdom = parse_qs(address.query).get("vdom", ["root"])[0]
    if device.values.get("conn_status") == "down":
        text = f"{device.name}({device.oid}) error: No tunnel {device.oid % 100}."
        return {"response": "", "status": status(-1, text), "target": device.name}
    path = address.path.strip("/")
    selects = path.endswith("/select")
    path = path.removesuffix("/select")
    results = _results(call, device, path, vdom)
    if results is None:
        return {"status": status(-6), "target": device.name}
    parts = path.split("/")
    response = {
        "build": device.values.get("build", 0),
        "http_method": "GET",
        "name": parts[-1],
        "path": parts[-2] if len(parts) > 1 else "",
        "results": results,
        "serial": device.values.get("sn", ""),
        "status": "success",
        "vdom": vdom,
        "version": f"v{str(device.values.get('os_ver', '7.0'))[0]}.{device.values.get('mr', 4)}"
        f".{device.values.get('patch', 0)}",
    }
    if selects:
        response["action"] = "select"
    return {"response": response, "status": status(0), "target": device.name}


def _results(call: Call, device: Device, path: str, vdom: str) -> Any:
    if path == "api/v2/monitor/firewall/policy":
        return _policy_monitor(call, device, vdom)
    if path == "api/v2/monitor/system/status":
        return {
            "hostname": device.values.get("hostname", device.name),
            "model": "FGT",
            "model_name": "FortiGate",
            "log_disk_status": "available",
        }
    if path == "api/v2/cmdb/firewall/policy":
        database = device.databases.get(vdom)
        table = database.tables.get("firewall/policy") if database else None
        return [_policy(row.values) for row in table] if table is not None else []
    return None


def _policy(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [{"name": one, "q_origin_key": one} for one in value]
        if isinstance(value, list) and all(isinstance(one, str) for one in value)
        else value
        for name, value in {**values, "q_origin_key": values["policyid"]}.items()
        if not name.startswith("_")
    }


def _policy_monitor(call: Call, device: Device, vdom: str) -> list[dict[str, Any]]:
    """What the device counted: its share of the package's hits. Rows without a hit omit them."""
    adom = call.fm.adom(device.adom)
    for package in adom.root.packages():
        targets = call.fm.targets(adom, package)
        if (device.name, vdom) not in targets:
            continue
        share = len(targets)
        table = package.database.tables.get("firewall/policy")
        return [
            _monitored(package.hits.get(("firewall/policy", row.key)), row.values, share)
            for row in table or ()
        ]
    return []


def _monitored(hits: tuple[int, ...] | None, values: dict[str, Any], share: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "policyid": values["policyid"],
        "uuid": values.get("uuid", ""),
        "active_sessions": 0,
        "bytes": 0,
        "packets": 0,
    }
    if hits and hits[0]:
        counts = dict(zip(COUNTERS, hits, strict=True))
        row |= {
            "active_sessions": counts["sesscount"] // share,
            "bytes": counts["byte"] // share,
            "packets": counts["pkts"] // share,
            "hit_count": max(1, counts["hitcount"] // share),
            "first_used": counts["first_hit"],
            "last_used": counts["last_hit"],
        }
    return row
