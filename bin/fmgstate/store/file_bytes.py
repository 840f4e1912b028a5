"""The bytes of files by key: mapped, or read at once where that is quicker."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

MANY, BYTES_A_VALUE = 8, 16_384
"""Where so many values are wanted, and there is no more than that for each, reading it all at
once is quicker than mapping it. What is read is not kept."""
MOST_MAPPED, MOST_MAPPED_BYTES = 128, 1 << 23
"""So many files stay mapped, if they are not larger together; the one in use always does."""
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)

T = TypeVar("T")


class Damaged(Exception):
    """A value is not what was written. ``path``: of the file.

    ``is_replaced``: the file is another one by now, or gone, and nothing is wrong with it.
    """

    def __init__(self, path: str, is_replaced: bool = False) -> None:
        super().__init__(path)
        self.path, self.is_replaced = path, is_replaced


class Source:
    """A file's bytes, whether it is mapped just now or not."""

    __slots__ = ("_identity", "_maps", "path")

    def __init__(self, path: str, identity: tuple[int, int, int], maps: Maps) -> None:
        self.path, self._identity, self._maps = path, identity, maps

    def data(self, wanted: int, end: int) -> Any:
        """To be let go of soon. ``wanted``: so many values of it, none behind ``end``. Raises
        ``Damaged``."""
        return self._maps.of(self, wanted, end)

    def map(self) -> mmap.mmap:
        """Mapped anew."""
        return self._opened(lambda file: mmap.mmap(file, 0, access=mmap.ACCESS_READ))

    def read(self, end: int) -> bytes:
        """All up to there."""
        return self._opened(lambda file: os.read(file, end))

    def _opened(self, take: Callable[[int], T]) -> T:
        """What is taken of the file, while it is the one that it was."""
        with suppress(OSError, ValueError):
            file = os.open(self.path, _READ)
            try:
                if identity(file) == self._identity:
                    return take(file)
            finally:
                os.close(file)
        raise Damaged(self.path, is_replaced=True)


class Bytes(NamedTuple):
    """As ``Source``, without a file."""

    path: str
    content: bytes

    def data(self, _wanted: int, _end: int) -> bytes:
        return self.content


class Maps:
    """Which files are mapped: the last few."""

    def __init__(self) -> None:
        self._mapped: dict[Source, mmap.mmap] = {}
        self._bytes = 0

    def of(self, source: Source, wanted: int, end: int) -> Any:
        data = self._mapped.get(source)
        if data is None:
            if wanted >= MANY and end <= wanted * BYTES_A_VALUE:
                return source.read(end)
            data = source.map()
            while self._mapped and (
                len(self._mapped) >= MOST_MAPPED or self._bytes + len(data) > MOST_MAPPED_BYTES
            ):
                self._bytes -= len(self._mapped.pop(next(iter(self._mapped))))
            self._mapped[source] = data
            self._bytes += len(data)
        return data


def identity(file: int) -> tuple[int, int, int]:
    """Another one for every file that was ever in this place."""
    found = os.fstat(file)
    return found.st_ino, found.st_size, found.st_mtime_ns
