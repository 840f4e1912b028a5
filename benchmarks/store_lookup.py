"""How quickly the store answers and saves, beside a plain dict and loading everything.

    python -m benchmarks.store_lookup [packages] [policies a package]

Every figure comes from the same run on the same data, so that the ratios hold on any machine.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BIN = Path(__file__).resolve().parents[1] / "bin"
if str(BIN) not in sys.path:
    sys.path.insert(0, str(BIN))

from fmgstate.store.base import Head, IndexRow, Snapshot  # noqa: E402
from fmgstate.store.on_disk import OnDiskStore  # noqa: E402

PACKAGES, POLICIES = 80, 500
ONE_BY_ONE, BATCH, BATCHES = 5_000, 100, 200
STARTS, NAIVE_STARTS = 15, 3

Scope = tuple[Snapshot, list[IndexRow]]

ANSWER_FROM_STORE = """
import sys
sys.path[:0] = [sys.argv[1]]
from fmgstate.store.on_disk import OnDiskStore
store = OnDiskStore(sys.argv[2])
print(store.find([sys.argv[3]])[0].value.decode())
store.close()
"""
ANSWER_FROM_JSON = """
import json, sys
with open(sys.argv[2]) as file:
    print(json.dumps(json.load(file)[sys.argv[3]]))
"""
ANSWER_NOTHING = "print()"


def policy(source: random.Random, number: int) -> dict[str, Any]:
    """One policy as an index row would keep it: about 1.2 kB of JSON."""

    def names(kind: str, count: int) -> list[str]:
        return [f"{kind}_{source.randrange(900):03}" for _ in range(count)]

    return {
        "policyid": number,
        "uuid": f"{source.getrandbits(128):032x}",
        "name": f"{source.choice(['web', 'mail', 'vpn', 'backup'])} rule {number}",
        "srcaddr": names("net", 3),
        "dstaddr": names("srv", 4),
        "service": names("tcp", 2),
        "ranges": [[source.getrandbits(32), source.getrandbits(32)] for _ in range(30)],
        "comments": f"CHG{source.randrange(10**7):07} for team {source.randrange(99)}",
        "action": "accept",
        "schedule": "always",
    }


def scopes(packages: int, policies: int) -> list[Scope]:
    source = random.Random(7)
    made = []
    for package in range(packages):
        rules = [policy(source, number) for number in range(policies)]
        rows = [(f"uuid:{rule['uuid']}", json.dumps(rule).encode()) for rule in rules]
        head = Head(f"fmg/adom/root/package/{package:04}", 1.0, 1.0, "7", {"result": "ok"})
        made.append((Snapshot(head, {"policies": rules}), rows))
    return made


def seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def start_seconds(script: str, *arguments: str, starts: int = STARTS) -> float:
    """The median of several starts, from exec to the process's end."""
    command = [sys.executable, "-I", "-S", "-c", script, *arguments]
    return sorted(
        seconds(lambda: subprocess.run(command, stdout=subprocess.PIPE, check=True))
        for _ in range(starts)
    )[starts // 2]


def save_all(store: OnDiskStore, made: list[Scope]) -> None:
    for snapshot, rows in made:
        store.save(snapshot, rows)


def show_saving(store: OnDiskStore, path: Path, made: list[Scope]) -> None:
    dump = path.with_suffix(".naive.json")
    first = seconds(lambda: save_all(store, made))
    again = seconds(lambda: save_all(store, made))
    naive = seconds(lambda: dump.write_text(json.dumps([each.content for each, _ in made])))
    size = sum(len(value) for _, rows in made for _, value in rows)
    print(f"  {len(made)} saves of {len(made[0][1])} rows ({size / 1e6:.0f} MB of values)")
    print(f"    first {first:7.2f} s   again {again:7.2f} s   again / one JSON file", end="")
    print(f" {again / naive:6.2f}x   file {path.stat().st_size / 1e6:.0f} MB")


def show_finding(store: OnDiskStore, made: list[Scope]) -> None:
    index = {key: (value, each.head) for each, rows in made for key, value in rows}
    keys = random.Random(8).choices(list(index), k=max(ONE_BY_ONE, BATCH * BATCHES))
    batches = [keys[start : start + BATCH] for start in range(0, BATCH * BATCHES, BATCH)]
    one = ONE_BY_ONE / seconds(lambda: [store.find([key]) for key in keys[:ONE_BY_ONE]])
    many = BATCH * BATCHES / seconds(lambda: [store.find(batch) for batch in batches])
    plain = len(keys) / seconds(lambda: [index[key] for key in keys])
    assert [found.value for found in store.find(batches[0])] == [index[k][0] for k in batches[0]]
    print(f"  find, one process, keys/s         by 1 {one:9,.0f}   by {BATCH} {many:9,.0f}")
    print(f"    plain dict {plain:12,.0f}       dict / by 1 {plain / one:6.0f}x", end="")
    print(f"   dict / by {BATCH} {plain / many:6.0f}x")


def show_cold_start(path: Path, made: list[Scope]) -> None:
    dump = path.with_suffix(".index.json")
    dump.write_text(json.dumps({k: json.loads(v) for _, rows in made for k, v in rows}))
    key = made[len(made) // 2][1][0][0]
    bare = start_seconds(ANSWER_NOTHING) * 1e3
    ours = start_seconds(ANSWER_FROM_STORE, str(BIN), str(path), key) * 1e3
    naive = start_seconds(ANSWER_FROM_JSON, str(BIN), str(dump), key, starts=NAIVE_STARTS) * 1e3
    print(f"  exec to answer, ms     bare Python {bare:6.1f}   store {ours:6.1f}", end="")
    print(f"   load the whole JSON {naive:7.1f}   JSON / store {naive / ours:5.1f}x")


def main(packages: int = PACKAGES, policies: int = POLICIES) -> None:
    """Print all figures. 80 packages of 500 policies take about 15 s."""
    print(f"store look-up: {packages} packages of {policies} policies")
    made = scopes(packages, policies)
    with tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder:
        path = Path(folder) / "store.sqlite"
        store = OnDiskStore(path)
        show_saving(store, path, made)
        show_finding(store, made)
        store.close()
        show_cold_start(path, made)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
