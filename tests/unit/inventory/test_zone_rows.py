"""Zones and SD-WAN members from verbose and integer answers, and what is kept of them."""

from __future__ import annotations

import json

import pytest

from fmgstate.errors import NormalizeError
from fmgstate.inventory import events
from fmgstate.inventory.model import Adom, Device, Inventory, Vdom, Zone
from fmgstate.inventory.normalize import device_marks
from fmgstate.inventory.zone_rows import sdwan_zones, zones


def test_zones_by_name_with_one_interface_or_many() -> None:
    native = [
        {"name": "z2", "interface": ["port4", "port3"], "intrazone": "deny", "oid": 3},
        {"name": "z1", "interface": "port1", "intrazone": 1, "oid": 4},
        {"name": "z0", "interface": None, "oid": 5}, {"name": "z3", "oid": 6},
    ]  # fmt: skip
    assert zones(native) == [
        Zone("z0"), Zone("z1", interfaces=("port1",)), Zone("z2", interfaces=("port3", "port4")),
        Zone("z3"),
    ]  # fmt: skip


def test_a_zone_without_a_name_or_with_an_odd_interface_is_refused() -> None:
    with pytest.raises(NormalizeError, match="a zone without a name"):
        zones([{"interface": ["port1"]}])
    with pytest.raises(NormalizeError, match="'interface'"):
        zones([{"name": "z", "interface": {"port1": 1}}])


@pytest.mark.parametrize(("on", "off"), [("enable", "disable"), (1, 0)])
def test_members_of_sdwan_by_zone_without_those_that_are_off(on: object, off: object) -> None:
    members = [
        {"seq-num": 1, "interface": ["wan2"], "zone": ["underlay"], "status": on},
        {"seq-num": 2, "interface": "wan1", "zone": "underlay", "status": on},
        {"seq-num": 3, "interface": ["lte"], "zone": ["underlay"], "status": off},
        {"seq-num": 4, "interface": ["hub"], "zone": ["overlay"]},
        {"seq-num": 5, "interface": ["isp"], "status": on},
        {"seq-num": 6, "interface": [], "zone": ["nobody"], "status": on},
    ]
    assert sdwan_zones({"status": on}, members) == [
        Zone("nobody", "sdwan"), Zone("overlay", "sdwan", ("hub",)),
        Zone("underlay", "sdwan", ("wan1", "wan2"), ("lte",)),
        Zone("virtual-wan-link", "sdwan", ("isp",)),
    ]  # fmt: skip
    all_off = [
        Zone("overlay", "sdwan", (), ("hub",)),
        Zone("underlay", "sdwan", (), ("lte", "wan1", "wan2")),
    ]
    assert sdwan_zones({"status": off}, members[:4]) == all_off
    assert sdwan_zones({}, members[:4]) == all_off


def test_they_are_kept_with_their_vdom_and_none_is_not_the_same_as_not_known() -> None:
    found = (Zone("inside", "zone", ("port3",)), Zone("wan", "sdwan", (), ("lte",)))
    vdoms = (
        Vdom("root", zones=found),
        Vdom("guest", zones=()),
        Vdom("old"),
        Vdom("refused", zones=(), zones_unknown="no rights"),
    )
    kept = Inventory(Adom("emea"), (Device("emea", "fw1", "FG1", vdoms=vdoms),), ())
    written = json.loads(json.dumps(events.records(kept)))
    assert events.inventory(written) == kept
    assert events.vdoms(written) == {("fw1", one.name): one for one in vdoms}


def test_a_mark_moves_with_the_configuration_and_not_with_the_connection() -> None:
    row = {"name": "fw1", "oid": 7, "conn_status": "up", "db_status": "nomod", "last_checked": 5}
    status = [{"dev": "fw1", "vdom": "root", "pkg": "hq", "status": "modified"}]
    before = device_marks([row], status)
    assert device_marks([{**row, "conn_status": "down", "last_checked": 9}], status) == before
    installed = [{**status[0], "status": "installed"}]
    for rows, beside in (
        ([{**row, "db_status": "mod"}], status), ([{**row, "last_resync": 9}], status),
        ([row], installed), ([row], []),
    ):  # fmt: skip
        assert device_marks(rows, beside) != before
    assert device_marks([row], [*status, {**status[0], "dev": "fw2"}]) == before
