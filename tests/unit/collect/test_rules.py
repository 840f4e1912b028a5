"""Which rule decided an event: by uuid, by device and number; and why none is found."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect import rule_files
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.rule_columns import ALL
from fmgstate.collect.rules import KEY, Rules
from fmgstate.collect.scope import HITCOUNTS, Scope
from fmgstate.settings import Plan
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.in_memory import InMemoryStore
from fmgstate.store.key_files import KeyFiles
from tests.unit.collect.small_fortimanager import MANAGER, SmallAdom, SmallFortiManager, branch
from tests.unit.collect.small_fortimanager import policy as row

ONE, OTHER = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 9))
HEADER, BLOCK = 1073741826, 1071741826


def estate() -> SmallFortiManager:
    """As ``branch``, with all that a policyid can mean."""
    source = branch()
    adom = source.adoms["branch"]
    adom.blocks["threats"] = [row(BLOCK, name="known bad", action="deny")]
    adom.packages["sites/hq"] += [
        row(4, name='say "no", twice', uuid="", comments="line 1\nline 2"),
        row(5, name="", _policy_block="threats"),
        row(
            6, srcaddr=["lan", "www$"], **{
                "meta fields": {"Owner": "team-web", "ticket": "CHG-1", "Site": "HQ"},
                "_modified timestamp": 900, "_last-modified-by": "anna", "status": "disable",
            },
        ),
    ]  # fmt: skip
    adom.proxy["sites/hq"] = [row(1, uuid="ffffffff-0000-4000-8000-000000000001", name="proxied")]
    adom.packages["elsewhere"] = [row(9, uuid=OTHER, name="not here")]
    source.adoms["secret"] = SmallAdom(packages={"own": [row(7, uuid="5ec2e700-1")]})
    return source


@pytest.fixture
def store() -> InMemoryStore:
    store = InMemoryStore()
    list(refresh(estate(), store, Plan(), InTurn(), 1000.0))
    counts = [
        {"kind": "hitcount", "id": ONE, "table": "firewall/policy", "policyid": 1, "uuid": ONE,
         "hits": 12, "last_hit": 950},
        {"kind": "hitcount", "id": "x", "table": "firewall/policy", "policyid": 2, "uuid": "old",
         "hits": 99, "last_hit": 1},
        {"kind": "hitcount", "id": "y", "table": "firewall/policy", "policyid": 1, "uuid": ONE,
         "hits": 5, "last_hit": 5, "device": "fgt-hq", "vdom": "root"},
    ]  # fmt: skip
    scope = Scope(HITCOUNTS, MANAGER, "branch", "sites/hq")
    store.save(Snapshot(Head(scope.key, 990.0, 990.0), {"records": counts}))
    return store


def log(**fields: str) -> tuple[str, ...]:
    """What one event says; by default policy 1 of fgt-hq [root]."""
    event = {"policyid": "1", "policytype": "policy", "subtype": "forward", "devid": "FG2",
             "devname": "any name", "vd": "root", **fields}  # fmt: skip
    return tuple(event.get(name, "") for name in KEY)


def rows(rules: Rules, *keys: tuple[str, ...]) -> list[dict[str, str]]:
    """The answers as Splunk would read them; empty fields left out."""
    told = b"\n".join(rules.answer(keys)).decode()
    return [
        {name: cell for name, cell in zip(rules.columns.names, cells) if cell}
        for cells in csv.reader(io.StringIO(told))
    ]


def ask(
    store: InMemoryStore, fields: Sequence[str] = ("found", "why", "name"), **event: str
) -> dict[str, str]:
    [found] = rows(Rules(store, None, fields, 1010.0, None, 300.0), log(**event))
    return {name: value for name, value in found.items() if name in fields}


def why(store: InMemoryStore, **event: str) -> str:
    found = ask(store, **event)
    assert found["found"] == "false"
    assert "name" not in found
    return found["why"]


def test_everything_that_can_be_added(store: InMemoryStore) -> None:
    rules = Rules(store, None, [*ALL, "meta.Site", "meta.none"], 1010.0, None, 300.0)
    assert rows(rules, log(), log(policyid="6")) == [
        {
            "found": "true", "uuid": ONE, "policyid": "1", "table": "firewall/policy",
            "name": "rule 1", "action": "accept", "section": "Web", "enabled": "true",
            "part": "package", "sequence": "1", "fortimanager": MANAGER, "adom": "branch",
            "package": "sites/hq", "device": "fgt-hq", "vdom": "root",
            "package_status": "installed", "hits": "12", "last_hit": "950", "hit_time": "990.0",
            "srcintf": "any", "dstintf": "any", "srcaddr": "lan", "dstaddr": "all",
            "service": "HTTPS", "schedule": "always", "nat": "false", "logtraffic": "utm",
            "utm": "false", "snapshot_time": "1000.0", "changed_time": "1000.0",
            "stale": "false", "plane": "package",
        },
        {
            "found": "true", "uuid": ONE[:-1] + "6", "policyid": "6", "table": "firewall/policy",
            "name": "rule 6", "action": "accept", "section": "Web", "owner": "team-web",
            "ticket": "CHG-1", "modified_time": "900", "modified_by": "anna", "enabled": "false",
            "part": "package", "sequence": "6", "fortimanager": MANAGER, "adom": "branch",
            "package": "sites/hq", "device": "fgt-hq", "vdom": "root",
            "package_status": "installed", "srcintf": "any", "dstintf": "any",
            "srcaddr": "lan\nwww$", "__mv_srcaddr": "$lan$;$www$$$", "dstaddr": "all",
            "service": "HTTPS", "schedule": "always", "nat": "false", "logtraffic": "utm",
            "utm": "false", "meta.Site": "HQ", "snapshot_time": "1000.0",
            "changed_time": "1000.0", "stale": "false", "plane": "package",
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({}, "rule 1"),
        ({"devid": "", "devname": "FGT-HQ"}, "rule 1"),
        ({"devid": "unknown", "devname": "hq"}, "rule 1"),
        ({"poluuid": ONE}, "rule 1"),
        ({"poluuid": ONE.upper()}, "rule 1"),
        ({"policyuuid": ONE, "policyid": ""}, "rule 1"),
        ({"poluuid": ONE, "policyid": "77", "devid": "", "devname": ""}, "rule 1"),
        ({"poluuid": ONE, "policyid": "3"}, "rule 1"),
        ({"policytype": ""}, "rule 1"),
        ({"policyid": "4", "poluuid": "some uuid"}, 'say "no", twice'),
        ({"policyid": str(BLOCK)}, "known bad"),
        ({"policytype": "proxy-policy"}, "proxied"),
        ({"policytype": "local-in-policy", "poluuid": ONE}, "rule 1"),
        ({"policyid": "0", "poluuid": "of the deny"}, "Implicit Deny"),
    ],
)
def test_a_rule_is_found(store: InMemoryStore, event: dict[str, str], name: str) -> None:
    assert ask(store, **event) == {"found": "true", "name": name}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (
            {"devid": "FGX", "devname": "fgt-hp"},
            ("No device is called FGX or fgt-hp, nor has it as host name or serial."
            " Nearest names: fgt-hq."),
        ),
        ({"vd": "dmz"}, "Device fgt-hq has no VDOM dmz; it has: root, guest."),
        ({"vd": "guest"}, "No policy package is assigned to fgt-hq [guest]."),
        ({"policyid": "77"}, "Package sites/hq of ADOM branch has no policy 77."),
        (
            {"policyid": str(HEADER)},
            (f"Package sites/hq of ADOM branch has no policy {HEADER}."
            " Ids like this are those of global header policies."),
        ),
        ({"poluuid": "no-such"}, ("No policy has uuid no-such."
                                 " Policy 1 of package sites/hq is another one by now.")),
        ({"poluuid": "no-such", "policyid": "77"}, "No policy has uuid no-such."),
        ({"policyid": ""}, "The event has neither a policy's uuid nor a policyid."),
        ({"policyid": "1\n2"}, "No policy has the policyid 1, 2: that is no single number."),
        ({"policyid": "-1"}, "No policy has the policyid -1: that is no single number."),
        ({"policyid": "9" * 90},
         f"No policy has the policyid {'9' * 60}: that is no single number."),
        ({"devid": "", "devname": ""}, "The event has neither devid nor devname."),
        (
            {"policyid": "0", "subtype": "local"},
            ("Traffic of the FortiGate itself that no local-in policy decided:"
            " access settings did."),
        ),
        (
            {"policyid": "0", "policytype": "local-in-policy"},
            ("Traffic of the FortiGate itself that no local-in policy decided:"
            " access settings did."),
        ),
        (
            {"policytype": "multicast-policy"},
            "Policies of type multicast-policy are not part of what is collected.",
        ),
        ({"policyid": "0", "devid": "unheard-of", "devname": ""},
         "No device is called unheard-of, nor has it as host name or serial."),
    ],
)  # fmt: skip
def test_why_none_is_found(store: InMemoryStore, event: dict[str, str], reason: str) -> None:
    assert why(store, **event) == reason


def test_a_rule_of_another_package_is_told_with_where_it_is(store: InMemoryStore) -> None:
    fields = ("found", "why", "name", "package", "device")
    assert ask(store, fields, poluuid=OTHER, policyid="9") == {
        "found": "true", "name": "not here", "package": "elsewhere",
        "why": "It is not in package sites/hq, which is assigned to fgt-hq [root].",
    }  # fmt: skip


def test_two_policies_of_one_number_are_not_picked_from() -> None:
    source, store = estate(), InMemoryStore()
    adom = source.adoms["branch"]
    adom.packages["second"] = [row(1, uuid=OTHER), row(8)]
    adom.assignments.append(
        {"dev": "fgt-hq", "vdom": "root", "pkg": "second", "status": "installed"}
    )
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    assert why(store) == "2 policies have the number 1 there: of second, sites/hq."
    assert ask(store, poluuid=OTHER)["name"] == "rule 1"
    assert ask(store, policyid="8")["name"] == "rule 8"


def test_hits_are_those_of_this_policy(store: InMemoryStore) -> None:
    fields = ("hits", "last_hit", "hit_time")
    assert ask(store, fields) == {"hits": "12", "last_hit": "950", "hit_time": "990.0"}
    assert ask(store, fields, policyid="2") == {}  # those counted are an earlier policy's


def test_odd_events_among_usual_ones_are_answered_as_they_are_alone(store: InMemoryStore) -> None:
    fields = ("found", "why", "name", "package", "hits", "last_hit", "hit_time")
    keys = [
        log(), log(policyid="0", poluuid="of the deny"), log(policyid="2"), log(policyid="6"),
        log(poluuid=ONE), log(poluuid=OTHER, policyid="2"), log(policyid="77"),
        log(policyid=str(BLOCK)), log(policyid="two"), log(policyid="9" * 5000), log(policyid=""),
        log(policyuuid=ONE.upper()), log(poluuid=ONE[:-1] + "2", policyid="2"),
    ]  # fmt: skip
    [*one_by_one] = (rows(Rules(store, None, ALL, 1010.0, None, 300.0), key)[0] for key in keys)
    together = rows(Rules(store, None, fields, 1010.0, None, 300.0), *keys)
    wanted = {*fields, "snapshot_time", "changed_time", "stale", "plane"}
    assert together == [
        {name: cell for name, cell in alone.items() if name in wanted} for alone in one_by_one
    ]
    assert [one.get("hits") for one in together[:4]] == ["12", None, None, None]


def test_what_is_not_found_is_as_old_as_the_oldest_of_what_was_looked_at() -> None:
    source, store = estate(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    source.refused["/pm/config/adom/branch/pblock/threats"] = -1
    source.adoms["branch"].blocks["threats"].append(row(BLOCK + 1))
    list(refresh(source, store, Plan(), InTurn(), 1400.0))
    fields = ("found", "package", "snapshot_time", "stale")
    rules = Rules(store, None, fields, 1410.0, None, 300.0)
    assert rows(rules, log(policyid="77"), log())[0] == {
        "found": "false", "package": "sites/hq", "snapshot_time": "1000.0",
        "changed_time": "1000.0", "stale": "true", "plane": "package",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "oldest"),
    [
        ({"devid": "FGX", "devname": ""}, "1000.0"),
        ({"devid": "", "devname": ""}, "1000.0"),
        ({"vd": "dmz"}, "1400.0"),
        ({"vd": "guest"}, "1400.0"),
        ({"policyid": ""}, "1400.0"),
        ({"policyid": "77"}, "1400.0"),
        ({"poluuid": "no-such"}, "1000.0"),
    ],
)
def test_that_nothing_is_found_is_dated_by_what_was_looked_at(
    event: dict[str, str], oldest: str
) -> None:
    source, store = estate(), InMemoryStore()
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    list(refresh(source, store, Plan(adoms=("branch",)), InTurn(), 1400.0))
    fields = ("found", "snapshot_time", "changed_time", "stale")
    rules = Rules(store, None, fields, 1410.0, None, 300.0)
    assert rows(rules, log(**event)) == [
        {"found": "false", "snapshot_time": oldest, "changed_time": "1000.0",
         "stale": "true" if oldest == "1000.0" else "false", "plane": "package"}
    ]  # fmt: skip


def test_where_the_package_was_not_read_yet_the_inventory_says_how_old_that_is() -> None:
    source, store = estate(), InMemoryStore()
    source.refused["/pm/config/adom/branch/p"] = -1
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    rules = Rules(store, None, ("found", "package"), 1010.0, None, 300.0)
    assert rows(rules, log()) == [
        {"found": "false", "package": "sites/hq", "snapshot_time": "1000.0",
         "changed_time": "1000.0", "stale": "true", "plane": "package"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        ({"branch"}, "No policy has uuid 5ec2e700-1. Your roles show you some ADOMs only."),
        (
            {"emea"},
            ("No policy has uuid 5ec2e700-1. Your roles show you some ADOMs only, "
             "and nothing of those is here."),
        ),
    ],
)  # fmt: skip
def test_one_who_sees_some_adoms_only_is_told_so(
    store: InMemoryStore, allowed: set[str], reason: str
) -> None:
    rules = Rules(store, None, ("why",), 1010.0, allowed, 300.0)
    uuids = "5ec2e700-1", "5ec2e700-9"
    hidden, unheard_of = rows(rules, *(log(poluuid=one, policyid="") for one in uuids))
    assert hidden["why"] == reason
    assert unheard_of == {**hidden, "why": reason.replace("-1", "-9")}


def test_a_block_that_is_not_known_yet_is_no_empty_one() -> None:
    source, store = estate(), InMemoryStore()
    source.refused["/pm/config/adom/branch/pblock/threats"] = -1
    list(refresh(source, store, Plan(), InTurn(), 1000.0))
    assert why(store, policyid=str(BLOCK)).startswith(
        "Block threats of ADOM branch was not collected yet."
    )
    assert ask(store)["name"] == "rule 1"


def test_nothing_collected() -> None:
    rules = Rules(InMemoryStore(), None, ("found", "why"), 1000.0)
    assert rules.is_empty()
    assert rows(rules, log())[0]["why"] == (
        "No device is called FG2 or any name, nor has it as host name or serial."
        " Nothing was collected yet."
    )


@pytest.mark.parametrize(
    ("allowed", "hq", "secret"),
    [
        (None, "rule 1", "rule 7"),
        (frozenset({"branch"}), "rule 1", None),
        (frozenset({"secret"}), None, "rule 7"),
        (frozenset(), None, None),
    ],
)
def test_other_adoms_are_not_seen(
    store: InMemoryStore, allowed: Any, hq: Optional[str], secret: Optional[str]
) -> None:
    rules = Rules(store, None, ("name", "why"), 1010.0, allowed, 300.0)
    first, second = rows(rules, log(), log(poluuid="5ec2e700-1"))
    assert (first.get("name"), second.get("name")) == (hq, secret)
    if allowed is not None and not hq:
        assert "fgt-hq" not in first["why"]


def test_ages_follow_the_store_when_asked_to(store: InMemoryStore) -> None:
    rules = Rules(store, None, ("name",), 1010.0, None, 300.0)
    aged = [rows(rules, log())[0]]
    source = estate()
    source.adoms["branch"].packages["sites/hq"][0]["name"] = "renamed"
    list(refresh(source, store, Plan(), InTurn(), 1200.0))
    aged += rows(rules, log())
    rules.renew(1600.0)
    aged += rows(rules, log())
    ages = ("name", "snapshot_time", "changed_time", "stale")
    assert [[one[name] for name in ages] for one in aged] == [
        ["rule 1", "1000.0", "1000.0", "false"],
        ["rule 1", "1000.0", "1000.0", "false"],
        ["renamed", "1200.0", "1200.0", "true"],
    ]


class NoLoading(InMemoryStore):
    """Answers no question but those for heads."""

    def load(self, key: str) -> Any:
        raise AssertionError(f"{key} was loaded")


def same_without_loading(store: InMemoryStore) -> InMemoryStore:
    store.__class__ = NoLoading
    return store


def test_files_answer_what_the_store_would(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    keys = [log(), log(policyid=str(BLOCK)), log(policyid="6"), log(poluuid=OTHER), log(vd="x")]
    expected = Rules(store, None, ALL, 1010.0, None, 300.0).answer(keys)
    assert rule_files.refresh(store, files) == 8
    assert rule_files.refresh(same_without_loading(store), files) == 0
    assert Rules(store, files, ALL, 1010.0, None, 300.0).answer(keys) == expected


def test_a_confirmed_snapshot_needs_no_new_file(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    rule_files.refresh(store, files)
    list(refresh(estate(), store, Plan(), InTurn(), 1200.0))
    rules = Rules(same_without_loading(store), files, ("name",), 1210.0, None, 300.0)
    assert rows(rules, log()) == [
        {"name": "rule 1", "snapshot_time": "1200.0", "changed_time": "1000.0", "stale": "false",
         "plane": "package"}
    ]  # fmt: skip


def test_a_reader_makes_the_files_it_misses(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    expected = Rules(store, files, ALL, 1010.0, None, 300.0).answer([log()])
    found = Rules(same_without_loading(store), files, ALL, 1010.0, None, 300.0).answer([log()])
    assert found == expected


def test_a_file_that_is_behind_is_not_used(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    rule_files.refresh(store, files)
    source = estate()
    source.adoms["branch"].packages["sites/hq"][0]["name"] = "renamed"
    list(refresh(source, store, Plan(), InTurn(), 1200.0))
    [found] = rows(Rules(store, files, ("name",), 1210.0), log())
    assert (found["name"], found["changed_time"]) == ("renamed", "1200.0")


def test_where_files_cannot_be_written_the_store_answers(
    store: InMemoryStore, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("in the way")
    [found] = rows(Rules(store, KeyFiles(str(tmp_path / "keys")), ("name",), 1010.0), log())
    assert found["name"] == "rule 1"


def test_a_damaged_value_is_answered_from_the_store(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    rule_files.refresh(store, files)
    for path in (tmp_path / "keys").iterdir():
        path.write_bytes(path.read_bytes().replace(b"rule 1", b"rule 9"))
    rules = Rules(store, files, ("name",), 1010.0, None, 300.0)
    assert rows(rules, log(), log(policyid="2")) == [
        {"name": name, "snapshot_time": "1000.0", "changed_time": "1000.0", "stale": "false",
         "plane": "package"} for name in ("rule 1", "rule 2")
    ]  # fmt: skip


def test_files_of_scopes_that_are_gone_go(store: InMemoryStore, tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    rule_files.refresh(store, files)
    before = len(list((tmp_path / "keys").iterdir()))
    store.delete(Scope("package", MANAGER, "branch", "elsewhere").key)
    rule_files.refresh(store, files)
    assert len(list((tmp_path / "keys").iterdir())) == before - 2  # first and further part
