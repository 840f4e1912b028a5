"""Zones that only the device databases have: read with the inventory, where they may have moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.outcome import Outcome
from fmgstate.collect.refresh import refresh
from fmgstate.collect.scope import Scope
from fmgstate.errors import Unreachable
from fmgstate.fortimanager.answer import Answer
from fmgstate.inventory import fetch
from fmgstate.inventory.events import inventory
from fmgstate.inventory.model import Vdom, Zone
from fmgstate.settings import Plan
from fmgstate.store.base import Snapshot, Store
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, SmallFortiManager, branch, policy
from tests.unit.collect.test_publish import HQ, Collecting
from tests.unit.collect.test_traffic_of_change import traffic

INVENTORY = Scope("inventory", MANAGER, "branch")
DEVICE = "/pm/config/device"
ZONES = {
    "system/zone": [{"name": "inside", "interface": ["port4", "port3"], "oid": 9}],
    "system/sdwan": {"status": "enable", "oid": 10},
    "system/sdwan/members": [
        {"seq-num": 1, "interface": ["wan1"], "zone": ["underlay"], "status": "enable"},
        {"seq-num": 2, "interface": ["wan2"], "zone": ["underlay"], "status": "disable"},
    ],
}
READ = (Zone("inside", "zone", ("port3", "port4")), Zone("underlay", "sdwan", ("wan1",), ("wan2",)))


class Asked(SmallFortiManager):
    """Notes which urls of device databases are asked, request by request."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[list[str]] = []
        self.breaks = False

    def tables(
        self, params: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]] = ()
    ) -> list[Answer]:
        urls = [one["url"] for one in [*params, *after] if one["url"].startswith(DEVICE)]
        if urls:
            self.requests.append(urls)
            if self.breaks:
                raise Unreachable("the line broke", "Mend it.")
        return super().tables(params, after)

    def vdoms(self) -> list[list[str]]:
        """The VDOMs whose zones were asked for since the last look, by request."""
        found = [
            ["/".join(url.split("/")[4:7:2]) for url in urls if url.endswith("/zone")]
            for urls in self.requests
        ]
        self.requests = []
        return found


def small() -> Asked:
    source = Asked()
    source.adoms = branch().adoms
    source.adoms["branch"].databases["fgt-hq", "root"] = dict(ZONES)
    return source


def run(source: SmallFortiManager, store: Store, now: float) -> Outcome:
    """The inventory's outcome."""
    outcomes = list(refresh(source, store, Plan(), InTurn(), now, policies=False))
    [found] = [one for one in outcomes if one.scope == INVENTORY]
    return found


def vdoms(store: Store) -> dict[str, Vdom]:
    snapshot = store.load(INVENTORY.key)
    assert snapshot is not None
    devices = inventory(snapshot.content["records"]).devices
    return {f"{device.name}/{vdom.name}": vdom for device in devices for vdom in device.vdoms}


def test_they_are_kept_with_their_vdom() -> None:
    source, store = small(), InMemoryStore()
    assert run(source, store, 1000.0).error == ""
    assert vdoms(store) == {
        "fgt-hq/root": Vdom("root", "nat", zones=READ),
        "fgt-hq/guest": Vdom("guest", "nat", zones=()),
    }
    root, guest = f"{DEVICE}/fgt-hq/vdom/root/system", f"{DEVICE}/fgt-hq/vdom/guest/system"
    assert source.requests == [
        [
            f"{root}/zone", f"{root}/sdwan/members", f"{guest}/zone", f"{guest}/sdwan/members",
            f"{root}/sdwan", f"{guest}/sdwan",
        ]
    ]  # fmt: skip


def test_they_are_read_again_where_marks_of_the_device_moved_and_daily() -> None:
    source, store = small(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.devices.append({**adom.devices[0], "name": "fgt-lyon", "sn": "FG9"})
    run(source, store, 1000.0)
    assert source.vdoms() == [["fgt-hq/root", "fgt-hq/guest", "fgt-lyon/root", "fgt-lyon/guest"]]
    assert run(source, store, 1060.0).result == "confirmed"
    assert source.vdoms() == []
    adom.databases["fgt-hq", "root"]["system/zone"] = []
    adom.devices[0]["db_status"] = "mod"
    before = vdoms(store)
    assert run(source, store, 1120.0).result == "changed"
    assert source.vdoms() == [["fgt-hq/root", "fgt-hq/guest"]]
    assert vdoms(store) == {**before, "fgt-hq/root": replace(before["fgt-hq/root"], zones=READ[1:])}
    adom.devices[1]["conn_status"] = "down"
    run(source, store, 1180.0)
    assert source.vdoms() == []
    run(source, store, 1000.0 + Plan().full_set_seconds)
    assert len(source.vdoms()[0]) == 4
    run(source, store, 1060.0 + Plan().full_set_seconds)
    assert source.vdoms() == []


def test_a_device_that_waits_for_its_install_is_read_as_often_as_answers_are_to_be_fresh() -> None:
    source, store = small(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.devices.append({**adom.devices[0], "name": "fgt-lyon", "sn": "FG9"})
    run(source, store, 1000.0)
    adom.devices[0]["db_status"] = "mod"
    source.vdoms()
    run(source, store, 1060.0)
    assert source.vdoms() == [["fgt-hq/root", "fgt-hq/guest"]]
    moved = [{"name": "inside", "interface": ["port7"], "oid": 9}]
    adom.databases["fgt-hq", "root"] = {**ZONES, "system/zone": moved}
    asked = []
    for now in range(1120, 1721, 60):
        run(source, store, float(now))
        asked += [now] * bool(source.vdoms())
    assert asked == [1300, 1600]
    zones = vdoms(store)["fgt-hq/root"].zones
    assert zones is not None
    assert zones[0] == Zone("inside", "zone", ("port7",))


def test_a_mark_that_moved_without_a_change_is_no_change_and_is_not_asked_for_again() -> None:
    source, store = small(), InMemoryStore()
    run(source, store, 1000.0)
    source.adoms["branch"].devices[0]["last_resync"] = 1735689600
    assert run(source, store, 1060.0).result == "confirmed"
    [head] = store.heads(INVENTORY.key)
    assert (head.snapshot_time, head.changed_time) == (1060.0, 1000.0)
    assert len(source.vdoms()) == 2
    run(source, store, 1120.0)
    assert source.vdoms() == []


def test_vdoms_of_several_devices_and_adoms_share_a_request() -> None:
    source, store = small(), InMemoryStore()
    one = source.adoms["branch"].devices[0]
    source.adoms["other"] = replace(
        source.adoms["branch"], devices=[{**one, "name": f"fw{n}"} for n in range(13)], databases={}
    )
    outcomes = list(refresh(source, store, Plan(), InTurn(), 1000.0, policies=False))
    assert [len(some) for some in source.vdoms()] == [13, 13, 2]
    shares = {one.scope.adom: round(one.requests, 3) for one in outcomes}
    assert shares == {"branch": round(0.5 + 2 / 13, 3), "other": round(0.5 + 24 / 13 + 1, 3)}


def test_what_is_refused_is_not_known_is_told_and_is_asked_for_again_next_day_only() -> None:
    source, store = small(), InMemoryStore()
    source.refused[f"{DEVICE}/fgt-hq/vdom/root/system/sdwan"] = -11
    source.refused[f"{DEVICE}/fgt-hq/vdom/guest"] = -6
    told = run(source, store, 1000.0)
    assert told.result == "changed"
    assert told.error.startswith("Zones of 2 VDOMs could not be read. First of all: ")
    assert vdoms(store) == {
        "fgt-hq/root": Vdom(
            "root", "nat", zones=READ[:1],
            zones_unknown="FortiManager's user may not read the zones",
        ),
        "fgt-hq/guest": Vdom(
            "guest", "nat", zones=(), zones_unknown="FortiManager does not have the zones"
        ),
    }  # fmt: skip
    source.vdoms()
    assert run(source, store, 1060.0).error == ""
    assert source.vdoms() == []
    source.refused.clear()
    run(source, store, 1000.0 + Plan().full_set_seconds)
    assert vdoms(store)["fgt-hq/root"] == Vdom("root", "nat", zones=READ)


def test_what_may_pass_by_itself_is_asked_for_again_by_the_next_poll() -> None:
    source, store = small(), InMemoryStore()
    source.refused[f"{DEVICE}/fgt-hq/vdom/root/system/sdwan"] = -1
    assert "code -1" in run(source, store, 1000.0).error
    assert vdoms(store)["fgt-hq/root"] == Vdom(
        "root", "nat", zones=READ[:1], zones_unknown="FortiManager did not tell the zones"
    )
    source.refused.clear()
    source.vdoms()
    run(source, store, 1060.0)
    assert source.vdoms() == [["fgt-hq/root"]]
    assert vdoms(store)["fgt-hq/root"] == Vdom("root", "nat", zones=READ)


def test_a_device_without_a_copy_of_its_configuration_has_zones_that_are_not_known() -> None:
    source, store = small(), InMemoryStore()
    source.adoms["branch"].databases["fgt-hq", "guest"] = {"system/sdwan": []}
    run(source, store, 1000.0)
    assert vdoms(store)["fgt-hq/guest"] == Vdom(
        "guest", "nat", zones=(), zones_unknown="the zones cannot be read"
    )


def test_a_request_that_fails_leaves_them_unknown_until_the_next_poll() -> None:
    source, store = small(), InMemoryStore()
    source.breaks = True
    told = run(source, store, 1000.0)
    assert (told.result, told.error) == (
        "changed",
        "Zones of 2 VDOMs could not be read. First of all: the line broke Mend it.",
    )
    assert {one.zones for one in vdoms(store).values()} == {None}
    source.breaks = False
    source.vdoms()
    run(source, store, 1060.0)
    assert source.vdoms() == [["fgt-hq/root", "fgt-hq/guest"]]
    assert vdoms(store)["fgt-hq/root"].zones == READ


def test_before_fortios_6_4_1_sdwan_is_asked_for_by_its_old_name() -> None:
    source, store = small(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.devices[0] |= {"os_ver": "6.0", "mr": 2, "patch": 9}
    adom.databases["fgt-hq", "root"] = {
        "system/virtual-wan-link": {"status": 1},
        "system/virtual-wan-link/members": [{"seq-num": 1, "interface": "wan1", "status": 1}],
    }
    run(source, store, 1000.0)
    assert vdoms(store)["fgt-hq/root"].zones == (Zone("virtual-wan-link", "sdwan", ("wan1",)),)
    asked = {version: fetch.sdwan_question("fw", "root", version)["url"].rpartition("/")[2]
             for version in ("6.4.0", "6.4.1", "6.4", "7.0.0", "10.0.1", "")}  # fmt: skip
    assert asked == {
        "6.4.0": "virtual-wan-link", "6.4.1": "sdwan", "6.4": "virtual-wan-link", "7.0.0": "sdwan",
        "10.0.1": "sdwan", "": "sdwan",
    }  # fmt: skip


def collecting_zones() -> Collecting:
    source = small()
    adom = source.adoms["branch"]
    adom.packages["sites/hq"][:] = [
        policy(1, srcintf=["inside"]), policy(2, srcintf=["underlay"], action="deny"),
    ]  # fmt: skip
    return Collecting(source)


def test_an_interface_that_moves_into_a_zone_is_told_as_what_it_opens() -> None:
    collecting = collecting_zones()
    collecting.poll(1000.0)
    adom = collecting.source.adoms["branch"]
    adom.databases["fgt-hq", "root"]["system/zone"] = [
        {"name": "inside", "interface": ["port3", "port4", "port9"]}
    ]
    adom.devices[0]["db_status"] = "mod"
    [facts] = traffic(collecting.poll(1060.0))
    [part] = facts["parts"]
    assert (facts["effect"], facts["policies"], part["targets"]) == ("opened", [1], ["fgt-hq/root"])
    [box] = part["changes"]
    assert (box["srcintf"], box["policyid_before"], box["policyid_after"]) == (["port9"], 0, 1)


def test_zones_that_become_known_or_are_refused_are_nobodys_change() -> None:
    collecting = collecting_zones()
    refused = collecting.source.refused
    refused[DEVICE] = -11
    collecting.poll(1000.0)
    refused.clear()
    later = 1000.0 + Plan().full_set_seconds
    assert traffic(collecting.poll(later)) == []
    refused[DEVICE] = -11
    assert traffic(collecting.poll(later + Plan().full_set_seconds)) == []


def test_zones_that_an_earlier_version_did_not_know_are_nobodys_change() -> None:
    collecting = collecting_zones()
    collecting.poll(1000.0)
    [head] = collecting.store.heads(f"published/policies/{HQ.key}")
    old = collecting.store.load(head.key)
    assert old is not None
    del old.content["place"]["zones"]
    version = old.head.mark.split(" ", 1)[0]
    collecting.store.save(Snapshot(replace(old.head, mark=f"{version} of before"), old.content))
    assert traffic(collecting.poll(1060.0)) == []
