"""Values by number, ready to be shown, in one small file a scope beside the store.

The store stays the truth: a file is made from one version of its scope and holds for that one only.
Whoever misses a file, or finds it older than the store, makes it anew; a reader never waits for
anybody. Files are mapped: what is not asked for is not read.

A file is: ``MAGIC``, length and CRC-32 of the directory (little-endian, 4 bytes each); the
directory, that is a ``marshal`` of (key, version, extra, tables), for each table its name and how
many values it has, followed by each table's numbers, and where its values begin and end; then the
values, each after its own CRC-32 over table, number and value.
"""
# A look-up in a new process should not pay for the import of pathlib.
# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH118, PTH119, PTH123, PTH208

from __future__ import annotations

import marshal
import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from time import time
from typing import Any, Final, Optional
from zlib import crc32

MAGIC = b"FMGKEYS1"
MARSHAL = 4
"""The same in every Python from 3.4 on."""
_HEAD_BYTES = len(MAGIC) + 8
_UNSIGNED: Final = "Q"
_ITEM = array(_UNSIGNED).itemsize
_CRC_BYTES = 4
_WRITING_SECONDS = 3600

Tables = Mapping[str, Mapping[int, bytes]]


class Damaged(Exception):
    """A value is not what was written. ``path``: of the file."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Table:
    """The values of one table in a mapped file."""

    __slots__ = ("_data", "_name", "_numbers", "_path", "_places")

    def __init__(self, name: bytes, path: str, data: Any, numbers: Any, places: Any) -> None:
        self._name, self._path, self._data = name, path, data
        self._numbers, self._places = numbers, places

    def get(self, number: int) -> Optional[bytes]:
        """The value of ``number``; None = it has none. Raises ``Damaged``."""
        numbers = self._numbers
        at = bisect_left(numbers, number)
        if at == len(numbers) or numbers[at] != number:
            return None
        start, end = self._places[at], self._places[at + 1]
        sealed: bytes = self._data[start:end]
        value = sealed[_CRC_BYTES:]
        if sealed[:_CRC_BYTES] != _seal(self._name, number, value):
            raise Damaged(self._path)
        return value

    def numbers(self) -> list[int]:
        """All numbers, ascending."""
        return list(self._numbers)


class KeyFile:
    """One scope's file. ``extra``: what was kept beside the tables."""

    __slots__ = ("extra", "tables")

    def __init__(self, extra: Any, tables: Mapping[str, Table]) -> None:
        self.extra, self.tables = extra, tables


class KeyFiles:
    """The files of one store, in ``folder``. Reading never makes the folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def open(self, key: str, version: str) -> Optional[KeyFile]:
        """The file of this version of the scope; None = there is none that can be used."""
        path = self._path(key)
        try:
            with open(path, "rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            found, opened = _opened(data, path)
        except (OSError, EOFError, IndexError, TypeError, ValueError):
            return None
        return opened if found == (key, version) else None

    def has(self, key: str, version: str) -> bool:
        """Whether there is a file of this version of the scope."""
        return self.open(key, version) is not None

    def write(self, key: str, version: str, extra: Any, tables: Tables) -> None:
        """Replace the scope's file as a whole. Raises OSError where that cannot be."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        path = self._path(key)
        draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.writelines(_written(key, version, extra, tables))
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise

    def discard(self, damage: Damaged) -> None:
        """Remove the file; the next one to look makes it anew. Raises OSError."""
        with suppress(FileNotFoundError):
            os.unlink(damage.path)

    def keep_only(self, keys: Iterable[str]) -> None:
        """Remove the files of all other scopes, and what killed writers left."""
        wanted = {os.path.basename(self._path(key)) for key in keys}
        with suppress(OSError):
            for name in set(os.listdir(self._folder)) - wanted:
                if ".new-" not in name or _is_old(os.path.join(self._folder, name)):
                    os.unlink(os.path.join(self._folder, name))

    def _path(self, key: str) -> str:
        name = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return os.path.join(self._folder, name)


def in_memory(extra: Any, tables: Tables) -> KeyFile:
    """What ``KeyFiles.open`` would give for these, without a file."""
    return _opened(b"".join(_written("", "", extra, tables)), "")[1]


def _opened(data: Any, path: str) -> tuple[tuple[str, str], KeyFile]:
    """Key and version, and the file. Raises ValueError and the like for what is no such file."""
    view = memoryview(data)
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError
    length, checksum = array("I", data[len(MAGIC) : _HEAD_BYTES])
    directory = view[_HEAD_BYTES : _HEAD_BYTES + length]
    if len(directory) != length or crc32(directory) != checksum:
        raise ValueError
    size = int.from_bytes(directory[:_ITEM], "little")
    key, version, extra, names = marshal.loads(directory[_ITEM : _ITEM + size])  # noqa: S302
    tables, at = {}, _ITEM + size + -size % _ITEM
    for name, count in names:
        middle, end = at + count * _ITEM, at + (2 * count + 1) * _ITEM
        numbers, places = directory[at:middle], directory[middle:end]
        tables[name] = Table(
            name.encode(), path, data, numbers.cast(_UNSIGNED), places.cast(_UNSIGNED)
        )
        at = end
    return (key, version), KeyFile(extra, tables)


def _written(key: str, version: str, extra: Any, tables: Tables) -> list[bytes]:
    names = [(name, len(rows)) for name, rows in tables.items()]
    about = marshal.dumps((key, version, extra, names), MARSHAL)
    about = len(about).to_bytes(_ITEM, "little") + about + bytes(-len(about) % _ITEM)
    length = len(about) + sum((2 * len(rows) + 1) * _ITEM for rows in tables.values())
    directory, values, place = [about], [], _HEAD_BYTES + length
    for name, rows in tables.items():
        places = array(_UNSIGNED, [place])
        for number in sorted(rows):
            values.append(_seal(name.encode(), number, rows[number]) + rows[number])
            place += len(values[-1])
            places.append(place)
        directory += [array(_UNSIGNED, sorted(rows)).tobytes(), places.tobytes()]
    whole = b"".join(directory)
    head = array("I", [len(whole), crc32(whole)]).tobytes()
    return [MAGIC, head, whole, *values]


def _seal(table: bytes, number: int, value: bytes) -> bytes:
    return crc32(value, crc32(table, number & 0xFFFFFFFF)).to_bytes(_CRC_BYTES, "little")


def _is_old(path: str) -> bool:
    """Whether nobody can be writing this draft any more."""
    return os.stat(path).st_mtime + _WRITING_SECONDS < time()
