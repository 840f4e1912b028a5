"""How quickly the policy engine answers, beside reading the rules one by one and beside fwshift.

    python -m benchmarks.policy_engine [number of policies ...]

Every answer that is timed is checked: each rule that is for the flow's interfaces is read again,
one by one. The collector of garbage is off while a policy is compiled, as it is in a refresh, and
what was compiled is set apart from it before look-ups are timed. Compiling and loading are timed
three times, and the least is told.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT)]

from benchmarks.rule_bases import TARGET, rule_base  # noqa: E402
from fmgstate.policy.compiled import Compiled, Decision, compiled, dump, load  # noqa: E402
from fmgstate.policy.effective import Effective, PackageState, effective  # noqa: E402
from fmgstate.policy.events import (  # noqa: E402
    object_records,
    objects,
    policies,
    policy_records,
)
from fmgstate.policy.flow import HIT, MAY, MISS, Flow  # noqa: E402
from fmgstate.policy.lookup import IMPLICIT, look_up  # noqa: E402
from fmgstate.policy.rule import Rule, judge  # noqa: E402
from fmgstate.policy.shadowing import UNDECIDED, Shadowing, Verdict  # noqa: E402
from fmgstate.record import Record  # noqa: E402

SIZES = (500, 5_000, 50_000)
FLOWS = {500: 20_000, 5_000: 10_000, 50_000: 4_000}
LINEAR = {500: 1_000, 5_000: 150, 50_000: 15}
WHOLE = 10_000
"""Larger rule bases are asked about unions by a sample: beside look-ups, that is printed only."""
DEVICES, EACH = 80, 500
PEER_SIZE, PEER_FLOWS = 5_000, 150
RUNS = 10
"""Of what takes milliseconds, before and again after what takes seconds; the median counts."""

LOAD = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from fmgstate.policy.compiled import load
kept = Path(sys.argv[2]).read_bytes()
begun = time.process_time()
load(kept)
print(time.process_time() - begun)
"""


@contextmanager
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    with _no_collector():
        begun = time.process_time()
        found = work()
        return time.process_time() - begun, found


def check(policy: Effective, flows: list[Flow], decisions: list[Decision]) -> None:
    """Every decision again, by reading the rules that are for the flow's interfaces."""
    local = policy.interfaces
    between: dict[Any, list[Rule]] = {}
    for flow, (decider, may) in zip(flows, decisions):  # noqa: B905 (3.9)
        pair = flow.srcintf, flow.dstintf
        if pair not in between:
            between[pair] = [
                rule
                for rule in policy.rules
                if local.judge(rule.srcintf, flow.srcintf, "")[0] != MISS
                and local.judge(rule.dstintf, flow.dstintf, "")[0] != MISS
            ]
        packets = policy.translation.packets(flow)
        found, doubtful = IMPLICIT, []
        for rule in between[pair]:
            state, reasons = judge(rule, packets, local)
            if state == HIT:
                found = rule.place
                break
            if state == MAY:
                doubtful.append((rule.place, reasons))
        assert (found, doubtful) == (decider, list(may)), flow


def _look_ups(quick: Compiled, flows: list[Flow]) -> tuple[float, float, list[Decision]]:
    """Look-ups per second, 99th percentile in milliseconds, and the decisions."""
    gc.collect()
    gc.freeze()
    seconds, decisions = _seconds(lambda: list(map(quick.decide, flows)))
    each = []
    for flow in flows:
        begun = time.perf_counter()
        quick.decide(flow)
        each.append(time.perf_counter() - begun)
    gc.unfreeze()
    return len(flows) / seconds, sorted(each)[len(each) * 99 // 100] * 1000, decisions


def _load_seconds(policy: Effective) -> tuple[float, float]:
    """The least of three new processes, and megabytes."""
    with tempfile.NamedTemporaryFile() as kept:
        kept.write(dump(policy))
        kept.flush()
        command = [sys.executable, "-c", LOAD, str(ROOT / "bin"), kept.name]
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True).stdout
            for _ in range(3)
        ]
        return min(map(float, runs)), Path(kept.name).stat().st_size / 1e6


def measure(size: int) -> dict[str, str]:
    """One column of the table."""
    base = rule_base(size, FLOWS.get(size, 2_000))
    snapshot = policy_records(base.state.policies), object_records(base.objects)
    compiling, (policy, quick) = min(
        (_seconds(lambda: _compile(base.state, *snapshot)) for _ in range(3)), key=itemgetter(0)
    )
    rate, p99, decisions = _look_ups(quick, base.flows)
    check(policy, base.flows, decisions)
    sample = base.flows[: LINEAR.get(size, 50)]
    linear, _ = _seconds(lambda: [look_up(policy, flow) for flow in sample])
    loading, megabytes = _load_seconds(policy)
    single, covered = _seconds(lambda: list(Shadowing(policy).verdicts(budget=0)))
    part = 1 if size <= WHOLE else size // 1_000
    union, verdicts = _seconds(lambda: _verdicts(policy, part))
    undecided = sum(one.verdict == UNDECIDED for one in verdicts)
    of_them = "" if part == 1 else f" of 1 in {part}"
    return {
        "look-ups a CPU second": f"{rate:,.0f}",
        "  times reading rules one by one": f"{rate * linear / len(sample):,.0f}",
        "p99 of one look-up, ms": f"{p99:.3f}",
        "may-hits on the way, share of flows": f"{_share(decisions):.1%}",
        "compile from snapshot, s": f"{compiling:.2f}",
        "load in a new process, ms": f"{loading * 1000:.0f}",
        "compiled form, MB": f"{megabytes:.1f}",
        "covered by one rule: s": f"{single:.3f}",
        "  found by one": f"{len(covered):,}",
        "with unions: s": f"{union:.3f}{of_them}",
        "  decided": f"{1 - undecided * part / size:.2%}",
        "  found by unions too": f"{len(verdicts) - undecided:,}",
    }


def _verdicts(policy: Effective, part: int) -> list[Verdict]:
    """With unions, of every ``part``-th rule."""
    shadowing = Shadowing(policy)
    found = map(shadowing.verdict, shadowing.rules[::part])
    return [one for one in found if one is not None]


def _share(decisions: list[Decision]) -> float:
    return sum(bool(may) for _, may in decisions) / len(decisions)


def _compile(
    state: PackageState, kept: list[Record], objects_kept: list[Record]
) -> tuple[Effective, Compiled]:
    """From the records of a snapshot."""
    state = replace(state, policies=tuple(policies(kept)))
    policy = effective(TARGET, state, objects(objects_kept))
    return policy, compiled(policy)


def all_devices() -> dict[str, str]:
    """Eighty firewalls asked for one flow."""
    bases = [rule_base(EACH, 50, seed) for seed in range(8)]
    kept = [dump(effective(TARGET, base.state, base.objects)) for base in bases]
    loading, fleet = _seconds(lambda: [load(kept[n % 8]) for n in range(DEVICES)])
    flow = bases[0].flows[0]
    known, _ = _seconds(lambda: [one.decide(flow) for one in fleet if one])
    anywhere = flow._replace(srcintf=None, dstintf=None)
    unknown, _ = _seconds(lambda: [one.decide(anywhere) for one in fleet if one])
    return {
        f"load {DEVICES} firewalls of {EACH} policies, s": f"{loading:.2f}",
        "ask all for one flow, ms": f"{known * 1000:.1f}",
        "  interfaces not given": f"{unknown * 1000:.1f}",
    }


def beside_fwshift() -> dict[str, str]:
    """Only what fwshift reads as we do: IPv4, no unknowns, no virtual IPs.

    Its audit decides unions too. ``SHADOWED_RULE`` is the one check that makes it look for rules
    that never match, and for nothing else; it begins by reading names as sets, which ours have
    become when a policy is compiled. Its whole audit asks much beside that. Ours takes nothing
    from the compiled form, which the look-ups before it use: its masks are made each time.
    """
    from tests.peers.environment import ask_fwshift
    from tests.peers.fortios_config import config
    from tests.peers.run import as_peer_says, point

    base = rule_base(PEER_SIZE, PEER_FLOWS, plain=True)
    policy = effective(TARGET, base.state, base.objects)
    quick = compiled(policy)
    more = rule_base(PEER_SIZE, 5_000, plain=True).flows
    rate, _, _ = _look_ups(quick, more)
    points = [point(flow) for flow in base.flows]
    question = {
        "config": config(base.state, base.objects),
        "points": points,
        "audit": True,
        "audits": [["SHADOWED_RULE"], []],
    }
    audits = [_seconds(lambda: list(Shadowing(policy).verdicts())) for _ in range(RUNS)]
    theirs = ask_fwshift(question, timeout=1800)
    audits += [_seconds(lambda: list(Shadowing(policy).verdicts())) for _ in range(RUNS)]
    for flow, said in zip(base.flows, theirs["decisions"]):  # noqa: B905 (3.9)
        assert as_peer_says(quick.answer(flow)) == tuple(said), flow
    verdicts = audits[0][1]
    audit = sorted(seconds for seconds, _ in audits)[RUNS]
    dead = {line.partition(" ")[2] for line in theirs["dead"]}
    assert {one.rule.policy.name for one in verdicts} == dead
    times = rate * theirs["seconds"] / PEER_FLOWS
    never, reading = theirs["audits"]
    return {
        f"look-ups at {PEER_SIZE:,}, times fwshift": f"{times:,.0f}",
        "which rules never decide, unions too, ms": f"{audit * 1000:.0f}",
        "  times fwshift, asked for that alone": f"{never / audit:,.0f}",
        "  the same, its reading taken off": f"{(never - reading) / audit:,.0f}",
        "  times fwshift's whole audit, which says more": f"{theirs['audit_seconds'] / audit:,.0f}",
    }


def main() -> None:
    """Prints the table; sizes may be given as arguments."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    columns = [measure(size) for size in sizes]
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}".ljust(46), *(f"{size:>12,}" for size in sizes))
    labels = Counter(label for column in columns for label in column)
    for label in labels:
        print(label.ljust(46), *(f"{column[label]:>12}" for column in columns))
    for label, figure in {**all_devices(), **beside_fwshift()}.items():
        print(label.ljust(46), f"{figure:>12}")


if __name__ == "__main__":
    main()
