"""Several scopes at once, in threads: while one waits for FortiManager, another one is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class InThreads:
    """``threads``: at most so many at once. Results come in the order in which they are done."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._leaving = threading.Event()

    def run(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        if not items:
            return
        self._leaving.clear()
        with ThreadPoolExecutor(min(self._threads, len(items)), "refresh") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                self._leaving.set()
                for future in futures:
                    future.cancel()

    def sleep(self, seconds: float) -> None:
        """For work that has to wait. Told to stop, a process must not wait for it in turn: then it
        ends with ``CancelledError``, as what was not begun yet does."""
        if self._leaving.wait(seconds):
            raise CancelledError
