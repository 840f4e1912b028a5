"""The REST look-up, as splunkd calls it and through the stand-in's HTTPS front.

    python -m benchmarks.rest_lookup [seconds]

The handler of the built package in a process of its own, on each of Splunk's Pythons: JSON in, JSON
out. Keys are drawn evenly from all policies; every answer timed is compared with what it must be.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.rule_bases import TARGET, RuleBase, rule_base
from benchmarks.search_commands import interpreters
from benchmarks.search_fleet import MANAGER, Rule, fleet, save
from fmgstate import __version__
from fmgstate.collect import index
from fmgstate.collect.scope import INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory.model import Adom, Assignment, Device, Inventory, Package, Vdom
from fmgstate.policy import ports, space
from fmgstate.policy.effective import effective
from fmgstate.policy.events import object_records, policy_records
from fmgstate.policy.flow import Flow
from fmgstate.policy.lookup import look_up
from fmgstate.settings import APP, store_file
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import refresh_key_files

PACKAGE_FILE = Path(__file__).resolve().parent.parent / "dist" / f"{APP}-{__version__}.tar.gz"
DEVICES, POLICIES, BATCH, CALLERS = 80, 500, 1000, 64
FLOWS = 400
EXPECTED = ("name", "action", "package", "section", "owner", "plane")

HANDLER = """
import json, random, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fmgstate.search.access import READ, Access
from fmgstate.search.rest import Rest
asked = json.load(open(sys.argv[3]))
rest = Rest(Path(sys.argv[2]), lambda *_: Access("bench", ("user",), frozenset({READ})),
            lambda *_: None)
def call(request):
    started, spent = time.perf_counter(), time.process_time()
    reply = json.dumps(rest.handle(request))
    return time.perf_counter() - started, time.process_time() - spent, reply
def agrees(row, expected):
    return all(row.get(name) == value for name, value in expected.items())
found = {}
for name, part in asked.items():
    requests = [json.dumps(one) for one in part["requests"]]
    for one in requests[:20]:
        call(one)
    times, spent, replies, until = [], 0.0, [], time.perf_counter() + float(sys.argv[4])
    at = 0
    while time.perf_counter() < until:
        seconds, cpu, reply = call(requests[at % len(requests)])
        times.append(seconds)
        spent += cpu
        replies.append((at % len(requests), reply))
        at += 1
        if len(replies) >= (2000 if part["batch"] == 1 else 50):
            for number, reply in replies:
                told = json.loads(json.loads(reply)["payload"])
                rows = told["results"] if part["batch"] > 1 else [told]
                assert len(rows) == part["batch"], reply
                assert all(map(agrees, rows, part["expected"][number])), reply[:500]
            replies.clear()
    times.sort()
    found[name] = {"rate": part["batch"] * len(times) / sum(times),
                   "cpu_rate": part["batch"] * len(times) / spent,
                   "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}
print(json.dumps(found))
"""
FRONT = """
import sys, time
from standin import Standin
with Standin(sys.argv[1], [sys.argv[2]], python=sys.argv[3]) as splunk:
    print(splunk.uri, splunk.session_key, flush=True)
    sys.stdin.read()
    assert splunk.refused == [], splunk.refused
"""


def main() -> None:
    """Prints the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with tarfile.open(PACKAGE_FILE) as tar:
            tar.extractall(folder / "app", filter="data")
        rules = list(fleet(DEVICES, POLICIES))
        fleet_file, flow_file = folder / "fleet" / "state.db", folder / "flows" / "state.db"
        save(fleet_file, rules)
        base = rule_base(POLICIES, FLOWS)
        save_rule_base(flow_file, base)
        dice = random.Random(1)
        print(f"{len(rules)} policies; one call, and batches of {BATCH}; every answer checked")
        for python in interpreters():
            of_rules = {"policy, single": single(rules, dice), "policy, batch": many(rules, dice)}
            found = measured(python, folder, fleet_file, of_rules, seconds)
            found.update(measured(python, folder, flow_file, flows(base, dice), seconds))
            version = python.parent.parent.name
            for name, told in found.items():
                print(
                    f"  Python {version}: {name:15} {told['rate']:>9,.0f} look-ups/s "
                    f"({told['cpu_rate']:,.0f} per CPU second), a call p50 "
                    f"{told['p50'] * 1000:.3f} ms, p99 {told['p99'] * 1000:.3f} ms"
                )
        http(folder, rules, seconds)


def single(rules: list[Rule], dice: random.Random) -> dict[str, Any]:
    """Requests for one policy each."""
    drawn = dice.sample(rules, 2000)
    requests = [
        _request("GET", "policy", query=[["device", rule.event["devid"]], ["vdom", "root"],
                                         ["policyid", rule.event["policyid"]]])
        for rule in drawn
    ]  # fmt: skip
    return {"batch": 1, "requests": requests, "expected": [[_expected(one)] for one in drawn]}


def many(rules: list[Rule], dice: random.Random) -> dict[str, Any]:
    """Requests for many policies."""
    drawn = [dice.sample(rules, BATCH) for _ in range(20)]
    requests = [
        _request("POST", "policy", {"keys": [
            {"device": rule.event["devid"], "vdom": "root", "policyid": rule.policy.policyid}
            for rule in some
        ]})
        for some in drawn
    ]  # fmt: skip
    expected = [[_expected(one) for one in some] for some in drawn]
    return {"batch": BATCH, "requests": requests, "expected": expected}


def flows(base: RuleBase, dice: random.Random) -> dict[str, Any]:
    """Requests for flows on all devices; each answer must be what this process's engine says."""
    policy = effective(TARGET, base.state, base.objects)
    asked, expected = [], []
    for one in base.flows:
        told = _texts(one)
        if told is not None:
            answer = look_up(policy, one)
            number = answer.decider.policy.policyid if answer.decider else 0
            asked.append(told)
            expected.append({"found": True, "action": answer.action, "policyid": number})
    numbers = [[dice.randrange(len(asked)) for _ in range(BATCH)] for _ in range(10)]
    drawn = [[{**asked[at], "device": f"fw-{dice.randrange(DEVICES)}", "vdom": "root"}
              for at in some] for some in numbers]  # fmt: skip
    ones = drawn[0] + drawn[1]
    return {
        "lookup, batch": {
            "batch": BATCH,
            "requests": [_request("POST", "lookup", {"flows": some}) for some in drawn],
            "expected": [[expected[at] for at in some] for some in numbers],
        },
        "lookup, single": {
            "batch": 1,
            "requests": [_request("GET", "lookup", query=[[k, str(v)] for k, v in one.items()])
                         for one in ones],
            "expected": [[expected[at]] for at in numbers[0] + numbers[1]],
        },
    }  # fmt: skip


def _texts(flow: Flow) -> dict[str, Any] | None:
    """As a caller writes it; None = neither TCP nor UDP."""
    protocol, _, port = ports.text((flow.place, flow.place)).partition("/")
    if protocol not in ("tcp", "udp"):
        return None
    return {
        "src": space.address_text((flow.src, flow.src), flow.v6),
        "dest": space.address_text((flow.dst, flow.dst), flow.v6),
        "transport": protocol, "dest_port": int(port), "srcintf": flow.srcintf,
        "dstintf": flow.dstintf,
    }  # fmt: skip


def _expected(rule: Rule) -> dict[str, Any]:
    return {"found": True, **{name: rule.expected[name] for name in EXPECTED}}


def _request(
    method: str, path: str, body: Any = None, query: list[list[str]] | None = None
) -> dict[str, Any]:
    """As splunkd hands it over."""
    told: dict[str, Any] = {
        "output_mode": "json", "output_mode_explicit": False, "method": method,
        "rest_path": f"/fmgstate/{path}", "path_info": path, "query": query or [],
        "server": {"rest_uri": "https://127.0.0.1:8089", "hostname": "sh1", "servername": "sh1",
                   "guid": "00000000-0000-0000-0000-000000000000"},
        "connection": {"src_ip": "127.0.0.1", "ssl": True, "listening_port": 8089},
        "session": {"user": "bench", "authtoken": "0123456789" * 8},
    }  # fmt: skip
    if body is not None:
        told["payload"] = json.dumps(body)
    return told


def measured(
    python: Path, folder: Path, file: Path, asked: dict[str, Any], seconds: float
) -> dict[str, dict[str, float]]:
    """Runs the handler in a process of this Python."""
    (folder / "asked.json").write_text(json.dumps(asked))
    command = [python, "-S", "-c", HANDLER, folder / "app" / APP / "bin", file,
               folder / "asked.json", str(seconds)]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise SystemExit(said.stderr)
    found: dict[str, dict[str, float]] = json.loads(said.stdout)
    return found


def http(folder: Path, rules: list[Rule], seconds: float) -> None:
    """Many callers at once, over kept connections."""
    home = folder / "splunk"
    with front(home) as (uri, key):
        file = store_file({"SPLUNK_HOME": str(home)})
        save(file, rules)
        times = asyncio.run(_callers(uri, key, rules, seconds))
    times.sort()
    print(
        f"  HTTPS, {CALLERS} callers at once: {len(times) / seconds:,.0f} requests/s, "
        f"p50 {statistics.median(times) * 1000:.1f} ms, "
        f"p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms"
    )


@contextmanager
def front(home: Path) -> Iterator[tuple[str, str]]:
    """A stand-in with the package in a process of its own: its address and a session key."""
    command = [sys.executable, "-c", FRONT, home, PACKAGE_FILE, sys.executable]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        uri, _, key = run.stdout.readline().strip().partition(" ")
        yield uri, key
        run.communicate()
    if run.returncode:
        raise SystemExit("The stand-in refused something.")


async def _callers(uri: str, key: str, rules: list[Rule], seconds: float) -> list[float]:
    times: list[float] = []
    warm = time.perf_counter() + 1.0
    callers = [_caller(uri, key, rules, random.Random(one), warm, warm + seconds, times)
               for one in range(CALLERS)]  # fmt: skip
    await asyncio.gather(*callers)
    return times


async def _caller(
    uri: str, key: str, rules: list[Rule], dice: random.Random, warm: float, until: float,
    times: list[float],
) -> None:  # fmt: skip
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    port = int(uri.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    while (started := time.perf_counter()) < until:
        rule = dice.choice(rules)
        path = (f"/services/fmgstate/policy?device={rule.event['devid']}&vdom=root"
                f"&policyid={rule.event['policyid']}")  # fmt: skip
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Splunk {key}\r\n\r\n"
        writer.write(head.encode())
        said = await reader.readuntil(b"\r\n\r\n")
        length = int(said.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        row = json.loads(await reader.readexactly(length))
        if started >= warm:
            times.append(time.perf_counter() - started)
        expected = _expected(rule)
        assert {name: row.get(name) for name in expected} == expected, row
    writer.close()


def save_rule_base(file: Path, base: RuleBase) -> None:
    """The same rules as a package of their own for each device."""
    store, now = OnDiskStore(file), time.time()

    def keep(scope: Scope, records: list[Any]) -> None:
        head = Head(scope.key, now, now, "1")
        store.save(Snapshot(head, {"records": records}), index.rows(scope, records))

    devices = [
        Device("branch", f"fw-{one}", f"FG100F{one:010}", vdoms=(Vdom("root"),))
        for one in range(DEVICES)
    ]
    packages = [Package("branch", one.name, assignments=(
        Assignment(one.name, "root", one.name, "installed"),)) for one in devices]  # fmt: skip
    inventory = Inventory(Adom("branch"), tuple(devices), tuple(packages))
    keep(Scope(INVENTORY, MANAGER, "branch"), inventory_events.records(inventory))
    keep(Scope(OBJECTS, MANAGER, "branch"), object_records(base.objects))
    records = policy_records(base.state.policies)
    for one in devices:
        keep(Scope(PACKAGE, MANAGER, "branch", one.name), records)
    refresh_key_files(store, file)
    store.close()


if __name__ == "__main__":
    main()
