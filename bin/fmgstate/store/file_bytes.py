"""The bytes of files by key: mapped, or read at once where that is quicker."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, Optional, TypeVar

MANY, BYTES_A_VALUE = 8, 16_384
"""Where so many values are wanted, and there is no more than that for each, reading it all at
once is quicker than mapping it. What is read is not kept."""
MOST_MAPPED, MOST_MAPPED_BYTES = 128, 1 << 23
"""So many files stay mapped, if they are not larger together; the one in use always does."""
READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)

T = TypeVar("T")


def _most_open() -> int:
    try:
        return min(4096, os.sysconf("SC_OPEN_MAX") // 4) if hasattr(os, "pread") else 0
    except (AttributeError, OSError, ValueError):
        return 0


MOST_OPEN = _most_open()
"""So many files stay open: opening one costs as much as reading it."""


class Damaged(Exception):
    """A value is not what was written. ``path``: of the file.

    ``is_replaced``: the file is another one by now, or gone, and nothing is wrong with it.
    """

    def __init__(self, path: str, is_replaced: bool = False) -> None:
        super().__init__(path)
        self.path, self.is_replaced = path, is_replaced


class Opened:
    """A file that stays open until nobody needs it."""

    __slots__ = ("_maps", "number")

    def __init__(self, number: int, maps: Maps) -> None:
        self.number, self._maps = number, maps
        maps.opened += 1

    def __del__(self) -> None:
        self._maps.opened -= 1
        os.close(self.number)


class Source:
    """A file's bytes, whether it is mapped just now or not. ``file``: its number, the caller's."""

    __slots__ = ("_identity", "_maps", "_opened", "path")

    def __init__(self, path: str, file: int, maps: Maps) -> None:
        self.path, self._identity, self._maps = path, _identity(file), maps
        self._opened: Optional[Opened] = None

    @property
    def size(self) -> int:
        """Of the file in bytes."""
        return self._identity[1]

    def keep_open(self, file: int) -> bool:
        """Whether the file was taken over: the caller must not close it."""
        if self._maps.opened >= MOST_OPEN:
            return False
        self._opened = Opened(file, self._maps)
        return True

    def data(self, wanted: int, start: int, end: int) -> tuple[Any, int]:
        """What is there from ``start`` to ``end`` at least, and where in the file that begins. To
        be let go of soon. ``wanted``: so many values of it. Raises ``Damaged``."""
        return self._maps.of(self, wanted, start, end)

    def map(self) -> mmap.mmap:
        """Mapped anew."""
        return self._taken(lambda file: mmap.mmap(file, 0, access=mmap.ACCESS_READ))

    def read(self, start: int, end: int) -> bytes:
        """From there to there."""
        try:
            if self._opened is not None:
                return os.pread(self._opened.number, end - start, start)
        except OSError:
            pass
        return self._taken(lambda file: _read(file, start, end))

    def _taken(self, take: Callable[[int], T]) -> T:
        """What is taken of the file, while it is the one that it was."""
        with suppress(OSError, ValueError):
            if self._opened is not None:
                return take(self._opened.number)
            file = os.open(self.path, READ)
            try:
                if _identity(file) == self._identity:
                    return take(file)
            finally:
                os.close(file)
        raise Damaged(self.path, is_replaced=True)


class Bytes(NamedTuple):
    """As ``Source``, without a file."""

    path: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def data(self, _wanted: int, _start: int, _end: int) -> tuple[bytes, int]:
        return self.content, 0


class Maps:
    """Which files are mapped: the last few. ``opened``: how many are open."""

    def __init__(self) -> None:
        self._mapped: dict[Source, mmap.mmap] = {}
        self.opened = 0
        self._bytes = 0

    def of(self, source: Source, wanted: int, start: int, end: int) -> tuple[Any, int]:
        data = self._mapped.get(source)
        if data is None:
            if wanted >= MANY and end - start <= wanted * BYTES_A_VALUE:
                return source.read(start, end), start
            data = source.map()
            while self._mapped and (
                len(self._mapped) >= MOST_MAPPED or self._bytes + len(data) > MOST_MAPPED_BYTES
            ):
                self._bytes -= len(self._mapped.pop(next(iter(self._mapped))))
            self._mapped[source] = data
            self._bytes += len(data)
        return data, 0


def _read(file: int, start: int, end: int) -> bytes:
    os.lseek(file, start, os.SEEK_SET)
    return os.read(file, end - start)


def _identity(file: int) -> tuple[int, int, int]:
    """Another one for every file that was ever in this place."""
    found = os.fstat(file)
    return found.st_ino, found.st_size, found.st_mtime_ns
