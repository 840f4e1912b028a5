"""Takes and gives back leases in a process of its own, and writes down each "+" and "-".

    python lease_holder.py <file> <record> <at most> <seconds> | hold <file> <how many>

A "+" is written after a lease was got, a "-" before it is given back: however the processes'
lines are mixed, their running sum is never more than what was out.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bin"))

from fmgstate.store.leases import SessionLeases

MANAGER = "fmg.example.com"


def take_turns(file: str, record: str, at_most: str, seconds: str) -> None:
    leases = SessionLeases(file)
    dice = random.Random(os.getpid())
    until = time.monotonic() + float(seconds)
    written = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    held: list[str] = []
    while time.monotonic() < until or held:
        lease = leases.acquire(MANAGER, int(at_most)) if time.monotonic() < until else None
        if lease is not None:
            os.write(written, b"+")
            held.append(lease)
        if held and (lease is None or dice.random() < 0.4):
            os.write(written, b"-")
            leases.release(held.pop())
        time.sleep(dice.random() * 0.01)


def hold(file: str, how_many: str) -> None:
    leases = SessionLeases(file)
    print([leases.acquire(MANAGER, 99) is not None for _ in range(int(how_many))], flush=True)
    time.sleep(600)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold(*sys.argv[2:])
    else:
        take_turns(*sys.argv[1:])
