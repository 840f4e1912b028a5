"""Adding columns to the events of a chunk without taking the events apart.

The events' lines go out as they came, with the added cells behind them. What is added depends on a
few fields, and is asked for once for each combination of their values. Three ways, each exact, the
next one taken where the one before cannot be sure:

1. the deciding fields are the first columns: everything up to their last comma is the key, and is
   not even taken out of its quotes (splunkd quotes every value that is not letters and digits);
2. the csv module reads each line, and no value spans lines;
3. the csv module reads and writes the whole chunk: values with line breaks, added columns that the
   events have already.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from itertools import filterfalse, islice
from operator import add, methodcaller
from typing import Any, NamedTuple, Optional, Union

from fmgstate.search.layout import BETWEEN, ENCODING, Layout
from fmgstate.search.rows import MULTIVALUE

Key = tuple[str, ...]
Answer = Callable[[Sequence[Key]], Iterable[bytes]]
"""Keys, each one once, to what is added for them: ``len(added)`` cells of CSV, commas between."""
AnswerAt = Callable[[Key, Sequence[Sequence[bytes]]], Iterable[bytes]]
"""As ``Answer``, for keys that are the same from some field on, which come apart from the rest: of
each field of the rest, its values."""

PART_BYTES = 512 * 1024
"""So much of a chunk is taken apart at once."""
PARTS = 16
"""So many parts are asked for together: the more, the more keys are of one place."""
MOST_KEPT = 70_000
"""Answers are kept from one batch of parts to the next: no more of them than that, and than one
batch needs."""

_Name = Union[bytes, str]
_New = tuple[dict[bytes, None], dict[str, None]]
"""What is new: prefixes of lines, texts. In the order in which they came, for they lie in memory
so: asked for in another order they take half as long again."""


class Irregular(Exception):
    """The lines cannot be told apart this way."""


class ByColumn:
    """An ``Answer`` that is given the keys column by column: the values of each field."""

    def __init__(self, answer: Callable[[Sequence[Sequence[str]]], Iterable[bytes]]) -> None:
        self.answer = answer

    def __call__(self, keys: Sequence[Key]) -> Iterable[bytes]:
        return self.answer(list(zip(*keys)))


class Columns(NamedTuple):
    """``fields``: of the events, that decide what is added; "" is given for those that an event
    does not have. ``added``: names of the columns. ``answer_at``: asked instead of ``answer``
    where it is given; the first ``apart`` fields are given to it for each key."""

    fields: Sequence[str]
    added: Sequence[str]
    answer: Answer
    answer_at: Optional[AnswerAt] = None
    apart: int = 0


class Enricher:
    """Keeps what was answered from chunk to chunk."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._header = b""
        self._kept: dict[Any, bytes] = {}

    def chunk(self, body: bytes) -> list[bytes]:
        """The pieces of the chunk's body with the columns added; none when it has no events."""
        header = body[: body.find(b"\n") + 1 or len(body)].removesuffix(b"\n")
        start = len(header) + 1
        if not body[start : start + 3].strip():
            return []
        if header != self._header:
            self.forget()
            self._header = header
            columns = self._columns
            self._layout = Layout(header, columns.fields, columns.added, columns.apart)
        if self._layout.clashes:
            return [self._rewritten(body)]
        pieces = [self._layout.header]
        parts = _parts(body, start)
        try:
            while batch := list(islice(parts, PARTS)):
                pieces += self._batch(batch)
        except Irregular:
            return [self._rewritten(body)]
        return pieces

    def forget(self) -> None:
        """Answer everything anew from here on."""
        self._kept = {}

    def _batch(self, parts: Sequence[bytes]) -> list[bytes]:
        """Parts with their columns added; all that is new in them is asked for together."""
        new: _New = {}, {}
        read = [self._keyed(part, new) for part in parts]
        if len(self._kept) + len(new[0]) + len(new[1]) > MOST_KEPT:
            known = self._kept
            used = (key for _, keys in read for key in keys if key in known)
            self._kept = {key: known[key] for key in used}
        if new[0]:
            self._ask_of_prefixes(list(new[0]))
        if new[1]:
            self._ask_of_texts(list(new[1]))
        ending, kept = self._layout.ending, self._kept.__getitem__
        found = []
        while read:
            lines, keys = read.pop()  # each is let go of at once
            found.append(ending.join(map(add, lines, map(kept, keys))) + ending)
        found.reverse()
        return found

    def _keyed(self, part: bytes, new: _New) -> tuple[list[bytes], Sequence[_Name]]:
        """A part's lines, and of each what stands for its deciding values."""
        ending = self._layout.ending
        if part.count(b"\r") != (part.count(b"\n") if ending == b"\r\n" else 0):
            raise Irregular
        lines = part.split(ending)
        if not lines[-1]:
            del lines[-1]
        try:
            return lines, self._prefixes(part, lines, new[0])
        except Irregular:
            return lines, self._texts(part, lines, new[1])

    def _prefixes(self, part: bytes, lines: list[bytes], new: dict[bytes, None]) -> list[bytes]:
        """Each line's first columns, as they stand there."""
        layout = self._layout
        if not layout.leading or not _is_plain(part):
            raise Irregular
        if part.count(b",") != len(lines) * layout.commas:
            raise Irregular
        behind = layout.commas + 1 - layout.leading
        keys = [line.rsplit(b",", behind)[0] for line in lines]
        unknown = dict.fromkeys(filterfalse(self._kept.__contains__, keys))
        if unknown and set(map(methodcaller("count", b","), unknown)) != {layout.leading - 1}:
            raise Irregular
        new.update(unknown)
        return keys

    def _texts(self, part: bytes, lines: list[bytes], new: dict[str, None]) -> list[str]:
        """Each line's deciding values, read by the csv module, in one text."""
        texts = [line.decode(*ENCODING) for line in lines]
        try:
            if BETWEEN.encode() in part:
                raise Irregular
            keys = list(self._layout.texts(csv.reader(texts, strict=True)))
        except (csv.Error, IndexError):
            raise Irregular from None
        if len(keys) != len(lines):
            raise Irregular
        new.update(dict.fromkeys(filterfalse(self._kept.__contains__, keys)))
        return keys

    def _ask_of_prefixes(self, prefixes: list[bytes]) -> None:
        """Most are taken apart as far only as is needed to ask by places."""
        layout, (_, _, answer, answer_at, apart) = self._layout, self._columns
        text = b"\n".join(prefixes)
        if isinstance(answer, ByColumn) and b'""' not in text:
            self._keep(prefixes, answer.answer(layout.columns_of_prefixes(text)))
            return
        if answer_at is None or not layout.in_order or b'""' in text:
            self._ask(prefixes, list(layout.keys_of_prefixes(text)))
            return
        # A place at a time: what is made of all at once takes new memory, which costs more.
        del text
        places: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for prefix in prefixes:
            places[prefix.split(b",", apart)[apart]].append(prefix)
        while places:
            where, names = places.popitem()
            key = tuple(where.replace(b'"', b"").decode(*ENCODING).split(","))
            end = -len(where) - 1
            cells = b",".join([name[:end] for name in names]).replace(b'"', b"").split(b",")
            whats = [cells[at::apart] for at in range(apart)]
            self._keep(names, answer_at(key, whats))

    def _ask_of_texts(self, texts: list[str]) -> None:
        """As ``_ask_of_prefixes``."""
        layout, answer_at = self._layout, self._columns.answer_at
        if answer_at is None:
            self._ask(texts, list(map(layout.key_of_text, texts)))
            return
        places: defaultdict[str, list[str]] = defaultdict(list)
        for text in texts:
            places[layout.place_of_text(text)].append(text)
        while places:
            _, names = places.popitem()
            where = layout.key_of_text(names[0])[self._columns.apart :]
            self._keep(names, answer_at(where, layout.whats_of_texts(names)))

    def _ask(self, names: Sequence[Any], keys: Sequence[Key]) -> None:
        if self._columns.answer_at is None:
            self._keep(names, self._columns.answer(keys))
            return
        apart = self._columns.apart
        places: defaultdict[Key, tuple[list[Any], list[Key]]] = defaultdict(lambda: ([], []))
        for name, key in zip(names, keys):
            of_place, whats = places[key[apart:]]
            of_place.append(name)
            whats.append(key[:apart])
        for where, (of_place, whats) in places.items():
            columns = [[text.encode(*ENCODING) for text in column] for column in zip(*whats)]
            self._keep(of_place, self._columns.answer_at(where, columns))

    def _keep(self, names: Sequence[Any], answers: Iterable[bytes]) -> None:
        self._kept.update(zip(names, map(b",".__add__, answers)))

    def _rewritten(self, body: bytes) -> bytes:
        """The chunk read and written as a whole; columns that are there already are replaced."""
        if len(self._kept) > MOST_KEPT:
            self.forget()
        layout = self._layout
        reader = csv.reader(StringIO(body.decode(*ENCODING)))
        names = next(reader)
        rows = [row + [""] * (len(names) - len(row)) for row in reader]
        replaced = {*self._columns.added, *(MULTIVALUE + name for name in self._columns.added)}
        kept = [at for at, name in enumerate(names) if name not in replaced]
        keys = [layout.key(row) for row in rows]
        new = list(set(keys).difference(self._kept))
        if new:
            self._ask(new, new)
        written = StringIO()
        writer = csv.writer(written)  # quotes what its own line end, \r\n, holds
        lines = []
        for row, key in zip([names, *rows], [None, *keys]):
            written.seek(0)
            written.truncate()
            writer.writerow([row[at] for at in kept])
            added = layout.added if key is None else self._kept[key]
            lines.append(written.getvalue()[:-2].encode(*ENCODING) + added)
        return b"\n".join(lines) + b"\n"


def _parts(body: bytes, start: int) -> Iterator[bytes]:
    """The lines from ``start`` on, in slices that end at a line's end."""
    while start < len(body):
        end = body.find(b"\n", start + PART_BYTES) + 1 or len(body)
        yield body[start:end]
        start = end


def _is_plain(part: bytes) -> bool:
    """Whether no quoted value holds a comma or a line break: each of them is what it seems."""
    if b'"' not in part:
        return True
    pieces = part.split(b'"')
    within = b"".join(pieces[1::2])
    return len(pieces) % 2 == 1 and b"," not in within and b"\n" not in within
