"""Searches with the built package's commands in the stand-in, as users with various roles.

Checked against a stand-in for splunkd and a simulated FortiManager only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from splunklib import client, results
from splunklib.binding import HTTPError

from fmgstate import __version__
from fmgstate.collect import hosts
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import APP, Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from simulator.control import running
from standin import Standin
from tests.splunk.test_the_app_collects import add_account, pythons
from tests.unit.collect.small_fortimanager import MANAGER, branch

PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
FLOW = "src=10.1.2.3 dest=192.0.2.80 dest_port=443 device=HQ vdom=root"
EVENT = (
    '| makeresults | eval srcip="10.1.2.3", dstip="192.0.2.80", proto="6", dstport="443", '
    'devid="FG2", vd="root" '
)


@pytest.fixture(scope="module", params=pythons())
def splunk(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Standin]:
    home = tmp_path_factory.mktemp("splunk")
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(branch(), store, Plan(), InTurn(), time.time()))
    store.close()
    with Standin(home, [PACKAGE], python=request.param) as splunk:
        yield splunk


class Person:
    """Searches as one user."""

    def __init__(self, splunk: Standin, key: str) -> None:
        port = int(splunk.uri.rpartition(":")[2])
        self._service = client.Service(
            scheme="https", host="127.0.0.1", port=port, token=f"Splunk {key}", verify=False,
            app="search",
        )  # fmt: skip

    def job(self, search: str) -> client.Job:
        return self._service.jobs.create(search, exec_mode="blocking")

    def rows(self, search: str) -> list[dict[str, Any]]:
        job = self.job(search)
        assert job["dispatchState"] == "DONE", job.content["messages"]
        told = results.JSONResultsReader(job.results(output_mode="json", count=0))
        return [row for row in told if isinstance(row, dict)]

    def failure(self, search: str) -> str:
        try:
            job = self.job(search)
        except HTTPError as refused:
            return str(refused)
        assert job["dispatchState"] == "FAILED", list(job.results())
        return str(job.content["messages"])


@pytest.fixture(scope="module")
def admin(splunk: Standin) -> Person:
    return Person(splunk, splunk.session_key)


def test_what_a_command_refuses_is_told_whatever_follows_it(admin: Person) -> None:
    for search in ("| fmgaudit rule=987654", "| fmgaudit rule=987654 | stats count"):
        assert "There are: 1, 2, 3. Give a policyid" in admin.failure(search), search


def test_one_flow_and_the_flow_of_an_event(admin: Person) -> None:
    [row] = admin.rows(f"| fmglookup {FLOW}")
    assert (row["policyid"], row["action"], row["stale"]) == ("1", "accept", "false")
    [event] = admin.rows(EVENT + "| fmglookup fields=action,policyid,explanation")
    assert {name: event[name] for name in event if name.startswith("lookup_")} == {
        "lookup_action": "accept", "lookup_policyid": "1", "lookup_stale": "false",
        "lookup_explanation": "1 (rule 1) of sites/hq matches.", "lookup_plane": "package",
        "lookup_snapshot_time": row["snapshot_time"], "lookup_changed_time": row["changed_time"],
    }  # fmt: skip
    everywhere = admin.rows(EVENT + "| fmglookup all_devices=true | table lookup_device srcip")
    assert everywhere == [{"lookup_device": "fgt-hq", "srcip": "10.1.2.3"}]


def test_the_state_and_what_is_found_in_it(admin: Person) -> None:
    rows = admin.rows("| fmgsnapshot resolved=true | table policyid resolved.srcaddr stale plane")
    assert rows == [
        {"policyid": policyid, "resolved.srcaddr": srcaddr, "stale": "false", "plane": "package"}
        for policyid, srcaddr in (
            ("1", "10.1.0.0-10.1.255.255"), ("2", "any"), ("3", "10.1.0.0-10.1.255.255"),
        )
    ]  # fmt: skip
    found = admin.rows("| fmgaudit risk=shadowed | table policyid related stale")
    assert found == [{"policyid": "3", "related": "2", "stale": "false"}]


def test_what_goes_wrong_is_told_with_its_cure(admin: Person) -> None:
    assert "Nearest names: fgt-hq" in admin.failure("| fmgsnapshot device=fgt-hk")
    assert "Give device=" in admin.failure("| fmglookup src=10.1.2.3 dest=192.0.2.80 dest_port=1")
    assert "must be the first command" in admin.failure(f"| makeresults | fmglookup {FLOW}")
    assert "cannot be first" in admin.failure("| fmglookup")


@pytest.mark.parametrize(
    "search", [f"| fmglookup {FLOW}", "| fmgsnapshot", "| fmgaudit", "| fmgrefresh"]
)
def test_one_without_the_capability_is_refused(splunk: Standin, search: str) -> None:
    eve = Person(splunk, splunk.add_user("eve", "pw-of-eve"))
    told = eve.failure(search)
    assert "The user eve lacks the capability fmgstate_read." in told


def test_a_role_sees_its_adoms_only(splunk: Standin) -> None:
    splunk.set_conf(APP, f"{APP}_role", "lab_people", {"adoms": "lab"})
    splunk.rest("POST", "/services/authorization/roles", {
        "name": "lab_people"})  # fmt: skip
    ann = Person(
        splunk, splunk.add_user("ann", "pw-of-ann", roles=("user", "fmgstate_user", "lab_people"))
    )
    assert ann.rows("| fmgsnapshot what=devices") == []
    assert "No device is called HQ" in ann.failure(f"| fmglookup {FLOW}")
    assert ann.rows("| fmgaudit") == []


def test_a_host_without_accounts_says_where_one_is(splunk: Standin, admin: Person) -> None:
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(splunk.home.path)}))
    hosts.note(store, MANAGER, "hf1.example.com", 1000.0)
    store.close()
    assert (
        "Run it on hf1.example.com (it collects from fmg.example.com), or make an account"
        in admin.failure("| fmgrefresh")
    )


@pytest.mark.parametrize("python", pythons())
def test_a_refresh_shows_each_scope(tmp_path: Path, python: str) -> None:
    with running("branch") as fortimanager, Standin(tmp_path, [PACKAGE], python=python) as splunk:
        add_account(splunk, fortimanager)
        admin = Person(splunk, splunk.session_key)
        [unknown] = admin.rows("| fmgrefresh adom=brnach")
        assert (unknown["adom"], unknown["result"], unknown["stale"]) == (
            "brnach", "failed", "true")  # fmt: skip
        assert "There is no ADOM 'brnach'" in unknown["error"]
        rows = admin.rows("| fmgrefresh adom=branch")
        assert {(row["kind"], row["result"], row["stale"]) for row in rows} == {
            (kind, "changed", "false") for kind in ("inventory", "objects", "block", "package")
        }
        again = admin.rows(
            "| fmgrefresh account=fmg1 adom=branch package=hq | table kind name result plane"
        )
        assert again == [
            {"kind": "inventory", "result": "confirmed", "plane": "package"},
            {"kind": "objects", "result": "confirmed", "plane": "package"},
            {"kind": "package", "name": "hq", "result": "confirmed", "plane": "package"},
        ]  # fmt: skip
        asked = fortimanager.side("/stats")["requests"]
        assert "There is no policy package or block hk, or you may not see it." in admin.failure(
            "| fmgrefresh account=fmg1 adom=branch package=hk"
        )
        assert "There is no ADOM brnach, or you may not see it. Nearest names: branch." in (
            admin.failure("| fmgrefresh adom=brnach")
        )
        assert fortimanager.side("/stats")["requests"] == asked
        kept = admin.rows("| fmgsnapshot what=status | fields adom | dedup adom")
        assert kept == [{"adom": "branch"}]
        assert "there is no account fmg2 on this host. Give one of: fmg1" in admin.failure(
            "| fmgrefresh account=fmg2"
        )
        counted = admin.rows("| fmgrefresh what=hitcounts adom=branch | table kind result")
        assert {tuple(row.values()) for row in counted} == {("hitcounts", "changed")}
        for secret in (fortimanager.password, fortimanager.token):
            assert secret not in str(rows)
