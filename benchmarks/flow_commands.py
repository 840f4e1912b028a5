"""``fmglookup`` of the built package, as Splunk starts it: flows a second; one event, exec to exit.

    python -m benchmarks.flow_commands [events]

80 FortiGates with 500 policies each. No two events are alike: each has its own time and source
port. Every answer is held against reading the rules one by one. The user's capabilities and ADOMs
are asked of the stand-in for splunkd, which runs beside it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rule_bases import RuleBase, rule_base
from benchmarks.search_commands import PACKAGE, _memory, _rows, interpreters, one_event
from benchmarks.search_events import CHUNK, cell, frame, getinfo, reply
from fmgstate.collect import index
from fmgstate.collect.scope import INVENTORY, OBJECTS, Scope
from fmgstate.collect.scope import PACKAGE as OF_PACKAGE
from fmgstate.inventory import events as inventory_events
from fmgstate.inventory.model import Adom, Assignment, Device, Inventory, Package, Target, Vdom
from fmgstate.policy import ports, space
from fmgstate.policy.effective import effective
from fmgstate.policy.events import object_records, policy_records
from fmgstate.policy.flow import Flow
from fmgstate.policy.lookup import look_up
from fmgstate.settings import APP, store_file
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import refresh_key_files
from standin import Standin

ADOMS, DEVICES, POLICIES, FLOWS = 8, 10, 500, 500
EVENTS, STARTS = 200_000, 15
FIELDS = ["srcip", "dstip", "proto", "dstport", "srcintf", "dstintf", "srcport", "service", "date",
          "time", "devid", "vd"]  # fmt: skip
ADDED = ["action", "policyid", "name", "uuid", "may_hit"]


class Asked:
    """Flows of one ADOM's rules, and what decides them."""

    def __init__(self, adom: int, base: RuleBase) -> None:
        policy = effective(Target("any", "root"), base.state, base.objects)
        self.events = [_event(flow) for flow in base.flows]
        answers = (look_up(policy, flow) for flow in base.flows)
        self.expected = [
            (one.action, str(one.decider.policy.policyid) if one.decider else "0", len(one.may))
            for one in answers
        ]
        self.adom = adom


def main() -> None:
    """Prints flows a second, memory, and the time from exec to exit for one event."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder:
        home = Path(folder)
        asked = save(store_file({"SPLUNK_HOME": str(home)}))
        with Standin(home, [PACKAGE]) as splunk:
            for python in interpreters():
                show(splunk, python, asked, events)


def show(splunk: Standin, python: Path, asked: list[Asked], number: int) -> None:
    """All figures on one Python; the first run compiles what the store holds."""
    version = python.parent.parent.name
    dice = random.Random(1)
    chosen = [(dice.choice(asked), dice.randrange(DEVICES), dice.randrange(FLOWS))
              for _ in range(number)]  # fmt: skip
    bodies = [chunk(chosen[at : at + CHUNK], at) for at in range(0, number, CHUNK)]
    for what in ("compiling", "compiled"):
        _, seconds, cpu, peak, answers = run(splunk, python, bodies)
        check(answers, chosen)
        print(
            f"  Python {version}, {what}: {number / seconds:,.0f} flows/s, "
            f"{cpu / number * 1e6:.1f} us CPU each, {seconds:.1f} s, {peak:.0f} MB",
            flush=True,
        )
    runs = []
    for _ in range(STARTS):
        one = [(dice.choice(asked), dice.randrange(DEVICES), dice.randrange(FLOWS))]
        answered, seconds, cpu, _, answers = run(splunk, python, [chunk(one, 0)])
        check(answers, one)
        runs.append((answered, seconds, cpu))
    print(f"  Python {version}, one event: {one_event(runs)}", flush=True)


def run(
    splunk: Standin, python: Path, bodies: list[bytes]
) -> tuple[float, float, float, float, list[bytes]]:
    """Seconds from exec to the whole answer, to exit, those of processor time, MB at most, and the
    replies."""
    script = splunk.home.app(APP) / "bin" / "fmglookup.py"
    hello = getinfo([f"fields={','.join(ADDED)}", "fresh=86400"], splunk.uri)
    hello["searchinfo"].update(session_key=splunk.session_key, command="fmglookup")
    environment = {"SPLUNK_HOME": str(splunk.home.path), "PATH": os.defpath}
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert process.stdin
    assert process.stdout
    found = []
    _send(process.stdin, frame(hello))
    settings, _ = reply(process.stdout)
    assert settings["type"] == "stateful", settings
    for at, body in enumerate(bodies, start=1):
        _send(process.stdin, frame({"action": "execute", "finished": at == len(bodies)}, body))
        metadata, answer = reply(process.stdout)
        assert "inspector" not in metadata, metadata
        found.append(answer)
    answered = time.perf_counter() - started
    peak, _ = _memory(process.pid)
    process.stdin.close()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    seconds = time.perf_counter() - started
    return answered, seconds, used.ru_utime + used.ru_stime, peak, found


def chunk(chosen: list[tuple[Asked, int, int]], first: int) -> bytes:
    """Events as splunkd writes them; each has another second, and source port."""
    names = [*FIELDS, "_chunked_idx"]
    lines = [",".join(map(cell, [*names, *(f"__mv_{name}" for name in names)]))]
    nothing = "," * len(names)
    for at, (asked, device, flow) in enumerate(chosen):
        second = (first + at) // 4
        clock = f"{9 + second // 3600 % 9:02}:{second // 60 % 60:02}:{second % 60:02}"
        event = {**asked.events[flow], "devid": _serial(asked.adom, device), "vd": "root",
                 "date": "2026-11-23", "time": clock, "srcport": str(1024 + (first + at) % 60_000),
                 "_chunked_idx": str(at)}  # fmt: skip
        lines.append(",".join(cell(event.get(name, "")) for name in names) + nothing)
    return ("\n".join(lines) + "\n").encode()


def check(bodies: list[bytes], chosen: list[tuple[Asked, int, int]]) -> None:
    """Every event came back with the rule that decides it."""
    told = _rows(bodies)
    for asked, _, flow in chosen:
        row = next(told)
        may = len(row["lookup_may_hit"].splitlines()) if row["lookup_may_hit"] else 0
        found = row["lookup_action"], row["lookup_policyid"], may
        assert found == asked.expected[flow], (row, asked.expected[flow])
    assert next(told, None) is None


def save(file: Path) -> list[Asked]:
    """A store of all ADOMs, and what is asked about each."""
    store, now, asked = OnDiskStore(file), time.time(), []
    for adom in range(ADOMS):
        base = rule_base(POLICIES, FLOWS, seed=adom + 1)
        asked.append(Asked(adom, base))
        name = f"region-{adom}"
        devices = [
            Device(name, _name(adom, n), _serial(adom, n), vdoms=(Vdom("root"),))
            for n in range(DEVICES)
        ]
        packages = [
            Package(name, f"p/{one.name}",
                    assignments=(Assignment(one.name, "root", f"p/{one.name}", "installed"),))
            for one in devices
        ]  # fmt: skip
        inventory = Inventory(Adom(name), tuple(devices), tuple(packages))
        kept: dict[Scope, Any] = {
            Scope(INVENTORY, "fmg", name): inventory_events.records(inventory),
            Scope(OBJECTS, "fmg", name): object_records(base.objects),
        }
        rows = policy_records(base.state.policies)
        kept.update({Scope(OF_PACKAGE, "fmg", name, one.path): rows for one in packages})
        for scope, records in kept.items():
            head = Head(scope.key, now, now, "1")
            store.save(Snapshot(head, {"records": records}), index.rows(scope, records))
    refresh_key_files(store, file)
    store.close()
    return asked


def _event(flow: Flow) -> dict[str, str]:
    number, port = flow.place >> 16, flow.place & 65535
    event = {
        "srcip": space.address_text((flow.src, flow.src), flow.v6),
        "dstip": space.address_text((flow.dst, flow.dst), flow.v6),
        "proto": str(number), "srcintf": flow.srcintf or "", "dstintf": flow.dstintf or "",
    }  # fmt: skip
    if number in (1, 58):
        return {**event, "service": f"{ports.NAMES[number]}/{port >> 8}/{port & 255}"}
    return {**event, "dstport": str(port), "service": f"{number}/{port}"}


def _name(adom: int, device: int) -> str:
    return f"fgt-{adom}-{device:03}"


def _serial(adom: int, device: int) -> str:
    return f"FG100F{adom:03}{device:07}"


def _send(pipe: Any, data: bytes) -> None:
    pipe.write(data)
    pipe.flush()


if __name__ == "__main__":
    main()
