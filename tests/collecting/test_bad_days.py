"""Bad days, one by one: an honest sentence, the rest goes on, nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import RunSummary
from fmgstate.collect.rebuild import rebuild
from fmgstate.errors import CertificateRefused, FmgStateError, StoreFull
from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import answers, open_store, refresh_all, run_input
from simulator.control import Running, running

QUICK = Limits(connect_timeout=2.0, read_timeout=5.0, attempts=2, backoff=0.01)


@pytest.fixture
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


@pytest.fixture
def account(fortimanager: Running) -> Account:
    return Account(fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca)


def refresh(account: Account, store_file: Path) -> RunSummary:
    return refresh_all(account, Plan(), QUICK, store_file, lambda _: None)


def failed(summary: RunSummary) -> dict[str, str]:
    return {str(one.scope): one.error for one in summary.outcomes if one.result == "failed"}


def kept(store_file: Path) -> dict[str, Any]:
    with open_store(store_file) as store:
        return {head.key: head.snapshot_time for head in store.heads("package/")}


def test_an_expired_certificate(fortimanager: Running, account: Account, tmp_path: Path) -> None:
    fortimanager.side("/certificate", {"days": -1})
    with pytest.raises(CertificateRefused, match="expired"):
        refresh(account, tmp_path / "s.db")


def test_an_adom_deleted_in_mid_run(
    fortimanager: Running, account: Account, tmp_path: Path
) -> None:
    refresh(account, tmp_path / "s.db")
    before = kept(tmp_path / "s.db")
    fortimanager.side(
        "/policy/edit", {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "x"}}
    )
    gone = {"kind": "code", "code": -3, "message": "Object does not exist", "times": 0}
    fortimanager.side("/faults", {**gone, "url": "/pm/config/adom/branch/pkg/hq/firewall/policy"})
    [(scope, error)] = failed(refresh(account, tmp_path / "s.db")).items()
    assert scope == "package hq (branch)"
    assert "does not have /pm/config/adom/branch/pkg/hq/firewall/policy" in error
    assert "one may have been deleted or renamed" in error
    [hq] = [key for key in before if key.endswith("/hq")]
    assert kept(tmp_path / "s.db")[hq] == before[hq]


@pytest.mark.parametrize("kind", ["half json", "drop middle", "html", "endless"])
def test_half_an_answer(kind: str, fortimanager: Running, account: Account, tmp_path: Path) -> None:
    refresh(account, tmp_path / "s.db")
    fortimanager.side("/device/edit", {"device": "fgt-hq", "set": {"desc": "moved"}})
    for package in ("hq", "hq-guest"):
        body = {"adom": "branch", "package": package, "policyid": 1, "set": {"comments": "x"}}
        fortimanager.side("/policy/edit", body)
    where = "/pm/config/adom/branch/pkg/hq/firewall/policy"
    fault = {"kind": kind, "url": where, "times": 0, "seconds": 30}
    fortimanager.side("/faults", fault)
    summary = refresh(account, tmp_path / "s.db")
    [(scope, error)] = failed(summary).items()
    assert scope == "package hq (branch)"
    assert error.endswith(".")
    results = {str(one.scope): one.result for one in summary.outcomes}
    assert results["package hq-guest (branch)"] == "changed"
    with open_store(tmp_path / "s.db") as store:
        [row] = answers(store, 300.0).by_policyid("fgt-hq", "root", 4)
        assert row["name"] == "to core"
    fortimanager.side("/faults/clear", {})
    assert failed(refresh(account, tmp_path / "s.db")) == {}


def test_a_full_disk(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(account, tmp_path / "s.db")
    before = kept(tmp_path / "s.db")
    monkeypatch.setattr("fmgstate.store.on_disk.OnDiskStore.note", _full)
    with pytest.raises(StoreFull, match="No space left"):
        refresh(account, tmp_path / "s.db")
    monkeypatch.undo()
    assert kept(tmp_path / "s.db") == before


def _full(*_: Any) -> None:
    raise StoreFull("No space left on the disk.", "Free some.")


def test_two_inputs_at_once_on_one_store(
    fortimanager: Running, account: Account, tmp_path: Path
) -> None:
    events: dict[str, list[Event]] = {"one": [], "two": []}
    errors: list[FmgStateError] = []

    def collect(stream: str) -> None:
        for number in range(4):
            body = {"adom": "branch", "package": "hq", "policyid": 1,
                    "set": {"comments": f"{stream} {number}"}}  # fmt: skip
            fortimanager.side("/policy/edit", body)
            try:
                sent = events[stream].extend
                run_input(
                    InputRun("policies", stream, account, Plan(), QUICK, tmp_path / "s.db", sent)
                )
            except FmgStateError as error:
                errors.append(error)

    threads = [threading.Thread(target=collect, args=(stream,)) for stream in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for stream, sent in events.items():
        run_input(
            InputRun("policies", stream, account, Plan(), QUICK, tmp_path / "s.db", sent.extend)
        )
        data = [json.loads(json.dumps(event.data)) for event in sent]
        rebuilt = {key: one.records for key, one in rebuild(data, stream).items() if not one.gone}
        assert rebuilt == everything(tmp_path / "s.db")
    assert fortimanager.side("/stats")["sessions_open"] == 0


def everything(store_file: Path) -> dict[str, Any]:
    with open_store(store_file) as store:
        kinds = ("objects/", "block/", "package/", "findings/")
        keys = [head.key for kind in kinds for head in store.heads(kind)]
        snapshots = [store.load(key) for key in keys]
        return {one.head.key: in_order(one.content["records"]) for one in snapshots if one}


def test_a_clock_that_jumps_back(
    fortimanager: Running, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Event] = []
    now = [time.time()]
    monkeypatch.setattr("fmgstate.wiring.time", lambda: now[0])

    def poll() -> RunSummary:
        return run_input(
            InputRun("policies", "s", account, Plan(), QUICK, tmp_path / "s.db", sent.extend)
        )

    assert failed(poll()) == {}
    now[0] -= 86_400.0
    fortimanager.side(
        "/policy/edit", {"adom": "branch", "package": "hq", "policyid": 1, "set": {"comments": "x"}}
    )
    assert failed(poll()) == {}
    data = [json.loads(json.dumps(event.data)) for event in sent]
    rebuilt = {key: one.records for key, one in rebuild(data, "s").items()}
    assert rebuilt == everything(tmp_path / "s.db")
    [change] = [one for one in data if one.get("action") == "modified" and "changes" in one]
    assert change["changes"]["comments"]["new"] == "x"
