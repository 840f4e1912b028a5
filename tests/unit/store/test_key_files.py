"""Files by key: what was written comes back, and nothing else ever does."""

from __future__ import annotations

import os
import stat
from itertools import product
from pathlib import Path
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmgstate.store import file_bytes
from fmgstate.store.key_files import LARGEST, Cut, Damaged, KeyFiles, Tables, in_memory

KEY, VERSION = "package/fmg.example.com/emea/branches%2Fedge", "1 1732000000.5"
TABLES = {
    "firewall/policy": {1: b"one", 2: b"", 7: b"se\0ven\n", 1074741825: b"footer"},
    "empty": {},
    "firewall/proxy-policy": {2: b"another two"},
}


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    files = KeyFiles(str(tmp_path / "state.db.keys"))
    files.write(KEY, VERSION, {"blocks": ["threats"]}, TABLES)
    return files


def only_file(tmp_path: Path) -> Path:
    [path] = (tmp_path / "state.db.keys").iterdir()
    return path


def test_what_was_written_is_found(files: KeyFiles) -> None:
    file = files.open(KEY, VERSION)
    assert file is not None
    assert file.extra == {"blocks": ["threats"]}
    found = {
        name: {number: table.get(number) for number in table.numbers()}
        for name, table in file.tables.items()
    }
    assert found == TABLES
    policies = file.tables["firewall/policy"]
    assert [policies.get(number) for number in (0, 3, 8, 2**40, 1074741826)] == [None] * 5
    assert file.tables["empty"].get(1) is None


@pytest.mark.parametrize(("key", "version"), [(KEY, "1 1732000001.0"), (KEY + "+", VERSION)])
def test_another_version_or_scope_finds_nothing(files: KeyFiles, key: str, version: str) -> None:
    assert files.open(key, version) is None
    assert not files.has(key, version)
    assert files.has(KEY, VERSION)


def test_a_new_version_replaces_the_old_one_which_is_never_mixed_with_it(
    files: KeyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_bytes, "MOST_OPEN", 0)
    reader, late = (
        KeyFiles(str(tmp_path / "state.db.keys")),
        KeyFiles(str(tmp_path / "state.db.keys")),
    )
    old, unread = reader.open(KEY, VERSION), late.open(KEY, VERSION)
    assert old is not None
    assert unread is not None
    assert old.tables["firewall/policy"].get(1) == b"one"
    files.write(KEY, "2", None, {"firewall/policy": {1: b"new"}})
    new = reader.open(KEY, "2")
    assert new is not None
    assert (new.tables["firewall/policy"].get(1), old.tables["firewall/policy"].get(1)) == (
        b"new", b"one",
    )  # fmt: skip
    with pytest.raises(Damaged) as damage:
        unread.tables["firewall/policy"].get(1)
    late.discard(damage.value)
    assert (damage.value.is_replaced, late.has(KEY, "2")) == (True, True)
    assert only_file(tmp_path)


def test_many_files_do_not_stay_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_bytes, "MOST_MAPPED", 2)
    files = KeyFiles(str(tmp_path / "keys"))
    for number in range(5):
        files.write(f"scope {number}", "1", None, {"t": {7: b"%d" % number}})
    opened = [files.open(f"scope {number}", "1") for number in range(5)]
    for _ in range(2):
        assert [one.tables["t"].get(7) for one in opened if one] == [b"0", b"1", b"2", b"3", b"4"]
    assert len(files._maps._mapped) == 2


def test_many_values_at_once(files: KeyFiles) -> None:
    file = files.open(KEY, VERSION)
    assert file is not None
    policies = file.tables["firewall/policy"]
    assert policies.many([7, 1, 1074741825]) == [b"se\0ven\n", b"one", b"footer"]
    assert (policies.many([1, 3]), file.tables["empty"].many([1])) == (None, None)


@pytest.mark.parametrize("step", [1, 3], ids=["that follow one another", "that do not"])
def test_a_file_is_read_at_once_for_many_of_its_values(
    files: KeyFiles, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_bytes, "MOST_OPEN", 0)
    kept = {7 + number * step: b"%d" % number for number in range(40)}
    files.write(KEY, "2", None, {"t": kept})
    file = files.open(KEY, "2")
    assert file is not None
    asked = [7 + number * step for number in (39, 0, 3, 3, *range(20, 30))]
    table = file.tables["t"]
    assert table.many(asked) == [kept[number] for number in asked]
    assert files._maps._mapped == {}
    absent = [6, 7 + 40 * step, 8 if step > 1 else 2**40]
    assert [table.many([*asked, number]) for number in absent] == [None] * 3
    files.write(KEY, "3", None, {"t": kept})
    with pytest.raises(Damaged) as damage:
        table.many(asked)
    assert damage.value.is_replaced


@pytest.mark.skipif(not file_bytes.MOST_OPEN, reason="needs pread")
def test_a_file_that_stays_open_is_read_though_another_has_its_place(
    files: KeyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_bytes, "MOST_OPEN", 1)
    kept = {number: b"old %d" % number for number in range(40)}
    files.write(KEY, "2", None, {"t": kept})
    first, second = files.open(KEY, "2"), files.open(KEY, "2")
    assert first is not None
    assert second is not None
    files.write(KEY, "3", None, {"t": {1: b"new"}})
    assert first.tables["t"].many(range(40)) == list(kept.values())
    with pytest.raises(Damaged):
        second.tables["t"].many(range(40))
    assert files._maps.opened == 1
    del first
    assert files._maps.opened == 0


def test_fronts_of_values_are_read_alone_or_with_what_is_behind_them(files: KeyFiles) -> None:
    kept = {number: b"front %d\0behind" % number for number in range(1, 41)}
    files.write(KEY, "2", None, {"t": kept, "u": {1: b"\0"}}, lambda value: value.index(b"\0"))
    file = files.open(KEY, "2")
    assert file is not None
    table = file.tables["t"]
    asked = [40, 1, *range(10, 20)]
    assert (table.name, table.get(7)) == ("t", kept[7])
    assert [file.tables["u"].fronts([1]), file.tables["u"].many([1])] == [[b""], [b"\0"]]
    assert table.many(asked) == [kept[number] for number in asked]
    assert table.fronts(asked) == [b"front %d" % number for number in asked]
    assert (table.fronts([41]), table.some([41, 3])) == (None, {3: kept[3]})


@pytest.mark.parametrize("is_front", [True, False])
def test_damage_in_either_part_is_seen(files: KeyFiles, tmp_path: Path, is_front: bool) -> None:
    files.write(KEY, "2", None, {"t": {1: b"front\0behind"}}, lambda value: value.index(b"\0"))
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(
        whole.replace(b"front" if is_front else b"behind", b"f~ont!"[: 5 + (not is_front)])
    )
    file = files.open(KEY, "2")
    assert file is not None
    with pytest.raises(Damaged):
        file.tables["t"].get(1)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_only_the_owner_may_read(files: KeyFiles, tmp_path: Path) -> None:
    path = only_file(tmp_path)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o600, 0o700]


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    files = KeyFiles(str(tmp_path / "keys"))
    assert files.open(KEY, VERSION) is None
    files.keep_only([KEY])
    assert list(tmp_path.iterdir()) == []


def test_files_of_what_is_gone_are_removed(files: KeyFiles, tmp_path: Path) -> None:
    folder = tmp_path / "state.db.keys"
    files.write("gone", "1", None, {})
    (folder / "x.new-1-aa").write_bytes(b"of a killed writer")
    os.utime(folder / "x.new-1-aa", (0, 0))
    (folder / "y.new-2-bb").write_bytes(b"of a writer that writes just now")
    files.keep_only([KEY])
    assert (files.has(KEY, VERSION), files.has("gone", "1")) == (True, False)
    assert sorted(path.suffix for path in folder.iterdir()) == ["", ".new-2-bb"]


WITH_NULS = {number: b"\0\0a\0%d\0\0behind\0\0" % number for number in (0, 65521, 65535, 65536)}


@pytest.mark.parametrize("tables", [TABLES, {"t": WITH_NULS}], ids=["several", "NULs"])
@pytest.mark.parametrize("cut", [None, lambda value: len(value) // 2], ids=["whole", "cut"])
def test_every_changed_byte_is_noticed(
    files: KeyFiles, tmp_path: Path, tables: Tables, cut: Optional[Cut]
) -> None:
    files.write(KEY, VERSION, None, tables, cut)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    for at, bits in product(range(len(whole)), (0x01, 0x04, 0x41)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :])
        file = files.open(KEY, VERSION)
        if file is None:
            continue
        with pytest.raises(Damaged) as damage:
            for table in file.tables.values():
                for number in table.numbers():
                    table.get(number)
        assert damage.value.path == str(path)
    path.write_bytes(whole)
    assert files.has(KEY, VERSION)


@pytest.mark.parametrize("left", [0, 3, 8, 15, 40, 200])
def test_a_file_that_is_cut_off_is_none(files: KeyFiles, tmp_path: Path, left: int) -> None:
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:left])
    assert files.open(KEY, VERSION) is None


def test_nuls_in_place_of_values_and_their_checksums_are_noticed(tmp_path: Path) -> None:
    """What a file system may leave of the last page when the power fails."""
    files = KeyFiles(str(tmp_path / "state.db.keys"))
    files.write(KEY, VERSION, None, {"": {0: b"a large value"}})
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: -len(b"a large value") - 4] + bytes(len(b"a large value") + 4))
    file = files.open(KEY, VERSION)
    assert file is not None
    with pytest.raises(Damaged):
        file.tables[""].get(0)


@pytest.mark.parametrize("numbers", [[-3], [-1, 5], [LARGEST + 1], [LARGEST, LARGEST + 1]])
def test_numbers_that_have_no_place_are_refused(files: KeyFiles, numbers: list[int]) -> None:
    with pytest.raises(OverflowError):
        files.write(KEY, "2", None, {"t": dict.fromkeys(numbers, b"x")})
    assert files.has(KEY, VERSION)


def test_a_damaged_file_is_discarded(files: KeyFiles, tmp_path: Path) -> None:
    damage = Damaged(str(only_file(tmp_path)))
    files.discard(damage)
    files.discard(damage)
    assert not files.has(KEY, VERSION)


def test_a_folder_that_cannot_be_made_is_an_error_for_the_writer(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    files = KeyFiles(str(tmp_path / "keys"))
    with pytest.raises(OSError, match="keys"):
        files.write(KEY, VERSION, None, {})
    assert files.open(KEY, VERSION) is None


@given(st.dictionaries(st.integers(0, LARGEST), st.binary(max_size=9), max_size=30))
def test_any_numbers(rows: dict[int, bytes]) -> None:
    table = in_memory(None, {"t": rows}).tables["t"]
    assert {number: table.get(number) for number in table.numbers()} == rows
    for number in rows:
        for beside in {number - 1, number + 1} - set(rows):
            assert table.get(beside) is None
