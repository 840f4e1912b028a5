"""Whatever happened to the file: the answer is right, or says that the store is damaged."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmgstate.errors import StoreDamaged
from fmgstate.store.base import Head, IndexRow, Snapshot
from fmgstate.store.damage import set_aside, verify
from fmgstate.store.on_disk import OnDiskStore

SCOPES = {
    key: Snapshot(
        Head(key, 1.0, 2.0, "7", {"result": "ok"}),
        {"policies": [{"policyid": n, "name": f"{key} {n * 7919}"} for n in range(60)]},
    )
    for key in ("adom/a", "adom/b", "adom/c")
}
OpenAt = Callable[..., OnDiskStore]
MOVE_AWAY = "Move the file away (with its -wal and -shm); the next refresh makes a new one."


def rows(scope: str) -> list[IndexRow]:
    return [(f"uuid:{scope}-{n}", f"{scope} {n} ".encode() * 12) for n in range(60)]


def fill(path: Path) -> None:
    store = OnDiskStore(path)
    for key, snapshot in SCOPES.items():
        store.save(snapshot, rows(key))
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    fill(path)
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "store.sqlite"
    fill(path)
    return path


def overwrite_with_text(path: Path) -> None:
    path.write_text("this was a store once\n" * 500)


def cut_to_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def cut_to_nothing(path: Path) -> None:
    path.write_bytes(b"")


def zero_the_middle(path: Path) -> None:
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + bytes(third) + content[2 * third :])


def spoil_the_schema(path: Path) -> None:
    content = path.read_bytes()
    assert b"CREATE TABLE entry" in content
    path.write_bytes(content.replace(b"CREATE TABLE entry", b"CREATE T\xffBLE entry"))


def another_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE notes (text)")
    raw.close()


def another_database_of_the_same_number(path: Path) -> None:
    another_database(path)
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 1")
    raw.close()


def read_everything(store: OnDiskStore) -> None:
    for key in SCOPES:
        store.load(key)
        store.find([row_key for row_key, _ in rows(key)])


DAMAGES = [
    overwrite_with_text,
    cut_to_half,
    cut_to_nothing,
    zero_the_middle,
    spoil_the_schema,
    another_database,
    another_database_of_the_same_number,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_named_and_can_be_set_aside(
    damage: Callable[[Path], None], path: Path, open_at: OpenAt
) -> None:
    damage(path)
    damaged = path.read_bytes()
    store = open_at(path)
    with pytest.raises(StoreDamaged) as refused:
        read_everything(store)
    assert re.fullmatch(
        rf"The store {re.escape(str(path))} cannot be (read|used): .+\.", refused.value.what
    )
    assert refused.value.cure == MOVE_AWAY
    with pytest.raises(StoreDamaged):
        verify(path)

    aside = set_aside(path)
    assert re.fullmatch(r"store\.sqlite\.damaged-\d{8}T\d{6}Z", aside.name)
    assert aside.read_bytes() == damaged
    assert store.load("adom/a") is None
    store.save(SCOPES["adom/a"], rows("adom/a"))
    verify(path)
    assert open_at(path).load("adom/a") == SCOPES["adom/a"]


def test_a_damaged_file_is_not_written_to(path: Path, open_at: OpenAt) -> None:
    overwrite_with_text(path)
    before = path.read_bytes()
    store = open_at(path)
    for write in (lambda: store.save(SCOPES["adom/a"]), lambda: store.note(Head("adom/z"))):
        with pytest.raises(StoreDamaged):
            write()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["store.sqlite"]


def test_all_of_a_store_in_use_is_set_aside_and_names_never_clash(
    path: Path, open_at: OpenAt
) -> None:
    store = open_at(path)
    store.note(Head("adom/late"))
    first = set_aside(path)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        first.name,
        f"{first.name}-shm",
        f"{first.name}-wal",
    ]
    store.note(Head("adom/new"))
    second = set_aside(path)
    store.note(Head("adom/newest"))
    assert [head.key for head in store.heads()] == ["adom/newest"]
    store.close()
    assert [head.key for head in open_at(first).heads()] == [*SCOPES, "adom/late"]
    assert [head.key for head in open_at(second).heads()] == ["adom/new"]


def test_setting_aside_nothing_is_no_error(tmp_path: Path) -> None:
    aside = set_aside(tmp_path / "store.sqlite")
    assert not aside.exists()


def test_a_row_of_an_unknown_scope_is_damage(path: Path, open_at: OpenAt) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM scope WHERE key = CAST('adom/b' AS BLOB)")
    raw.close()
    with pytest.raises(StoreDamaged, match="belongs to no scope"):
        open_at(path).find(["uuid:adom/a-1", "uuid:adom/b-1"])
    with pytest.raises(StoreDamaged, match="another type"):
        verify(path)


def test_a_newer_format_inside_is_told_apart(path: Path, open_at: OpenAt) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE content SET body = CAST(x'02' || substr(body, 2) AS BLOB)")
    raw.close()
    with pytest.raises(StoreDamaged) as refused:
        open_at(path).load("adom/a")
    assert str(refused.value) == (
        f"The store {path} cannot be read: the entry b'adom/a' has format 2, known is up to 1."
        " Update the app, or move the file away; the next refresh makes a new one."
    )


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_anywhere_never_shows_something_wrong(
    sound: Path, tmp_path: Path, place: float, flip: int
) -> None:
    """Each value read is right, or the call fails; what went missing, ``verify`` notices."""
    path = tmp_path / "flipped.sqlite"
    content = bytearray(sound.read_bytes())
    content[int(place * len(content))] ^= flip
    path.write_bytes(content)
    try:
        complete = everything_read_is_right(path)
        try:
            verify(path)
        except StoreDamaged:
            return
        assert complete
    finally:
        for file in tmp_path.glob("flipped.sqlite*"):
            file.unlink()


def everything_read_is_right(path: Path) -> bool:
    """Asserts that nothing wrong is answered; returns whether nothing was missing or refused."""
    store = OnDiskStore(path)
    answers = [answer_is_right(store, key) for key in SCOPES]
    try:
        heads = store.heads()
    except StoreDamaged:
        return False
    finally:
        store.close()
    assert all(head == SCOPES[head.key].head for head in heads)
    return all(answers) and len(heads) == len(SCOPES)


def answer_is_right(store: OnDiskStore, key: str) -> bool:
    wanted = dict(rows(key))
    try:
        found, loaded = store.find(list(wanted)), store.load(key)
    except StoreDamaged:
        return False
    assert all(row.value == wanted[row.key] for row in found)
    assert all(row.head == SCOPES[key].head for row in found)
    assert loaded in (None, SCOPES[key])
    return len(found) == len(wanted) and loaded is not None


def test_a_sound_store_is_verified(sound: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(sound, copy)
    assert everything_read_is_right(copy)
    verify(copy)
    verify(tmp_path / "no such file")
