# ruff: noqa: ARG001 (every handler takes the same arguments)
"""The FortiManager itself: status, settings, log-in state."""

from __future__ import annotations

import time
from typing import Any

from simulator.handlers.calls import Answer, Call, Param, data_of, plain_row, routes
from simulator.refusal import Refused
from simulator.schema.enumerations import listed
from simulator.versions import Version


@routes.add("get", "/sys/status", "version, serial, host name")
def status(call: Call, param: Param) -> Answer:
    version, now = call.fm.version, time.gmtime(call.fm.clock())
    return {
        "data": {
            "Admin Domain Configuration": "Enabled",
            "BIOS version": "04000002",
            "Branch Point": version.build,
            "Build": version.build,
            "Current Time": time.strftime("%a %b %d %H:%M:%S UTC %Y", now),
            "Daylight Time Saving": "Yes",
            "FIPS Mode": "Disabled",
            "HA Mode": "Stand Alone",
            "Hostname": call.fm.hostname,
            "License Status": "Valid",
            "Major": version.major,
            "Max Number of Admin Domains": 10000,
            "Max Number of Device Groups": 10000,
            "Minor": version.minor,
            "Offline Mode": "Disabled",
            "Patch": version.patch,
            "Platform Full Name": "FortiManager-VM64",
            "Platform Type": "FMG-VM64",
            "Release Version Information": " (GA)",
            "Serial Number": call.fm.serial,
            "TZ": "UTC",
            "Time Zone": "(GMT) Coordinated Universal Time.",
            "Version": f"v{version}-build{version.build:04d} 250101 (GA)",
            "x86-64 Applications": "Yes",
        }
    }


@routes.add("get", "/cli/global/system/status", "the same, as the CLI says it")
def cli_status(call: Call, param: Param) -> Answer:
    facts = dict(status(call, param)["data"])
    del facts["TZ"]
    return {
        "data": {**facts, "Branch Point": str(facts["Branch Point"]), "Build": str(facts["Build"])}
    }


_GLOBAL = {
    "workspace-mode": listed("disabled", "normal", "workflow", "per-adom"),
    "adom-mode": listed("normal", "advanced"),
}


@routes.add("get", "/cli/global/system/global", "workspace-mode, adom-status, adom-mode")
def system_global(call: Call, param: Param) -> Answer:
    row = {
        "adom-mode": "normal",
        "adom-status": "enable",
        "hostname": call.fm.hostname,
        "language": "english",
        "timezone": "00",
        "workspace-mode": call.fm.workspace_mode,
    }
    return plain_row(call, param, row, _GLOBAL)


@routes.add("get", "/cli/global/system/performance", "CPU and memory")
def performance(call: Call, param: Param) -> Answer:
    return {"data": {"CPU": {"Used": "3.1%"}, "Memory": {"Total": "16384 MB", "Used": "31.0%"}}}


@routes.add("get", "/cli/global/system/admin/user", "administrators")
def administrators(call: Call, param: Param) -> Answer:
    rows: list[dict[str, Any]] = [
        {
            "login-max": call.sessions.limits.login_max,
            "password": ["ENC", "c2ltdWxhdGVkLXBhc3N3b3JkLWhhc2g="],
            "profileid": "Super_User",
            "rpc-permit": "read-write",
            "user_type": "local",
            "userid": name,
        }
        for name in call.sessions.users
    ]
    return {"data": rows}


@routes.add("get", "/sys/ha/status", "HA of the FortiManager itself")
def ha_status(call: Call, param: Param) -> Answer:
    return {"data": {"FMG-HA Status": "Disabled", "HA Role": "Stand Alone", "members": []}}


@routes.add("get", "/sys/session", "the session asked with (6.4.1+)")
def session(call: Call, param: Param) -> Answer:
    if call.fm.version < Version(6, 4, 1):
        raise Refused(-6)
    left = call.sessions.time_left(call.session) if call.session else 0
    return {
        "data": {
            "admin_adom": "root",
            "admin_prof": "Super_User",
            "admin_user": call.user,
            "adom_access": "all",
            "adom_list": [],
            "adom_override": 0,
            "current_adom_name": "root",
            "email": "",
            "first_name": "",
            "last_name": "",
            "login_user": call.user,
            "time_left": left,
            "timestamp": int(call.fm.clock()),
            "valid": 1,
        }
    }


@routes.add("set", "/sys/session/custom_session_label", "name the session (8.0)")
def session_label(call: Call, param: Param) -> Answer:
    if call.fm.version < Version(8, 0, 0):
        raise Refused(-6)
    data_of(param)
    return {}
