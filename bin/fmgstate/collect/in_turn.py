"""One scope after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class InTurn:
    """The simplest runner: in the caller's thread, in the given order."""

    def run(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        return map(work, items)
