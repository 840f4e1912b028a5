"""Members of device groups: nested, in circles, not listed; what is not known is never said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory import events
from fmgstate.inventory.groups import Membership, members, memberships, targets
from fmgstate.inventory.model import Adom, Assignment, Group, Inventory, Package, Target
from fmgstate.inventory.normalize import inventory

DEVICES = [
    {"name": "hq", "vdom": [{"name": "root"}, {"name": "guest"}]},
    {"name": "berlin", "vdom": [{"name": "root"}]},
    {"name": "lyon", "vdom": [{"name": "root"}]},
]
BERLIN, LYON = Target("berlin", "root"), Target("lyon", "root")
HQ, GUEST = Target("hq", "root"), Target("hq", "guest")


def read(*groups: dict[str, Any], devices: list[dict[str, Any]] | None = None) -> Inventory:
    return inventory(Adom("a"), DEVICES if devices is None else devices, [], [], [], groups)


def known(*groups: dict[str, Any]) -> dict[str, Membership]:
    kept = read(*groups)
    return memberships(kept.groups, kept.devices)


def row(name: str, *listed: str) -> dict[str, Any]:
    """A group row; "berlin/root" is a device with its VDOM, a name alone has none."""
    parts = (one.split("/") for one in listed)
    found = [dict(zip(("name", "vdom"), part)) for part in parts]
    return {"name": name, "os_type": "fos", "type": "normal", "object member": found}


def whole(*some: Target) -> Membership:
    return Membership(frozenset(some), complete=True)


def partly(*some: Target) -> Membership:
    return Membership(frozenset(some), complete=False)


def test_rows_as_words_and_as_numbers() -> None:
    listed = row("Branches", "lyon/root", "berlin/root", "Others")["object member"]
    native = [
        {"name": "Branches", "desc": "all", "os_type": 0, "type": 0, "object member": listed},
        {"name": "Empty", "os_type": "fos", "type": "normal", "object member": None},
        {"name": "All_FortiGate", "os_type": "fos", "type": 1},
        {"name": "All_FortiAnalyzer", "os_type": 4, "type": 1},
    ]
    kept = read(*native)
    assert kept.groups == (
        Group("a", "All_FortiGate", "default"),
        Group("a", "Branches", "normal", "all", (Target("Others", ""), BERLIN, LYON)),
        Group("a", "Empty", "normal", "", ()),
    )
    assert events.inventory(json.loads(json.dumps(events.records(kept)))) == kept


@pytest.mark.parametrize("bad", [{"os_type": "fos"}, {"name": "g", "object member": ["x"]}])
def test_a_group_that_makes_no_sense_is_an_error_of_ours(bad: dict[str, Any]) -> None:
    with pytest.raises(NormalizeError):
        read(bad)


def test_groups_in_groups() -> None:
    groups = row("All", "Branches", "hq/guest"), row("Branches", "berlin/root", "lyon/root")
    assert known(*groups) == {
        "All": whole(GUEST, BERLIN, LYON),
        "Branches": whole(BERLIN, LYON),
    }


def test_groups_in_circles_hold_the_same() -> None:
    groups = row("a", "b", "berlin/root"), row("b", "c"), row("c", "a", "lyon/root"), row("d", "d")
    same = whole(BERLIN, LYON)
    assert known(*groups) == {"a": same, "b": same, "c": same, "d": whole()}


def test_a_member_without_a_vdom_is_a_group_else_a_device_with_one_vdom() -> None:
    found = known(row("berlin", "lyon/root"), row("g", "berlin", "lyon"), row("h", "lyon", "hq"))
    assert found["g"] == whole(LYON)
    assert found["h"] == partly(LYON)


def test_what_is_not_known_of_a_group_is_not_known_of_those_above() -> None:
    groups = (
        row("top", "middle", "hq/root"), row("middle", "nobody", "lyon/root"),
        row("bottom", "unlisted", "berlin/root"), {"name": "unlisted"},
    )  # fmt: skip
    assert known(*groups) == {
        "top": partly(HQ, LYON), "middle": partly(LYON), "bottom": partly(BERLIN),
        "unlisted": partly(),
    }  # fmt: skip
    assert members(read(*groups, row("Branches", "lyon/root"))) == {"Branches": {LYON}}


@pytest.mark.parametrize("listed", [{}, {"object member": []}, {"object member": None}])
def test_the_group_of_all_fortigates_without_a_list_is_all_of_them(listed: dict[str, Any]) -> None:
    assert known({"name": "All_FortiGate", "type": "default", **listed}) == {
        "All_FortiGate": whole(HQ, GUEST, BERLIN, LYON)
    }
    assert known(row("All_FortiGate", "hq/root"))["All_FortiGate"] == whole(HQ)


def test_a_packages_targets_by_status_by_name_and_by_group() -> None:
    package = Package(
        "a", "p", targets=(Target("Branches", ""), HQ, Target("unknown", "")),
        assignments=(Assignment("old", "root", "p", "modified"),),
    )  # fmt: skip
    found = targets(package, {"Branches": frozenset({BERLIN}), "Others": frozenset({LYON})})
    assert found == {HQ, BERLIN, Target("old", "root")}


def test_records_of_groups_and_of_devices_with_the_groups_that_they_are_in() -> None:
    groups = row("All", "Branches", "hq/guest"), row("Branches", "lyon/root", "nobody")
    found = events.records(read(*groups))
    assert {one["name"]: one.get("groups") for one in found if one["kind"] == "device"} == {
        "hq": ["All"], "berlin": None, "lyon": ["All", "Branches"],
    }  # fmt: skip
    assert [one for one in found if one["kind"] == "group"] == [
        {"kind": "group", "id": "group:All", "name": "All", "group_kind": "normal",
         "members": [{"device": "Branches", "vdom": ""}, {"device": "hq", "vdom": "guest"}]},
        {"kind": "group", "id": "group:Branches", "name": "Branches", "group_kind": "normal",
         "members": [{"device": "lyon", "vdom": "root"}, {"device": "nobody", "vdom": ""}]},
    ]  # fmt: skip


def test_records_of_an_earlier_version_hold_no_groups_so_that_none_is_known() -> None:
    kept = [one for one in events.records(read(row("g", "lyon/root"))) if one["kind"] != "group"]
    assert members(events.inventory(kept)) == {}
