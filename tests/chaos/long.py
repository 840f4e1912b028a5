"""Chaos for as long as you like: ``python -m tests.chaos.long --minutes 20 [--seed 7]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bin"))

from tests.chaos.play import play

MOST_CYCLES = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        print(play(given.seed, Path(folder), given.minutes * 60, MOST_CYCLES).text())


if __name__ == "__main__":
    main()
