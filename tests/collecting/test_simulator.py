"""The library against the simulator over real HTTPS: what is kept is what FortiManager has.

Checked against a simulator only. To run the reading tests against a real FortiManager, set
FMGSTATE_LIVE_HOST, FMGSTATE_LIVE_USER, FMGSTATE_LIVE_PASSWORD and FMGSTATE_LIVE_CA.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import RunSummary
from fmgstate.collect.rebuild import rebuild
from fmgstate.errors import CertificateRefused, FmgStateError, LoginRefused, Unreachable
from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import answers, open_store, refresh_all, run_input
from simulator.control import Running, running

QUICK = Limits(connect_timeout=2.0, attempts=1, backoff=0.01)


@pytest.fixture(scope="module")
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


@pytest.fixture
def account(fortimanager: Running) -> Account:
    return Account(fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca)


def refresh(account: Account, store_file: Path, plan: Plan | None = None) -> RunSummary:
    return refresh_all(account, plan or Plan(), QUICK, store_file, lambda outcome: None)


def kept(store_file: Path, prefix: str) -> dict[str, list[dict[str, Any]]]:
    with open_store(store_file) as store:
        snapshots = [store.load(head.key) for head in store.heads(prefix)]
        return {one.head.key: one.content["records"] for one in snapshots if one}


def test_policies_are_kept_as_they_are(
    fortimanager: Running, account: Account, tmp_path: Path
) -> None:
    assert refresh(account, tmp_path / "s.db").failed == 0
    truth = fortimanager.side("/truth?adom=branch&package=hq")["tables"]
    [records] = [
        records for key, records in kept(tmp_path / "s.db", "package/").items() if
        key.endswith("/branch/hq")
    ]  # fmt: skip
    there = {
        (table, row["policyid"], row["uuid"], row.get("name") or "")
        for table, rows in truth.items()
        for row in rows
        if "policyid" in row
    }
    ours = {(r["table"], r["policyid"], r["uuid"], r.get("name", "")) for r in records}
    assert ours == {one for one in there if one[0] in {table for table, *_ in ours}}
    assert len(ours) >= 16


def test_an_edit_an_insert_and_a_move_come_as_changes(
    fortimanager: Running, account: Account, tmp_path: Path
) -> None:
    events: list[Event] = []

    def poll() -> list[dict[str, Any]]:
        before = len(events)
        summary = run_input(
            InputRun("policies", "s", account, Plan(), QUICK, tmp_path / "s.db", events.extend)
        )
        assert summary.failed == 0
        changes = [one.data for one in events[before:] if one.sourcetype.endswith(":change")]
        return [one for one in changes if one["kind"] != "traffic"]

    assert poll() == []
    where = {"adom": "branch", "package": "hq"}
    fortimanager.side(
        "/policy/edit", {**where, "policyid": 2, "set": {"action": "deny"}, "user": "anna"}
    )
    [edited] = poll()
    assert (edited["object"], edited["action"], edited["object_attrs"], edited["user"]) == (
        "mail in", "modified", ["action"], "anna",
    )  # fmt: skip
    fortimanager.side(
        "/policy/move", {**where, "policyid": 9, "option": "before", "target": 1, "user": "bob"}
    )
    [moved] = poll()
    assert (moved["object"], moved["changes"]["sequence"]) == ("v6 web", {"old": 9, "new": 1})
    fortimanager.side("/policy/move", {**where, "policyid": 9, "option": "after", "target": 8})
    fortimanager.side("/policy/edit", {**where, "policyid": 2, "set": {"action": "accept"}})
    added = fortimanager.side("/policy/add", {**where, "set": {"name": "brand new"}})
    names = [(one["action"], one["object"]) for one in poll()]
    assert sorted(names) == [
        ("created", "brand new"), ("modified", "mail in"), ("modified", "v6 web"),
    ]  # fmt: skip
    fortimanager.side("/policy/delete", {**where, "policyid": added["key"]})
    assert [(one["action"], one["object"]) for one in poll()] == [("deleted", "brand new")]
    rebuilt = rebuild((event.data for event in events), "s")
    packages = kept(tmp_path / "s.db", "package/")
    assert {key: len(records) for key, records in packages.items()} == {
        key: len(one.records) for key, one in rebuilt.items() if key.startswith("package/")
    }


def test_an_edited_group_says_what_it_opened_and_what_is_found_now(
    account: Account, tmp_path: Path
) -> None:
    with running("branch") as fortimanager:
        account = Account(
            fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca
        )
        events: list[Event] = []

        def poll() -> list[Event]:
            before = len(events)
            summary = run_input(
                InputRun("policies", "s", account, Plan(), QUICK, tmp_path / "s.db", events.extend)
            )
            assert summary.failed == 0
            return events[before:]

        first = [one.data for one in poll() if one.sourcetype.endswith(":finding")]
        assert {"any-any-any", "no-inspection", "telnet"} <= {one["risk"] for one in first}
        members = ["domain-controllers", "db-range", "hq-lan"]
        fortimanager.side(
            "/object/edit",
            {"adom": "branch", "table": "firewall/addrgrp", "name": "hq-core",
             "set": {"member": members}, "user": "anna"},
        )  # fmt: skip
        told = {
            one.data["kind"]: one.data
            for one in poll()
            if one.sourcetype.endswith(":change") and one.data.get("package") in ("hq", None)
        }
        assert told["object"]["object"] == "hq-core"
        facts = told["traffic"]["traffic"]
        assert (facts["description"], facts["complete"], facts["policies"]) == (
            "Traffic may be opened.", True, [4],
        )  # fmt: skip
        [part] = facts["parts"]
        assert (part["everywhere"], part["targets"]) == (True, ["fgt-hq/root"])
        assert {
            (box["effect"], *box["dstaddr"], box["policyid_after"]) for box in part["changes"]
        } == {
            ("may be opened", "10.1.0.0-10.1.10.10", "10.1.10.13-10.1.20.9",
             "10.1.20.30-10.1.255.255", 4)
        }  # fmt: skip
        assert {*part["changes"][0]["may_hit"]} == {12, 1071741826}, "by MAC, and by its block"
        assert told["policy"]["traffic"]["parts"] == facts["parts"]
        where = {"adom": "branch", "package": "hq", "policyid": 4}
        fortimanager.side("/policy/edit", {**where, "set": {"logtraffic": "disable"}})
        found = [one.data for one in poll() if one.sourcetype.endswith(":finding")]
        assert [(one["action"], one["risk"], one["policyid"]) for one in found] == [
            ("created", "no-log", 4)
        ]
        fortimanager.side("/policy/delete", where)
        found = [one.data for one in poll() if one.sourcetype.endswith(":finding")]
        assert sorted((one["action"], one["risk"], one["policyid"]) for one in found) == [
            ("deleted", "no-inspection", 4), ("deleted", "no-log", 4),
        ]  # fmt: skip
        rebuilt = rebuild((event.data for event in events), "s")
        assert kept(tmp_path / "s.db", "findings/") == {
            key: one.records for key, one in rebuilt.items() if key.startswith("findings/")
        }


def test_a_token_does_as_well(fortimanager: Running, account: Account, tmp_path: Path) -> None:
    token = Account(fortimanager.url, token=fortimanager.token, ca=fortimanager.ca)
    refresh(account, tmp_path / "by-password.db")
    refresh(token, tmp_path / "by-token.db")
    assert kept(tmp_path / "by-password.db", "") == kept(tmp_path / "by-token.db", "")


@pytest.mark.parametrize("version", ["6.4.14", "7.0.4", "7.2.8", "7.6.4", "8.0.0"])
def test_every_supported_version(version: str, tmp_path: Path) -> None:
    with running("branch", version=version) as fortimanager:
        account = Account(
            fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca
        )
        summary = refresh(account, tmp_path / "s.db")
        assert [one.error for one in summary.outcomes if one.error] == []
        parts = {
            record["part"]
            for records in kept(tmp_path / "s.db", "package/").values()
            for record in records
        }
        assert parts == {"header", "package", "footer"}
        again = refresh(account, tmp_path / "s.db")
        assert {one.result for one in again.outcomes} == {"confirmed"}


def bad(account: Account, **changed: Any) -> Account:
    return replace(account, **changed)


def test_a_wrong_password(account: Account, tmp_path: Path) -> None:
    with pytest.raises(LoginRefused) as refused:
        refresh(bad(account, password="wr0ng-and-secret"), tmp_path / "s.db")
    assert "Check user and password in the account" in str(refused.value)
    assert "wr0ng" not in str(refused.value)


def test_a_wrong_host(account: Account, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as refused:
        refresh(bad(account, host="127.0.0.1:9"), tmp_path / "s.db")
    assert "127.0.0.1:9" in str(refused.value)
    assert refused.value.cure


def test_an_unknown_ca(account: Account, tmp_path: Path) -> None:
    with pytest.raises(CertificateRefused) as refused:
        refresh(bad(account, ca=""), tmp_path / "s.db")
    assert "CA" in refused.value.cure


def test_an_adom_that_does_not_exist(account: Account, tmp_path: Path) -> None:
    summary = refresh(account, tmp_path / "s.db", Plan(adoms=("branch", "brunch")))
    assert [one.error for one in summary.outcomes if one.error] == [
        (
            "There is no ADOM 'brunch' that manages FortiGates and that FortiManager's user sees. "
            "Correct the list of ADOMs."
        )
    ]
    assert len(kept(tmp_path / "s.db", "package/")) == 4


def test_a_damaged_store_is_set_aside_and_filled_anew(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    refresh(account, file)
    for ending in ("-wal", "-shm"):
        (tmp_path / f"s.db{ending}").unlink(missing_ok=True)
    file.write_bytes(b"\0" * 4096 + file.read_bytes()[4096:])
    with pytest.raises(FmgStateError, match=r"s\.db"), open_store(file) as store:
        answers(store, 300.0).status()
    told: list[Path] = []
    summary = refresh_all(
        account, Plan(), QUICK, file, lambda outcome: None,
        lambda damage, moved_to: told.append(moved_to),
    )  # fmt: skip
    assert summary.failed == 0
    assert len(told) == 1
    assert told[0].name.startswith("s.db.damaged-")
    assert len(kept(file, "package/")) == 5


def test_against_a_real_fortimanager(tmp_path: Path) -> None:
    host = os.environ.get("FMGSTATE_LIVE_HOST")
    if not host:
        pytest.skip("no real FortiManager here: set FMGSTATE_LIVE_HOST, _USER, _PASSWORD, _CA")
    account = Account(
        host,
        os.environ["FMGSTATE_LIVE_USER"],
        os.environ["FMGSTATE_LIVE_PASSWORD"],
        ca=os.environ.get("FMGSTATE_LIVE_CA", ""),
    )
    first = refresh(account, tmp_path / "s.db")
    assert [one.error for one in first.outcomes if one.error] == []
    assert refresh(account, tmp_path / "s.db").saved > 0
