"""ADOMs, devices, packages and version marks from verbose and integer answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory import events
from fmgstate.inventory.model import (
    Adom,
    Assignment,
    Device,
    HaMember,
    Inventory,
    Package,
    Target,
    Vdom,
)
from fmgstate.inventory.normalize import fortigate_adoms, inventory, marks

ADOM = Adom("emea", version="7.4", uuid="u", workspace_mode="normal")
CLUSTER = Device(
    adom="emea",
    name="fgt-1",
    serial="FG1",
    hostname="FGT-1",
    address="192.0.2.1",
    platform="FortiGate-200F",
    version="7.4.5",
    build=2702,
    connection="up",
    config_status="insync",
    database_status="mod",
    ha_mode="AP",
    ha_members=(
        HaMember("fgt-1a", "FG1", "primary", "up"),
        HaMember("fgt-1b", "FG2", "secondary", "down"),
    ),
    vdoms=(Vdom("root", "nat"), Vdom("dmz", "transparent", "guests")),
    meta={"City": "Lyon"},
)
VERBOSE = {
    "name": "fgt-1", "sn": "FG1", "hostname": "FGT-1", "ip": "192.0.2.1", "os_ver": "7.0", "mr": 4,
    "patch": 5, "build": 2702, "platform_str": "FortiGate-200F", "conn_status": "up",
    "conf_status": "insync", "db_status": "mod", "ha_mode": "AP", "meta fields": {"City": "Lyon"},
    "ha_slave": [{"name": "fgt-1a", "sn": "FG1", "role": "master", "status": 1, "idx": 0},
                 {"name": "fgt-1b", "sn": "FG2", "role": "slave", "status": 2, "idx": 2147483647}],
    "vdom": [{"name": "root", "opmode": "nat", "comments": None},
             {"name": "dmz", "opmode": "transparent", "comments": "guests"}],
    "oid": 5, "mgmt.__data[0]": 0, "desc": "",
}  # fmt: skip
INTEGERS = {
    **VERBOSE, "os_ver": 7, "conn_status": 1, "conf_status": 1, "db_status": 2, "ha_mode": 1,
    "ha_slave": [{"name": "fgt-1a", "sn": "FG1", "role": 1, "status": 1},
                 {"name": "fgt-1b", "sn": "FG2", "role": 0, "status": 0}],
    "vdom": [{"name": "root", "opmode": 1}, {"name": "dmz", "opmode": 2, "comments": "guests"}],
}  # fmt: skip
PACKAGES: list[dict[str, Any]] = [
    {"name": "default", "type": "pkg", "oid": 1, "obj ver": 1, "package settings":
        {"central-nat": "enable", "ngfw-mode": "policy-based", "fwpolicy-implicit-log": "disable"}},
    {"name": "sites", "type": "folder", "oid": 2, "subobj": [
        {"name": "south", "type": "folder", "subobj": None},
        {"name": "edge", "type": "pkg", "oid": 3, "obj ver": 8, "scope member":
            [{"name": "fgt-1", "vdom": "root"}, {"name": "Branches"}],
         "package settings": {"ngfw-mode": 0, "hitc-taskid": 9}}]},
]  # fmt: skip
BLOCKS = [{"name": "threats", "type": "pblock", "oid": 77, "obj ver": 2}]
STATUS = [
    {"dev": "fgt-1", "vdom": "root", "pkg": "sites/edge", "status": "installed"},
    {"dev": "fgt-1", "vdom": "dmz", "pkg": ["sites", "edge"], "status": "modified"},
]
EXPECTED = Inventory(
    adom=ADOM,
    devices=(CLUSTER,),
    packages=(
        Package("emea", "threats", kind="block", oid=77),
        Package("emea", "default", oid=1, ngfw_mode="policy-based", central_nat=True),
        Package(
            "emea",
            "sites/edge",
            oid=3,
            ngfw_mode="profile-based",
            targets=(Target("Branches", ""), Target("fgt-1", "root")),
            assignments=(
                Assignment("fgt-1", "dmz", "sites/edge", "modified"),
                Assignment("fgt-1", "root", "sites/edge", "installed"),
            ),
        ),
    ),
)


@pytest.mark.parametrize("device", [VERBOSE, INTEGERS])
def test_an_inventory(device: dict[str, Any]) -> None:
    assert inventory(ADOM, [device], PACKAGES, BLOCKS, STATUS) == EXPECTED


def test_every_members_serial() -> None:
    assert CLUSTER.serials == ("FG1", "FG2")


def test_records_lead_back() -> None:
    written = json.loads(json.dumps(events.records(EXPECTED)))
    assert events.inventory(written) == EXPECTED


@pytest.mark.parametrize("fos", ["fos", 1])
def test_only_adoms_that_manage_fortigates(fos: Any) -> None:
    row = {"name": "emea", "os_ver": "7.0", "mr": 4, "uuid": "u", "workspace_mode": 1}
    native = [{**row, "restricted_prds": fos}, {"name": "FortiCarrier", "restricted_prds": "foc"}]
    assert fortigate_adoms(native) == [ADOM]


def test_a_device_without_a_name_is_refused() -> None:
    with pytest.raises(NormalizeError, match="sent a device without 'name'"):
        inventory(ADOM, [{"sn": "FG1"}], [], [], [])


def test_marks_move_with_what_they_speak_of_and_with_nothing_else() -> None:
    before = marks({"uuid": "1"}, PACKAGES, BLOCKS, "global", "1")
    counted = json.loads(json.dumps(PACKAGES))
    counted[1]["subobj"][1]["package settings"]["hitc-taskid"] = 10
    assert marks({"uuid": "1"}, counted, BLOCKS, "global", "1") == before
    counted[1]["subobj"][1]["obj ver"] = 9
    after = marks({"uuid": "2"}, counted, BLOCKS, "global", "1")
    assert after.objects != before.objects
    assert after.packages["default"] == before.packages["default"]
    assert after.packages["sites/edge"] != before.packages["sites/edge"]
    assert after.blocks == before.blocks
    assert (
        marks({"uuid": "1"}, PACKAGES, BLOCKS, "moved", "1").packages["default"]
        != (before.packages["default"])
    )
    updated = marks({"uuid": "1"}, PACKAGES, BLOCKS, "global", "2")
    assert updated.objects != before.objects
    assert updated.blocks["threats"] != before.blocks["threats"]


@pytest.mark.parametrize("row", [{"package settings": [1]}, {"oid": float("inf")}])
def test_a_package_that_makes_no_sense_is_an_error_of_ours(row: dict[str, Any]) -> None:
    with pytest.raises(NormalizeError):
        inventory(ADOM, [], [{"name": "p", **row}], [], [])


def test_a_number_beyond_all_numbers_is_an_error_of_ours() -> None:
    with pytest.raises(NormalizeError):
        inventory(ADOM, [{"name": "fgt", "ha_mode": float("inf")}], [], [], [])


def test_settings_that_make_no_sense_give_no_mark() -> None:
    with pytest.raises(NormalizeError):
        marks({}, [{"name": "p", "package settings": [1]}], [], "", "")
