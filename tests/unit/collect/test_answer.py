"""Look-ups from the store alone: by uuid, by device and policyid, and why nothing was found."""

from __future__ import annotations

from typing import Any

import pytest

from fmgstate.collect import freshness
from fmgstate.collect.answer import Answers
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import Plan
from fmgstate.store.in_memory import InMemoryStore
from tests.unit.collect.small_fortimanager import MANAGER, branch, policy

ONE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def store() -> InMemoryStore:
    source, store = branch(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.blocks["threats"] = [policy(1071741826, name="known bad", action="deny")]
    adom.packages["sites/hq"].append(policy(4, name="", _policy_block="threats"))
    adom.packages["by number"] = [policy(1, uuid="", _policy_block=len("threats"))]
    adom.assignments += [
        {"dev": "fgt-hq", "vdom": "guest", "pkg": "by number", "status": "modified"}
    ]
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    return store


def ask(store: InMemoryStore, device: str, vdom: str, policyid: int) -> dict[str, Any]:
    [row] = Answers(store, 1010.0, 300.0).by_policyid(device, vdom, policyid)
    return row


def test_by_device_vdom_and_policyid(store: InMemoryStore) -> None:
    assert ask(store, "fgt-hq", "root", 1) == {
        "found": True,
        "device": "fgt-hq",
        "vdom": "root",
        "package_status": "installed",
        "fortimanager": MANAGER,
        "adom": "branch",
        "package": "sites/hq",
        "kind": "policy",
        "id": ONE,
        "list": "package:firewall/policy",
        "policyid": 1,
        "table": "firewall/policy",
        "part": "package",
        "sequence": 1,
        "uuid": ONE,
        "name": "rule 1",
        "enabled": True,
        "action": "accept",
        "srcintf": ["any"],
        "dstintf": ["any"],
        "srcaddr": ["lan"],
        "dstaddr": ["all"],
        "service": ["HTTPS"],
        "schedule": ["always"],
        "nat": False,
        "ippool": False,
        "logtraffic": "utm",
        "utm": False,
        "section": "Web",
        "snapshot_time": 1000.0,
        "changed_time": 1000.0,
        "age": 10.0,
        "stale": False,
        "plane": "package",
    }


@pytest.mark.parametrize("called", ["fgt-hq", "FGT-HQ", "hq", "FG1", "fg2"])
def test_a_device_answers_to_its_names_and_every_members_serial(
    store: InMemoryStore, called: str
) -> None:
    assert ask(store, called, "root", 2)["name"] == "rule 2"


def test_by_uuid(store: InMemoryStore) -> None:
    rows = Answers(store, 1400.0, 300.0).by_uuid(ONE.upper())
    assert [(row["policyid"], row["package"], row["age"], row["stale"]) for row in rows] == [
        (1, "sites/hq", 400.0, True)
    ]


@pytest.mark.parametrize("vdom", ["root", "guest"])
def test_a_policy_of_a_block_is_found_through_its_package(store: InMemoryStore, vdom: str) -> None:
    row = ask(store, "fgt-hq", vdom, 1071741826)
    assert (row["name"], row["block"], row["vdom"]) == ("known bad", "threats", vdom)


def test_policy_0_is_the_implicit_deny(store: InMemoryStore) -> None:
    row = ask(store, "fgt-hq", "root", 0)
    assert (row["name"], row["action"], row["package"], row["age"]) == (
        "Implicit Deny", "deny", "sites/hq", 10.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("device", "vdom", "policyid", "why"),
    [
        ("fgt-x", "root", 1, "No device is called fgt-x, nor has it as host name or serial."),
        ("fgt-hq", "dmz", 1, "Device fgt-hq has no VDOM dmz; it has: root, guest."),
        ("fgt-hq", "root", 77, "Package sites/hq of ADOM branch has no policy 77."),
    ],
)
def test_why_nothing_is_found(
    store: InMemoryStore, device: str, vdom: str, policyid: int, why: str
) -> None:
    row = ask(store, device, vdom, policyid)
    assert (row["found"], row["why"]) == (False, why)


def test_an_unknown_uuid(store: InMemoryStore) -> None:
    assert Answers(store, 1010.0, 300.0).by_uuid("nope") == [
        {
            "found": False,
            "why": "No policy has uuid nope.",
            "snapshot_time": 1000.0,
            "changed_time": 1000.0,
            "age": 10.0,
            "stale": False,
            "plane": "package",
        }
    ]


def test_a_package_that_could_not_be_collected_is_not_an_empty_one() -> None:
    source, store = branch(), InMemoryStore()
    source.refused["/pm/config/adom/branch/pkg/sites"] = -11
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    row = ask(store, "fgt-hq", "root", 1)
    assert row["why"].startswith(
        "Package sites/hq of ADOM branch was not collected yet. fmg.example.com does not permit"
    )
    assert ask(store, "fgt-hq", "guest", 1)["why"] == (
        "No policy package is assigned to fgt-hq [guest]."
    )


def test_stale_is_as_the_inputs_are_set_unless_asked_otherwise() -> None:
    source, store = branch(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    freshness.note(store, MANAGER, "policies", 100.0)
    freshness.note(store, "other.example.com", "inventory", 1.0)

    def stale(fresh_seconds: float | None) -> dict[str, bool]:
        rows = Answers(store, 1150.0, fresh_seconds).status()
        return {row["scope_text"]: row["stale"] for row in rows}

    assert stale(None) == {
        "inventory of branch": False, "objects of branch": True,
        "package guest (branch)": True, "package sites/hq (branch)": True,
    }  # fmt: skip
    assert set(stale(150.0).values()) == {False}


def test_status_of_each_scope() -> None:
    source, store = branch(), InMemoryStore()
    source.refused["/pm/config/adom/branch/pkg/guest"] = -8
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    rows = Answers(store, 1301.0, 300.0).status()
    assert [(row["scope_text"], row["result"], row["records"], row["stale"]) for row in rows] == [
        ("inventory of branch", "changed", 4, True),
        ("objects of branch", "changed", 4, True),
        ("package guest (branch)", "failed", 0, True),
        ("package sites/hq (branch)", "changed", 3, True),
    ]
    assert (rows[2]["snapshot_time"], rows[2]["age"]) == (None, None)


def test_a_uuid_finds_no_other_policy_with_the_same_number() -> None:
    source, store = branch(), InMemoryStore()
    proxied = policy(1, uuid="ffffffff-0000-4000-8000-000000000001")
    source.adoms["branch"].proxy["sites/hq"] = [proxied]
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    answers = Answers(store, 1010.0, 300.0)
    rows = answers.by_uuid("FFFFFFFF-0000-4000-8000-000000000001")
    assert {row["table"] for row in rows} == {"firewall/proxy-policy"}
    assert [row["table"] for row in answers.by_uuid(ONE)] == ["firewall/policy"]


def test_a_package_that_was_never_installed_is_found_by_its_target() -> None:
    source, store = branch(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.packages["planned"] = [policy(7)]
    adom.targets["planned"] = [
        {"name": "fgt-hq", "vdom": "guest"},
        {"name": "fgt-hq", "vdom": "root"},
        {"name": "All_FortiGate"},
    ]
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    found = ask(store, "fgt-hq", "guest", 7)
    assert (found["found"], found["package"], found["package_status"]) == (True, "planned", "never")
    assert not ask(store, "fgt-hq", "root", 7)["found"]  # another package is known to be there


def test_a_package_for_a_group_is_found_on_the_members_of_the_group() -> None:
    source, store = branch(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.packages["planned"] = [policy(7)]
    adom.targets["planned"] = [{"name": "Guests"}]
    adom.groups = [
        {"name": "Guests", "object member": [{"name": "Inner"}]},
        {"name": "Inner", "object member": [{"name": "fgt-hq", "vdom": "guest"}]},
    ]
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    found = ask(store, "fgt-hq", "guest", 7)
    assert (found["found"], found["package"], found["package_status"]) == (True, "planned", "never")
    adom.groups[1]["object member"] = []
    list(refresh(source, store, Plan(), InTurn(), 1060.0))
    found = ask(store, "fgt-hq", "guest", 7)
    assert (found["found"], found["why"]) == (
        False, "No policy package is assigned to fgt-hq [guest].",
    )  # fmt: skip


def test_none_is_said_to_be_there_only_when_its_blocks_are_known() -> None:
    source, store = branch(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.blocks["threats"] = [policy(1071741826)]
    adom.packages["sites/hq"].append(policy(4, _policy_block="threats"))
    source.refused["/pm/config/adom/branch/pblock/threats"] = -1
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    row = ask(store, "fgt-hq", "root", 1071741826)
    assert row["why"].startswith("Block threats of ADOM branch was not collected yet. ")
    assert (row["snapshot_time"], row["stale"]) == (1000.0, True)
    source.refused.clear()
    list(refresh(source, store, Plan(), InTurn(), 1060.0))
    source.refused["/pm/config/adom/branch/pblock/threats"] = -1
    adom.blocks["threats"].append(policy(1071741827))
    list(refresh(source, store, Plan(), InTurn(), 1400.0))
    row = Answers(store, 1410.0, 300.0).by_policyid("fgt-hq", "root", 9)[0]
    assert (row["why"], row["age"], row["stale"]) == (
        "Package sites/hq of ADOM branch has no policy 9.", 350.0, True,
    )  # fmt: skip


def test_nothing_found_says_what_is_not_known() -> None:
    source, store = branch(), InMemoryStore()
    empty = Answers(store, 1000.0, 300.0)
    assert empty.by_uuid("u") == [
        {
            "found": False,
            "why": "No policy has uuid u. Nothing was collected yet.",
            "snapshot_time": None,
            "changed_time": None,
            "age": None,
            "stale": True,
            "plane": "package",
        }
    ]
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    late = Answers(store, 2000.0, 300.0)
    assert late.by_uuid("u")[0]["why"] == (
        "No policy has uuid u. 2 of 2 packages and blocks were not collected or are stale:"
        " see status."
    )
    assert late.by_policyid("fgt-x", "root", 1)[0]["why"] == (
        "No device is called fgt-x, nor has it as host name or serial."
        " 1 of 1 ADOMs were not collected or are stale: see status."
    )


def test_a_snapshot_from_the_future_is_not_called_fresh() -> None:
    source, store = branch(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1_000_000.0))
    for now, stale in ((999_996.0, False), (900_000.0, True)):
        [row] = Answers(store, now, 300.0).by_policyid("fgt-hq", "root", 1)
        assert (row["age"], row["stale"]) == (now - 1_000_000.0, stale)


def test_a_name_that_is_no_valid_unicode_is_kept_and_found() -> None:
    source, store = branch(), InMemoryStore()
    source.adoms["branch"].packages["sites/hq"][0]["name"] = "Zürich \ud800"
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    assert ask(store, "fgt-hq", "root", 1)["name"] == "Zürich \ud800"
