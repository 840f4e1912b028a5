"""How the refresh of many scopes is carried out: one after another, or several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Runner(Protocol):
    """``work`` answers failures as values, so a runner never has to decide what an error means."""

    def run(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The result for each item, as they come."""
