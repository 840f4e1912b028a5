"""Cases written by hand in FortiManager's own JSON: one file a feature, each says why."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fmgstate.inventory.model import Package, Target, Vdom
from fmgstate.inventory.zone_rows import sdwan_zones
from fmgstate.inventory.zone_rows import zones as read_zones
from fmgstate.inventory.zones import Zones, of_vdom
from fmgstate.policy import normalize
from fmgstate.policy.compiled import compiled, dump, load
from fmgstate.policy.effective import PackageState, effective
from fmgstate.policy.flow import Flow, flow
from fmgstate.policy.lookup import explanation, look_up
from fmgstate.policy.model import BLOCK, FOOTER, HEADER, PACKAGE, FirewallObject, Policy

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.json"))
TARGET = Target("fw1", "root")


def objects(case: dict[str, Any]) -> list[FirewallObject]:
    """Those of all cases, and the case's own."""
    shared = json.loads((HERE / "objects.json").read_text(encoding="utf-8"))
    return [
        one
        for native in (shared, case.get("objects", {}))
        for table, rows in native.items()
        for one in normalize.objects(table, rows)
    ]


def state(case: dict[str, Any]) -> PackageState:
    rows: list[Policy] = normalize.policies("global/header/policy", HEADER, case.get("header", []))
    for table, native in case["policies"].items():
        rows += normalize.policies(table, PACKAGE, native)
    rows += normalize.policies("global/footer/policy", FOOTER, case.get("footer", []))
    blocks = {
        path: tuple(
            one for table, native in tables.items()
            for one in normalize.policies(table, BLOCK, native)
        )
        for path, tables in case.get("blocks", {}).items()
    }  # fmt: skip
    package = Package(
        "root", "edge", ngfw_mode=case.get("ngfw_mode", ""),
        central_nat=case.get("central_nat", False),
    )  # fmt: skip
    numbers = {int(oid): path for oid, path in case.get("block_oids", {}).items()}
    dnat = tuple(
        one
        for table, native in case.get("central_dnat", {}).items()
        for one in normalize.central_dnat(table, native)
    )
    return PackageState(package, tuple(rows), blocks, numbers, dnat)


def groups(case: dict[str, Any]) -> dict[str, list[Target]]:
    found = case.get("groups", {})
    return {
        name: [Target(one["name"], one["vdom"]) for one in some] for name, some in found.items()
    }


def zones(case: dict[str, Any]) -> Zones:
    """Of the device's own configuration, where the case has any; ``unknown``: what was refused."""
    found = case.get("device")
    if found is None:
        return of_vdom(Vdom("root"))
    listed = read_zones(found.get("system/zone", []))
    for name in ("system/sdwan", "system/virtual-wan-link"):
        if name in found:
            listed += sdwan_zones(found[name], found[f"{name}/members"])
    return of_vdom(Vdom("root", zones=tuple(listed), zones_unknown=found.get("unknown", "")))


def asked_flow(asked: dict[str, Any]) -> Flow:
    values = dict(asked)
    time = values.pop("time", None)
    return flow(
        values.pop("src"), values.pop("dst"), values.pop("proto"), values.pop("port"),
        time=None if time is None else datetime.fromisoformat(time), **values,
    )  # fmt: skip


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_each_flow_is_decided_as_the_case_says(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    platform = case.get("platform", "")
    policy = effective(TARGET, state(case), objects(case), platform, groups(case), zones(case))
    kept = load(dump(policy))
    assert kept is not None
    for asked in case["asked"]:
        one = asked_flow(asked["flow"])
        answer = look_up(policy, one)
        found = {
            "flow": asked["flow"],
            "decider": answer.decider.policy.policyid if answer.decider else 0,
            "may": {str(rule.policy.policyid): list(why) for rule, why in answer.may},
            "action": answer.action,
        }
        assert found == asked
        assert compiled(policy).answer(one) == answer
        assert kept.decide(one) == compiled(policy).decide(one)
        assert len(explanation(policy, answer)) == len(answer.may) + 1


def test_the_explanation_names_what_matched() -> None:
    case = json.loads((HERE / "cases" / "virtual_ip.json").read_text(encoding="utf-8"))
    policy = effective(TARGET, state(case), objects(case))
    answer = look_up(policy, asked_flow(case["asked"][0]["flow"]))
    (line,) = explanation(policy, answer)
    assert line == (
        "1 of edge matches: source interface wan; destination interface any; source all; "
        "destination web; service 8443."
    )
