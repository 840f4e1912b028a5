"""Inputs on a heavy forwarder, two search heads in a cluster: both answer, from published events.

Checked against stand-ins only: neither splunkd nor FortiManager is the real one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from socket import gethostname
from typing import Any
from urllib.parse import urlsplit

import pytest

from fmgstate.settings import store_file
from fmgstate.store.on_disk import OnDiskStore
from simulator.control import Running, running
from standin import Standin
from standin.cluster import Cluster
from standin.scheduler.scheduler import Run
from standin.search.errors import SearchFailed
from tests.splunk.test_the_app_collects import APP, INDEX, PACKAGE, add_account, health
from tests.splunk.test_the_app_collects import start as start_input
from tests.standin.rest.package import ask

SEARCHES = ("Policy State - load published events", "Policy State - load full sets")


@pytest.fixture(scope="module")
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


class Site:
    """``forwarder`` collects from ``manager``; the members of ``cluster`` only have the index and
    the KV store."""

    def __init__(self, cluster: Cluster, forwarder: Standin, manager: str) -> None:
        self.cluster, self.forwarder, self.manager = cluster, forwarder, manager
        self.scheduler = cluster.scheduler(time.time())
        self.ahead = 0.0

    def run_schedule(self) -> list[Run]:
        """What is due within the next hour, as if it were now."""
        self.ahead += 3600
        return self.scheduler.run_due(time.time() + self.ahead)

    def keys(self) -> list[dict[str, Any]]:
        """Every policy that the forwarder keeps, as device, VDOM and number."""
        found = []
        store = OnDiskStore(store_file({"SPLUNK_HOME": str(self.forwarder.home.path)}))
        for head in store.heads("inventory/"):
            snapshot = store.load(head.key)
            for one in snapshot.content["records"] if snapshot else ():
                for at in one.get("assignments", ()) if one["kind"] == "package" else ():
                    found += [{"device": at["device"], "vdom": at["vdom"], "policyid": number}
                              for number in range(1, 12)]  # fmt: skip
        store.close()
        return found


@pytest.fixture(scope="module")
def site(fortimanager: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with Cluster(folder / "cluster", [PACKAGE]) as cluster:
        shared = cluster.members[0].parts
        with Standin(folder / "hf", [PACKAGE], server_name="hf", shared=shared) as forwarder:
            for host in (*cluster.members, forwarder):
                host.create_index(INDEX)
            add_account(forwarder, fortimanager)
            for kind in ("fmg_inventory", "fmg_policies"):
                start_input(forwarder, kind)
            health(forwarder, "run", 4)
            for kind in ("fmg_inventory", "fmg_policies"):
                forwarder.stop_input(kind, "all")
            yield Site(cluster, forwarder, urlsplit(fortimanager.url).netloc)
            for host in (*cluster.members, forwarder):
                assert host.refused == []


@pytest.fixture(scope="module")
def runs(site: Site) -> list[Run]:
    """The searches that load were enabled and have run once."""
    for name in SEARCHES:
        site.cluster.members[0].set_conf(APP, "savedsearches", name, {"disabled": "0"})
    site.cluster.replicate()
    return site.run_schedule()


def test_every_member_answers_as_the_forwarder_does(site: Site, runs: list[Run]) -> None:
    first, second = site.cluster.members
    body = json.dumps({"keys": site.keys()[:200]})
    assert {run.search for run in runs} == set(SEARCHES)
    assert [run.error for run in runs] == [""] * len(runs)
    told = [_ask(host, body) for host in (first, second, site.forwarder)]
    # A package's published content changes with its objects too; published times have milliseconds.
    times = ("snapshot_time", "changed_time")
    found = [[{k: v for k, v in one.items() if k not in times} for one in rows] for rows in told]
    assert len([one for one in found[0] if one["found"]]) > 10
    assert found[0] == found[1] == found[2]
    ages = [[one["snapshot_time"] for one in rows if one["found"]] for rows in told]
    assert ages[0] == ages[1] == pytest.approx(ages[2], abs=0.001)


@pytest.mark.usefixtures("runs")
def test_commands_on_a_member_find_rules_too(site: Site) -> None:
    key = site.keys()[0]
    search = (
        f'| makeresults | eval devname="{key["device"]}", vd="{key["vdom"]}", policyid="1"'
        " | fmgpolicy fields=found,package | table rule_found rule_package"
    )
    rows = [member.results(search, app=APP) for member in site.cluster.members]
    assert rows[0] == rows[1]
    assert rows[0][0]["rule_found"] == "true"


@pytest.mark.usefixtures("runs")
def test_members_find_what_the_forwarders_inputs_found(site: Site) -> None:
    """Findings are not copied: they follow from what is."""
    wanted = "| fmgaudit | fields - snapshot_time, changed_time"
    told = [_findings(host, wanted) for host in (*site.cluster.members, site.forwarder)]
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(site.forwarder.home.path)}))
    kept = [store.load(head.key) for head in store.heads("findings/")]
    store.close()
    assert sum(len(one.content["records"]) for one in kept if one) == len(told[2]) > 10
    assert told[0] == told[1] == told[2]


@pytest.mark.usefixtures("runs")
def test_members_know_where_fortimanager_can_be_asked(site: Site) -> None:
    where = f"Run it on {gethostname()} (it collects from {site.manager}), or make an account"
    for member in site.cluster.members:
        with pytest.raises(SearchFailed) as failed:
            member.results("| fmgrefresh", app=APP)
        assert where in str(failed.value)


@pytest.mark.usefixtures("runs")
def test_people_cannot_read_the_collection_itself(site: Site) -> None:
    member = site.cluster.members[0]
    member.add_user("ann", "pw-of-ann", ("user", "fmgstate_user"))
    path = f"/servicesNS/nobody/{APP}/storage/collections/data/fmgstate_scopes/version"
    assert member.rest("GET", path)["version"]
    assert _status(member, path, "ann") == 403
    assert _status(member, "/services/fmgstate/status", "ann") == 200
    assert _status(member, "/services/fmgstate/status", "bob") == 403


def _findings(host: Standin, search: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = host.results(search, app=APP)
    return sorted(rows, key=lambda row: (row["adom"], row["package"], row["id"]))


def _ask(host: Standin, body: str) -> list[dict[str, Any]]:
    reply = ask(host, "POST", "/services/fmgstate/policy", body=body.encode(),
                headers={"Content-Type": "application/json"})  # fmt: skip
    assert reply.status == 200, reply.json
    rows: list[dict[str, Any]] = reply.json["results"]
    return rows


def _status(host: Standin, path: str, user: str) -> int:
    if host.parts.accounts.find(user) is None:
        host.add_user(user, "pw-of-user", ("user",))
    return ask(host, "GET", path, key=host.parts.sessions.key_of(user)).status
