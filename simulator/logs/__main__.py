"""``python -m simulator.logs``: FortiGate traffic logs of a scenario, on stdout."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from contextlib import ExitStack

from simulator.logs.generate import DAY, Logs
from simulator.logs.lines import RELEASES, SPELLINGS
from simulator.scenarios import SCENARIOS, build
from simulator.state.fortimanager import START
from simulator.versions import Version


def main(argv: list[str] | None = None) -> int:
    given = _arguments(argv)
    gc.disable()
    fm = build(given.scenario, Version.parse(given.version), given.scenario_seed)
    gc.enable()
    gc.freeze()
    logs = Logs(fm, given.seed, given.spelling, given.release, given.start, given.seconds)
    with ExitStack() as stack:
        truths = None
        if given.truth:
            truths = stack.enter_context(open(given.truth, "w", encoding="utf-8"))  # noqa: PTH123
        for line, truth in logs.lines(given.lines):
            print(line)
            if truths is not None:
                truths.write(json.dumps(truth.record()) + "\n")
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator.logs", description=__doc__)
    add = parser.add_argument
    add("--scenario", default="eighty", choices=SCENARIOS)
    add("--lines", type=int, default=1000)
    add("--spelling", default="fortios", choices=tuple(SPELLINGS), help="how fields are named")
    add("--release", default="", choices=("", *RELEASES), help="FortiOS of all devices")
    add("--seed", type=int, default=1, help="same seed, same lines")
    add("--scenario-seed", type=int, default=1, help="the simulator's --seed")
    add("--version", default="7.4.5", help="the simulator's --version")
    add("--start", type=float, default=float(START + 9 * 3600), help="epoch of the first line")
    add("--seconds", type=float, default=float(DAY), help="how long until the last line")
    add("--truth", default="", metavar="FILE", help="what is true of each line, JSON lines")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
