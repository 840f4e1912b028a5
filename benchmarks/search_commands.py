"""Search commands of the built package, as Splunk starts them, beside splunklib's StreamingCommand.

    python -m benchmarks.search_commands [events]

Both do the same look-ups; every event that comes back is compared with what it must be. Events are
written as splunkd writes them (it quotes all but letters and digits). Rules are drawn evenly from
all policies, which is the hardest case, and as traffic draws them: the rule of rank r as often as
1/r (Zipf), ranks spread over all devices. As traffic draws them also: one event in a hundred of no
rule (``policyid=0``), with the fields that are added when none are asked for, hits among them, and
a million of them at once. ``benchmarks.policies_tenfold`` asks beside ten times the policies.
One event is timed when Python has written its bytecode beside the app already.
"""

from __future__ import annotations

import csv
import io
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.search_events import CHUNK, KEY, TEN, chunk, draw, frame, getinfo, reply
from benchmarks.search_fleet import Rule, by_default, count_hits, denied, fleet, save
from fmgstate import __version__
from fmgstate.settings import APP, store_file
from tests import pythons
from tests.splunk.session_port import session_port

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dist" / f"{APP}-{__version__}.tar.gz"
EVENTS, MANY, STARTS = 200_000, 1_000_000, 15
ADDED = ["name", "action", "package", "section", "owner"]
FRESH = "fresh=86400"
ASKED = [f"fields={' '.join(ADDED)}", FRESH]

PEER = """
import csv, os, sys
sys.path[:0] = [{lib!r}, {bin!r}]
from splunklib.searchcommands import Configuration, Option, StreamingCommand, dispatch
from fmgstate import wiring
from fmgstate.collect.rules import KEY
from fmgstate.search.fmgpolicy import DEFAULT
from fmgstate.settings import store_file

@Configuration(distributed=False, required_fields=list(KEY))
class Peer(StreamingCommand):
    fields = Option()
    fresh = Option()

    def stream(self, records):
        fields = self.fields.split() if self.fields else DEFAULT
        rules = wiring.rules(store_file(os.environ), fields, None, float(self.fresh))
        names = ["rule_" + name for name in rules.columns.names]
        known = {{}}
        for record in records:
            key = tuple([record.get(name, "") for name in KEY])
            added = known.get(key)
            if added is None:
                cells = next(csv.reader([rules.answer([key])[0].decode()]))
                added = known[key] = dict(zip(names, cells))
            record.update(added)
            yield record

dispatch(Peer)
"""


@dataclass(frozen=True)
class Run:
    """``answered``: seconds from exec until the whole answer was read; ``seconds``: to exit.
    ``cpu``: those in which the process and the system for it computed. ``peak``: MB of memory at
    most, ``mapped``: of these in mapped files at the end. ``bodies``: the replies."""

    answered: float
    seconds: float
    cpu: float
    peak: float
    mapped: float
    bodies: list[bytes]


def main() -> None:
    """Prints rates, ratios, memory, and the time from exec to the answer for one event."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fmgstate-bench-"))
        uri = stack.enter_context(session_port(Path(folder)))
        bench = Bench(Path(folder), uri)
        bench.store(80, 500)
        for python in interpreters():
            bench.show(python, events)


class Bench:
    """One unpacked package and one store, as on a search head."""

    def __init__(self, folder: Path, uri: str) -> None:
        self._home, self._uri = folder, uri
        apps = folder / "etc" / "apps"
        with tarfile.open(PACKAGE) as tar:
            tar.extractall(apps, filter="data")
        self._app = apps / APP
        self._peer = folder / "peer.py"
        places = {"lib": str(self._app / "lib"), "bin": str(self._app / "bin")}
        self._peer.write_text(PEER.format(**places), encoding="utf-8")
        self.fmgpolicy = self._app / "bin" / "fmgpolicy.py"
        self.rules: list[Rule] = []

    def store(self, devices: int, policies: int) -> None:
        """A new store, and its files by key."""
        self.rules = list(fleet(devices, policies))
        file = store_file({"SPLUNK_HOME": str(self._home)})
        saved, files = save(file, self.rules)
        count_hits(file, self.rules)
        size = sum(one.stat().st_size for one in Path(f"{file}.keys").iterdir())
        print(
            f"{len(self.rules):,} policies on {devices} FortiGates; store {saved:.1f} s, "
            f"files by key {files:.1f} s, {size / 1e6:.0f} MB",
            flush=True,
        )

    def show(self, python: Path, number: int) -> None:
        """All figures on one Python."""
        version = python.parent.parent.name
        for drawn, header in product(("evenly", "as traffic does"), (KEY, TEN)):
            chosen = draw(self.rules, number, drawn == "evenly")
            what = f"Python {version}, {len(header):2} fields in, drawn {drawn}"
            self._show_events(python, what, header, chosen, ASKED)
            if drawn != "evenly":
                odd = [denied(one) if at % 100 == 7 else one for at, one in enumerate(chosen)]
                what += ", 1% of no rule"
                self._show_events(python, what, header, odd, ASKED)
                told = [by_default(one) for one in chosen]
                what = what.replace("1% of no rule", "default fields")
                self._show_events(python, what, header, told, [FRESH])
        many = draw(self.rules, MANY, False)
        what = f"Python {version},  8 fields in, drawn as traffic does, {MANY:,} events"
        self._show_events(python, what, KEY, many, ASKED, beside_splunklib=False)
        self._show_one(python, version)

    def _show_events(
        self,
        python: Path,
        what: str,
        header: list[str],
        chosen: list[Rule],
        asked: list[str],
        beside_splunklib: bool = True,
    ) -> None:
        number = len(chosen)
        bodies = chunks(header, chosen)
        ours = self.run(python, [self.fmgpolicy], bodies, asked)
        check(ours.bodies, chosen)
        line = f"  {what}: {_speed(ours, number)}"
        if beside_splunklib:
            theirs = self.run(python, [self._peer], bodies, asked)
            check(theirs.bodies, chosen)
            line += f"; splunklib {_speed(theirs, number)}"
            line += f"; {theirs.seconds / ours.seconds:.1f} times as fast"
            line += f" ({theirs.cpu / ours.cpu:.1f} by CPU)"
        print(line, flush=True)

    def _show_one(self, python: Path, version: str) -> None:
        for name, script in {"fmgpolicy": self.fmgpolicy, "splunklib": self._peer}.items():
            runs = []
            for rule in random.Random(2).choices(self.rules, k=STARTS):
                run = self.run(python, [script], [chunk(KEY, [rule])])
                check(run.bodies, [rule])
                runs.append((run.answered, run.seconds, run.cpu))
            print(f"  Python {version}, one event, {name}: {one_event(runs)}", flush=True)

    def run(
        self, python: Path, script: list[Path], bodies: list[bytes], asked: Sequence[str] = ASKED
    ) -> Run:
        environment = {"SPLUNK_HOME": str(self._home), "PATH": os.defpath}
        started = time.perf_counter()
        process = subprocess.Popen(
            [python, *script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdin
        assert process.stdout
        process.stdin.write(frame(getinfo(list(asked), self._uri)))
        process.stdin.flush()
        settings, _ = reply(process.stdout)
        assert settings["required_fields"] == KEY, settings
        found = []
        for at, body in enumerate(bodies, start=1):
            process.stdin.write(frame({"action": "execute", "finished": at == len(bodies)}, body))
            process.stdin.flush()
            metadata, answer = reply(process.stdout)
            assert "inspector" not in metadata, metadata
            found.append(answer)
        answered = time.perf_counter() - started
        peak, mapped = _memory(process.pid)
        process.stdin.close()
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        seconds = time.perf_counter() - started
        cpu = used.ru_utime + used.ru_stime
        return Run(answered, seconds, cpu, peak, mapped, found)


def chunks(header: list[str], chosen: list[Rule]) -> list[bytes]:
    """Events of these rules, as splunkd hands them over."""
    return [chunk(header, chosen[at : at + CHUNK]) for at in range(0, len(chosen), CHUNK)]


def one_event(runs: list[tuple[float, float, float]]) -> str:
    """Runs as ``Run`` has them. What is not computing is waiting: for splunkd's port, or for a
    processor that others use."""
    answered, ended, cpu = ([1000 * one for one in column] for column in zip(*runs, strict=True))
    return (
        f"exec to the answer {statistics.median(answered):.0f} ms (worst {max(answered):.0f}), "
        f"to exit {statistics.median(ended):.0f}, of these computing {statistics.median(cpu):.0f}"
    )


def check(bodies: list[bytes], rules: list[Rule]) -> None:
    """Every event came back with its rule's values, and in its order."""
    told = _rows(bodies)
    for at, rule in enumerate(rules):
        row = next(told)
        assert row["_chunked_idx"] == str(at % CHUNK)
        found = {name: row[f"rule_{name}"] for name in rule.expected}
        assert found == rule.expected, (found, rule.expected)
    assert next(told, None) is None


def _rows(bodies: list[bytes]) -> Iterator[dict[str, str]]:
    for body in bodies:
        yield from csv.DictReader(io.StringIO(body.decode()))


def _speed(run: Run, events: int) -> str:
    memory = f"{run.peak:.0f} MB, {run.mapped:.0f} of them mapped"
    return f"{events / run.seconds:,.0f} events/s, {run.cpu / events * 1e6:.2f} us CPU, {memory}"


def _memory(pid: int) -> tuple[float, float]:
    """MB that a process had at most, and has in mapped files; 0.0 where the kernel does not tell
    (``ru_maxrss`` would count this process's memory as well)."""
    told = {}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            told[name] = value.split()
    peak, mapped = (int(told.get(name, ["0"])[0]) / 1024 for name in ("VmHWM", "RssFile"))
    return peak, mapped


def interpreters() -> Iterator[Path]:
    """Those that Splunk brings, as far as they are here."""
    for version in ("3.9", "3.13"):
        found = [path for path in pythons.candidates(version) if pythons.runs(path, version)]
        if found:
            yield found[0]
        else:
            print(f"Python {version} was not found: not measured.")


if __name__ == "__main__":
    main()
