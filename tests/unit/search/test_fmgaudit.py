"""``fmgaudit``: findings worked out or as the inputs kept them, what narrows them, what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate import wiring
from fmgstate.collect.find import find
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.risk_table import installed
from fmgstate.collect.scope import FINDINGS, OBJECTS, Scope, prefix
from fmgstate.search import fmgaudit
from fmgstate.settings import Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import MANAGER, SmallAdom, branch, policy
from tests.unit.search.conversation import execute, getinfo, ours, records

NOW = 1_790_000_000.0
ONE = "00000000-0000-4000-8000-00000000000"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """sites/hq: rule 2 denies everything, so that rule 3 is shadowed. lab: one rule, not logged."""
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    monkeypatch.setattr(wiring, "time", lambda: NOW + 5.0)
    source = branch()
    hq = source.adoms["branch"]
    source.adoms["lab"] = SmallAdom(
        devices=[{**hq.devices[0], "name": "fgt-lab", "sn": "FG7", "hostname": "LAB",
                  "ha_slave": None, "vdom": [{"name": "root", "opmode": "nat"}]}],
        packages={"lab": [policy(5, name="", logtraffic="disable")]},
        objects=hq.objects,
        assignments=[{"dev": "fgt-lab", "vdom": "root", "pkg": "lab", "status": "modified"}],
    )  # fmt: skip
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(tmp_path)}))
    list(refresh(source, store, Plan(), InTurn(), NOW))
    store.close()
    return tmp_path


def asked(
    *args: str, allowed: Optional[set[str]] = None
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    found, status = ours(fmgaudit.command(lambda _: allowed), getinfo(args), execute(finished=True))
    told = [metadata.get("inspector", {}) for metadata, _ in found]
    messages = [message for one in told for message in one.get("messages", [])]
    assert status == (1 if any(level == "ERROR" for level, _ in messages) else 0)
    return (records(found[1][1]) if len(found) > 1 else []), messages


def found(*args: str, **more: Any) -> list[tuple[str, str]]:
    return [(row["risk"], row["policyid"]) for row in asked(*args, **more)[0]]


def test_a_finding_says_what_where_and_how_old() -> None:
    [row], messages = asked("package=sites/hq", "risk=shadowed")
    assert messages == []
    assert row == {
        "severity": "medium", "risk": "shadowed", "policyid": "3", "policy_name": "rule 3",
        "description": "Never decides: earlier rules with another action take all its sessions",
        "standard": "PCI DSS 4.0 1.2.7", "fortimanager": MANAGER, "adom": "branch",
        "package": "sites/hq", "id": f"shadowed:{ONE}3", "uuid": f"{ONE}3",
        "table": "firewall/policy", "part": "package", "policy_action": "accept",
        "related": "2", "opens_at_least": row["opens_at_least"],
        "opens_at_most": row["opens_at_most"], "everywhere": "true", "targets_count": "1",
        "devices": "fgt-hq", "targets": "fgt-hq/root", "snapshot_time": str(NOW),
        "changed_time": str(NOW), "stale": "false", "plane": "package",
    }  # fmt: skip
    assert int(row["opens_at_least"]) == 2**16 * 2**32


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            ("adom=lab", "severity=medium,low"),
            [("no-inspection", "5"), ("no-log", "5"), ("wide", "5")],
        ),
        (("adom=lab", "severity=Informational"), [("unnamed", "5")]),
        (("risk=any-source unnamed",), [("any-source", "5"), ("unnamed", "5")]),
        (("rule=rule 3", "risk=shadowed,telnet"), [("shadowed", "3")]),
        ((f"rule={ONE}5", "severity=informational"), [("unnamed", "5")]),
        (("device=FG7", "risk=unnamed"), [("unnamed", "5")]),
        (("device=FG7", "vdom=root", "risk=shadowed"), []),
        (("device=HQ", "risk=shadowed,unnamed"), [("shadowed", "3")]),
        (("device=HQ", "vdom=guest"), []),
        (("vdom=guest",), []),
    ],
)
def test_what_narrows(args: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    rows, messages = asked(*args)
    assert sorted((row["risk"], row["policyid"]) for row in rows) == expected
    nothing = [["INFO", "fmgaudit: nothing is found of what is asked for."]]
    assert messages == ([] if expected else nothing)


def test_what_the_inputs_kept_is_the_same_and_nothing_is_written(home: Path) -> None:
    worked_out = asked()[0]
    file = store_file({"SPLUNK_HOME": str(home)})
    with wiring.open_store(file) as store:
        assert store.heads(prefix(FINDINGS)) == []
        find("s", MANAGER, store, Plan(), NOW + 1, lambda _: None, lambda _: None, installed())
        kept = {head.key: head for head in store.heads(prefix(FINDINGS))}
    assert len(kept) == 3
    assert asked()[0] == worked_out
    with wiring.open_store(file) as store:
        assert {head.key: head for head in store.heads(prefix(FINDINGS))} == kept


def test_what_the_inputs_kept_of_another_state_is_not_used(home: Path) -> None:
    with wiring.open_store(store_file({"SPLUNK_HOME": str(home)})) as store:
        find("s", MANAGER, store, Plan(), NOW + 1, lambda _: None, lambda _: None, installed())
        source = branch()
        source.adoms["branch"].packages["sites/hq"][1]["status"] = "disable"
        list(refresh(source, store, Plan(), InTurn(), NOW + 2))
    assert ("shadowed", "3") not in found("package=sites/hq")
    assert ("duplicate", "3") not in found("package=sites/hq")


def test_packages_that_there_was_no_time_for_are_undecided(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fmgstate.collect import audit_rows

    ticks = iter(range(0, 1000, 25))
    real = audit_rows.AuditRows.__init__

    def ticking(self: Any, *args: Any) -> None:
        real(self, *args, clock=lambda: float(next(ticks)))

    monkeypatch.setattr(audit_rows.AuditRows, "__init__", ticking)
    rows, messages = asked("seconds=60")
    assert {row["package"] for row in rows} == {"sites/hq"}
    [[level, text]] = messages
    assert (level, text) == (
        "WARN",
        (
            "fmgaudit: Undecided: 1 packages were not looked at within 60 s: lab. Narrow the "
            "search, or give more seconds."
        ),
    )


def test_packages_without_objects_are_undecided_in_one_sentence(home: Path) -> None:
    with wiring.open_store(store_file({"SPLUNK_HOME": str(home)})) as store:
        store.delete(Scope(OBJECTS, MANAGER, "branch").key)
    rows, messages = asked()
    assert {row["package"] for row in rows} == {"lab"}
    assert messages == [
        ["WARN", ("fmgaudit: Undecided: guest, sites/hq cannot be audited: their objects were not "
                  "collected, or they are being replaced just now.")]
    ]  # fmt: skip


def test_only_adoms_that_may_be_seen() -> None:
    assert {policyid for _, policyid in found(allowed={"lab"})} == {"5"}
    [[level, text]] = asked("package=sites/hq", allowed={"lab"})[1]
    assert (level, text.rpartition(". ")[2]) == ("ERROR", "There are: lab.")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("severity=hihg",), "There is no severity hihg. Nearest names: high."),
        (("risk=shadow",), "There is no risk rule shadow. Nearest names: shadowed."),
        (("risk=zz*",), "There is no risk rule zz*. There are: "),
        (("device=fgt-la",), "There is no device fgt-la, or you may not see it. Nearest names: "),
        (("shadowed",), "Unrecognized: shadowed. Write options only: severity=, risk=, "),
        (("vdom=gast",), "There is no VDOM gast, or you may not see it. Nearest names: "),
        (("seconds=0",), "Illegal value: seconds=0 (write a whole number from 1 to 3600)"),
    ],
)
def test_what_cannot_be_asked(args: tuple[str, ...], text: str) -> None:
    _, [[level, said]] = asked(*args)
    assert level == "ERROR"
    assert said.startswith(text)


CURE = "Give a policyid, a uuid or a name as it is in FortiManager; * stands for any letters."


@pytest.mark.parametrize(
    ("args", "cure"),
    [
        (("rule=33",), "Nearest names: 3. "),
        (("rule=ruel 3",), "Nearest names: rule 3, rule 2, rule 1. "),
        (("rule=web*",), "There are: rule 1, rule 2, rule 3. "),
        ((f"rule={ONE}9",), ""),
        (("rule=3", "adom=lab"), "There are: 5. "),
        (("rule=5", "device=HQ"), "There are: 1, 2, 3. "),
        (("rule=5", "package=sites/*"), "There are: 1, 2, 3. "),
    ],
)
def test_a_rule_that_is_not_there_is_no_rule_without_findings(
    args: tuple[str, ...], cure: str
) -> None:
    rule = args[0].partition("=")[2]
    said = f"There is no rule {rule}, or you may not see it. {cure}{CURE}"
    assert asked(*args) == ([], [["ERROR", said]])


def test_a_damaged_file_beside_the_store_hides_no_rule(home: Path) -> None:
    whole = asked("rule=3")
    files = list(Path(f"{store_file({'SPLUNK_HOME': str(home)})}.keys").iterdir())
    for file in files:
        file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert files
    assert asked("rule=3") == whole
    assert [row["policyid"] for row in whole[0]] == ["3", "3"]


def test_of_a_hidden_rule_no_name_is_told() -> None:
    [[_, said]] = asked("rule=rule 3", allowed={"lab"})[1]
    assert said == f"There is no rule rule 3, or you may not see it. No rule is known here. {CURE}"
    assert asked(allowed={"apac"})[1] == [
        ["INFO", ("fmgaudit: nothing is found of what is asked for. "
                  "Your roles show you some ADOMs only.")]
    ]  # fmt: skip
    assert asked("rule=3", "risk=telnet")[1] == [
        ["INFO", "fmgaudit: nothing is found of what is asked for."]
    ]


def test_severities_and_risks_may_hold_an_asterisk() -> None:
    assert found("adom=lab", "severity=*") == found("adom=lab")
    assert sorted(found("adom=lab", "risk=no-*")) == [("no-inspection", "5"), ("no-log", "5")]


def test_a_list_without_quotes_is_told_how_to_be_written() -> None:
    [[_, said]] = asked("severity=critical", "high")[1]  # as splunkd hands severity=critical,high
    assert said.endswith(
        'fresh=. A value that has commas or blanks stands in quotes, as in adom="emea, apac".'
    )


def test_nothing_collected_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path / "empty"))
    [[level, said]] = asked()[1]
    assert (level, said.partition(".")[0]) == (
        "ERROR", "fmgaudit: nothing was collected on this host yet"
    )  # fmt: skip
