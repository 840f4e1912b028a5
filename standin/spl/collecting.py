"""Python's garbage collector looks at new objects seldom while searches make many of them.

Rows are freed as they go; what the collector finds among them is nothing, and looking for it takes
a fifth of a search's time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType

from standin.spl.values import Row

_SELDOM = (50_000, 20, 50)


class _Seldom:
    """For as long as any search is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._usual = gc.get_threshold()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = gc.get_threshold()
                gc.set_threshold(*_SELDOM)
            self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                gc.set_threshold(*self._usual)


SELDOM = _Seldom()


def seldom_collected(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows; until the last one (or until nobody wants more) the collector runs seldom."""
    with SELDOM:
        yield from rows
