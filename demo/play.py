"""The demo's scenes, in the order in which they are played."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.beside_logs import beside_logs
from demo.screen import Screen
from simulator.control import Running, running
from standin import Standin

APP = "fortimanager_policy_state"
NS = f"/servicesNS/nobody/{APP}"
INDEX = "fortimanager"
INTERVAL = "10"
TYPE = "fortinet:fortimanager:"
LONGEST = 240.0


@dataclass
class Seen:
    """What the demo saw; the last screen shows nothing else."""

    facts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, value: str) -> None:
        self.facts.append((what, value))


@dataclass(frozen=True)
class Stage:
    """Everything a scene needs."""

    screen: Screen
    splunk: Standin
    fortimanager: Running
    seen: Seen


def play(screen: Screen, home: Path, package: Path, scenario: str, latency_ms: int) -> int:
    """Plays all scenes; returns the exit code."""
    screen.title("Policy State for FortiManager: the main job, running")
    screen.line(f"A simulated FortiManager ({scenario}, {latency_ms} ms a request) and a stand-in")
    screen.line(f"for splunkd that runs {package.name}. Neither is the real thing.")
    seen = Seen()
    options = {"latency_ms": latency_ms, "latency_per_url_ms": 20}
    with (
        running(scenario, **options) as fortimanager,
        Standin(home / "splunk", [package]) as splunk,
    ):
        stage = Stage(screen, splunk, fortimanager, seen)
        set_up(stage)
        collect(stage)
        steady(stage)
        edit(stage)
        look_up(stage)
        beside_logs(stage, scenario)
        logs(stage)
    last_screen(screen, seen)
    return 0


def set_up(stage: Stage) -> None:
    """What an administrator does: an index, an account, two inputs."""
    stage.screen.title("1. An account and two inputs, as on the app's pages")
    stage.splunk.create_index(INDEX)
    account = {
        "name": "fmg1",
        "host": stage.fortimanager.url,
        "auth_type": "basic",
        "username": stage.fortimanager.user,
        "password": stage.fortimanager.password,
        "ca": stage.fortimanager.ca,
    }
    stage.splunk.rest("POST", f"{NS}/{APP}_account", account)
    stage.screen.line("Account fmg1 saved through the app's own REST handler; TLS is verified.")
    common = {"account": "fmg1", "interval": INTERVAL, "index": INDEX}
    stage.splunk.start_input("fmg_inventory", "everything", common)
    stage.splunk.start_input("fmg_policies", "everything", common)
    stage.screen.line("Inputs fmg_inventory and fmg_policies started, a process each.")


def collect(stage: Stage) -> None:
    """The first run: everything is fetched in parallel, and published as it comes."""
    stage.screen.title("2. Policies arrive")
    started = time.monotonic()
    while not _runs(stage.splunk, "fmg_policies"):
        _progress(stage, started)
        _check(stage, started)
        time.sleep(0.2)
    _progress(stage, started)
    run = _runs(stage.splunk, "fmg_policies")[0]
    devices = stage.splunk.count(index=INDEX, sourcetype=TYPE + "device")
    policies = stage.splunk.count(index=INDEX, sourcetype=TYPE + "policy")
    stage.screen.line(
        f"{policies:,} policies of {devices} FortiGates are in the index after "
        f"{time.monotonic() - started:.1f} s."
    )
    stage.seen.add("FortiGates", f"{devices}")
    stage.seen.add("policies, fetched, stored and published", f"{policies:,}")
    stage.seen.add("first run", f"{run['seconds']} s, {run['requests']} FortiManager requests")


def steady(stage: Stage) -> None:
    """The next run: what moved is asked for first, and nothing did."""
    stage.screen.title("3. The next poll asks what moved, and fetches nothing")
    started = time.monotonic()
    while len(_runs(stage.splunk, "fmg_policies")) < 2:
        _check(stage, started)
        time.sleep(0.2)
    run = _runs(stage.splunk, "fmg_policies")[1]
    stage.screen.line(
        f"{run['seconds']} s, {run['requests']} requests made, {run['requests_saved']:.0f} saved, "
        f"{run.get('scopes_confirmed', 0)} scopes confirmed as of that moment."
    )
    share = run["requests_saved"] / (run["requests_saved"] + run["requests"])
    stage.seen.add(
        "a poll when nothing moved",
        f"{run['seconds']} s, {run['requests']} requests ({share:.0%} fewer than fetching anew)",
    )


def edit(stage: Stage) -> None:
    """Somebody changes a rule on FortiManager; the change arrives as an event."""
    stage.screen.title("4. Somebody opens a rule on FortiManager")
    rule = _some_rule(stage.splunk)
    body = {
        "adom": rule["adom"],
        "package": rule["package"],
        "policyid": rule["policyid"],
        "set": {"service": ["ALL"], "comments": "temporarily, I promise"},
        "user": "mallory",
    }
    stage.fortimanager.side("/policy/edit", body)
    started = time.monotonic()
    stage.screen.line(f"mallory sets service ALL on policy {rule['policyid']} of {rule['package']}")
    while not (found := stage.splunk.search(_changes_of(rule), sourcetype=TYPE + "change")):
        _check(stage, started)
        time.sleep(0.1)
    seconds = time.monotonic() - started
    change = found[0]["event"]
    stage.screen.line(f"{seconds:.1f} s later in the index (the poll is every {INTERVAL} s here):")
    for name in change["object_attrs"]:
        values = change["changes"][name]
        stage.screen.line(f"   {name:<18} {_short(values['old'])}  →  {_short(values['new'])}")
    stage.screen.line(f"   by {change.get('user', 'unknown')}, event {change['event_id']}")
    stage.seen.add("a change on FortiManager is in the index after", f"{seconds:.1f} s")


def look_up(stage: Stage) -> None:
    """A log line names a device, a VDOM and a policyid: which rule is that? And which decides?"""
    stage.screen.title("5. Which rule is this? Asked of the store, FortiManager not needed")
    rule = _some_rule(stage.splunk)
    device = _device_of(stage.splunk, rule)
    where = ["--device", device["device"], "--vdom", device["vdom"]]
    key = ["policy", *where, "--policyid", str(rule["policyid"])]
    typical, text = _asked(stage, key)
    stage.screen.line(text)
    stage.screen.line(f"Answered in {typical:.0f} ms, from starting the process to its end.")
    stage.seen.add("a look-up, a new process and its answer", f"{typical:.0f} ms (median of 5)")
    flow = ["--src", "10.15.148.9", "--dst", "192.0.2.80", "--proto", "tcp", "--dport", "443"]
    between = ["--srcintf", rule["srcintf"][0], "--dstintf", rule["dstintf"][0]]
    typical, text = _asked(stage, ["lookup", *where, *between, *flow])
    stage.screen.line()
    stage.screen.line("\n".join(text.splitlines()[:8]))
    stage.seen.add("which rule decides a flow, a new process", f"{typical:.0f} ms (median of 5)")


def _asked(stage: Stage, command: list[str]) -> tuple[float, str]:
    """Milliseconds from exec to the end, median of five, and what the terminal shows."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "SPLUNK_HOME": str(stage.splunk.home.path),
        "PYTHONPATH": str(stage.splunk.home.app(APP) / "bin"),
    }
    stage.screen.line("$ python -m fmgstate " + " ".join(command))
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "fmgstate", *command],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        taken.append((time.perf_counter() - started) * 1000)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr.strip())
    return sorted(taken)[len(taken) // 2], done.stdout.rstrip()


def logs(stage: Stage) -> None:
    """Nothing may be hidden: errors in the app's logs, events lost, requests not understood."""
    errors = [line for line in stage.splunk.logs("*fmg*.log") if " ERROR " in line]
    dropped = len(stage.splunk.dropped())
    refused = len(stage.splunk.refused)
    stage.seen.add("errors in the app's logs", f"{len(errors)}")
    stage.seen.add("events dropped · REST calls the stand-in refused", f"{dropped} · {refused}")
    sessions = stage.fortimanager.side("/stats")
    stage.seen.add(
        "FortiManager sessions, most at once", f"{sessions['peak_sessions']} (8 allowed an input)"
    )
    for line in errors[:5]:
        stage.screen.line(line)


def last_screen(screen: Screen, seen: Seen) -> None:
    """What was seen, with figures, and how to go on."""
    screen.title("What was seen")
    for what, value in seen.facts:
        screen.line(f"   {what:<52} {value}")
    screen.line()
    screen.line("Next: make test · make package, then install dist/*.tar.gz in Splunk · README.md")


def _runs(splunk: Standin, kind: str) -> list[dict[str, Any]]:
    rows = splunk.search(index=INDEX, sourcetype=TYPE + "health")
    found = [row["event"] for row in rows]
    return [one for one in found if one["health"] == "run" and one["stream"].startswith(kind)]


def _progress(stage: Stage, started: float) -> None:
    stats = stage.fortimanager.side("/stats")
    devices = stage.splunk.count(index=INDEX, sourcetype=TYPE + "device")
    policies = stage.splunk.count(index=INDEX, sourcetype=TYPE + "policy")
    stage.screen.progress(
        f"{time.monotonic() - started:6.1f} s   {devices:3} devices   {policies:6,} policies   "
        f"{stats['requests']:4} requests   {stats['sessions_open']} sessions"
    )


def _check(stage: Stage, started: float) -> None:
    if time.monotonic() - started > LONGEST:
        lines = "\n".join([*stage.splunk.logs("*fmg*.log")[-5:], *stage.splunk.logs()[-10:]])
        raise RuntimeError(f"it takes longer than {LONGEST:.0f} s. The logs end with:\n{lines}")
    for row in stage.splunk.search(index=INDEX, sourcetype=TYPE + "health"):
        if row["event"]["health"] == "run_failed":
            raise RuntimeError(row["event"]["error"])


def _some_rule(splunk: Standin) -> dict[str, Any]:
    def fits(row: dict[str, Any]) -> bool:
        rule = row["event"]
        ours = rule["part"] == "package" and rule["table"] == "firewall/policy"
        return ours and rule["enabled"] and rule["action"] == "accept" and "owner" in rule.get(
            "meta", {"owner": ""}) and rule.get("service", ["ALL"]) != ["ALL"]  # fmt: skip

    rules = splunk.search(fits, index=INDEX, sourcetype=TYPE + "policy")
    return rules[len(rules) // 2]["event"]


def _changes_of(rule: dict[str, Any]) -> Any:
    return lambda row: row["event"]["id"] == rule["id"] and row["event"]["kind"] == "policy"


def _device_of(splunk: Standin, rule: dict[str, Any]) -> dict[str, Any]:
    def holds(row: dict[str, Any]) -> bool:
        package = row["event"]
        return package.get("path") == rule["package"] and package["adom"] == rule["adom"]

    [package] = splunk.search(holds, index=INDEX, sourcetype=TYPE + "package", limit=1)
    device: dict[str, Any] = package["event"]["assignments"][0]
    return device


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
