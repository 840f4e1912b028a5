"""What is added to events: asked for once, and kept from one batch of events to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress, filterfalse
from operator import not_
from typing import Any, NamedTuple, Optional, cast

from fmgstate.search.layout import ENCODING, Layout

Key = tuple[str, ...]
Answer = Callable[[Sequence[Key]], Iterable[bytes]]
"""Keys to what is added for them: ``len(added)`` cells of CSV, commas between."""
AnswerAt = Callable[[Key, Sequence[Sequence[bytes]]], Iterable[bytes]]
"""As ``Answer``, with a comma before each cell, for keys that are the same from some field on,
which come apart from the rest: of each field of the rest, its values."""

MOST_KEPT = 70_000
"""Answers are kept while they, and as many new ones as last time, are no more than that; else
those that the last batch needed."""


class Ragged(Exception):
    """A line has more values than there are columns, or fewer: none of the quick ways is sure."""


class ByColumn:
    """An ``Answer`` that is given the keys column by column: the values of each field."""

    def __init__(self, answer: Callable[[Sequence[Sequence[str]]], Iterable[bytes]]) -> None:
        self.answer = answer

    def __call__(self, keys: Sequence[Key]) -> Iterable[bytes]:
        return self.answer(list(zip(*keys)))


class Columns(NamedTuple):
    """``fields``: of the events, that decide what is added; "" is given for those that an event
    does not have. ``added``: names of the columns. ``answer_at``: asked instead of ``answer`` for
    keys that come sorted by place; the first ``apart`` fields are given to it for each key."""

    fields: Sequence[str]
    added: Sequence[str]
    answer: Answer
    answer_at: Optional[AnswerAt] = None
    apart: int = 0


class Answers:
    """Answers by the texts that stand for keys, each with a comma before it. Within a ``batch``:
    ``known`` and ``new`` of each of its parts; ``turn``; ``ask…`` of all that is new; ``all``."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._asked = 0
        self.forget()

    def forget(self) -> None:
        """Start anew."""
        self._kept: dict[Any, Any] = {}
        self._next = self._kept
        self._wheres: dict[bytes, Key] = {}

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Of what is kept, more than there is room for stays only as far as it is needed. What the
        batch does not come to ask is not known behind it."""
        self._next = self._kept
        if len(self._kept) + self._asked > MOST_KEPT:
            self._next, self._wheres = {}, {}
        self._asked = 0
        try:
            yield
        except BaseException:
            self._kept = {key: told for key, told in self._kept.items() if told is not None}
            raise

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

    def all(self, found: list[Optional[bytes]], missing: Sequence[Any]) -> Iterable[bytes]:
        """What ``known`` gave, by now complete. ``found`` empty: answers of all ``missing``."""
        if not missing:
            return cast("list[bytes]", found)
        answers = map(self._kept.__getitem__, missing)
        if not found:
            return answers
        answer = answers.__next__
        return [one or answer() for one in found]

    def ask_at_places(self, layout: Layout, places: dict[bytes, list[bytes]]) -> None:
        """Of prefixes of lines, by what is behind their first columns. They are taken apart as far
        only as is needed. Raises ``Ragged``."""
        _, _, _, answer_at, apart = self._columns
        assert answer_at is not None
        commas = layout.leading - 1 - apart
        if any(where.count(b",") != commas for where in places):
            raise Ragged
        # A place at a time: what is made of all at once takes new memory, which costs more.
        while places:
            where, names = places.popitem()
            end = -len(where) - 1
            cells = b",".join([name[:end] for name in names])
            if b'""' in cells or b'""' in where:
                self.ask(names, layout.keys_of_prefixes(b"\n".join(names)))
                continue
            key = self._wheres.get(where)
            if key is None:
                text = where.replace(b'"', b"").decode(*ENCODING)
                key = self._wheres[where] = tuple(text.split(","))
            values = cells.replace(b'"', b"").split(b",")
            whats = [values[at::apart] for at in range(apart)]
            self._keep(names, answer_at(key, whats))

    def ask_of_prefixes(self, layout: Layout, prefixes: list[bytes]) -> None:
        """As ``ask_at_places``."""
        answer = self._columns.answer
        text = b"\n".join(prefixes)
        if isinstance(answer, ByColumn) and b'""' not in text:
            self._keep_told(prefixes, answer.answer(layout.columns_of_prefixes(text)))
        else:
            self.ask(prefixes, layout.keys_of_prefixes(text))

    def ask_of_texts(self, layout: Layout, texts: list[str]) -> None:
        """As ``ask_at_places``."""
        answer_at = self._columns.answer_at
        if answer_at is None:
            self.ask(texts, map(layout.key_of_text, texts))
            return
        places: defaultdict[str, list[str]] = defaultdict(list)
        for text in texts:
            places[layout.place_of_text(text)].append(text)
        while places:
            _, names = places.popitem()
            where = layout.key_of_text(names[0])[self._columns.apart :]
            self._keep(names, answer_at(where, layout.whats_of_texts(names)))

    def ask(self, names: Sequence[Any], keys: Iterable[Key]) -> None:
        """``names``: what stands for these keys."""
        self._keep_told(names, self._columns.answer(list(keys)))

    def _keep(self, names: Sequence[Any], answers: Iterable[bytes]) -> None:
        self._kept.update(zip(names, answers))

    def _keep_told(self, names: Sequence[Any], answers: Iterable[bytes]) -> None:
        self._keep(names, map(b",".__add__, answers))
