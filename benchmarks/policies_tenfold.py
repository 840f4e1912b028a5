"""``fmgpolicy`` of the built package beside ten times the policies: 400,000 and 40,000.

    python -m benchmarks.policies_tenfold [events] [times]

The same number of events, drawn and written as in ``benchmarks.search_commands``; every event that
comes back is checked. Both stores are asked in turn, ``times`` each, and the best of each count:
what else the machine does meanwhile would otherwise be part of the ratio.

Events of all 800 FortiGates name more rules than those of 80, so that the searches differ, too, not
the stores alone: it is printed how many. Events of 80 FortiGates in both tell the stores apart.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.search_commands import (
    ASKED,
    EVENTS,
    FRESH,
    MANY,
    Bench,
    check,
    chunks,
    interpreters,
)
from benchmarks.search_events import KEY, TEN, draw
from benchmarks.search_fleet import by_default
from tests.splunk.session_port import session_port

TIMES, MOST_OF_MANY = 5, 3
FEW_DEVICES, MANY_DEVICES, POLICIES = 80, 800, 500


def main() -> None:
    """Prints the time of each, and the ratios by time and by CPU."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    times = int(sys.argv[2]) if len(sys.argv) > 2 else TIMES
    with ExitStack() as stack:
        benches = []
        for devices in (FEW_DEVICES, MANY_DEVICES):
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="fmgstate-bench-"))
            )
            bench = Bench(folder, stack.enter_context(session_port(folder)))
            bench.store(devices, POLICIES)
            benches.append(bench)
        for python in interpreters():
            for case in _cases(events, times):
                _show(python, case, benches)


class Case(NamedTuple):
    """``told``: the fields that are added when none are asked for, else five of them. ``same``: the
    events are of the first FortiGates, as many in both stores."""

    header: list[str]
    evenly: bool
    events: int
    times: int
    told: bool = False
    same: bool = False

    def __str__(self) -> str:
        drawn = "evenly" if self.evenly else "as traffic does"
        more = ", default fields" if self.told else ""
        more += f", of {FEW_DEVICES} FortiGates in both" if self.same else ""
        return f"{self.events:,} events, {len(self.header):2} fields in, drawn {drawn}{more}"


def _cases(events: int, times: int) -> Iterator[Case]:
    for evenly, header in product((False, True), (KEY, TEN)):
        yield Case(header, evenly, events, times)
    for evenly in (False, True):
        yield Case(KEY, evenly, events, times, same=True)
    yield Case(KEY, False, events, times, told=True)
    yield Case(KEY, False, MANY, min(times, MOST_OF_MANY))


def _show(python: Path, case: Case, benches: list[Bench]) -> None:
    inputs, named = [], []
    for bench in benches:
        rules = bench.rules[: FEW_DEVICES * POLICIES] if case.same else bench.rules
        chosen = draw(rules, case.events, case.evenly)
        chosen = list(map(by_default, chosen)) if case.told else chosen
        inputs.append((bench, chosen, chunks(case.header, chosen)))
        named.append(len({rule.event["poluuid"] for rule in chosen}))
    runs: list[list[tuple[float, float, float]]] = [[], []]
    for _ in range(case.times):
        for (bench, chosen, bodies), kept in zip(inputs, runs, strict=True):
            run = bench.run(python, [bench.fmgpolicy], bodies, [FRESH] if case.told else ASKED)
            check(run.bodies, chosen)
            kept.append((run.seconds, run.cpu, run.peak))
    (few, few_cpu, _), (many, many_cpu, _) = (map(min, zip(*kept, strict=True)) for kept in runs)
    print(
        f"  Python {python.parent.parent.name}, {case}: {few:.2f} and {many:.2f} s, "
        f"{many / few:.2f} times as long ({many_cpu / few_cpu:.2f} by CPU); "
        f"at most {max(peak for _, _, peak in runs[1]):.0f} MB; "
        f"rules in the events {named[0]:,} and {named[1]:,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
