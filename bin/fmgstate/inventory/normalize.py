"""From FortiManager's rows to the inventory. Sources: API facts 2.1 to 2.3 and 2.6."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Optional

from fmgstate.errors import NormalizeError
from fmgstate.inventory.model import (
    Adom,
    Assignment,
    Device,
    Group,
    HaMember,
    Inventory,
    Marks,
    Package,
    Target,
    Vdom,
)
from fmgstate.native import Row, choice, flag, meta_fields, names, number, rows, text, wrong

CONNECTION = {0: "unknown", 1: "up", 2: "down"}
CONFIG_STATUS = {0: "unknown", 1: "insync", 2: "outofsync"}
DATABASE_STATUS = {0: "unknown", 1: "nomod", 2: "mod"}
HA_MODE = {0: "standalone", 1: "AP", 2: "AA"}
HA_STATUS = {0: "down", 1: "up", 2: "down"}
OPERATION_MODE = {0: "unknown", 1: "nat", 2: "transparent"}
RESTRICTED_PRODUCTS = {1: "fos"}
NGFW_MODE = {0: "profile-based", 1: "policy-based"}
GROUP_KIND = {0: "normal", 1: "default", 2: "auto"}
OS_TYPE = {0: "fos"}
WORKSPACE_MODE = {0: "disabled", 1: "normal", 2: "workflow"}
NO_NUMBERS_KNOWN: dict[int, str] = {}
"""No source gives the numbers: they are shown as ``unknown(3)`` rather than guessed."""
_MOVES = (
    "oid", "sn", "os_ver", "mr", "patch", "build", "conf_status", "db_status", "dev_status",
    "last_resync", "checksum",
)  # fmt: skip
ROLES = {"master": "primary", "slave": "secondary", "1": "primary", "0": "secondary"}


def fortigate_adoms(native: Iterable[Row]) -> list[Adom]:
    """The ADOMs that manage FortiGates (every FortiManager also has others)."""
    kept = []
    for row in native:
        if choice(row, "restricted_prds", RESTRICTED_PRODUCTS) == "fos":
            kept.append(adom(row))
    return kept


def adom(row: Row) -> Adom:
    """One ADOM row."""
    return Adom(
        name=_required(row, "name", "an ADOM"),
        version=_joined(text(row, "os_ver"), number(row, "mr")),
        uuid=text(row, "uuid"),
        mode=choice(row, "mode", NO_NUMBERS_KNOWN),
        workspace_mode=choice(row, "workspace_mode", WORKSPACE_MODE),
        description=text(row, "desc"),
    )


def inventory(
    the_adom: Adom,
    devices: Iterable[Row],
    packages: Iterable[Row],
    blocks: Iterable[Row],
    status: Iterable[Row],
    groups: Iterable[Row] = (),
) -> Inventory:
    """One ADOM's inventory from its five tables."""
    assigned = [assignment(row) for row in status]
    found = [package(the_adom.name, path, row, assigned) for path, row in _leaves(packages)]
    found += [
        Package(
            the_adom.name,
            path,
            kind="block",
            oid=number(row, "oid"),
            ngfw_mode=_setting(row, "ngfw-mode"),
        )
        for path, row in _leaves(blocks)
    ]
    return Inventory(
        adom=the_adom,
        devices=tuple(sorted((device(the_adom.name, row) for row in devices), key=_by_name)),
        packages=tuple(sorted(found, key=lambda one: (one.kind, one.path))),
        groups=tuple(sorted(_groups(the_adom.name, groups), key=lambda one: one.name)),
    )


def device(adom_name: str, row: Row) -> Device:
    """One device row; an HA cluster is one row with its members below it."""
    major_minor = _joined(text(row, "os_ver"), number(row, "mr"))
    patch = number(row, "patch")
    return Device(
        adom=adom_name,
        name=_required(row, "name", "a device"),
        serial=text(row, "sn"),
        hostname=text(row, "hostname"),
        address=text(row, "ip"),
        platform=text(row, "platform_str"),
        version=major_minor if patch is None or not major_minor else f"{major_minor}.{patch}",
        build=number(row, "build"),
        connection=choice(row, "conn_status", CONNECTION).lower(),
        config_status=choice(row, "conf_status", CONFIG_STATUS).lower(),
        database_status=choice(row, "db_status", DATABASE_STATUS).lower(),
        ha_mode=choice(row, "ha_mode", HA_MODE),
        ha_members=tuple(_member(member) for member in rows(row, "ha_slave")),
        vdoms=tuple(_vdom(one) for one in rows(row, "vdom")),
        description=text(row, "desc"),
        latitude=text(row, "latitude"),
        longitude=text(row, "longitude"),
        meta=meta_fields(row),
    )


def package(adom_name: str, path: str, row: Row, assigned: Iterable[Assignment]) -> Package:
    """One package row with the targets it is assigned to."""
    settings = _settings(row)
    return Package(
        adom=adom_name,
        path=path,
        oid=number(row, "oid"),
        ngfw_mode=_setting(row, "ngfw-mode"),
        central_nat=flag(settings, "central-nat"),
        implicit_log=flag(settings, "fwpolicy-implicit-log"),
        targets=tuple(sorted(targets(row, "scope member") or ())),
        assignments=tuple(sorted((a for a in assigned if a.package == path), key=_by_target)),
    )


def _groups(adom_name: str, native: Iterable[Row]) -> Iterator[Group]:
    """Those of FortiGates: each ADOM has groups for other products too."""
    for row in native:
        if choice(row, "os_type", OS_TYPE) in ("fos", ""):
            listed = targets(row, "object member")
            yield Group(
                adom=adom_name,
                name=_required(row, "name", "a device group"),
                kind=choice(row, "type", GROUP_KIND),
                description=text(row, "desc"),
                members=None if listed is None else tuple(sorted(listed)),
            )


def targets(row: Row, key: str) -> Optional[tuple[Target, ...]]:
    """Targets or members of a group; None where the key is missing, which is not none."""
    if key not in row:
        return None
    return tuple(Target(text(one, "name"), text(one, "vdom")) for one in rows(row, key))


def assignment(row: Row) -> Assignment:
    """One row of the package status table."""
    return Assignment(
        device=_required(row, "dev", "a package status"),
        vdom=text(row, "vdom"),
        package="/".join(names(row, "pkg")),
        status=choice(row, "status", NO_NUMBERS_KNOWN),
    )


def marks(
    objects: Any, packages: Iterable[Row], blocks: Iterable[Row], beside: str, reading: str
) -> Marks:
    """Version marks: FortiManager's own version, a space, and a digest of what else counts.

    ``beside``: what else moves every package (the global database); ``reading``: the version of
    our own reading, so that an updated app fetches anew.
    """
    return Marks(
        objects=f"{objects_version(objects)} {_digest(reading)}",
        packages={path: _mark(row, beside, reading) for path, row in _leaves(packages)},
        blocks={path: _mark(row, "", reading) for path, row in _leaves(blocks)},
    )


def device_marks(devices: Iterable[Row], status: Iterable[Row]) -> dict[str, str]:
    """What may tell, by device, that its configuration moved: states and times of FortiManager's
    copy of it, and what is installed there. Connection and last contact do not."""
    installed: dict[str, list[str]] = {}
    for row in status:
        installed.setdefault(text(row, "dev"), []).append(json.dumps(row, sort_keys=True))
    return {
        text(row, "name"): _digest(
            [[row.get(key) for key in _MOVES], sorted(installed.get(text(row, "name"), ()))]
        )
        for row in devices
    }


def package_version(row: Row) -> str:
    """FortiManager's version of one package or block; "" when it tells none."""
    return text(row, "obj ver")


def objects_version(answer: Any) -> str:
    """FortiManager's version of an ADOM's objects; "" when it tells none."""
    return text(answer, "uuid").replace(" ", "") if isinstance(answer, dict) else ""


def global_mark(packages: Any, status: Any) -> str:
    """One mark for the global packages and for what of them is assigned to the ADOMs."""
    versions = [(path, _version_of(row)) for path, row in _leaves(packages)]
    return _digest([versions, sorted(json.dumps(row, sort_keys=True) for row in status)])


def _mark(row: Row, beside: str, reading: str) -> str:
    return f"{package_version(row)} {_digest([_version_of(row), beside, reading])}"


def _version_of(row: Row) -> list[Any]:
    return [row.get("obj ver"), row.get("oid"), row.get("scope member"), _lasting_settings(row)]


def _lasting_settings(row: Row) -> dict[str, Any]:
    settings = _settings(row)
    return {key: value for key, value in settings.items() if not key.startswith("hitc-")}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:20]


def _leaves(native: Iterable[Row], folder: str = "") -> list[tuple[str, Row]]:
    """(path, row) of every package in a tree of folders, in FortiManager's order."""
    found: list[tuple[str, Row]] = []
    for row in native:
        path = folder + _required(row, "name", "a package")
        if text(row, "type") == "folder":
            found += _leaves(rows(row, "subobj"), path + "/")
        else:
            found.append((path, row))
    return found


def _member(row: Row) -> HaMember:
    role = text(row, "role").lower()
    return HaMember(
        name=text(row, "name"),
        serial=text(row, "sn"),
        role=ROLES.get(role, role),
        status=choice(row, "status", HA_STATUS).lower(),
    )


def _vdom(row: Row) -> Vdom:
    return Vdom(
        name=_required(row, "name", "a VDOM"),
        mode=choice(row, "opmode", OPERATION_MODE).lower(),
        comments=text(row, "comments"),
    )


def _setting(row: Row, key: str) -> str:
    return choice(_settings(row), key, NGFW_MODE)


def _settings(row: Row) -> Row:
    found = row.get("package settings") or {}
    if not isinstance(found, dict):
        raise wrong(row, "package settings", "an object")
    return found


def _joined(os_ver: str, minor: Optional[int]) -> str:
    """ "7" or "7.0" and 4 are both 7.4: ``mr`` is the minor, whatever ``os_ver`` ends with."""
    major = os_ver.split(".", 1)[0]
    return major if minor is None or not major else f"{major}.{minor}"


def _required(row: Row, key: str, what: str) -> str:
    value = text(row, key)
    if not value:
        raise NormalizeError(
            f"FortiManager sent {what} without {key!r}.",
            "If its version is supported, report this with the FortiManager build.",
        )
    return value


def _by_name(one: Device) -> str:
    return one.name


def _by_target(one: Assignment) -> tuple[str, str]:
    return one.device, one.vdom
