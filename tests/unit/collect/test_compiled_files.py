"""Compiled rule bases beside the store: made when needed, only then, and never the wrong ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fmgstate.collect import compiled_files
from fmgstate.collect.decisions import Decisions
from fmgstate.collect.flow_texts import Question
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import Plan
from fmgstate.store.key_files import KeyFiles
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import SmallFortiManager, branch, policy

FLOW = Question("10.1.2.3", "192.0.2.80", "tcp", "443", "port1", "port4")


def keep(folder: Path, source: SmallFortiManager, now: float) -> None:
    store = OnDiskStore(folder / "state.db")
    assert {one.result for one in refresh(source, store, Plan(), InTurn(), now)} <= {
        "changed", "confirmed",
    }  # fmt: skip
    store.close()


def decisions(folder: Path, now: float = 1000.0) -> Decisions:
    files = KeyFiles(str(folder / "state.db.keys")), KeyFiles(str(folder / "state.db.compiled"))
    return Decisions(OnDiskStore(folder / "state.db"), *files, now)


def asked(made: Decisions, vdom: str = "root") -> tuple[Any, int]:
    """The policyid that decides, and how many rule bases were compiled for it."""
    before = made._rule_bases.made
    [verdict] = made.decide(made.site("FG2", "", vdom), [FLOW])
    return verdict.row()["policyid"], made._rule_bases.made - before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keep(tmp_path, branch(), 1000.0)
    return tmp_path


def test_it_is_compiled_once_for_all_processes(folder: Path) -> None:
    first, second = decisions(folder), decisions(folder)
    assert [asked(first), asked(first), asked(second)] == [(1, 1), (1, 0), (1, 0)]


@pytest.mark.parametrize("change", ["package", "objects", "platform"])
def test_what_decides_changes_and_nothing_else_counts(folder: Path, change: str) -> None:
    made = decisions(folder)
    assert asked(made) == (1, 1)
    source = branch()
    hq = source.adoms["branch"]
    if change == "package":
        hq.packages["sites/hq"][0]["status"] = "disable"
    elif change == "objects":
        hq.objects["firewall/address"][1]["subnet"] = ["10.2.0.0", "255.255.0.0"]
    else:
        hq.devices[0]["platform_str"] = "FortiGate-100F"
    keep(folder, source, 2000.0)
    assert asked(made) == (1, 0)  # until it is told to look anew
    made.renew(2000.0)
    assert asked(made) == (1 if change == "platform" else 2, 1)
    hq.devices[0]["conn_status"] = "down"
    keep(folder, source, 3000.0)
    made.renew(3000.0)
    assert asked(made)[1] == 0


def test_a_change_while_it_is_asked_is_answered_as_of_the_newest(folder: Path) -> None:
    made = decisions(folder)
    site = made.site("FG2", "", "root")
    source = branch()
    source.adoms["branch"].packages["sites/hq"] = [policy(9)]
    keep(folder, source, 2000.0)
    [verdict] = made.decide(site, [FLOW])
    row = verdict.row()
    assert (row["policyid"], row["snapshot_time"]) == (9, 2000.0)


def test_a_damaged_file_is_made_anew(folder: Path) -> None:
    assert asked(decisions(folder)) == (1, 1)
    for path in (folder / "state.db.compiled").iterdir():
        data = bytearray(path.read_bytes())
        data[-20] ^= 0xFF
        path.write_bytes(bytes(data))
    assert asked(decisions(folder)) == (1, 1)
    assert asked(decisions(folder)) == (1, 0)


def test_where_nothing_may_be_written_it_is_answered_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KeyFiles, "write", full)
    assert asked(decisions(folder)) == (1, 1)
    assert asked(decisions(folder)) == (1, 1)
    assert not (folder / "state.db.compiled").exists()


def test_memory_is_bounded_and_what_was_let_go_comes_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = branch()
    source.adoms["branch"].assignments.append(
        {"dev": "fgt-hq", "vdom": "guest", "pkg": "guest", "status": "installed"}
    )
    keep(folder, source, 2000.0)
    monkeypatch.setattr(compiled_files, "MOST_BYTES", 1)
    made = decisions(folder)
    told = [asked(made), asked(made, "guest"), asked(made), asked(made, "guest")]
    assert told == [(1, 1), (0, 1), (1, 0), (0, 0)]
    assert len(made._rule_bases._loaded) == 1


def test_files_of_targets_that_are_gone_are_removed(folder: Path) -> None:
    source = branch()
    guest = {"dev": "fgt-hq", "vdom": "guest", "pkg": "guest", "status": "installed"}
    source.adoms["branch"].assignments.append(guest)
    keep(folder, source, 2000.0)
    made = decisions(folder)
    assert [asked(made), asked(made, "guest")] == [(1, 1), (0, 1)]
    made.close()
    assert len(list((folder / "state.db.compiled").iterdir())) == 3  # two, and their settings
    source.adoms["branch"].assignments.remove(guest)
    source.adoms["branch"].packages["sites/hq"][0]["status"] = "disable"
    keep(folder, source, 3000.0)
    made = decisions(folder)
    assert asked(made) == (2, 1)
    made.close()
    assert len(list((folder / "state.db.compiled").iterdir())) == 2


MANY = """
import sys
from pathlib import Path
from tests.unit.collect.test_compiled_files import asked, decisions
for _ in range(5):
    made = decisions(Path(sys.argv[1]))
    assert asked(made)[0] == 1
    made.close()
"""


def test_several_processes_at_once(folder: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", MANY, str(folder)]
    environment = {"PYTHONPATH": f"{root / 'bin'}:{root}"}
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert not [path for path in (folder / "state.db.compiled").iterdir() if ".new-" in path.name]
