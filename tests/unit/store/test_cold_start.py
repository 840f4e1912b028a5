"""A new process that answers one look-up should pay for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore

ROOT = Path(__file__).resolve().parents[3]

LOOK_UP = """
import json, sys
sys.path[:0] = [sys.argv[1]]
from fmgstate.store.on_disk import OnDiskStore
store = OnDiskStore(sys.argv[2])
found = [[row.key, row.value.decode(), row.head.key] for row in store.find(["uuid:1"])]
store.close()
print(json.dumps({"found": found, "modules": sorted(sys.modules)}))
"""

# Each takes milliseconds to import, or pulls in what does.
TOO_HEAVY = {
    "requests", "urllib3", "http", "ssl", "socket", "email", "splunklib", "solnlib", "redis",
    "celery", "asyncio", "concurrent", "multiprocessing", "subprocess", "logging", "pathlib",
    "tempfile", "shutil", "argparse", "urllib", "random", "hashlib", "decimal", "fractions",
    "configparser", "xml", "unittest", "ctypes", "pickle", "uuid", "ipaddress", "statistics",
    "lzma", "bz2", "dataclasses", "inspect",
}  # fmt: skip


def test_a_look_up_imports_the_standard_librarys_light_parts_only(
    tmp_path: Path, open_at: Callable[[Path], OnDiskStore]
) -> None:
    path = tmp_path / "store.sqlite"
    open_at(path).save(Snapshot(Head("adom/a"), {"policies": []}), [("uuid:1", b"rule 1")])
    command = [sys.executable, "-I", "-S", "-c", LOOK_UP, str(ROOT / "bin"), str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    assert answer["found"] == [["uuid:1", "rule 1", "adom/a"]]
    imported = {name.partition(".")[0] for name in answer["modules"]}
    assert imported & TOO_HEAVY == set()
    assert {name for name in answer["modules"] if name.startswith("fmgstate")} == {
        "fmgstate",
        "fmgstate.errors",
        "fmgstate.lean_dataclass",
        "fmgstate.store",
        "fmgstate.store.base",
        "fmgstate.store.codec",
        "fmgstate.store.on_disk",
        "fmgstate.store.sqlite_file",
    }
