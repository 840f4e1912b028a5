"""Answers that are kept while a search goes on, from one batch of events to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import compress, filterfalse
from operator import not_
from typing import Any, Optional

MOST_KEPT = 70_000
"""Answers are kept while they are no more than that; else those that the last batch needed."""


class Answers:
    """Answers, none of them empty, by their keys. A batch is: ``begin``; ``known`` and ``new`` of
    each of its parts; ``turn``; ``keep`` of what was new; ``all``."""

    def __init__(self) -> None:
        self._asked = 0
        self.forget()

    def forget(self) -> None:
        """Start anew."""
        self._kept: dict[Any, Any] = {}
        self._next = self._kept

    def begin(self) -> None:
        """Of what is kept, more than there is room for stays only as far as it is needed."""
        is_full = len(self._kept) + self._asked > MOST_KEPT
        self._next = {} if is_full else self._kept
        self._asked = 0

    def known(self, keys: Sequence[Any]) -> tuple[list[Optional[bytes]], Sequence[Any]]:
        """The answer of each key, None where there is none yet; and the keys of these."""
        found = list(map(self._kept.get, keys))
        if self._next is not self._kept:
            self._next.update(compress(zip(keys, found), found))
        if not any(found):
            return found, keys
        return found, () if all(found) else list(compress(keys, map(not_, found)))

    def new(self, keys: Iterable[Any]) -> Collection[Any]:
        """Those that no earlier part had, each once."""
        new = dict.fromkeys(filterfalse(self._next.__contains__, keys))
        self._next.update(new)
        self._asked += len(new)
        return new

    def turn(self) -> None:
        """All parts are read: let go of what none of them needs."""
        self._kept = self._next

    def keep(self, keys: Iterable[Any], answers: Iterable[bytes]) -> None:
        """Answers of these."""
        self._kept.update(zip(keys, answers))

    def all(self, found: list[Optional[bytes]], missing: Sequence[Any]) -> Iterable[bytes]:
        """What ``known`` gave, by now complete. ``found`` empty: answers of all ``missing``."""
        answers = map(self._kept.__getitem__, missing)
        if not found:
            return answers
        answer = answers.__next__
        return [one or answer() for one in found] if missing else filter(None, found)
