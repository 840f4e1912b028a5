"""Log lines of simulated FortiGates through the built package's fmgpolicy: every field it adds is
what the simulator's own state says, by code that shares nothing with the app.

Quick: a part of the estate. FMGSTATE_LINES=100000 (``make test-lines``): 80 firewalls with 500
rules each. Checked against a simulator and a stand-in for splunkd only.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from fmgstate import __version__
from fmgstate.collect.input_run import InputRun
from fmgstate.settings import APP, Account, Limits, Plan, store_file
from fmgstate.wiring import refresh_all, run_input
from simulator.control import running
from simulator.logs import Logs, Truth
from simulator.scenarios import build
from simulator.state.fortimanager import FortiManager
from simulator.versions import Version
from standin import Standin
from standin.commands.conversation import Conversation, SearchInfo
from standin.commands.definition import Definition
from standin.inputs.script import Interpreter
from standin.spl.stream import Stream
from tests.splunk.logged_rules import LISTS, State, fields

PACKAGE = Path(__file__).parents[2] / "dist" / f"{APP}-{__version__}.tar.gz"
LINES = int(os.environ.get("FMGSTATE_LINES", "3000"))
SIZE = {} if LINES >= 100_000 else {"devices": 16, "adoms": 4, "policies": 60}
VERSION = "7.4.5"
ADDED = (
    "found", "why", "uuid", "policyid", "table", "name", "action", "section", "owner", "ticket",
    "comments", "modified_time", "modified_by", "enabled", "part", "sequence", "fortimanager",
    "adom", "package", "block", "device", "vdom", "package_status", "hits", "last_hit", "hit_time",
    *LISTS, "negated", "nat", "logtraffic", "utm", "inspection_mode", "internet_service",
    "internet_service_src",
)  # fmt: skip
MONDAY_NOON = 1736164800
KEYS = {
    "fortios": ["poluuid", "policyid"],
    "fgt": ["policyuuid", "policyid"],
    "addon": ["rule", "rule_id"],
}
READ = ["policytype", "subtype", "devid", "devname", "vd"]


class Collected(NamedTuple):
    """``between``: when it was collected."""

    splunk: Standin
    fm: FortiManager
    manager: str
    between: tuple[float, float]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collected]:
    home = tmp_path_factory.mktemp("splunk")
    file = store_file({"SPLUNK_HOME": str(home)})
    started = time.time()
    with running("eighty", task_seconds=0, version=VERSION, **SIZE) as simulated:
        account = Account(simulated.url, simulated.user, simulated.password, ca=simulated.ca)
        assert refresh_all(account, Plan(), Limits(), file, lambda _: None).failed == 0
        summary = run_input(
            InputRun("hitcounts", "hits", account, Plan(), Limits(), file, lambda _: None)
        )
        assert summary.failed == 0
        manager = urlsplit(simulated.url).netloc
    fm = build("eighty", Version.parse(VERSION), 1, **SIZE)
    with Standin(home, [PACKAGE]) as splunk:
        yield Collected(splunk, fm, manager, (started, time.time()))


def enriched(
    splunk: Standin, command: str, words: list[str], events: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """What the command makes of events; messages of it are an error."""
    messages: list[tuple[str, str]] = []
    script = splunk.home.app(APP) / "bin" / f"{command}.py"
    info = SearchInfo("1.1", "search", "admin", "search", str(splunk.home.path),
                      splunk.session_key, splunk.uri)  # fmt: skip
    talk = Conversation(
        Definition(command, APP, script), Interpreter(splunk.home, sys.executable, []), info,
        lambda level, text: messages.append((level, text)),
    )  # fmt: skip
    stream = Stream(iter(events), None, True)
    found = list(talk.run([(word, word) for word in words], stream, False).rows)
    assert messages == []
    return found


def added(event: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What is new, without its prefix and without what is empty."""
    assert {name: row[name] for name in event} == event
    new = {name: value for name, value in row.items() if name not in event and value}
    assert all(name.startswith("rule_") for name in new)
    return {name.removeprefix("rule_"): value for name, value in new.items()}


@pytest.mark.parametrize(("spelling", "part"), [("fortios", 2), ("fgt", 2), ("addon", 10)])
def test_every_field_of_every_line(collected: Collected, spelling: str, part: int) -> None:
    """Half of the lines in each of FortiOS' spellings, a tenth as the add-on names fields."""
    logs = Logs(collected.fm, seed=part, spelling=spelling).lines(LINES // part)
    known = [(fields(line), truth) for line, truth in logs]
    needed = [*KEYS[spelling], *READ]
    events = [{name: line[name] for name in needed if name in line} for line, _ in known]
    state, kinds = State(collected.fm, collected.manager), Counter[str]()
    words = [f"fields={','.join(ADDED)}", "fresh=86400"]
    if spelling == "addon":
        words += ["poluuid=rule", "policyid=rule_id"]
    rows = enriched(collected.splunk, "fmgpolicy", words, events)
    assert len(rows) == len(known)
    for event, row, (_, truth) in zip(events, rows, known, strict=True):
        check(state.told(truth), added(event, row), truth, collected.between)
        kinds[truth.why or truth.section] += 1
    assert set(kinds) >= {"header", "package", "implicit deny", "local traffic"}
    assert kinds["block"] or part > 2  # few sessions make most lines: not every sample has one


FLOW = ["srcip", "dstip", "proto", "dstport", "srcintf", "dstintf", "srcport", "service", "date",
        "time", "devid", "devname", "vd"]  # fmt: skip
IN_CIM = {"srcip": "src", "dstip": "dest", "dstport": "dest_port", "srcintf": "src_interface",
          "dstintf": "dest_interface", "srcport": "src_port"}  # fmt: skip


@pytest.mark.parametrize(("spelling", "part"), [("fortios", 2), ("addon", 2)])
def test_the_rule_of_every_flow(collected: Collected, spelling: str, part: int) -> None:
    """The rule that the log names decides, or may: the app does not know what host names and
    countries were on the day, nor in which groups users are."""
    logs = Logs(collected.fm, seed=part, spelling=spelling, start=MONDAY_NOON, seconds=3600)
    known = [(fields(line), truth) for line, truth in logs.lines(LINES // part)]
    names = [IN_CIM.get(name, name) if spelling == "addon" else name for name in FLOW]
    events = [{name: line[name] for name in names if name in line} for line, _ in known]
    words = ["fields=found,why,policyid,uuid,may_hit,action,device,vdom", "fresh=86400"]
    rows = enriched(collected.splunk, "fmglookup", words, events)
    found = Counter[str]()
    for event, row, (_, truth) in zip(events, rows, known, strict=True):
        assert {name: row[name] for name in event} == event
        found[outcome(row, truth)] += 1
    assert set(found) == {"decides", "may decide", "unknown device", "not asked about"}
    assert found["decides"] > 3 * found["may decide"]


def outcome(row: dict[str, Any], truth: Truth) -> str:
    """How the answer agrees with the truth; an assertion fails where it does not."""
    if truth.why == "unknown device":
        assert row["lookup_found"] == "false"
        assert "is called" in row["lookup_why"]
        return truth.why
    if truth.why in ("local traffic", "deleted policy"):  # no rule of these decided it
        return "not asked about"
    assert (row["lookup_found"], row["lookup_device"], row["lookup_vdom"]) == (
        "true", truth.device, truth.vdom,
    ), truth  # fmt: skip
    may = row.get("lookup_may_hit") or []
    numbers = [
        one.split(maxsplit=1)[0].rstrip(",") for one in ([may] if isinstance(may, str) else may)
    ]
    if row["lookup_policyid"] == str(truth.policyid):
        assert row.get("lookup_uuid", "") == truth.uuid, truth
        return "decides"
    assert str(truth.policyid) in numbers, (truth, row)
    assert row["lookup_action"] in ("uncertain", "accept" if truth.action == "accept" else "deny")
    return "may decide"


def check(
    expected: dict[str, Any], told: dict[str, Any], truth: Truth, between: tuple[float, float]
) -> None:
    times = ["snapshot_time", "changed_time", *(["hit_time"] if "hits" in expected else [])]
    for name in times:
        assert between[0] <= float(told.pop(name)) <= between[1], name
    why = told.pop("why", "")
    assert why.startswith(expected.pop("why", "")), truth
    assert (why == "") == (expected["found"] == "true"), truth
    told.pop("plane")
    expected.pop("plane", None)
    assert told == expected, truth
