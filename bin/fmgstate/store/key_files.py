"""Values by number, ready to be shown, in one small file a scope beside the store.

The store stays the truth: a file is made from one version of its scope and holds for that one only.
Whoever misses a file, or finds it older than the store, makes it anew; a reader never waits for
anybody. What is asked for is read of mapped files, of which only the last used stay mapped: many
would take file descriptors, and their pages count as the process's memory.

A file is: ``MAGIC``, length and CRC-32 of the directory (4 bytes each); the directory; the values.
Of each table the fronts of all values come first, then what is behind them: most look-ups want no
more than the fronts. The directory is the length of what follows; a ``marshal`` of (key, version,
extra, tables), for each table its name, how many values it has and in how many parts; then of each
table its numbers, an Adler-32 of each number and part, and where the parts begin and the last one
ends (4 bytes each).
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
from itertools import accumulate
from operator import add
from time import time
from typing import Any, Final, Optional, Union
from zlib import adler32, crc32

from fmgstate.store.file_bytes import READ, Bytes, Damaged, Maps, Source

__all__ = ["LARGEST", "Damaged", "KeyFile", "KeyFiles", "Table", "Tables", "in_memory"]

MAGIC = b"FMGKEYS3"
LARGEST = 2**32 - 1
"""Number, and size of a file."""
MARSHAL = 4
"""The same in every Python from 3.4 on."""
_HEAD_BYTES = len(MAGIC) + 8
_UNSIGNED: Final = "I"
_ITEM = array(_UNSIGNED).itemsize
_WRITING_SECONDS = 3600
_FIRST_BYTES = 12_288
"""Most directories are shorter: one read is enough."""

Tables = Mapping[str, Mapping[int, bytes]]
Cut = Callable[[bytes], int]
"""A value to the length of its front."""


class Table:
    """The values of one table in a file."""

    __slots__ = ("_columns", "_source", "name")

    def __init__(
        self, name: str, source: Union[Source, Bytes], numbers: Any, places: Any, sums: Any
    ) -> None:
        self.name, self._source, self._columns = name, source, (numbers, places, sums)

    def get(self, number: int) -> Optional[bytes]:
        """The value of a number; None = it has none. Raises ``Damaged``."""
        found = self.many((number,))
        return found[0] if found else None

    def many(self, asked: Sequence[int]) -> Optional[list[bytes]]:
        """The values of these numbers; None = one of them has none. Raises ``Damaged``."""
        rows = self._rows(asked)
        numbers, places, _ = self._columns
        count = len(numbers)
        if rows is None or len(places) <= count + 1:
            return self._parts(asked, rows, count)
        both = rows + [count + at for at in rows]
        parts = self._parts([*asked, *asked], both, 2 * count) or []
        return list(map(add, parts, parts[len(rows) :]))

    def fronts(self, asked: Sequence[int]) -> Optional[list[bytes]]:
        """As ``many``, of each value its front alone."""
        return self._parts(asked, self._rows(asked), len(self._columns[0]))

    def _parts(
        self, asked: Sequence[int], rows: Optional[list[int]], end: int
    ) -> Optional[list[bytes]]:
        """Parts of these numbers' values; ``end``: none of them is behind this place."""
        if rows is None:
            return None
        _, places, sums = self._columns
        data = self._source.data(len(rows), places[end])
        found: list[bytes] = [data[places[at] : places[at + 1]] for at in rows]
        if list(map(adler32, found, asked)) != [sums[at] for at in rows]:
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
        numbers = self._columns[0]
        count = len(numbers)
        if not count or not asked:
            return None if asked else []
        first = numbers[0]
        if numbers[-1] - first == count - 1:  # they follow one another
            rows = [number - first for number in asked]
            return rows if min(rows) >= 0 and max(rows) < count else None
        found = []
        for number in asked:
            at = bisect_left(numbers, number)
            if at == count or numbers[at] != number:
                return None
            found.append(at)
        return found

    def numbers(self) -> list[int]:
        """All numbers, ascending."""
        return list(self._columns[0])


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
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        path = self._path(key)
        draft = f"{path}.new-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.writelines(_written(key, version, extra, tables, cut))
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
    content = b"".join(_written("", "", extra, tables, cut))
    return _opened(BytesIO(content).read, Bytes("", content))[1]


def _opened(
    read: Callable[[int], bytes], source: Union[Source, Bytes]
) -> tuple[tuple[str, str], KeyFile]:
    """Key and version, and the file. Raises ValueError and the like for what is no such file."""
    start = read(_FIRST_BYTES)
    if start[: len(MAGIC)] != MAGIC:
        raise ValueError
    length, checksum = array("I", start[len(MAGIC) : _HEAD_BYTES])
    missing = _HEAD_BYTES + length - len(start)
    if missing > 0:
        start += read(missing)
    directory = memoryview(start[_HEAD_BYTES : _HEAD_BYTES + length])
    if len(directory) != length or crc32(directory) != checksum:
        raise ValueError
    size = int.from_bytes(directory[:_ITEM], "little")
    key, version, extra, names = marshal.loads(directory[_ITEM : _ITEM + size])  # noqa: S302
    columns = directory[_ITEM + size + -size % _ITEM :].cast(_UNSIGNED)
    tables, at = {}, 0
    for name, count, parts in names:
        sums, places = at + count, at + count * (1 + parts)
        end = places + count * parts + 1
        tables[name] = Table(
            name, source, columns[at:sums], columns[places:end], columns[sums:places]
        )
        at = end
    return (key, version), KeyFile(extra, tables)


def _written(key: str, version: str, extra: Any, tables: Tables, cut: Optional[Cut]) -> list[bytes]:
    parts = 1 if cut is None else 2
    names = [(name, len(rows), parts) for name, rows in tables.items()]
    about = marshal.dumps((key, version, extra, names), MARSHAL)
    about = len(about).to_bytes(_ITEM, "little") + about + bytes(-len(about) % _ITEM)
    length = len(about) + sum(((1 + 2 * parts) * len(rows) + 1) * _ITEM for rows in tables.values())
    values: list[bytes] = []
    columns, place = array(_UNSIGNED), _HEAD_BYTES + length
    for rows in tables.values():
        numbers = sorted(rows)
        of_table = [rows[number] for number in numbers]
        if cut is not None:
            ends = list(map(cut, of_table))
            backs = [value[end:] for value, end in zip(of_table, ends)]
            of_table = [value[:end] for value, end in zip(of_table, ends)] + backs
        places = array(_UNSIGNED, accumulate(map(len, of_table), initial=place))
        place = places[-1]
        columns.extend(numbers)
        columns.extend(map(adler32, of_table, numbers * parts))
        columns.extend(places)
        values += of_table
    directory = about + columns.tobytes()
    head = array("I", [len(directory), crc32(directory)]).tobytes()
    return [MAGIC, head, directory, *values]


def _is_old(path: str) -> bool:
    """Whether nobody can be writing this draft any more."""
    return os.stat(path).st_mtime + _WRITING_SECONDS < time()
