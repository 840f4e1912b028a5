"""No space and no permission: said with the path and the cure, and nothing stored is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmgstate.errors import StoreFull
from fmgstate.store import sqlite_file
from fmgstate.store.base import Found, Head, Snapshot
from fmgstate.store.damage import verify
from fmgstate.store.on_disk import OnDiskStore

ROOT = Path(__file__).resolve().parents[3]
OLD = Snapshot(Head("adom/a", 1.0, 2.0, "7", {"result": "ok"}), {"policies": [{"policyid": 1}]})
ROW = ("uuid:1", b"old")
LARGE = [(f"uuid:{number}", os.urandom(2_000)) for number in range(200)]

OpenAt = Callable[..., OnDiskStore]


def test_a_full_disk_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_at: OpenAt
) -> None:
    path = tmp_path / "store.sqlite"
    limit = "PRAGMA max_page_count = 20"
    monkeypatch.setattr(sqlite_file, "SETTINGS", (*sqlite_file.SETTINGS, limit))
    store = open_at(path)
    store.save(OLD, [ROW])
    for head in (OLD.head, Head("adom/new")):
        with pytest.raises(StoreFull) as refused:
            store.save(Snapshot(head, {"policies": []}), LARGE)
        assert str(refused.value) == (
            f"The store {path} cannot be used: database or disk is full."
            " Make room on that disk; what was stored before is still there."
        )
    assert store.load("adom/a") == OLD
    assert store.find(["uuid:1", "uuid:2"]) == [Found("uuid:1", b"old", OLD.head)]
    assert store.heads() == [OLD.head]
    store.save(OLD, [ROW, ("uuid:3", b"small")])
    assert [found.key for found in store.find(["uuid:1", "uuid:3"])] == ["uuid:1", "uuid:3"]
    store.close()
    verify(path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB; only root may mount one, and not everywhere."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small file system cannot be mounted here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, open_at: OpenAt) -> None:
    path = small_disk / "store.sqlite"
    store = open_at(path)
    store.save(OLD, [ROW])
    with pytest.raises(StoreFull, match=str(path)):
        store.save(OLD, LARGE)
    assert store.load("adom/a") == OLD
    assert store.find(["uuid:1"]) == [Found("uuid:1", b"old", OLD.head)]
    store.close()
    with pytest.raises(StoreFull, match="store2"):
        open_at(small_disk / "store2").save(OLD, LARGE)
    verify(path)
    assert not list(small_disk.glob("*.new-*"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A directory that an ordinary user can reach, which pytest's own are not for root."""
    with tempfile.TemporaryDirectory(prefix="fmgstate-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


AS_ORDINARY_USER = """
import os, sys
sys.path[:0] = [sys.argv[1]]
from fmgstate.errors import StoreError
from fmgstate.store.base import Head, Snapshot
from fmgstate.store.on_disk import OnDiskStore
import fmgstate.store.damage, encodings.idna
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = OnDiskStore(sys.argv[2])
try:
    print(eval(sys.argv[3]))
except StoreError as error:
    print(type(error).__name__, error)
"""


def as_ordinary_user(path: Path, expression: str) -> str:
    command = [sys.executable, "-c", AS_ORDINARY_USER, str(ROOT / "bin"), str(path), expression]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def give_away(folder: Path) -> None:
    """To the user that ``as_ordinary_user`` becomes."""
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)


PERMIT = "Let the user that runs Splunk read and write the file and its directory."


def test_a_directory_that_may_not_be_written(open_folder: Path) -> None:
    give_away(open_folder)
    open_folder.chmod(0o555)
    path = open_folder / "sub" / "store.sqlite"
    for file in (path, open_folder / "store.sqlite"):
        said = as_ordinary_user(file, "store.note(Head('adom/a'))")
        assert said == f"StoreFull The store {file} cannot be used: Permission denied. {PERMIT}"
        assert as_ordinary_user(file, "store.heads()") == "[]"
    assert list(open_folder.iterdir()) == []
    open_folder.chmod(0o755)


def test_a_file_that_may_not_be_read(open_folder: Path, open_at: OpenAt) -> None:
    path = open_folder / "store.sqlite"
    store = open_at(path)
    store.save(OLD, [ROW])
    store.close()
    give_away(open_folder)
    path.chmod(0)
    for use in ("store.find(['uuid:1'])", "store.note(Head('adom/b'))"):
        said = as_ordinary_user(path, use)
        assert said.startswith(f"StoreFull The store {path} cannot be used: ")
        assert said.endswith(PERMIT)


def test_a_file_that_may_only_be_read(open_folder: Path, open_at: OpenAt) -> None:
    path = open_folder / "store.sqlite"
    store = open_at(path)
    store.save(OLD, [ROW])
    store.close()
    give_away(open_folder)
    path.chmod(0o400)
    said = as_ordinary_user(path, "store.note(Head('adom/b'))")
    assert said == (
        f"StoreFull The store {path} cannot be used: attempt to write a readonly database. {PERMIT}"
    )
    assert as_ordinary_user(path, "store.load('adom/a').content") == str(OLD.content)


def test_a_path_through_a_file(tmp_path: Path, open_at: OpenAt) -> None:
    (tmp_path / "file").write_text("not a directory")
    store = open_at(tmp_path / "file" / "store.sqlite")
    for use in (store.heads, lambda: store.save(OLD)):
        with pytest.raises(StoreFull, match="Not a directory"):
            use()


def test_a_directory_in_place_of_the_file(tmp_path: Path, open_at: OpenAt) -> None:
    store = open_at(tmp_path)
    for use in (store.heads, lambda: store.save(OLD)):
        with pytest.raises(StoreFull, match="unable to open"):
            use()
