"""``fmgpolicy``: what its options do, who may see what, and how long its answers hold."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Optional

import pytest

from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.collect.rules import KEY
from fmgstate.errors import ConfigurationError
from fmgstate.search import fmgpolicy
from fmgstate.search.command import Command, Invocation
from fmgstate.settings import Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import branch
from tests.unit.search.conversation import execute, getinfo, ours, records, splunkd_csv

AGE = ["snapshot_time", "changed_time", "stale", "plane"]
EVENT = splunkd_csv(["devid", "vd", "policyid"], [["FG2", "root", "3"]])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPLUNK_HOME", str(tmp_path))
    keep(tmp_path, 1000.0)
    return tmp_path


def keep(home: Path, now: float, **changed: str) -> None:
    source = branch()
    source.adoms["branch"].packages["sites/hq"][2].update(changed)
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(source, store, Plan(), InTurn(), now))
    store.close()


def anybody(_asked: Invocation) -> Optional[Collection[str]]:
    return None


def added(*args: str, event: str = EVENT, access: Any = anybody) -> dict[str, Any]:
    """What is added to the one event."""
    found, status = ours(fmgpolicy.command(access), getinfo(args), execute(event, finished=True))
    assert (status, [sorted(metadata) for metadata, _ in found]) == (
        0, [["required_fields", "type"], ["finished"]],
    )  # fmt: skip
    [record] = records(found[1][1])
    return {name: value for name, value in record.items() if name not in EVENT.split("\n")[0]}


def test_what_is_added_by_default() -> None:
    assert added() == {
        "rule_found": "true", "rule_name": "rule 3", "rule_action": "accept",
        "rule_package": "sites/hq", "rule_section": "Web", "rule_comments": "third",
        "rule_snapshot_time": "1000.0", "rule_changed_time": "1000.0", "rule_stale": "true",
        "rule_plane": "package",
    }  # fmt: skip


@pytest.mark.parametrize(
    "args",
    [["fields=name,srcaddr"], ["fields=name srcaddr"], ["fields=name", "srcaddr"],
     ["name", "srcaddr"]],
)  # fmt: skip
def test_fields_may_be_written_as_splunk_hands_them_over(args: list[str]) -> None:
    assert added("prefix=", *args) == {
        "name": "rule 3", "srcaddr": ["lan", "www"], "snapshot_time": "1000.0",
        "changed_time": "1000.0", "stale": "true", "plane": "package",
    }  # fmt: skip


def test_a_prefix_also_for_fields_of_several_values() -> None:
    assert added("prefix=fw_", "srcaddr")["fw_srcaddr"] == ["lan", "www"]


def test_events_with_other_names() -> None:
    event = splunkd_csv(["serial", "vdom", "rule_id"], [["FG1", "root", "3"]])
    assert added("devid=serial", "vd=vdom", "policyid=rule_id", "name", event=event)[
        "rule_name"
    ] == "rule 3"  # fmt: skip


def test_fresh_says_what_is_stale() -> None:
    assert added("fresh=4000000000")["rule_stale"] == "false"


def test_only_the_adoms_that_may_be_seen() -> None:
    asked_by: list[str] = []

    def access(asked: Invocation) -> frozenset[str]:
        asked_by.append(asked.searchinfo["session_key"])
        return frozenset({"another"})

    found = added("found", "name", "package", access=access)
    assert (found, asked_by) == (
        {"rule_found": "false", "rule_stale": "true", "rule_plane": "package"}, ["a session key"],
    )  # fmt: skip
    assert added("name", access=lambda _: {"branch"})["rule_name"] == "rule 3"


def test_who_may_not_search_is_told_so() -> None:
    def access(_asked: Invocation) -> None:
        raise ConfigurationError("You may not use fmgpolicy.", "Ask for fmgstate_read.")

    [(metadata, _)], status = ours(fmgpolicy.command(access), getinfo())
    assert (metadata["inspector"]["messages"], status) == (
        [["ERROR", "You may not use fmgpolicy. Ask for fmgstate_read."]], 1,
    )  # fmt: skip


def test_required_fields_are_those_that_decide() -> None:
    [(metadata, _)], _ = ours(fmgpolicy.command(anybody), getinfo())
    assert metadata == {"type": "stateful", "required_fields": list(KEY)}


@pytest.mark.parametrize(("seconds", "name"), [(9.0, "rule 3"), (10.5, "renamed")])
def test_a_long_search_sees_what_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, name: str
) -> None:
    clock = [100.0]
    monkeypatch.setattr(fmgpolicy, "monotonic", lambda: clock[0])
    command = fmgpolicy.command(anybody)

    def start(asked: Invocation) -> Any:
        task: Any = command.start(asked)

        def answer(keys: Any) -> Any:
            told = task.answer(keys)
            keep(home, 1060.0, name="renamed")
            clock[0] += seconds
            return told

        return task._replace(answer=answer)

    found, _ = ours(
        Command("fmgpolicy", command.options, start), getinfo(["name"]), execute(EVENT),
        execute(EVENT, finished=True),
    )  # fmt: skip
    assert [records(body)[0]["rule_name"] for _, body in found[1:]] == ["rule 3", name]
