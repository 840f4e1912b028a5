"""What is particular to the store on disk: its file, its modes, its neighbours."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.errors import StoreDamaged, StoreError
from fmgstate.store import sqlite_file
from fmgstate.store.base import Found, Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore

SCOPE = Snapshot(Head("adom/a", 1.0, 2.0, "7", {"result": "ok"}), {"policies": [{"policyid": 1}]})
ROW = ("uuid:1", b'{"policyid": 1}')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[OnDiskStore]:
    store = OnDiskStore(path)
    yield store
    store.close()


OpenAt = Callable[..., OnDiskStore]


def modes(folder: Path) -> dict[str, str]:
    return {
        entry.name: oct(stat.S_IMODE(entry.stat().st_mode)) for entry in sorted(folder.iterdir())
    }


def test_reading_makes_no_file(store: OnDiskStore, path: Path) -> None:
    assert (store.heads(), store.load("adom/a"), store.find(["uuid:1"])) == ([], None, [])
    store.delete("adom/a")
    assert not path.parent.exists()


def test_only_the_owner_may_read(store: OnDiskStore, path: Path) -> None:
    before = os.umask(0)
    try:
        store.save(SCOPE, [ROW])
    finally:
        os.umask(before)
    assert modes(path.parent) == {
        "store.sqlite": "0o600",
        "store.sqlite-shm": "0o600",
        "store.sqlite-wal": "0o600",
    }
    assert modes(path.parent.parent) == {"folder": "0o700"}


def test_a_file_that_became_readable_for_others_is_closed_again(
    path: Path, open_at: OpenAt
) -> None:
    first, second = open_at(path), open_at(path)
    first.save(SCOPE)
    first.close()
    path.chmod(0o644)
    assert second.load("adom/a") == SCOPE
    assert modes(path.parent)["store.sqlite"] == "0o600"
    second.close()


def test_a_directory_that_was_there_keeps_its_mode(tmp_path: Path, open_at: OpenAt) -> None:
    tmp_path.chmod(0o755)
    store = open_at(tmp_path / "store.sqlite")
    store.save(SCOPE)
    store.close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert modes(tmp_path) == {"store.sqlite": "0o600"}


def test_finding_needs_no_snapshot(store: OnDiskStore, path: Path) -> None:
    """The content is made unreadable: whoever touched it would fail."""
    store.save(SCOPE, [ROW])
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE content SET body = x'00'")
    raw.close()
    assert store.find(["uuid:1"]) == [Found("uuid:1", ROW[1], SCOPE.head)]
    assert store.heads() == [SCOPE.head]
    with pytest.raises(StoreDamaged, match="adom/a"):
        store.load("adom/a")


def test_readers_do_not_wait_for_a_writer_and_writers_say_that_they_waited(
    path: Path, open_at: OpenAt
) -> None:
    store = open_at(path, busy_seconds=0.05)
    store.save(SCOPE, [ROW])
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("DELETE FROM entry")
    assert store.find(["uuid:1"]) == [Found("uuid:1", ROW[1], SCOPE.head)]
    assert store.load("adom/a") == SCOPE
    with pytest.raises(StoreError) as refused:
        store.note(Head("adom/b"))
    assert str(refused.value) == (
        f"The store {path} cannot be used: database is locked."
        " Another process is writing for a long time: try again, or end it."
    )
    raw.execute("ROLLBACK")
    raw.close()
    store.note(Head("adom/b"))
    assert [head.key for head in store.heads()] == ["adom/a", "adom/b"]


def test_a_delete_that_had_to_wait_deletes_what_is_there_then(
    store: OnDiskStore, path: Path
) -> None:
    store.save(SCOPE, [ROW])
    raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO entry VALUES (1 << 32 | 99, CAST('uuid:99' AS BLOB), x'01')")
    later = threading.Timer(0.05, raw.execute, ["COMMIT"])
    later.start()
    store.delete("adom/a")
    later.join()
    assert raw.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    assert store.heads() == []
    raw.close()


def test_a_file_that_was_removed_is_made_anew(
    store: OnDiskStore, path: Path, open_at: OpenAt
) -> None:
    store.save(SCOPE, [ROW])
    for file in path.parent.iterdir():
        file.unlink()
    assert (store.heads(), store.find(["uuid:1"])) == ([], [])
    store.save(SCOPE, [ROW])
    assert open_at(path).load("adom/a") == SCOPE


def test_first_writers_at_once_make_one_file(path: Path, open_at: OpenAt) -> None:
    stores = [open_at(path) for _ in range(6)]
    start = threading.Barrier(len(stores))
    failures: list[BaseException] = []

    def write(number: int, store: OnDiskStore) -> None:
        start.wait()
        try:
            store.save(Snapshot(Head(f"adom/{number}"), {}), [ROW])
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=item) for item in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(stores[0].find(["uuid:1"])) == 6
    for store in stores:
        store.close()
    assert [file.name for file in path.parent.iterdir()] == ["store.sqlite"]


def test_a_file_system_without_links(
    path: Path, monkeypatch: pytest.MonkeyPatch, open_at: OpenAt
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    store = open_at(path)
    store.save(SCOPE)
    assert open_at(path).load("adom/a") == SCOPE


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_uses_connections_of_its_own(store: OnDiskStore) -> None:
    store.save(SCOPE, [ROW])
    child = os.fork()
    if child == 0:
        try:
            store.save(Snapshot(Head("adom/child"), {}), [ROW])
            store.close()
            os._exit(0 if len(store.find(["uuid:1"])) == 2 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    store.note(Head("adom/parent"))
    assert [head.key for head in store.heads()] == ["adom/a", "adom/child", "adom/parent"]


def test_an_older_file_is_upgraded_once(
    store: OnDiskStore, path: Path, monkeypatch: pytest.MonkeyPatch, open_at: OpenAt
) -> None:
    store.save(SCOPE, [ROW])
    store.close()
    steps: list[int] = []

    def step(number: int) -> sqlite_file.Upgrade:
        def upgrade(connection: sqlite3.Connection) -> None:
            steps.append(number)
            connection.execute(f"PRAGMA user_version = {number + 1}")

        return upgrade

    monkeypatch.setattr(sqlite_file, "SCHEMA_NUMBER", 3)
    monkeypatch.setattr(sqlite_file, "UPGRADES", {1: step(1), 2: step(2)})
    assert store.load("adom/a") == SCOPE
    assert open_at(path).find(["uuid:1"]) == [Found("uuid:1", ROW[1], SCOPE.head)]
    assert steps == [1, 2]


def test_a_newer_file_is_refused_and_left_alone(store: OnDiskStore, path: Path) -> None:
    store.save(SCOPE, [ROW])
    store.close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 2")
    raw.close()
    before = path.read_bytes()
    for use in (store.heads, lambda: store.find(["uuid:1"]), lambda: store.save(SCOPE)):
        with pytest.raises(StoreDamaged) as refused:
            use()
        assert str(refused.value) == (
            f"The store {path} cannot be read: it has schema 2, known is up to 1."
            " Update the app, or move the file away; the next refresh makes a new one."
        )
    assert path.read_bytes() == before
