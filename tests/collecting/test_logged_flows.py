"""Flows in the simulated FortiGates' logs, looked up by the app: it names the rule the log names.

Simulator and app find it by code that shares nothing. The app does not know what host names,
countries and users were on the day: there the log's rule must be among those it says may match.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE, Scope, prefix
from fmgstate.inventory.events import inventory
from fmgstate.policy.effective import Effective
from fmgstate.policy.events import objects
from fmgstate.policy.flow import Flow, flow
from fmgstate.policy.lookup import look_up
from fmgstate.policy.model import Target
from fmgstate.policy.snapshots import Adom
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.base import Store
from fmgstate.wiring import open_store, refresh_all
from simulator.control import running
from simulator.logs import Logs
from simulator.scenarios import build
from simulator.versions import Version

SIZE = {"devices": 12, "adoms": 3, "policies": 60}
MONDAY_NOON = 1736164800
PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
ICMP_REQUEST = {1: 8 << 8, 58: 128 << 8}


def adoms(store: Store) -> Iterator[Adom]:
    for head in store.heads(prefix(INVENTORY)):
        at = Scope.parse(head.key)

        def content(kind: str, path: str = "", at: Scope = at) -> Any:
            kept = store.load(Scope(kind, at.manager, at.adom, path).key)
            return None if kept is None else kept.content["records"]

        def records(kind: str, path: str, content: Any = content) -> Any:
            return content({"block": BLOCK, "package": PACKAGE}[kind], path)

        if content(OBJECTS) is not None:
            yield Adom(inventory(content(INVENTORY)), objects(content(OBJECTS)), records)


def asked(line: dict[str, str]) -> Flow:
    protocol = int(line["proto"])
    port = int(line["dstport"]) if "dstport" in line else ICMP_REQUEST.get(protocol)
    clock = datetime.fromisoformat(f"{line['date']} {line['time']}")
    source_port = int(line["srcport"]) if "srcport" in line else None
    return flow(line["srcip"], line["dstip"], protocol, port, line["srcintf"], line["dstintf"],
                time=clock, source_port=source_port)  # fmt: skip


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Effective]:
    store_file = tmp_path_factory.mktemp("flows") / "store.db"
    with running("eighty", **SIZE) as sim:
        account = Account(sim.url, sim.user, sim.password, ca=sim.ca)
        summary = refresh_all(account, Plan(), Limits(), store_file, lambda outcome: None)
        assert summary.failed == 0
    with open_store(store_file) as store:
        return {
            (device.name, vdom.name): policy
            for adom in adoms(store)
            for device in adom.devices()
            for vdom in device.vdoms
            if (policy := adom.effective(Target(device.name, vdom.name))) is not None
        }


def test_the_app_names_the_rule_that_the_log_names(
    policies: dict[tuple[str, str], Effective],
) -> None:
    fm = build("eighty", Version.parse("7.4.5"), 1, **SIZE)
    found = Counter[str]()
    for text, truth in Logs(fm, start=MONDAY_NOON, seconds=3600).lines(1500):
        if not truth.found and truth.why != "implicit deny":
            continue
        line = {name: quoted or bare for name, quoted, bare in PAIR.findall(text)}
        answer = look_up(policies[truth.device, truth.vdom], asked(line))
        decider = "" if answer.decider is None else answer.decider.policy.uuid
        may = [rule.policy.uuid for rule, _reasons in answer.may]
        assert truth.uuid == decider or truth.uuid in may, text
        found["decides" if truth.uuid == decider else "may"] += 1
    assert found["decides"] > 3 * found["may"] > 0
