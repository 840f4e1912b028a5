"""The built package's commands, driven by frames as splunkd sends them, on every Python.

Checked against what was recorded of splunkd, not against splunkd itself.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fmgstate import __version__
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.refresh import refresh
from fmgstate.settings import APP, Plan, store_file
from fmgstate.store.on_disk import OnDiskStore
from tests.splunk.session_port import session_port
from tests.splunk.test_the_app_collects import pythons
from tests.unit.collect.small_fortimanager import branch
from tests.unit.search import conversation
from tests.unit.search.conversation import Reply, execute, replies, splunkd_csv

PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
ONE = "00000000-0000-4000-8000-000000000001"
KEY = ["poluuid", "policyuuid", "policyid", "policytype", "subtype", "devid", "devname", "vd"]
HEADER = [*KEY, "_chunked_idx", *(f"__mv_{name}" for name in KEY), "__mv__chunked_idx"]
AGE = ["snapshot_time", "changed_time", "stale", "plane"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SPLUNK_HOME with the package, and a store that was filled at 1000."""
    home = tmp_path_factory.mktemp("splunk")
    with tarfile.open(PACKAGE) as tar:
        tar.extractall(home / "etc/apps", filter="data")
    store = OnDiskStore(store_file({"SPLUNK_HOME": str(home)}))
    list(refresh(branch(), store, Plan(), InTurn(), 1000.0))
    store.close()
    return home


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with session_port(tmp_path_factory.mktemp("splunkd")) as uri:
        yield uri


@pytest.fixture
def getinfo(uri: str) -> Any:
    """The first frame of a search by one who may ask."""
    return partial(conversation.getinfo, splunkd_uri=uri)


def run(python: str, home: Path, *frames: bytes) -> tuple[list[Reply], int]:
    script = home / "etc/apps" / APP / "bin" / "fmgpolicy.py"
    said = subprocess.run(
        [python, "-S", "-s", script], input=b"".join(frames), capture_output=True, timeout=60,
        env={"SPLUNK_HOME": str(home), "PATH": os.defpath}, cwd="/",
    )  # fmt: skip
    assert said.stderr == b""
    return replies(said.stdout), said.returncode


def event(**fields: str) -> list[str]:
    known = {"devid": "FG2", "vd": "root", "policyid": "1", "policytype": "policy", **fields}
    return [known.get(name, "") for name in HEADER]


def rows(body: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.parametrize("python", pythons())
def test_events_come_back_with_their_rules(home: Path, python: str, getinfo: Any) -> None:
    events = [
        event(_chunked_idx="0"),
        event(_chunked_idx="1", poluuid=ONE[:-1] + "3", policyid="3"),
        event(_chunked_idx="2", policyid="77", devname="fgt-hq"),
    ]
    found, status = run(
        python, home, getinfo(["fields=found,why", "name", "comments"]),
        execute(splunkd_csv(HEADER, events)), execute(splunkd_csv(HEADER, []), finished=True),
    )  # fmt: skip
    assert found[0] == ({"type": "stateful", "required_fields": KEY}, "")
    assert (found[2], status) == (({"finished": True}, ""), 0)
    metadata, body = found[1]
    told = ["found", "why", "name", "comments", *AGE]
    assert (metadata, body.splitlines()[0]) == (
        {"finished": False},
        splunkd_csv(HEADER, []).rstrip("\n") + "," + ",".join(f"rule_{name}" for name in told),
    )
    age = ["1000.0", "1000.0", "true", "package"]
    why = "Package sites/hq of ADOM branch has no policy 77."
    assert [[row[f"rule_{name}"] for name in told] for row in rows(body)] == [
        ["true", "", "rule 1", "", *age],
        ["true", "", "rule 3", "third", *age],
        ["false", why, "", "", *age],
    ]
    assert [[row[name] for name in HEADER] for row in rows(body)] == events


@pytest.mark.parametrize("python", pythons())
def test_options_that_cannot_be_are_refused(home: Path, python: str, getinfo: Any) -> None:
    found, status = run(python, home, getinfo(["fields=nmae", "prefix=a b"]))
    assert (found[0][0]["inspector"], status) == (
        {"messages": [["ERROR", ("Illegal value: prefix=a b (write letters, digits, _ and dots"
                                " only)")]]}, 1,
    )  # fmt: skip
    found, status = run(python, home, getinfo(["fields=nmae"]))
    [(level, text)] = found[0][0]["inspector"]["messages"]
    assert (level, status) == ("ERROR", 1)
    assert text.startswith("fmgpolicy has no field nmae. Did you mean name? There are: found, why,")


def test_nothing_collected_yet(home: Path, tmp_path: Path, getinfo: Any) -> None:
    (tmp_path / "etc").symlink_to(home / "etc")
    [(metadata, _), (_, body)], status = run(
        pythons()[0], tmp_path, getinfo(), execute(splunkd_csv(HEADER, [event()]), finished=True)
    )
    [(level, text)] = metadata["inspector"]["messages"]
    assert (level, text.partition(",")[0], status) == (
        "WARN", "fmgpolicy: nothing was collected on this host yet", 0,
    )  # fmt: skip
    assert rows(body)[0]["rule_found"] == "false"
    assert not (tmp_path / "var").exists()


def test_events_without_any_key(home: Path, getinfo: Any) -> None:
    found, _ = run(
        pythons()[0], home, getinfo(["policyid=rule_id"]),
        execute(splunkd_csv(["_time"], [["1.5"]])), execute(finished=True),
    )  # fmt: skip
    assert found[0][0]["required_fields"] == [
        "poluuid", "policyuuid", "rule_id", *KEY[3:]
    ]  # fmt: skip
    assert found[2][0]["inspector"]["messages"] == [
        [
            "WARN",
            (
                "fmgpolicy: no event has any of the fields poluuid, policyuuid, rule_id. Search for"
                " FortiGate's traffic logs, or name the fields, as in policyid=<field>."
            ),
        ]
    ]


def test_an_unusable_store_is_told_with_its_cure(home: Path, tmp_path: Path, getinfo: Any) -> None:
    (tmp_path / "etc").symlink_to(home / "etc")
    file = store_file({"SPLUNK_HOME": str(tmp_path)})
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database " * 1000)
    [(metadata, _)], status = run(pythons()[0], tmp_path, getinfo(), execute(finished=True))
    [(level, text)] = metadata["inspector"]["messages"]
    assert (level, "Move the file away" in text, status) == ("ERROR", True, 1)


def test_one_without_the_capability_is_told_so(home: Path, tmp_path: Path) -> None:
    with session_port(tmp_path, capabilities=("search",)) as uri:
        found, status = run(pythons()[0], home, conversation.getinfo(splunkd_uri=uri))
    assert (found[0][0]["inspector"], status) == (
        {"messages": [["ERROR", ("The user ann lacks the capability fmgstate_read. Ask a Splunk "
                                 "administrator for a role that has it, such as fmgstate_user.")]]},
        1,
    )  # fmt: skip


def test_a_role_that_sees_other_adoms_only(home: Path, tmp_path: Path) -> None:
    (tmp_path / "var").symlink_to(home / "var")
    app = tmp_path / "etc/apps" / APP
    shutil.copytree(home / "etc/apps" / APP / "bin", app / "bin")
    (app / "local").mkdir()
    (app / "local" / f"{APP}_role.conf").write_text("[lab_people]\nadoms = lab\n")
    with session_port(tmp_path, roles=("user", "lab_people")) as uri:
        found, status = run(
            pythons()[0], tmp_path, conversation.getinfo(["found"], splunkd_uri=uri),
            execute(splunkd_csv(HEADER, [event()]), finished=True),
        )  # fmt: skip
    assert ([row["rule_found"] for row in rows(found[1][1])], status) == (["false"], 0)


def test_where_splunkd_does_not_answer_nothing_is_told(home: Path) -> None:
    nobody = conversation.getinfo(splunkd_uri="https://127.0.0.1:9")
    found, status = run(pythons()[0], home, nobody)
    [(level, text)] = found[0][0]["inspector"]["messages"]
    assert (level, text.partition(" (")[0], status) == (
        "ERROR", "splunkd at 127.0.0.1:9 gave no answer", 1,
    )  # fmt: skip
