"""Device groups and central DNAT, from FortiManager to what a firewall enforces.

Checked against a simulator only.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests

from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.scope import INVENTORY, OBJECTS, Scope
from fmgstate.inventory.events import inventory
from fmgstate.inventory.model import Target
from fmgstate.policy.effective import Effective
from fmgstate.policy.events import objects
from fmgstate.policy.flow import flow
from fmgstate.policy.snapshots import Adom
from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import open_store, run_input
from simulator.control import Running, running

QUICK = Limits(connect_timeout=2.0, attempts=1, backoff=0.01)
GROUPS = "/dvmdb/adom/branch/group"
HQ = "/pm/pkg/adom/branch/hq"
BERLIN, LYON = Target("fgt-berlin", "root"), Target("fgt-lyon", "root")


@pytest.fixture
def fortimanager() -> Iterator[Running]:
    with running("branch") as fortimanager:
        yield fortimanager


class Collecting:
    """Both inputs over one store."""

    def __init__(self, fortimanager: Running, store_file: Path) -> None:
        self.there, self.file = fortimanager, store_file
        self.account = Account(
            fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca
        )

    def write(self, method: str, url: str, data: Any) -> None:
        body = {"id": 1, "method": method, "params": [{"url": url, "data": data}]}
        answer = requests.post(
            f"{self.there.url}/jsonrpc", json=body, verify=self.there.ca, timeout=30,
            headers={"Authorization": f"Bearer {self.there.token}"},
        )  # fmt: skip
        assert answer.json()["result"][0]["status"]["code"] == 0

    def poll(self, kind: str = "policies") -> list[dict[str, Any]]:
        """What the run says has changed."""
        events: list[Event] = []
        summary = run_input(
            InputRun(kind, "s", self.account, Plan(), QUICK, self.file, events.extend)
        )
        assert [one.error for one in summary.outcomes if one.error] == []
        return [one.data for one in events if one.sourcetype.endswith(":change")]

    def requests_of_a_poll(self) -> int:
        before = self.there.side("/stats")["requests"]
        self.poll()
        return int(self.there.side("/stats")["requests"] - before)

    def effective(self, target: Target) -> Effective | None:
        with open_store(self.file) as store:

            def records(kind: str, name: str = "") -> Any:
                manager = self.there.url.split("://")[1]
                found = store.load(Scope(kind, manager, "branch", name).key)
                return None if found is None else found.content["records"]

            kept = inventory(records(INVENTORY))
            return Adom(kept, list(objects(records(OBJECTS))), records).effective(target)


def installed(policy: Effective | None) -> dict[int, tuple[str, ...]]:
    """policyid -> doubts, of the package's own rules."""
    assert policy is not None
    own = [rule for rule in policy.rules if rule.policy.part == "package"]
    return {rule.policy.policyid: rule.conditions.doubts for rule in own}


def test_membership_decides_which_rules_a_firewall_has(
    fortimanager: Running, tmp_path: Path
) -> None:
    collecting = Collecting(fortimanager, tmp_path / "s.db")
    assert collecting.poll("inventory") == []
    collecting.poll()
    assert collecting.requests_of_a_poll() == 3, "log in, the system with all of the ADOMs, log out"
    assert installed(collecting.effective(BERLIN)) == {1: (), 2: (), 5: (), 6: ()}
    assert installed(collecting.effective(LYON)) == {1: (), 5: (), 6: ()}
    collecting.write("add", GROUPS, {"name": "South"})
    collecting.write("add", f"{GROUPS}/South/object member", {"name": "fgt-lyon", "vdom": "root"})
    collecting.write("add", f"{GROUPS}/Branches/object member", {"name": "South"})
    lyon = {"name": "fgt-lyon", "vdom": "root"}
    collecting.write("delete", f"{GROUPS}/Branches/object member", lyon)
    told = {one["object"]: one for one in collecting.poll("inventory")}
    assert {name: (one["action"], one["object_category"]) for name, one in told.items()} == {
        "South": ("created", "group"), "Branches": ("modified", "group"),
        "fgt-lyon": ("modified", "device"),
    }  # fmt: skip
    assert told["fgt-lyon"]["record"]["groups"] == ["All_FortiGate", "Branches", "South"]
    assert collecting.poll() == [], "by way of a group in the group: nothing changed for traffic"
    assert installed(collecting.effective(LYON)) == {1: (), 5: (), 6: ()}
    collecting.write("delete", f"{GROUPS}/South/object member", lyon)
    [package] = collecting.poll()
    assert (package["kind"], package["object"]) == ("traffic", "sites/branches")
    facts = package["traffic"]
    assert (facts["policies"], facts["virtual_ips"]) == ([5], ["vip-mail"]), "a virtual IP's rule"
    assert installed(collecting.effective(LYON)) == {1: (), 6: ()}
    assert collecting.requests_of_a_poll() == 3


def test_virtual_ips_that_a_table_of_central_dnat_names_translate_for_certain(
    fortimanager: Running, tmp_path: Path
) -> None:
    collecting = Collecting(fortimanager, tmp_path / "s.db")
    collecting.write("set", HQ, {"name": "hq", "package settings": {"central-nat": "enable"}})
    collecting.poll()

    def doubts() -> set[str]:
        policy = collecting.effective(Target("fgt-hq", "root"))
        assert policy is not None
        to_web = flow("192.0.2.7", "198.51.100.10", "tcp", 443, "port1", "port3")
        to_mail = flow("192.0.2.7", "198.51.100.11", "tcp", 25, "port1", "port3")
        found = [packet for one in (to_web, to_mail) for packet in policy.translation.packets(one)]
        return {packet.doubt or f"to {address_text(packet.dst)}" for packet in found}

    both = {"vip-web may translate the destination", "vip-mail may translate the destination"}
    assert doubts() == both
    collecting.write("add", "/pm/config/adom/branch/pkg/hq/central/dnat", {"name": "vip-web"})
    created = collecting.poll()[0]
    assert (created["kind"], created["object"], created["action"], created["change_type"]) == (
        "dnat", "vip-web", "created", "policy",
    )  # fmt: skip
    assert created["record"] == {
        "kind": "dnat", "id": "central/dnat:vip-web", "list": "central/dnat",
        "table": "central/dnat", "name": "vip-web", "sequence": 1, "enabled": True,
    }  # fmt: skip
    assert doubts() == {"to 10.1.10.80", "to 198.51.100.11"}
    assert collecting.poll() == []


def address_text(address: int | None) -> str:
    assert address is not None
    return str(ip_address(address))
