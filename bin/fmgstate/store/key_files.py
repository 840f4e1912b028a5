"""Values by number, ready to be shown, in one small file a scope beside the store.

The store stays the truth: a file is made from one version of its scope and holds for that one only.
Whoever misses a file, or finds it older than the store, makes it anew; a reader never waits for
anybody. What is asked for is read of mapped files, of which only the last used stay mapped: many
would take file descriptors, and their pages count as the process's memory.

How a file looks stands in ``key_file_writing``.
"""
# A look-up in a new process should not pay for the import of pathlib.
# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH118, PTH119, PTH123, PTH208

from __future__ import annotations

import marshal
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import repeat
from operator import add
from time import time
from typing import Any, Final, Optional, Union
from zlib import crc32

from fmgstate.store.file_bytes import READ, Bytes, Damaged, Maps, Source

__all__ = ["LARGEST", "Damaged", "KeyFile", "KeyFiles", "Table", "Tables", "in_memory"]

MAGIC = b"FMGKEYS4"
LARGEST = 2**32 - 2
"""Number: begun with the next one, CRC-32 would not see NULs before a value."""
MARSHAL = 4
"""The same in every Python from 3.4 on."""
HEAD_BYTES = len(MAGIC) + 8
UNSIGNED: Final = "I"
ITEM = array(UNSIGNED).itemsize
_WRITING_SECONDS = 3600
_FIRST_BYTES = 4_096
"""Most directories are shorter: one read is enough."""

Tables = Mapping[str, Mapping[int, bytes]]
Cut = Callable[[bytes], int]
"""A value to the length of its front."""


class Table:
    """The values of one table in a file. ``numbers``: of all, ascending. ``starts``: where its
    parts begin and the last one ends."""

    __slots__ = ("_numbers", "_source", "_starts", "name")

    def __init__(
        self, name: str, source: Union[Source, Bytes], numbers: Sequence[int], starts: Sequence[int]
    ) -> None:
        self.name, self._source, self._numbers, self._starts = name, source, numbers, starts

    def get(self, number: int) -> Optional[bytes]:
        """The value of a number; None = it has none. Raises ``Damaged``."""
        found = self.many((number,))
        return found[0] if found else None

    def many(self, asked: Sequence[int]) -> Optional[list[bytes]]:
        """The values of these numbers; None = one of them has none. Raises ``Damaged``."""
        return self._values(asked, len(self._starts) - 1)

    def fronts(self, asked: Sequence[int]) -> Optional[list[bytes]]:
        """As ``many``, of each value its front alone."""
        return self._values(asked, 1)

    def _values(self, asked: Sequence[int], parts: int) -> Optional[list[bytes]]:
        """The first parts of these numbers' values."""
        rows = self._rows(asked)
        if not rows:
            return None if rows is None else []
        starts = self._starts
        try:
            data, begin = self._source.data(len(rows), starts[0], starts[parts])
            found = self._part(data, begin, 0, asked, rows)
            for part in range(1, parts):
                found = list(map(add, found, self._part(data, begin, part, asked, rows)))
        except (IndexError, TypeError, ValueError):  # it says nonsense, or has become shorter
            raise Damaged(self._source.path) from None
        return found

    def _part(
        self, data: Any, begin: int, part: int, asked: Sequence[int], rows: Sequence[int]
    ) -> list[bytes]:
        """Of one part. ``begin``: where in the file ``data`` begins."""
        count, start = len(self._numbers), self._starts[part]
        at = start - begin
        head = memoryview(data)[at : at + (2 * count + 1) * ITEM].cast(UNSIGNED)
        if start + head[count] != self._starts[part + 1]:
            raise Damaged(self._source.path)
        if at:
            found = [data[at + head[row] : at + head[row + 1]] for row in rows]
        else:
            found = [data[head[row] : head[row + 1]] for row in rows]
        sums = head[count + 1 :]
        if list(map(crc32, found, asked)) != [sums[row] for row in rows]:
            raise Damaged(self._source.path)
        return found

    def some(self, asked: Sequence[int]) -> dict[int, bytes]:
        """The values of those of these numbers that have one. Raises ``Damaged``."""
        found = self.many(asked)
        if found is None:
            asked = [number for number in asked if self._rows((number,)) is not None]
            found = self.many(asked) or []
        return dict(zip(asked, found))

    def _rows(self, asked: Sequence[int]) -> Optional[list[int]]:
        """Where these numbers stand among all; None = one of them does not."""
        numbers = self._numbers
        if not asked or not numbers:
            return None if asked else []
        if isinstance(numbers, range):
            first = numbers.start
            if min(asked) < first or max(asked) >= numbers.stop:
                return None
            return [number - first for number in asked]
        rows = list(map(bisect_left, repeat(numbers), asked))
        if max(rows) == len(numbers) or [numbers[row] for row in rows] != list(asked):
            return None
        return rows

    def numbers(self) -> list[int]:
        """All numbers, ascending."""
        return list(self._numbers)


class KeyFile:
    """One scope's file. ``extra``: what was kept beside the tables."""

    __slots__ = ("extra", "tables")

    def __init__(self, extra: Any, tables: Mapping[str, Table]) -> None:
        self.extra, self.tables = extra, tables


class KeyFiles:
    """The files of one store in ``folder``, which nothing else is kept in: ``keep_only`` removes
    what it does not know. Reading never makes the folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._before = os.path.join(folder, "")
        self._maps = Maps()

    def open(self, key: str, version: str) -> Optional[KeyFile]:
        """The file of this version of the scope; None = there is none that can be used."""
        path = self._path(key)
        try:
            file = os.open(path, READ)
        except OSError:
            return None
        try:
            source = Source(path, file, self._maps)
            found, opened = _opened(lambda length: os.read(file, length), source)
            if found == (key, version):
                if source.keep_open(file):
                    file = -1
                return opened
        except (OSError, EOFError, IndexError, TypeError, ValueError):
            pass
        finally:
            if file >= 0:
                os.close(file)
        return None

    def has(self, key: str, version: str) -> bool:
        """Whether there is a file of this version of the scope."""
        return self.open(key, version) is not None

    def write(
        self, key: str, version: str, extra: Any, tables: Tables, cut: Optional[Cut] = None
    ) -> None:
        """Replace the scope's file as a whole. Raises OSError where that cannot be."""
        from fmgstate.store.key_file_writing import written  # most only read

        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        path = self._path(key)
        draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.writelines(written(key, version, extra, tables, cut))
            os.replace(draft, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise

    def discard(self, damage: Damaged) -> None:
        """Remove the file; the next one to look makes it anew. Raises OSError."""
        if damage.is_replaced:
            return
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
        # Not hashlib, which a look-up in a new process would have to import. Two keys of one name
        # would only replace each other's file: which key it is of stands in it.
        name = key.encode("utf-8", "surrogatepass")
        return f"{self._before}{crc32(name):08x}{crc32(name[::-1], len(name)):08x}"


def in_memory(extra: Any, tables: Tables, cut: Optional[Cut] = None) -> KeyFile:
    """What ``KeyFiles.open`` would give for these, without a file."""
    from fmgstate.store.key_file_writing import written

    content = b"".join(written("", "", extra, tables, cut))
    return _opened(BytesIO(content).read, Bytes("", content))[1]


def _opened(
    read: Callable[[int], bytes], source: Union[Source, Bytes]
) -> tuple[tuple[str, str], KeyFile]:
    """Key and version, and the file. Raises ValueError and the like for what is no such file."""
    start = read(_FIRST_BYTES)
    if start[: len(MAGIC)] != MAGIC:
        raise ValueError
    length, checksum = array("I", start[len(MAGIC) : HEAD_BYTES])
    if HEAD_BYTES + length > source.size:
        raise ValueError
    missing = HEAD_BYTES + length - len(start)
    if missing > 0:
        start += read(missing)
    directory = memoryview(start[HEAD_BYTES : HEAD_BYTES + length])
    if len(directory) != length or crc32(directory) != checksum:
        raise ValueError
    size = int.from_bytes(directory[:ITEM], "little")
    told = marshal.loads(directory[ITEM : ITEM + size])  # noqa: S302
    key, version, extra, behind, names = told
    base = HEAD_BYTES + length
    if source.size != base + behind:
        raise ValueError
    others, at = directory[ITEM + size + -size % ITEM :].cast(UNSIGNED), 0
    tables = {}
    for name, count, first, starts in names:
        if first is None:
            numbers: Any = others[at : at + count]
            at += count
        else:
            numbers = range(first, first + count)
        tables[name] = Table(name, source, numbers, [base + start for start in starts])
    return (key, version), KeyFile(extra, tables)


def _is_old(path: str) -> bool:
    """Whether nobody can be writing this draft any more."""
    return os.stat(path).st_mtime + _WRITING_SECONDS < time()
