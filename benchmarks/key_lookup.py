"""Key look-ups over 40,000 policies: device, VDOM and policyid to the whole rule, from the store.

The peer is what a script would do: the same policies as one JSON file, loaded, then a dict.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fmgstate.collect.answer import Answers, Key
from fmgstate.collect.index import pack
from fmgstate.settings import Account, Limits, Plan
from fmgstate.store.on_disk import OnDiskStore
from fmgstate.wiring import refresh_all
from simulator.control import running

ROOT = Path(__file__).resolve().parent.parent
LOOK_UPS = 40_000
BATCH = 1_000
STARTS = 15


def main() -> None:
    """Prints rates within one process, and the time from exec to the printed answer."""
    with tempfile.TemporaryDirectory(prefix="fmgstate-bench-") as folder:
        file = Path(folder, "state.db")
        with running("bench80") as fortimanager:
            account = Account(
                fortimanager.url, fortimanager.user, fortimanager.password, ca=fortimanager.ca
            )
            refresh_all(account, Plan(), Limits(), file, lambda _: None)
        store = OnDiskStore(file)
        keys, rules = _everything(store)
        dice = random.Random(1)
        asked = [dice.choice(keys) for _ in range(LOOK_UPS)]
        print(f"{len(keys):,} policies on VDOMs; {LOOK_UPS:,} random look-ups, each answer checked")
        single = _rate(lambda: _one_by_one(store, asked[:5000], rules), 5000)
        print(f"one at a time, one process        {single:10,.0f} look-ups/s")
        bulk = _rate(lambda: _in_bulk(store, asked, rules), LOOK_UPS)
        print(f"{BATCH:,} at a time, one process     {bulk:10,.0f} look-ups/s")
        store.close()
        everything = Path(folder, "everything.json")
        everything.write_bytes(pack({repr(key): rules[key] for key in keys}))
        _starts(file, everything, asked)


def _everything(store: OnDiskStore) -> tuple[list[Key], dict[Key, Any]]:
    """All keys, and the rule behind each."""
    rules: dict[Key, Any] = {}
    packages = {}
    for head in store.heads("package/"):
        snapshot = store.load(head.key)
        assert snapshot
        packages[head.key] = [r for r in snapshot.content["records"] if r["part"] == "package"]
    for head in store.heads("inventory/"):
        snapshot = store.load(head.key)
        assert snapshot
        for package in (r for r in snapshot.content["records"] if r["kind"] == "package"):
            for one in package.get("assignments", ()):
                key = head.key.replace("inventory/", "package/")
                for rule in packages[key + package["path"].replace("/", "%2F")]:
                    if rule["table"] == "firewall/policy":
                        rules[one["device"], one["vdom"], rule["policyid"]] = rule
    return list(rules), rules


def _one_by_one(store: OnDiskStore, asked: list[Key], rules: dict[Key, Any]) -> None:
    answers = Answers(store, time.time(), 300.0)
    for key in asked:
        assert answers.by_policyid(*key)[0]["uuid"] == rules[key]["uuid"]


def _in_bulk(store: OnDiskStore, asked: list[Key], rules: dict[Key, Any]) -> None:
    answers = Answers(store, time.time(), 300.0)
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        found = [rows[0]["uuid"] for rows in answers.by_policyids(batch)]
        assert found == [rules[key]["uuid"] for key in batch]


def _rate(work: object, number: int) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return number / (time.perf_counter() - started)


def _starts(store: Path, everything: Path, asked: list[Key]) -> None:
    ours = [sys.executable, "-m", "fmgstate", "policy", "--store", str(store), "--json"]
    program = "import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])"
    theirs = [sys.executable, "-c", program, str(everything)]
    times: dict[str, list[float]] = {"we": [], "one JSON file": [], "bare Python": []}
    for device, vdom, policyid in asked[:STARTS]:
        where = ["--device", device, "--vdom", vdom, "--policyid", str(policyid)]
        times["we"].append(_milliseconds([*ours, *where]))
        times["one JSON file"].append(_milliseconds([*theirs, repr((device, vdom, policyid))]))
        times["bare Python"].append(_milliseconds([sys.executable, "-c", "pass"]))
    for name, taken in times.items():
        print(f"exec to the printed answer, {name:<14} median {statistics.median(taken):6.1f} ms")


def _milliseconds(command: list[str]) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "bin")}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    assert json.dumps(done.stdout.decode())
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
