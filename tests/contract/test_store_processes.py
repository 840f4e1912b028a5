"""Several processes on one store, and one that is killed in the middle of saving."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.store.base import Store
from tests.contract import writer
from tests.contract.implementations import Implementation

StartWriter = Callable[[str, int, int], "subprocess.Popen[str]"]


@pytest.fixture
def start_writer(implementation: Implementation, tmp_path: Path) -> Iterator[StartWriter]:
    if not implementation.shared_by_processes:
        pytest.skip("lives in one process")
    started: list[subprocess.Popen[str]] = []

    def start(key: str, first: int, last: int) -> subprocess.Popen[str]:
        arguments = [implementation.name, str(tmp_path), key, str(first), str(last)]
        command = [sys.executable, writer.__file__, *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_killed_writer_leaves_the_old_or_the_new_scope_whole(
    start_writer: StartWriter, store: Store
) -> None:
    reported = 0
    for delay in (0.0, 0.001, 0.002, 0.003, 0.005, 0.008):
        process = start_writer("scope", reported + 1, 0)
        for _ in range(3):
            reported = int(process.stdout.readline())
        time.sleep(delay)
        process.kill()
        process.wait()
        for line in process.stdout:
            reported = int(line)
        seen = writer.seen_version(store, "scope")
        assert seen in (reported, reported + 1)
        reported = seen


def test_processes_write_at_once_while_others_read(start_writer: StartWriter, store: Store) -> None:
    keys = ["adom/a", "adom/b", "adom/c"]
    processes = [start_writer(key, 1, 25) for key in keys]
    seen: dict[str, list[int]] = {key: [] for key in keys}
    while any(process.poll() is None for process in processes):
        for key in keys:
            seen[key].append(writer.seen_version(store, key))
        time.sleep(0.01)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [writer.seen_version(store, key) for key in keys] == [25, 25, 25]
    for versions in seen.values():
        assert versions == sorted(versions)


def test_processes_write_one_scope_at_once(start_writer: StartWriter, store: Store) -> None:
    processes = [start_writer("scope", 1, 20) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert writer.seen_version(store, "scope") == 20
    assert len(store.heads()) == 1
