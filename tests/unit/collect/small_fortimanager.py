"""A FortiManager of a few rows behind the ``Source`` protocol: a fake at the transport's place.

``adoms[name]`` is edited by tests; versions ("obj ver", devinfo) follow the content by themselves.
What it does not know is refused with -6, as FortiManager does.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fmgstate.fortimanager import urls
from fmgstate.fortimanager.answer import Answer

MANAGER = "fmg.example.com"
NO_ZONES: dict[str, Any] = {
    "system/zone": [], "system/sdwan/members": [], "system/sdwan": {"oid": 7, "status": "disable"},
    "system/virtual-wan-link/members": [], "system/virtual-wan-link": {"status": "disable"},
}  # fmt: skip


@dataclass
class SmallAdom:
    devices: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    packages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    blocks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    revisions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    targets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    proxy: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    dnat: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hits: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    device_hits: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    databases: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


@dataclass
class Count:
    requests: int = 0


class SmallFortiManager:
    manager = MANAGER

    def __init__(self) -> None:
        self.adoms: dict[str, SmallAdom] = {}
        self.refused: dict[str, int] = {}
        self.versionless = False
        self.requests_made = 0
        self._counts: list[Count] = []
        self.version = "v7.4.5-build2463 240911 (GA)"
        self.tasks: list[tuple[str, str]] = []
        self.progress: list[dict[str, Any]] = []
        self.executed: list[dict[str, Any]] = []
        self.starts_tasks = True

    def get(self, params: Sequence[dict[str, Any]]) -> list[Answer]:
        self.requests_made += 1
        for count in self._counts:
            count.requests += 1
        return [self._answer(param) for param in params]

    def tables(
        self, params: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]] = ()
    ) -> list[Answer]:
        answers = self.get([*params, *after])
        self.while_reading()
        return [*answers[: len(params)], *(self._answer(param) for param in after)]

    def while_reading(self) -> None:
        """What happens between the pages and the questions behind them; tests replace it."""

    def execute(self, param: dict[str, Any]) -> Answer:
        """Hit counts: as a task for a package (``hits``), or of devices (``device_hits``)."""
        self.get([])
        self.executed.append(param)
        url, data = param["url"], param["data"]
        for start, code in self.refused.items():
            if url.startswith(start):
                return Answer(url, code, "refused by the test", None, self.manager)
        if url == "/sys/hitcount":
            self.tasks.append((data["adom"], data["pkg"]))
            task = len(self.tasks) if self.starts_tasks else None
            return Answer(url, 0, "OK", None, self.manager, task=task)
        if url == "/sys/task/result":
            adom, package = self.tasks[data["taskid"] - 1]
            found: Any = self.adoms[adom].hits.get(package, {"firewall policy": []})
        else:
            found = self._monitored(data["target"], data["resource"].split("vdom=")[1])
        return Answer(url, 0, "OK", copy.deepcopy(found), self.manager)

    def _monitored(self, targets: list[str], vdom: str) -> list[dict[str, Any]]:
        found = []
        for _, adom, _, device in (target.split("/") for target in targets):
            rows = self.adoms[adom].device_hits.get((device, vdom))
            if rows is not None:
                response = {"status": "success", "results": rows}
                found.append({"target": device, "status": {"code": 0}, "response": response})
        return found

    @contextmanager
    def counting(self) -> Iterator[Count]:
        count = Count()
        self._counts.append(count)
        yield count
        self._counts.remove(count)

    def _answer(self, param: dict[str, Any]) -> Answer:
        url = param["url"]
        for start, code in self.refused.items():
            if url.startswith(start):
                return Answer(url, code, "refused by the test", None, self.manager)
        data = self._data(urls.steps(url), param.get("option"))
        if param.get("option") == "chksum" and data is not None:
            data = _version(data)
        if self.versionless and "pblock" in url and isinstance(data, (dict, list)):
            for row in [data] if isinstance(data, dict) else data:
                row.pop("obj ver", None)
        if data is None:
            return Answer(url, -6, "Invalid url", None, self.manager)
        return Answer(url, 0, "OK", copy.deepcopy(data), self.manager)

    def _data(self, steps: list[str], option: Any) -> Any:
        if steps == ["sys", "status"]:
            return {"Version": self.version}
        if steps[:2] == ["task", "task"]:
            return self.progress.pop(0) if self.progress else {"state": "done", "num_err": 0}
        if steps == ["dvmdb", "adom"]:
            return [
                {"name": name, "os_ver": "7.0", "mr": 4, "restricted_prds": "fos"}
                for name in self.adoms
            ]
        if steps in (["pm", "pkg", "global"], ["pm", "config", "global", "_package", "status"]):
            return []
        if steps[:3] == ["pm", "config", "device"]:
            return self._of_device(steps[3], steps[5], "/".join(steps[6:]))
        if "adom" not in steps or steps[steps.index("adom") + 1] not in self.adoms:
            return None
        where = steps.index("adom")
        adom, rest = self.adoms[steps[where + 1]], steps[where + 2 :]
        return self._of_adom(adom, steps[:where], rest, option)

    def _of_device(self, device: str, vdom: str, path: str) -> Any:
        """From the device database; without an entry there, one with no zone and SD-WAN off."""
        for adom in self.adoms.values():
            if any(row["name"] == device for row in adom.devices):
                found = adom.databases.get((device, vdom), {})
                return {**NO_ZONES, **found}.get(path)
        return None

    def _of_adom(self, adom: SmallAdom, first: list[str], rest: list[str], option: Any) -> Any:
        if first == ["dvmdb"]:
            return {"device": adom.devices, "group": adom.groups}.get("/".join(rest))
        kinds = {"pkg": adom.packages, "pblock": adom.blocks}
        if first[0] == "pm" and first[1] in kinds:
            packages = kinds[first[1]]
            if not rest:
                found = [_package(path, rows) for path, rows in packages.items()]
                return [{**one, **_settings(one["name"], adom)} for one in found]
            path = "/".join(rest)
            return _package(path, packages[path]) if path in packages else None
        if rest[0] == "_objrev":
            return adom.revisions.get("/".join(rest[1:]))
        if rest == ["_package", "status"]:
            return adom.assignments
        if rest == ["obj"]:
            return {"uuid": str(_version(adom.objects))}
        if rest[0] == "obj":
            return adom.objects.get("/".join(rest[1:]), [])
        holder = {"pkg": adom.packages, "pblock": adom.blocks}.get(rest[0], {})
        for path, rows in holder.items():
            if rest[1 : 1 + len(path.split("/"))] == path.split("/"):
                table = "/".join(rest[1 + len(path.split("/")) :])
                tables = {
                    "firewall/policy": rows,
                    "firewall/proxy-policy": adom.proxy.get(path),
                    "central/dnat": adom.dnat.get(path),
                }
                return tables.get(table) or []
        return None


def _settings(path: str, adom: SmallAdom) -> dict[str, Any]:
    found: dict[str, Any] = {"package settings": adom.settings.get(path)}
    return {**found, "scope member": adom.targets[path]} if path in adom.targets else found


def _package(path: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": path, "type": "pkg", "oid": len(path), "obj ver": _version(rows)}


def _version(value: Any) -> int:
    return zlib.crc32(repr(value).encode())


def policy(policyid: int, **fields: Any) -> dict[str, Any]:
    """A policy row as FortiManager gives it with ``verbose: 1``."""
    row = {
        "policyid": policyid,
        "uuid": f"00000000-0000-4000-8000-{policyid:012d}",
        "name": f"rule {policyid}",
        "status": "enable",
        "action": "accept",
        "srcintf": ["any"],
        "dstintf": ["any"],
        "srcaddr": ["all"],
        "dstaddr": ["all"],
        "service": ["HTTPS"],
        "schedule": ["always"],
        "logtraffic": "utm",
        "oid": policyid,
        "obj seq": policyid,
    }
    return {**row, **fields}


def address(name: str, subnet: str = "0.0.0.0/0.0.0.0", **fields: Any) -> dict[str, Any]:
    """An address row."""
    return {"name": name, "type": "ipmask", "subnet": subnet.split("/"), **fields}


def branch() -> SmallFortiManager:
    """One ADOM with a cluster of two VDOMs and a package of three policies on one of them."""
    fortimanager = SmallFortiManager()
    fortimanager.adoms["branch"] = SmallAdom(
        devices=[
            {
                "name": "fgt-hq", "sn": "FG1", "hostname": "HQ", "ip": "192.0.2.1", "os_ver": "7.0",
                "mr": 4, "patch": 5, "build": 2702, "conn_status": "up", "ha_mode": "AP",
                "ha_slave": [
                    {"name": "fgt-hq-1", "sn": "FG1", "role": "master", "status": 1},
                    {"name": "fgt-hq-2", "sn": "FG2", "role": "slave", "status": 0},
                ],
                "vdom": [{"name": "root", "opmode": "nat"}, {"name": "guest", "opmode": "nat"}],
            }
        ],
        packages={
            "sites/hq": [
                policy(1, srcaddr=["lan"], **{"global-label": "Web"}),
                policy(2, action="deny"),
                policy(3, srcaddr=["lan", "www"], comments="third"),
            ],
            "guest": [],
        },
        objects={
            "firewall/address": [
                address("all"),
                address("lan", "10.1.0.0/255.255.0.0"),
                {"name": "www", "type": "fqdn", "fqdn": "www.example.com"},
            ],
            "firewall/service/custom": [
                {"name": "HTTPS", "protocol": "TCP/UDP/SCTP", "tcp-portrange": ["443"]}
            ],
        },
        assignments=[
            {"dev": "fgt-hq", "vdom": "root", "pkg": "sites/hq", "status": "installed"}
        ],
    )  # fmt: skip
    return fortimanager
