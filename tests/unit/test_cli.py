"""The command line: text for people, JSON for programs, one sentence with the cure on failure."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fmgstate import cli, cli_text
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import Plan
from fmgstate.store.on_disk import OnDiskStore
from tests.unit.collect.small_fortimanager import branch

BIN = Path(__file__).parents[2] / "bin"
ONE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    file = tmp_path / "state.db"
    store, source = OnDiskStore(file), branch()
    source.refused["/pm/config/adom/branch/pkg/guest"] = -8
    list(refresh(source, store, Plan(), InTurn(), time.time() - 1000))
    store.close()
    return file


def run(*arguments: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = cli.main([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_policy_by_its_key(store_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        "policy", "--store", store_file, "--device", "FG2", "--policyid", 1, capsys=capsys
    )
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "rule 1 · policy 1 · sites/hq on fgt-hq [root]"
    assert lines[1].endswith("UTC (17 min old, STALE; plane: package)")
    assert "  srcaddr          lan" in lines
    assert "  enabled          yes" in lines


def test_a_policy_by_uuid_as_json(store_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("policy", "--store", store_file, "--uuid", ONE, "--json", capsys=capsys)
    [row] = json.loads(out)
    assert (code, row["policyid"], row["stale"], row["plane"]) == (0, 1, True, "package")


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"hits": 7, "last_hit": 1702981443}, "7, last 2023-12-19 10:24:03 UTC"),
        ({"hits": 0, "last_hit": 0}, "0, never"),
    ],
)
def test_hits_say_when_they_were_counted(told: dict[str, int], line: str) -> None:
    row = {"found": True, "policyid": 1, "package": "hq", "snapshot_time": None, "hit_time": 1703e6}
    text = cli_text.policy({**row, **told})
    assert text.splitlines()[-1] == f"  hits             {line} (counted 2023-12-19 15:33:20 UTC)"


def test_not_found_says_why(store_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        "policy", "--store", store_file, "--device", "fgt-hq", "--policyid", 99, capsys=capsys
    )
    assert code == cli.NOT_FOUND
    assert out.startswith("Not found: Package sites/hq of ADOM branch has no policy 99. (as of 20")


def test_status(store_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("status", "--store", store_file, capsys=capsys)
    assert code == 0
    assert out.splitlines()[-1] == (
        "4 scopes, 4 stale, 1 failed; last refresh of each: 5 requests made, 0 saved"
    )
    assert "refused /pm/config/adom/branch/pkg/guest" in out


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("status", "--store", tmp_path / "none.db", capsys=capsys)
    assert (code, out) == (
        cli.NOT_FOUND, "Nothing was collected yet. Run: python -m fmgstate refresh --host …\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["policy"], "A policy is looked up by its uuid, or by device and policyid."),
        (["refresh", "--host", "fmg"], "has neither a user with a password nor a token."),
        (["refresh", "--host", "http://fmg"], "asks for plain HTTP."),
    ],
)
def test_wrong_use_is_one_sentence_with_the_cure(
    arguments: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(*arguments, "--store", tmp_path / "s.db", capsys=capsys)
    assert (code, out) == (cli.FAILED, "")
    assert text in err
    assert len(err.splitlines()) == 1


def test_no_store_place_without_splunk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SPLUNK_HOME", raising=False)
    monkeypatch.delenv(cli.STORE, raising=False)
    assert run("status", capsys=capsys)[2].startswith("Error: SPLUNK_HOME is not set")
    monkeypatch.setenv("SPLUNK_HOME", "/opt/splunk")
    assert cli.store_file(cli._parser().parse_args(["status"])) == Path(
        "/opt/splunk/var/lib/splunk/fortimanager_policy_state/state.db"
    )


def test_a_damaged_store_names_the_file_and_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(b"not a store at all" * 1000)
    code, _, err = run("policy", "--store", file, "--uuid", ONE, capsys=capsys)
    assert code == cli.FAILED
    assert str(file) in err


def test_a_key_look_up_imports_neither_requests_nor_splunklib(store_file: Path) -> None:
    program = (
        "import sys; from fmgstate import cli; code = cli.main(sys.argv[1:]);"
        "heavy = {'requests', 'urllib3', 'splunklib', 'solnlib', 'ssl', 'http.client'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    options = ["policy", "--store", store_file, "--device", "fgt-hq", "--policyid", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, options)],
        env={"PYTHONPATH": str(BIN)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)[0]["name"] == "rule 1"
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("sessions", ["0", "-1", "many"])
def test_sessions_must_be_a_number_that_works(sessions: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["refresh", "--host", "fmg.example.com", "--sessions", sessions])
