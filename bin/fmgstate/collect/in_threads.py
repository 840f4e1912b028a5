"""Several scopes at once, in threads: while one waits for FortiManager, another one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class InThreads:
    """``threads``: at most so many at once. Results come in the order in which they are done."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def run(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        if not items:
            return
        with ThreadPoolExecutor(min(self._threads, len(items)), "refresh") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                for future in futures:
                    future.cancel()
