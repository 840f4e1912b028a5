"""Findings appear, change and end as events of their own; only what moved is looked at again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect import findings as worked_out
from fmgstate.collect.find import find
from fmgstate.collect.risk_table import LOOKUPS, installed
from fmgstate.collect.scope import Scope
from fmgstate.policy.risk import SEVERITIES
from fmgstate.settings import Plan
from fmgstate.store.base import Head, Snapshot
from tests.unit.collect.small_fortimanager import (
    MANAGER,
    SmallFortiManager,
    address,
    branch,
    policy,
)
from tests.unit.collect.test_publish import STREAM, Collecting, Killed, edit, of_kind

HQ = Scope("findings", MANAGER, "branch", "sites/hq")
DAY = 86_400.0
TABLE = """id,severity,condition,text,standard
any-source,high,allows and source_any,Allows any source,PCI 1
telnet,medium,allows and serves(tcp/23),Allows Telnet,
never-hit,low,never_hit and allows,Was never hit,
expired,low,expired,Has expired,
"""


class Auditing(Collecting):
    """A policies input whole: what ``wiring`` does, over a fake FortiManager."""

    def __init__(self, source: SmallFortiManager, folder: Path, table: str = TABLE) -> None:
        super().__init__(source)
        self.table = folder / "rules.csv"
        self.table.write_text(table, encoding="utf-8")
        self.clock: Callable[[], float] = lambda: 0.0
        self.errors: list[str] = []
        self.looked_at: list[tuple[str, str]] = []

    def poll(self, now: float, plan: Optional[Plan] = None) -> list[Any]:
        before = len(self.index)
        super().poll(now, plan)
        outcomes, _ = find(
            STREAM, MANAGER, self.store, plan or Plan(), now, self._emit, lambda one: None,
            self.table, 10.0, self.clock,
        )  # fmt: skip
        self.errors = [one.error for one in outcomes if one.error]
        self.looked_at = [(one.scope.name, one.result) for one in outcomes]
        return self.index[before:]

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        heads = self.store.heads("findings/")
        found = [self.store.load(head.key) for head in heads]
        return {**super().kept(), **{one.head.key: one.content["records"] for one in found if one}}

    def found(self) -> set[str]:
        """Ids of the findings of sites/hq that events prove."""
        return {record["id"] for record in self.rebuilt()[HQ.key]}


def uuid(policyid: int) -> str:
    return f"00000000-0000-4000-8000-{policyid:012d}"


def told(events: list[Any]) -> list[tuple[str, str]]:
    """Those that appeared, changed or ended."""
    return [
        (one["action"], one["id"]) for one in of_kind(events, "finding") if one["set"] == "changes"
    ]


def test_a_finding_of_the_first_run_whole(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    auditing.source.adoms["branch"].packages["sites/hq"][0]["srcaddr"] = ["all"]
    [first] = of_kind(auditing.poll(1000.0), "finding")
    assert len(first.pop("event_id")) == 32
    assert first == {
        "time": "1000.000",
        "fortimanager": MANAGER,
        "adom": "branch",
        "package": "sites/hq",
        "stream": STREAM,
        "scope": HQ.key,
        "publication": 1000000,
        "after": 0,
        "set": "full",
        "snapshot_time": 1000.0,
        "changed_time": 1000.0,
        "plane": "package",
        "kind": "finding",
        "id": f"any-source:{uuid(1)}",
        "risk": "any-source",
        "severity": "high",
        "description": "Allows any source",
        "standard": "PCI 1",
        "policyid": 1,
        "policy_name": "rule 1",
        "uuid": uuid(1),
        "table": "firewall/policy",
        "part": "package",
        "policy_action": "accept",
        "related": [],
        "opens_at_least": 2**64,
        "opens_at_most": 2**64,
        "everywhere": True,
        "targets_count": 1,
        "devices": ["fgt-hq"],
        "targets": ["fgt-hq/root"],
    }


def test_findings_appear_change_and_end(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    rules = auditing.source.adoms["branch"].packages["sites/hq"]
    assert told_full(auditing.poll(1000.0)) == []
    rules[0]["srcaddr"] = ["all"]
    [appeared] = of_kind(auditing.poll(1060.0), "finding")
    assert (appeared["action"], appeared["id"], appeared["set"], appeared["time"]) == (
        "created", f"any-source:{uuid(1)}", "changes", "1060.000",
    )  # fmt: skip
    rules[0]["name"] = "renamed"
    [changed] = of_kind(auditing.poll(1120.0), "finding")
    assert (changed["action"], changed["policy_name"], changed["object_attrs"]) == (
        "modified", "renamed", ["policy_name"],
    )  # fmt: skip
    rules[0]["srcaddr"] = ["lan"]
    [ended] = of_kind(auditing.poll(1180.0), "finding")
    assert (ended["action"], ended["id"]) == ("deleted", f"any-source:{uuid(1)}")
    assert auditing.poll(1240.0) == []
    assert auditing.rebuilt() == auditing.kept()


def told_full(events: list[Any]) -> list[str]:
    return [one["id"] for one in of_kind(events, "finding")]


def test_an_edited_group_and_a_deleted_package_change_what_is_found(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    adom = auditing.source.adoms["branch"]
    auditing.poll(1000.0)
    adom.objects["firewall/address"][1] = address("lan")
    both = [f"any-source:{uuid(1)}", f"any-source:{uuid(3)}"]
    assert told(auditing.poll(1060.0)) == [("created", one) for one in both]
    del adom.packages["sites/hq"]
    assert told(auditing.poll(1120.0)) == [("deleted", one) for one in both]
    assert HQ.key not in auditing.rebuilt()
    assert auditing.rebuilt() == auditing.kept()


def test_only_packages_are_looked_at_whose_inputs_moved(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    adom = auditing.source.adoms["branch"]
    adom.assignments.append({"dev": "fgt-hq", "vdom": "guest", "pkg": "guest", "status": "never"})
    auditing.poll(1000.0)
    assert auditing.looked_at == [("guest", "changed"), ("sites/hq", "changed")]
    auditing.poll(1060.0)
    assert auditing.looked_at == []
    adom.packages["guest"].append(policy(9))
    auditing.poll(1120.0)
    assert auditing.looked_at == [("guest", "changed")]


def test_once_a_day_everything_is_looked_at_for_what_time_brings(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    rule = auditing.source.adoms["branch"].packages["sites/hq"][0]
    rule.update({"policy-expiry": "enable", "policy-expiry-date": "1970-01-02 12:00:00"})
    auditing.poll(1000.0)
    assert auditing.found() == set()
    assert told(auditing.poll(1000.0 + DAY)) == []
    assert told(auditing.poll(1000.0 + 2 * DAY - 2000)) == []
    assert told(auditing.poll(1000.0 + 2 * DAY)) == [("created", f"expired:{uuid(1)}")]


def counted(auditing: Auditing, now: float, *hits: tuple[int, int], **more: Any) -> None:
    scope = Scope("hitcounts", MANAGER, "branch", "sites/hq")
    records = [
        {"kind": "hitcount", "id": f"{more}{n}", "table": "firewall/policy", "policyid": n,
         "uuid": uuid(n), "hits": count, **more}
        for n, count in hits
    ]  # fmt: skip
    auditing.store.save(Snapshot(Head(scope.key, now, now), {"records": records}))


def test_never_hit_speaks_only_of_what_was_counted_lately(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    auditing.poll(1000.0)
    assert auditing.found() == set()
    counted(auditing, 1030.0, (1, 0), (2, 0), (3, 7))
    assert told(auditing.poll(1060.0)) == [("created", f"never-hit:{uuid(1)}")]
    counted(auditing, 1090.0, (1, 4), (2, 0), (3, 0), device="other", vdom="root")
    assert told(auditing.poll(1120.0)) == [("deleted", f"never-hit:{uuid(1)}")]
    counted(auditing, 1150.0, (1, 0), device="fgt-hq", vdom="root")
    assert told(auditing.poll(1180.0)) == [("created", f"never-hit:{uuid(1)}")]
    counted(auditing, 1210.0, (1, 0), device="fgt-hq", vdom="root", not_counted_since=1180.0)
    assert told(auditing.poll(1240.0)) == [("deleted", f"never-hit:{uuid(1)}")]
    counted(auditing, 1270.0, (1, 0))
    auditing.poll(1300.0)
    assert auditing.found() == {f"never-hit:{uuid(1)}"}
    auditing.poll(1300.0 + 2 * DAY)
    assert auditing.found() == set()


def shared(targets: int, mapped: int = 0) -> SmallFortiManager:
    """sites/hq on many firewalls; ``mapped`` of them have another lan, which is everything."""
    source = branch()
    adom = source.adoms["branch"]
    names = [f"fw{n}" for n in range(targets)]
    adom.assignments = [
        {"dev": name, "vdom": "root", "pkg": "sites/hq", "status": "installed"} for name in names
    ]
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [
        {"_scope": [{"name": name, "vdom": "root"}], "subnet": ["0.0.0.0", "0.0.0.0"]}
        for name in names[:mapped]
    ]
    return source


def test_targets_that_enforce_the_same_are_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = worked_out.audit.rows

    def rows(of: Any, *rest: Any) -> Any:
        looked.append(of.target.device)
        return real(of, *rest)

    monkeypatch.setattr(worked_out.audit, "rows", rows)
    auditing = Auditing(shared(6, mapped=2), tmp_path)
    [first, second] = of_kind(auditing.poll(1000.0), "finding")
    assert len(looked) == 2
    assert {*looked} <= {f"fw{n}" for n in range(6)}
    assert [(one["id"], one["everywhere"], one["targets"]) for one in (first, second)] == [
        (f"any-source:{uuid(1)}", False, ["fw0/root", "fw1/root"]),
        (f"any-source:{uuid(3)}", False, ["fw0/root", "fw1/root"]),
    ]
    looked.clear()
    auditing.source.adoms["branch"].assignments.append(
        {"dev": "fw9", "vdom": "root", "pkg": "sites/hq", "status": "installed"}
    )
    auditing.poll(1060.0)
    assert looked == []
    assert auditing.rebuilt() == auditing.kept()


def test_the_engine_is_asked_only_where_something_that_decides_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    real = worked_out.audit.rows

    def rows(of: Any, *rest: Any) -> Any:
        looked.append(of.target.device)
        return real(of, *rest)

    monkeypatch.setattr(worked_out.audit, "rows", rows)
    auditing = Auditing(shared(1), tmp_path)
    adom = auditing.source.adoms["branch"]
    auditing.poll(1000.0)
    assert looked == ["fw0"]
    adom.objects["firewall/address"].append(address("nobody names it", "10.9.0.0/255.255.0.0"))
    counted(auditing, 1030.0, (1, 4))
    auditing.poll(1060.0)
    counted(auditing, 1090.0, (1, 5))
    auditing.poll(1120.0)
    auditing.poll(1120.0 + DAY)
    assert looked == ["fw0"]
    counted(auditing, 1150.0 + DAY, (1, 0))
    auditing.poll(1180.0 + DAY)
    assert looked == ["fw0", "fw0"]
    adom.objects["firewall/address"][1] = address("lan", "10.9.0.0/255.255.0.0")
    auditing.poll(1240.0 + DAY)
    assert looked == ["fw0"] * 3


def test_nothing_is_kept_of_groups_that_there_are_no_more(tmp_path: Path) -> None:
    auditing = Auditing(shared(3, mapped=1), tmp_path)
    adom = auditing.source.adoms["branch"]
    auditing.poll(1000.0)
    first = {head.key for head in auditing.store.heads("group/")}
    adom.packages["sites/hq"][0]["name"] = "renamed"
    auditing.poll(1060.0)
    second = {head.key for head in auditing.store.heads("group/")}
    assert (len(first), len(second), first & second) == (2, 2, set())
    adom.objects["firewall/address"][1]["dynamic_mapping"] = []
    auditing.poll(1120.0)
    assert auditing.store.heads("group/") == []
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [
        {"_scope": [{"name": "fw0", "vdom": "root"}], "subnet": ["10.8.0.0", "255.255.0.0"]}
    ]
    auditing.poll(1180.0)
    assert len(auditing.store.heads("group/")) == 2
    del adom.packages["sites/hq"]
    auditing.poll(1240.0)
    assert auditing.store.heads("group/") == []


class Ticking:
    """Each look at it takes a while."""

    def __init__(self, step: float) -> None:
        self.time, self.step = 0.0, step

    def __call__(self) -> float:
        self.time += self.step
        return self.time


def test_what_the_time_does_not_suffice_for_is_said_and_done_in_the_next_runs(
    tmp_path: Path,
) -> None:
    auditing = Auditing(shared(5, mapped=0), tmp_path)
    adom = auditing.source.adoms["branch"]
    adom.objects["firewall/address"][1]["dynamic_mapping"] = [
        {"_scope": [{"name": f"fw{n}", "vdom": "root"}], "subnet": [f"10.{n}.0.0", "255.255.0.0"]}
        for n in range(5)
    ]
    adom.packages["sites/hq"].append(policy(4))
    auditing.clock = Ticking(6.0)
    events = auditing.poll(1000.0)
    left = [one for one in of_kind(events, "health") if one["health"] == "findings_left"]
    assert left == [
        {"time": "1000.000", "health": "findings_left", "fortimanager": MANAGER,
         "stream": STREAM, "packages_left": 1, "packages_done": 1}
    ]  # fmt: skip
    assert of_kind(events, "finding") == []
    runs = 1
    while not auditing.kept().get(HQ.key):
        auditing.poll(1000.0 + 60 * runs)
        runs += 1
    assert 2 < runs < 8
    assert auditing.found() == {f"any-source:{uuid(4)}"}
    auditing.clock = lambda: 0.0
    assert auditing.poll(9000.0) == []
    assert auditing.rebuilt() == auditing.kept()


def test_a_bad_row_is_an_error_with_its_cure_and_the_others_go_on(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    auditing.source.adoms["branch"].packages["sites/hq"][0]["srcaddr"] = ["all"]
    auditing.poll(1000.0)
    bad = TABLE.replace("allows and source_any", "allows and sorcery").replace(
        "telnet,medium,allows and serves(tcp/23)", "https,severe,allows"
    ) + 'wide,low,serves(tcp/443),Serves HTTPS,\n'  # fmt: skip
    auditing.table.write_text(bad, encoding="utf-8-sig")
    events = auditing.poll(1060.0)
    assert [one.partition("There are")[0] for one in auditing.errors] == [
        "rules.csv: Risk rule any-source: 'sorcery' is no condition. ",
        f"rules.csv: Risk rule https has no known severity. Use one of {', '.join(SEVERITIES)}.",
    ]
    failed = [one for one in of_kind(events, "health") if one["health"] == "scope_failed"]
    assert [one["scope"] for one in failed] == [Scope("findings", MANAGER, "").key] * 2
    assert {("created", f"wide:{uuid(n)}") for n in (1, 2, 3)} == {*told(events)}
    assert f"any-source:{uuid(1)}" in auditing.found(), "it was not seen to have ended"
    auditing.table.unlink()
    auditing.poll(1120.0)
    restore = "Restore it from the app's package, as a CSV file in UTF-8."
    assert auditing.errors == [
        f"The table of risk rules {auditing.table} cannot be read. {restore}"
    ]
    assert auditing.rebuilt() == auditing.kept()


def test_ones_own_table_stands_before_the_apps(tmp_path: Path) -> None:
    assert installed(LOOKUPS) == LOOKUPS / "fmg_risk_rules.csv"
    assert installed().exists()
    own = tmp_path / "fmg_risk_rules_local.csv"
    own.write_text(TABLE)
    assert installed(tmp_path) == own


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_event_the_findings_are_rebuilt_exactly(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    auditing = Auditing(branch(), tmp_path)
    now = 1000.0
    for _ in range(14):
        auditing.lose_after = dice.randint(0, 20)
        with suppress(Killed):
            auditing.poll(now, Plan(full_set_seconds=600.0))
        for _ in range(dice.randint(0, 3)):
            edit(auditing.source, dice)
        now += 60.0
    auditing.lose_after = None
    auditing.poll(now)
    assert auditing.rebuilt() == auditing.kept()
    by_id: dict[str, str] = {}
    for event in auditing.index:
        if "event_id" in event.data:
            text = json.dumps(event.data, sort_keys=True)
            assert by_id.setdefault(event.data["event_id"], text) == text


def test_another_target_is_another_place_of_the_same_finding(tmp_path: Path) -> None:
    auditing = Auditing(shared(1), tmp_path)
    adom = auditing.source.adoms["branch"]
    adom.packages["sites/hq"][0]["srcaddr"] = ["all"]
    auditing.poll(1000.0)
    adom.assignments.append({"dev": "fw9", "vdom": "x", "pkg": "sites/hq", "status": "never"})
    [changed] = of_kind(auditing.poll(1060.0), "finding")
    assert (changed["action"], changed["object_attrs"]) == (
        "modified", ["targets_count", "devices", "targets"],
    )  # fmt: skip
    assert (changed["everywhere"], changed["targets"]) == (True, ["fw0/root", "fw9/x"])


def test_findings_are_confirmed_with_the_package_that_they_are_of(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    auditing.source.adoms["branch"].packages["sites/hq"][0]["srcaddr"] = ["all"]
    auditing.poll(1000.0)
    auditing.poll(9000.0)
    [found] = of_kind(auditing.poll(9060.0, Plan(full_set_seconds=60.0)), "finding")
    assert (found["time"], found["snapshot_time"], found["changed_time"]) == (
        "9000.000", 9000.0, 1000.0,
    )  # fmt: skip


def test_with_little_time_every_package_has_its_turn(tmp_path: Path) -> None:
    auditing = Auditing(branch(), tmp_path)
    adom = auditing.source.adoms["branch"]
    auditing.clock = Ticking(100.0)
    turns = []
    for poll in range(4):
        for name in ("sites/hq", "guest"):
            adom.packages[name] = [policy(1, comments=f"{poll}")]
        auditing.poll(1000.0 + 60 * poll)
        turns += [name for name, _ in auditing.looked_at]
    assert turns == ["guest", "sites/hq", "guest", "sites/hq"]
