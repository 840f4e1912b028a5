"""``fmgsnapshot``: each kind of rows, what narrows them, what is said of unknown names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect.hitcounts import Time, hitcounts
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.search import fmgsnapshot
from fmgstate.settings import Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import SmallAdom, SmallFortiManager, branch, policy
from tests.unit.search.conversation import execute, getinfo, ours, records

AGE = {"snapshot_time": "1000.0", "changed_time": "1000.0", "stale": "true", "plane": "package"}
PLACE = {"fortimanager": "fmg.example.com", "adom": "branch"}


def two_adoms() -> SmallFortiManager:
    """ADOM branch, and ADOM lab with a device of its own and an address that differs there."""
    source = branch()
    hq = source.adoms["branch"]
    source.adoms["lab"] = SmallAdom(
        devices=[{**hq.devices[0], "name": "fgt-lab", "sn": "FG7", "hostname": "LAB",
                  "ha_slave": None, "vdom": [{"name": "root", "opmode": "nat"}]}],
        packages={"lab": [policy(5, srcaddr=["net"]), policy(6, **{"scope member": [
            {"name": "elsewhere", "vdom": "root"}]})]},
        dnat={"lab": [{"name": "web"}]},
        objects={
            "firewall/address": [
                {"name": "net", "type": "ipmask", "subnet": ["10.9.0.0", "255.255.0.0"],
                 "dynamic_mapping": [{"_scope": [{"name": "fgt-lab", "vdom": "root"}],
                                      "subnet": ["10.7.7.0", "255.255.255.0"]}]},
            ],
            "firewall/service/custom": hq.objects["firewall/service/custom"],
        },
        assignments=[{"dev": "fgt-lab", "vdom": "root", "pkg": "lab", "status": "modified"}],
    )  # fmt: skip
    return source


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(tmp_path)}))
    source = two_adoms()
    source.adoms["branch"].hits["sites/hq"] = {"firewall policy": [
        {"byte": 100, "first_hit": 1, "first_session": 1, "hitcount": 7, "last_hit": 900,
         "last_session": 1, "name": "rule 1", "pkts": 5, "policyid": 1, "sesscount": 0,
         "uuid": "00000000-0000-4000-8000-000000000001"}]}  # fmt: skip
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    list(hitcounts(source, store, Plan(), InTurn(), Time(lambda: 1000.0, lambda _: None)))
    store.close()
    return tmp_path


def asked(
    *args: str, allowed: Optional[set[str]] = None
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    found, status = ours(
        fmgsnapshot.command(lambda _: allowed), getinfo(args), execute(finished=True)
    )
    told = [metadata.get("inspector", {}) for metadata, _ in found]
    messages = [message for one in told for message in one.get("messages", [])]
    assert status == (1 if any(level == "ERROR" for level, _ in messages) else 0)
    return (records(found[1][1]) if len(found) > 1 else []), messages


def rows(*args: str, **more: Any) -> list[dict[str, Any]]:
    found, messages = asked(*args, **more)
    assert messages == []
    return found


def ids(*args: str, **more: Any) -> list[str]:
    return [row.get("policyid") or row["name"] for row in rows(*args, **more)]


def test_policies_as_they_are_kept() -> None:
    found = rows("what=policies", "package=sites/hq")
    assert found[0] == {
        **PLACE, "package": "sites/hq", "id": "00000000-0000-4000-8000-000000000001",
        "policyid": "1", "table": "firewall/policy", "part": "package", "sequence": "1",
        "uuid": "00000000-0000-4000-8000-000000000001", "name": "rule 1", "enabled": "true",
        "action": "accept", "srcintf": "any", "dstintf": "any", "srcaddr": "lan",
        "dstaddr": "all", "service": "HTTPS", "schedule": "always", "nat": "false",
        "ippool": "false", "utm": "false", "logtraffic": "utm", "section": "Web", **AGE,
    }  # fmt: skip
    assert [row["policyid"] for row in found] == ["1", "2", "3"]


def test_policies_with_what_their_names_stand_for() -> None:
    found = {row["policyid"]: row for row in rows("resolved=true")}
    assert found["3"]["resolved.srcaddr"] == "10.1.0.0-10.1.255.255"
    assert found["3"]["resolved.srcaddr_unknown"] == "www (fqdn)"
    assert found["3"]["resolved.service"] == "tcp/443"
    assert found["5"]["resolved.srcaddr"] == "10.9.0.0-10.9.255.255"


def test_policies_of_one_device_as_they_are_there() -> None:
    [row] = rows("device=FG7", "resolved=true")
    assert (row["device"], row["vdom"], row["policyid"]) == ("fgt-lab", "root", "5")
    assert row["resolved.srcaddr"] == "10.7.7.0-10.7.7.255"


def test_policies_installed_on_device_groups_are_there_on_members_only(home: Path) -> None:
    """Of a group whose members are not known nobody can say: its rules are shown."""
    source = two_adoms()
    lab = source.adoms["lab"]
    lab.groups = [
        {"name": "Labs", "object member": [{"name": "Inner"}]},
        {"name": "Inner", "object member": [{"name": "fgt-lab", "vdom": "root"}]},
        {"name": "Others", "object member": [{"name": "fgt-hq", "vdom": "root"}]},
        {"name": "Unread"},
    ]
    on = {5: "Labs", 6: "Others", 7: "Unread", 8: "Nowhere listed"}
    lab.packages["lab"] = [policy(n, **{"scope member": [{"name": on[n]}]}) for n in on]
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(source, store, Plan(), InTurn(), 1060.0))
    store.close()
    assert ids("device=fgt-lab") == ["5", "7", "8"]
    assert ids("package=lab") == ["5", "6", "7", "8"]


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ((), ["5", "1", "2", "3"]),
        (("adom=branch",), ["1", "2", "3"]),
        (("adom=l*",), ["5", "6"]),
        (("package=sites/*",), ["1", "2", "3"]),
        (("device=hq", "vdom=root"), ["1", "2", "3"]),
        (("device=hq", "vdom=guest"), []),
        (("vdom=root",), ["1", "2", "3", "5"]),
        (("what=devices",), ["fgt-hq", "fgt-lab"]),
        (("what=devices", "vdom=guest"), ["fgt-hq"]),
        (("what=devices", "package=lab"), ["fgt-lab"]),
        (("what=devices", "device=FG2"), ["fgt-hq"]),
        (("what=objects", "adom=lab"), ["net", "HTTPS"]),
    ],
)
def test_what_narrows(args: tuple[str, ...], found: list[str]) -> None:
    told, messages = asked(*args)
    assert sorted(row.get("policyid") or row["name"] for row in told) == sorted(
        [*found, "6"] if not args else found
    )
    assert [level for level, _ in messages] == ([] if found else ["INFO"])


def test_devices_with_their_members_and_packages() -> None:
    [row] = rows("what=devices", "device=fgt-hq")
    expected = {
        "serial": "FG1", "ha_members.serial": ["FG1", "FG2"], "vdoms.name": ["root", "guest"],
        "hostname": "HQ",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert (row["packages.vdom"], row["packages.package"]) == ("root", "sites/hq")


def test_packages() -> None:
    found = rows("what=packages", "device=LAB")
    [row] = found
    assert (row["path"], row["assignments.device"], row["assignments.status"]) == (
        "lab", "fgt-lab", "modified",
    )  # fmt: skip


def test_objects_by_default_and_on_a_device() -> None:
    [row] = [one for one in rows("what=objects", "adom=lab", "resolved=1") if one["name"] == "net"]
    assert (row["values.subnet"], row["resolved.addresses"]) == (
        ["10.9.0.0", "255.255.0.0"], "10.9.0.0-10.9.255.255",
    )  # fmt: skip
    found = rows("what=objects", "device=fgt-lab", "vdom=root", "resolved=1")
    [row] = [one for one in found if one["name"] == "net"]
    assert (row["values.subnet"], row["resolved.addresses"], row["device"]) == (
        ["10.7.7.0", "255.255.255.0"], "10.7.7.0-10.7.7.255", "fgt-lab",
    )  # fmt: skip


def test_hit_counts() -> None:
    [row] = rows("what=hitcounts", "adom=branch")
    assert {name: row[name] for name in ("package", "policyid", "hits", "last_hit")} == {
        "package": "sites/hq", "policyid": "1", "hits": "7", "last_hit": "900",
    }  # fmt: skip


def test_status_says_how_each_scope_is() -> None:
    found = rows("what=status", "adom=lab")
    assert [(row["kind"], row.get("name", ""), row["result"]) for row in found] == [
        ("inventory", "", "changed"), ("objects", "", "changed"), ("package", "lab", "changed"),
        ("hitcounts", "lab", "changed"),
    ]  # fmt: skip
    assert all(row["snapshot_time"] == "1000.0" for row in found)


def test_only_adoms_that_may_be_seen() -> None:
    assert sorted(ids("what=policies", allowed={"lab"})) == ["5", "6"]
    assert ids("what=devices", allowed={"lab"}) == ["fgt-lab"]
    assert {row["adom"] for row in rows("what=status", allowed={"lab"})} == {"lab"}
    assert {row["adom"] for row in rows("what=objects", allowed={"lab"})} == {"lab"}
    _, [[level, text]] = asked("adom=branch", allowed={"lab"})
    assert (level, text) == (
        "ERROR", "There is no ADOM branch, or you may not see it. There are: lab.",
    )  # fmt: skip
    for name in ("adom=branch", "package=sites/hq", "device=HQ", "vdom=guest"):
        [[level, text]] = asked(name, allowed=set())[1]
        assert (level, text.partition(", or you may not see it. No ")[0][:11]) == (
            "ERROR", "There is no"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (
            ("adom=brunch",),
            "There is no ADOM brunch, or you may not see it. Nearest names: ",
        ),
        (
            ("package=sites/hk",),
            "There is no policy package or block sites/hk, or you may not see ",
        ),
        (("device=fgt-hk",), "There is no device fgt-hk, or you may not see it. Nearest names: "),
        (("device=HQ", "vdom=gast"), "Device HQ has no VDOM gast. It has: guest, root."),
        (("vdom=gast",), "There is no VDOM gast, or you may not see it. Nearest names: guest."),
        (("what=objects", "package=lab"), "Objects are an ADOM's, or as they are on a device."),
        (("what=objects", "vdom=root"), "Objects are an ADOM's, or as they are on a device."),
        (("devices",), "Unrecognized: devices. Write options only: what=, adom=, "),
        (("what=status", "device=HQ"), "What is collected has no status by device."),
        (("what=rules",), "Illegal value: what=rules (write one of devices, packages, policies, "),
    ],
)
def test_what_cannot_be_asked(args: tuple[str, ...], text: str) -> None:
    _, [[level, said]] = asked(*args)
    assert level == "ERROR"
    assert said.startswith(text)


def test_nothing_collected_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path / "empty"))
    [[level, said]] = asked()[1]
    assert level == "ERROR"
    assert said == (
        "fmgsnapshot: nothing was collected on this host yet. Make an account and inputs here, or "
        "load what another host publishes."
    )


def test_nothing_but_failures_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path / "failed"))
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(tmp_path / "failed")}))
    list(refresh(two_adoms(), store, Plan(adoms=("brunch",)), InTurn(), 1000.0))
    store.close()
    [[level, said]] = asked("what=devices")[1]
    assert (level, said.partition(".")[0]) == (
        "ERROR", "fmgsnapshot: nothing was collected on this host yet"
    )  # fmt: skip
    [row] = rows("what=status")
    assert (row["adom"], row["result"], row["stale"]) == ("brunch", "failed", "true")


def test_rows_come_in_several_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fmgsnapshot, "ROWS_A_REPLY", 2)
    command = fmgsnapshot.command(lambda _: None)
    found, status = ours(
        command, getinfo(["package=sites/hq"]), execute(), execute(), execute(finished=True)
    )
    assert status == 0
    assert [(one["finished"], len(records(body))) for one, body in found[1:3]] == [
        (False, 2), (True, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (("what=devices", "device=fg*"), ["fgt-hq", "fgt-lab"]),
        (("what=devices", "device=*LAB"), ["fgt-lab"]),
        (("what=devices", "device=FG7", "vdom=r*"), ["fgt-lab"]),
        (("what=policies", "device=*lab*"), ["5"]),
    ],
)
def test_a_device_may_hold_an_asterisk(args: tuple[str, ...], found: list[str]) -> None:
    assert ids(*args) == found


def test_names_that_no_device_has_are_told_as_they_were_asked() -> None:
    assert asked("what=devices", "device=FGT-HK")[1] == [
        [
            "ERROR",
            "There is no device FGT-HK, or you may not see it. Nearest names: fgt-hq, fgt-lab.",
        ]
    ]
    [[_, said]] = asked("what=devices", "device=x*")[1]
    assert said.startswith("There is no device x*, or you may not see it. There are: fg1, ")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("what=devices", "adom=lab", "device=HQ"),
            "There is no device HQ in ADOM lab, or you may not see it. There are: fg7, fgt-lab, ",
        ),
        (
            ("package=sites/hq", "adom=lab"),
            "There is no policy package or block sites/hq in ADOM lab, or you may not see it. ",
        ),
        (
            ("vdom=guest", "adom=lab"),
            "There is no VDOM guest in ADOM lab, or you may not see it. There are: root.",
        ),
        (
            ("device=HQ", "package=lab"),
            "Policy package or block lab is not on HQ. Assigned there: sites/hq.",
        ),
        (
            ("device=HQ", "vdom=guest", "package=sites/*"),
            "Policy package or block sites/* is not on HQ [guest]. Assigned there: none.",
        ),
    ],
)
def test_names_that_do_not_go_together(args: tuple[str, ...], said: str) -> None:
    [[level, text]] = asked(*args)[1]
    assert (level, text[: len(said)]) == ("ERROR", said)


def test_why_there_may_be_nothing() -> None:
    nothing = "fmgsnapshot: there are no {} of what is asked for."
    assert asked("what=hitcounts", "device=FG7") == (
        [],
        [["INFO", f"{nothing.format('hitcounts')} {fmgsnapshot.BY_DEVICE}"]],
    )
    assert asked("what=devices", allowed={"apac"}) == (
        [],
        [["INFO", f"{nothing.format('devices')} Your roles show you some ADOMs only."]],
    )
