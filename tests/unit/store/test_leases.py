"""Session leases: never more than allowed, whatever runs, is killed or is damaged."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from threading import Thread
from typing import Optional

import pytest

from fmgstate.errors import StoreError, StoreFull
from fmgstate.store.leases import SessionLeases
from tests.unit.store import lease_holder
from tests.unit.store.lease_holder import MANAGER

IDLE = 900.0
LIFETIME = IDLE + IDLE / 10


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "state.db.sessions"


Leasing = Callable[[], SessionLeases]


@pytest.fixture
def leasing(file: Path, clock: Clock) -> Leasing:
    """Leases as another process would have them."""
    return lambda: SessionLeases(file, IDLE, clock)


def take(leases: SessionLeases, how_many: int, at_most: int = 3) -> list[str]:
    got = [leases.acquire(MANAGER, at_most) for _ in range(how_many)]
    assert None not in got
    return [one for one in got if one is not None]


def written(file: Path) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT manager, renewed FROM lease ORDER BY renewed, id")
        return list(rows)


def test_never_more_than_allowed_for_one_manager(leasing: Leasing, file: Path) -> None:
    one, other = leasing(), leasing()
    [first, _] = take(one, 2)
    take(other, 1)
    assert (one.acquire(MANAGER, 3), other.acquire(MANAGER, 3)) == (None, None)
    assert other.acquire("fmg-2.example.com", 1) is not None
    one.release(first)
    one.release(first)
    assert len({*take(other, 1), first}) == 2
    assert one.acquire(MANAGER, 3) is None
    assert [path.name for path in file.parent.iterdir()] == ["state.db.sessions"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_lease_ends_after_the_idle_time_unless_renewed(leasing: Leasing, clock: Clock) -> None:
    one, other = leasing(), leasing()
    [used, _orphaned] = take(one, 2, at_most=2)
    clock.now += IDLE / 2
    one.renew(used)
    clock.now += IDLE / 2
    assert other.acquire(MANAGER, 2) is None
    clock.now += IDLE / 10
    take(other, 1, at_most=2)
    assert other.acquire(MANAGER, 2) is None


def test_however_often_it_is_renewed_it_is_written_ten_times_in_the_idle_time(
    leasing: Leasing, file: Path, clock: Clock
) -> None:
    leases, begun = leasing(), clock.now
    [lease] = take(leases, 1)
    seen = set()
    for _ in range(1800):
        leases.renew(lease)
        seen.update(written(file))
        clock.now += 0.5
    assert seen == {(MANAGER, begun + IDLE / 10 * turn) for turn in range(10)}


def test_a_lease_that_ran_out_is_entered_again_if_there_is_room(
    leasing: Leasing, clock: Clock
) -> None:
    one, other = leasing(), leasing()
    [stays, late] = take(one, 2)
    clock.now += LIFETIME
    one.renew(stays)
    take(other, 2)
    with pytest.raises(StoreError) as refused:
        one.renew(late)
    assert str(refused.value) == (
        "A session with fmg.example.com was not used for so long that other inputs have taken its"
        " place: all 3 are in use. The next run goes on; give the inputs longer intervals if it"
        " stays."
    )


def test_a_clock_that_is_set_back_lets_leases_end_in_time(leasing: Leasing, clock: Clock) -> None:
    take(leasing(), 1, at_most=1)
    clock.now -= 86_400.0
    assert leasing().acquire(MANAGER, 1) is None
    clock.now += LIFETIME
    take(leasing(), 1, at_most=1)


def damaged(file: Path, how: str) -> None:
    whole = file.read_bytes()
    if how == "lost":
        file.unlink()
    elif how == "no database":
        file.write_bytes(b"<html>" * 2000)
    elif how == "another database":
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE lease (a, b)")
    else:
        file.write_bytes({"empty": b"", "cut": whole[:5000], "blank": whole[:100]}[how])


@pytest.mark.parametrize(
    "how", ["lost", "empty", "cut", "blank", "no database", "another database"]
)
def test_what_is_damaged_or_lost_is_replaced_and_holders_enter_again(
    leasing: Leasing, file: Path, clock: Clock, how: str
) -> None:
    one = leasing()
    held = take(one, 2)
    damaged(file, how)
    clock.now += IDLE / 10
    for lease in held:
        one.renew(lease)
    take(leasing(), 1)
    assert leasing().acquire(MANAGER, 3) is None
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_lease_written_into_a_file_that_vanished_meanwhile_is_written_again(
    file: Path, clock: Clock
) -> None:
    calls = []

    def vanishing() -> float:
        calls.append(file.exists() and len(calls) == 1 and file.unlink())
        return clock.now

    take(SessionLeases(file, IDLE, vanishing), 1)
    assert len(calls) == 3
    assert written(file) == [(MANAGER, clock.now)]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_bytes_are_wrong_only_a_store_error_comes_out(
    leasing: Leasing, file: Path, clock: Clock, seed: int
) -> None:
    dice = random.Random(seed)
    leases = leasing()
    held: Optional[str] = take(leases, 1)[0]
    whole = file.read_bytes()
    for _ in range(60):
        bad = bytearray(whole)
        for _ in range(dice.choice([1, 1, 4, 40])):
            place = dice.choice([dice.randrange(100), dice.randrange(len(bad))])
            bad[place] = dice.randrange(256)
        file.write_bytes(bytes(bad))
        clock.now += IDLE / 10
        try:
            leases.renew(held or "")
            leases.release(held or "")
            held = leases.acquire(MANAGER, 3)
        except StoreError:
            file.unlink()


def test_an_old_journal_does_not_come_back_to_life(leasing: Leasing, file: Path) -> None:
    leases = leasing()
    take(leases, 1)
    journal = file.with_name(file.name + "-journal")
    journal.write_bytes(bytes.fromhex("d9d505f920a163d7") + b"\1" * 5000)
    file.write_bytes(b"no database")
    take(leases, 3)
    assert not journal.exists()


def test_no_room_and_no_permission_have_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreFull) as refused:
        SessionLeases(tmp_path / "file" / "state.db.sessions").acquire(MANAGER, 1)
    assert refused.value.cure.startswith("Let the user that runs Splunk read and write")


def test_threads_share_one_budget(leasing: Leasing) -> None:
    leases, got = leasing(), []
    threads = [
        Thread(target=lambda: got.extend(leases.acquire(MANAGER, 5) for _ in range(3)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 12
    assert len({one for one in got if one is not None}) == 5


def test_several_processes_never_hold_more_than_allowed_together(
    file: Path, tmp_path: Path
) -> None:
    record, at_most = tmp_path / "record", 5
    command = [sys.executable, lease_holder.__file__, file, record, str(at_most), "1.5"]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    out = list(accumulate(1 if sign == "+" else -1 for sign in record.read_text("ascii")))
    assert (max(out), out[-1]) == (at_most, 0)
    assert len(out) > 50
    assert written(file) == []


def test_the_share_of_a_killed_process_is_free_after_the_idle_time(file: Path) -> None:
    command = [sys.executable, lease_holder.__file__, "hold", str(file), "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "[True, True, True]\n"
        process.kill()
    ahead = 0.0
    leases = SessionLeases(file, IDLE, lambda: time.time() + ahead)
    take(leases, 1, at_most=4)
    ahead = IDLE
    assert leases.acquire(MANAGER, 4) is None
    ahead = LIFETIME
    take(leases, 4, at_most=4)
