"""``fmglookup``: flows of events and flows by options, on one device and on all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.errors import ConfigurationError
from fmgstate.search import fmglookup
from fmgstate.search.command import Invocation
from fmgstate.settings import Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import SmallFortiManager, branch, policy
from tests.unit.search.conversation import execute, getinfo, ours, records, splunkd_csv

AGE = {"snapshot_time": "1000.0", "changed_time": "1000.0", "stale": "true", "plane": "package"}
HTTPS = {"srcip": "10.1.2.3", "dstip": "192.0.2.80", "proto": "6", "dstport": "443",
         "srcintf": "port1", "dstintf": "port4", "devid": "FG2", "vd": "root"}  # fmt: skip
WHERE = {"fortimanager": "fmg.example.com", "adom": "branch", "package": "sites/hq",
         "device": "fgt-hq", "vdom": "root", "package_status": "installed"}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    keep(tmp_path, branch())
    return tmp_path


def keep(home: Path, source: SmallFortiManager, now: float = 1000.0) -> None:
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(source, store, Plan(), InTurn(), now))
    store.close()


def anybody(_asked: Invocation) -> Optional[Collection[str]]:
    return None


def asked(
    *args: str, event: Optional[dict[str, str]] = None, access: Any = anybody
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Records and messages of one use of the command."""
    body = splunkd_csv(list(event), [list(event.values())]) if event else ""
    found, status = ours(fmglookup.command(access), getinfo(args), execute(body, finished=True))
    messages = [
        m for metadata, _ in found for m in metadata.get("inspector", {}).get("messages", [])
    ]
    assert status == (1 if any(level == "ERROR" for level, _ in messages) else 0)
    return (records(found[1][1]) if len(found) > 1 else []), messages


def added(event: dict[str, str], *args: str) -> dict[str, Any]:
    [record], messages = asked(*args, event=event)
    assert messages == []
    return {name: value for name, value in record.items() if name not in event}


def test_an_event_gets_the_rule_that_decides_it() -> None:
    assert added(HTTPS) == {
        "lookup_found": "true", "lookup_action": "accept", "lookup_policyid": "1",
        "lookup_name": "rule 1", "lookup_uuid": "00000000-0000-4000-8000-000000000001",
        "lookup_explanation": "1 (rule 1) of sites/hq matches.",
        "lookup_package": "sites/hq", "lookup_device": "fgt-hq", "lookup_vdom": "root",
        **{f"lookup_{name}": value for name, value in AGE.items()},
    }  # fmt: skip


def test_cim_names_say_the_same() -> None:
    event = {"src": "10.1.2.3", "dest": "192.0.2.80", "transport": "tcp", "dest_port": "443",
             "src_interface": "port1", "dest_interface": "port4", "dvc": "HQ",
             "vd": "root"}  # fmt: skip
    assert added(event) == added(HTTPS)


def test_fortigates_transport_is_a_port_and_no_protocol() -> None:
    event = {**HTTPS, "transport": "17", "src": "10.9.9.9"}
    assert added(event)["lookup_policyid"] == "1"
    del event["proto"]
    assert added(event)["lookup_why"] == "There is no protocol."
    assert added({**event, "transport": "TCP"})["lookup_policyid"] == "1"
    assert added({**event, "protocol": "6"}, "transport_field=protocol")["lookup_policyid"] == "1"


def test_what_cannot_be_told_is_uncertain_with_its_reason(home: Path) -> None:
    source = branch()
    source.adoms["branch"].packages["sites/hq"] = [
        policy(7, dstaddr=["www"], action="deny"), policy(8, srcaddr=["lan"]),
    ]  # fmt: skip
    keep(home, source, 2000.0)
    found = added(HTTPS, "fields=action,policyid,may_hit,explanation")
    assert found == {
        "lookup_action": "uncertain", "lookup_policyid": "8",
        "lookup_may_hit": "7 (rule 7), deny: destination www (fqdn)",
        "lookup_explanation": [
            "7 (rule 7) may match: destination www (fqdn).",
            "8 (rule 8) of sites/hq matches.",
        ],
        "lookup_snapshot_time": "2000.0", "lookup_changed_time": "2000.0",
        "lookup_stale": "true", "lookup_plane": "package",
    }  # fmt: skip


def test_a_schedule_is_held_against_the_events_time(home: Path) -> None:
    source = branch()
    source.adoms["branch"].objects["firewall/schedule/recurring"] = [
        {"name": "office", "day": ["monday", "friday"], "start": "08:00", "end": "18:00"}
    ]
    source.adoms["branch"].packages["sites/hq"][0]["schedule"] = ["office"]
    keep(home, source, 2000.0)
    monday = {**HTTPS, "date": "2026-11-23", "time": "09:30:00"}
    assert added(monday)["lookup_policyid"] == "1"
    assert added({**monday, "time": "19:30:00"})["lookup_policyid"] == "2"
    without = added(HTTPS)
    assert without["lookup_may_hit"] == "1 (rule 1), accept: schedule office, and no time is given"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"srcip": "10.1.2"}, "The source 10.1.2 is no IP address."),
        ({"dstip": ""}, "There is no destination address."),
        ({"dstip": "2001:db8::1"}, "Source and destination are of two IP versions."),
        ({"proto": ""}, "There is no protocol."),
        ({"proto": "300"}, "There is no protocol 300."),
        ({"dstport": ""}, "There is no destination port for tcp."),
        ({"dstport": "70000"}, "There is no port 70000."),
        ({"proto": "1"}, "The type of the ICMP flow is not told."),
        ({"vd": "guest"}, "No policy package is assigned to fgt-hq [guest]."),
        ({"vd": "roto"}, "Device fgt-hq has no VDOM roto; it has: root, guest."),
        ({"devid": ""}, "The event has neither devid nor devname."),
    ],
)
def test_why_there_is_no_answer(change: dict[str, str], why: str) -> None:
    [record], _ = asked(event={**HTTPS, **change})
    assert (record["lookup_found"], record["lookup_why"]) == ("false", why)
    assert "lookup_action" not in record


@pytest.mark.parametrize("service", ["PING", "icmp/8/0"])
def test_icmps_type_is_in_the_service(service: str) -> None:
    event = {**HTTPS, "proto": "1", "service": service}
    assert added(event)["lookup_policyid"] == "0"
    assert added(event)["lookup_name"] == "Implicit Deny"


def test_an_unknown_device_gets_the_nearest_names() -> None:
    found = added({**HTTPS, "devid": "", "devname": "fgt-hk"})
    assert found["lookup_why"] == (
        "No device is called fgt-hk, nor has it as host name or serial. Nearest names: fgt-hq. "
        "1 of 1 ADOMs were not collected or are stale: see status."
    )


def test_on_a_named_device_or_on_all_of_them() -> None:
    elsewhere = {**HTTPS, "devid": "FG9", "vd": "other"}
    found = added(elsewhere, "device=FG1", "vdom=root")
    assert (found["lookup_policyid"], found["lookup_device"]) == ("1", "fgt-hq")
    found = added(elsewhere, "all_devices=true")
    assert (found["lookup_policyid"], found["lookup_device"]) == ("1", "fgt-hq")


def test_events_without_flows_are_told_of() -> None:
    _, [[level, text]] = asked(event={"host": "x", "devid": "FG1"})
    assert level == "WARN"
    assert text == (
        "fmglookup: no event has a source and a destination in the fields srcip, src, dstip, "
        "dest. Name the fields, as in src_field=<field>, or search for traffic logs."
    )


FLOW = ("src=10.1.2.3", "dest=192.0.2.80", "dest_port=443", "srcintf=port1", "dstintf=port4")


def test_one_flow_by_options_names_what_matched() -> None:
    [row], messages = asked(*FLOW, "device=HQ", "vdom=root")
    assert messages == []
    assert row == {
        "device": "fgt-hq", "vdom": "root", "action": "accept", "policyid": "1", "name": "rule 1",
        "flow": "10.1.2.3 (port1) to 192.0.2.80 (port4), tcp/443",
        "uuid": "00000000-0000-4000-8000-000000000001", "found": "true", "rule_action": "accept",
        "part": "package",
        "explanation": (
            "1 (rule 1) of sites/hq matches: source interface any; destination interface any; "
            "source lan; destination all; service HTTPS."
        ),
        **WHERE, **AGE,
    }  # fmt: skip


def test_one_flow_gets_the_fields_that_are_asked_for() -> None:
    where = ("device=HQ", "vdom=root")
    [row], messages = asked(*FLOW, *where, "fields=action,flow", "name")
    assert messages == []
    assert list(row) == ["action", "flow", "name", *AGE]
    assert row == {
        "action": "accept", "name": "rule 1",
        "flow": "10.1.2.3 (port1) to 192.0.2.80 (port4), tcp/443", **AGE,
    }  # fmt: skip
    [row], _ = asked(*FLOW, *where, "fields=action", "prefix=fw_")
    assert row == {"fw_action": "accept", **{f"fw_{name}": value for name, value in AGE.items()}}
    [row], _ = asked(*FLOW, "all_devices=1", "fields=device,may_hit")
    assert row == {"device": "fgt-hq", **AGE}


def test_who_joins_a_device_group_gets_other_rules(home: Path) -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.packages["sites/hq"][0]["scope member"] = [{"name": "Edge"}]

    def decides(now: float) -> tuple[str, str]:
        keep(home, source, now)
        [row], _ = asked(*FLOW, "device=HQ", "vdom=root")
        return row["action"], row["policyid"]

    assert decides(1060.0) == ("uncertain", "2")
    adom.groups = [{"name": "Edge", "object member": [{"name": "fgt-hq", "vdom": "guest"}]}]
    assert decides(1120.0) == ("deny", "2")
    adom.groups[0]["object member"].append({"name": "fgt-hq", "vdom": "root"})
    assert decides(1180.0) == ("accept", "1")


def test_one_flow_on_all_devices() -> None:
    rows, _ = asked(*FLOW, "all_devices=true")
    assert [(row["device"], row["vdom"], row["policyid"]) for row in rows] == [
        ("fgt-hq", "root", "1")
    ]


def test_vdoms_without_an_answer_are_told_of_once(home: Path) -> None:
    source = branch()
    adom = source.adoms["branch"]
    adom.packages["second"] = [policy(1)]
    for vdom, package in (("root", "second"), ("guest", "second")):
        adom.assignments.append(
            {"dev": "fgt-hq", "vdom": vdom, "pkg": package, "status": "installed"}
        )
    keep(home, source, 2000.0)
    rows, messages = asked(*FLOW, "all_devices=true")
    assert [(row["vdom"], row["found"]) for row in rows] == [("guest", "true"), ("root", "false")]
    assert messages == [["WARN", "fmglookup: 1 of 2 VDOMs have no answer: see why."]]


def test_icmp_by_options() -> None:
    args = ("src=10.1.2.3", "dest=192.0.2.80", "icmp_type=8", "device=HQ", "vdom=root")
    [row], _ = asked(*args)
    assert (row["flow"], row["policyid"]) == (
        "10.1.2.3 (?) to 192.0.2.80 (?), icmp type 8 code 0", "0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("src=10.1.2.3",), "fmglookup is given src, which is no flow. Give src and dest"),
        (FLOW, "fmglookup is not told which device to look at. Give device="),
        ((*FLOW, "device=fgt-hp"), "No device is called fgt-hp, nor has it as host name or "),
        ((*FLOW, "vdom=root"), "fmglookup has a vdom, but no device."),
        ((*FLOW, "device=HQ", "all_devices=1"), "fmglookup has both device and all_devices."),
        ((*FLOW[:2], "device=HQ"), "Device fgt-hq has several VDOMs, and none is named; it"),
        (
            (*FLOW[:2], "device=HQ", "vdom=root"),
            "fmglookup: There is no destination port for tcp. Give dest_port=<number>.",
        ),
        (
            ("src=10.1.0.0/16", *FLOW[1:], "device=HQ", "vdom=root"),
            "fmglookup: The source 10.1.0.0/16 is no IP address. Give two addresses of one IP ",
        ),
        (
            (*FLOW, "device=HQ", "vdom=root", "transport=tpc"),
            "fmglookup: There is no protocol tpc. Give transport=tcp, udp, ",
        ),
        (
            (*FLOW[:2], "device=HQ", "vdom=root", "transport=icmp"),
            "fmglookup: The type of the ICMP flow is not told. Give icmp_type=<number>",
        ),
        (
            (*FLOW, "device=HQ", "vdom=root", "transport=ICMP", "icmp_type=8"),
            "fmglookup: ICMP has no ports: leave dest_port out, or give another transport.",
        ),
        (
            (*FLOW, "device=HQ", "vdom=root", "transport=6", "icmp_code=3"),
            "fmglookup: Only ICMP has types and codes: leave icmp_code out, or give another ",
        ),
        (
            (*FLOW[:2], "device=HQ", "vdom=root", "icmp_type=8", "src_port=1025"),
            "fmglookup: ICMP has no ports: leave src_port out, or give another transport.",
        ),
        (
            (*FLOW, "devcie=HQ"),
            "Unrecognized option: devcie=HQ (did you mean device=?)",
        ),
        ((*FLOW, "device=HQ", "vdom=root", "time=noon"), "fmglookup: time=noon is no time."),
        (("fields=polcyid",), "fmglookup has no field polcyid. Did you mean policyid?"),
        ((*FLOW, "device=HQ", "fields=polcyid"), "fmglookup has no field polcyid. Did you mean "),
        (("fields=flow",), "fmglookup has no field flow. There are: found, why, "),
        ((*FLOW, "src_field=a", "vdom_field=b"), "fmglookup: src_field, vdom_field names a field "),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(args: tuple[str, ...], text: str) -> None:
    _, [[level, said]] = asked(*args)
    assert level == "ERROR"
    assert said.startswith(text)
    assert ("Nearest names: fgt-hq." in said) == ("fgt-hp" in text)


def test_adoms_that_may_not_be_seen_are_not_there() -> None:
    _, [[_, said]] = asked(*FLOW, "device=HQ", "vdom=root", access=lambda _: {"other"})
    assert said.startswith("No device is called HQ")
    assert asked(*FLOW, "all_devices=true", access=lambda _: {"other"}) == (
        [], [["INFO", "fmglookup: no VDOM that you may see has a policy package."]],
    )  # fmt: skip


def test_one_who_may_not_ask_is_refused() -> None:
    def nobody(_asked: Invocation) -> Optional[Collection[str]]:
        raise ConfigurationError("You may not.", "Ask for a role.")

    assert asked(*FLOW, "device=HQ", "vdom=root", access=nobody) == (
        [], [["ERROR", "You may not. Ask for a role."]],
    )  # fmt: skip


def test_nothing_collected_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path / "empty"))
    nothing = (
        "nothing was collected on this host yet, so no rule is found. Make an account and inputs "
        "here, or load what another host publishes."
    )
    assert asked(*FLOW, "device=HQ")[1] == [["ERROR", f"fmglookup: {nothing}"]]
    [record], messages = asked(event=HTTPS)
    assert messages == [["WARN", f"fmglookup: {nothing}"]]
    assert record["lookup_found"] == "false"
    assert not (tmp_path / "empty").exists()
