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
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from operator import add, methodcaller
from typing import Any, NamedTuple, Optional, Union

from fmgstate.search.answers import Answers
from fmgstate.search.layout import BETWEEN, ENCODING, Layout
from fmgstate.search.rows import MULTIVALUE

Key = tuple[str, ...]
Answer = Callable[[Sequence[Key]], Iterable[bytes]]
"""Keys, each one once, to what is added for them: ``len(added)`` cells of CSV, commas between."""
AnswerAt = Callable[[Key, Sequence[Sequence[bytes]]], Iterable[bytes]]
"""As ``Answer``, with a comma before each cell, for keys that are the same from some field on,
which come apart from the rest: of each field of the rest, its values."""

PART_BYTES = 512 * 1024
"""So much of a chunk is taken apart at once."""
PARTS = 16
"""So many parts are asked for together: the more, the more keys are of one place."""
MANY = 3
"""Where more than one in so many is missing, looking all of them up again is quicker."""

_Name = Union[bytes, str]


class _New(NamedTuple):
    """What of a batch is new. ``places``: what is behind the first columns of prefixes of lines, to
    these prefixes. ``prefixes``, ``texts``: those that are not asked for by place.

    All in the order in which they came, for they lie in memory so: touched in another order they
    take half as long again.
    """

    places: defaultdict[bytes, list[bytes]]
    prefixes: list[bytes]
    texts: list[str]


class _Part(NamedTuple):
    """A part's lines, and what is added to them: see ``Answers.all``."""

    lines: list[bytes]
    found: list[Optional[bytes]]
    missing: Sequence[_Name]


class Irregular(Exception):
    """The lines cannot be told apart this way."""


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
        self._answers = Answers()

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
        except (Irregular, Ragged):
            self.forget()  # something may be without its answer
            return [self._rewritten(body)]
        return pieces

    def forget(self) -> None:
        """Answer everything anew from here on."""
        self._answers.forget()

    def _batch(self, parts: Sequence[bytes]) -> list[bytes]:
        """Parts with their columns added; all that is new in them is asked for together."""
        new, answers = _New(defaultdict(list), [], []), self._answers
        answers.begin()
        read = [self._read(part, new) for part in parts]
        answers.turn()
        if new.places:
            self._ask_at_places(new.places)
        if new.prefixes:
            self._ask_of_prefixes(new.prefixes)
        if new.texts:
            self._ask_of_texts(new.texts)
        ending, done = self._layout.ending, []
        while read:
            lines, found, missing = read.pop()  # each is let go of at once
            done.append(ending.join(map(add, lines, answers.all(found, missing))) + ending)
        done.reverse()
        return done

    def _read(self, part: bytes, new: _New) -> _Part:
        """A part's lines, and what of them is known."""
        ending = self._layout.ending
        if part.count(b"\r") != (part.count(b"\n") if ending == b"\r\n" else 0):
            raise Irregular
        lines = part.split(ending)
        if not lines[-1]:
            del lines[-1]
        prefixes = self._prefixes(part, lines)
        keys: Sequence[_Name] = self._texts(part, lines) if prefixes is None else prefixes
        found, missing = self._answers.known(keys)
        unknown = self._answers.new(missing)
        if prefixes is None:
            new.texts.extend(unknown)
        else:
            self._sort(unknown, new)
        if MANY * len(missing) > len(keys):
            return _Part(lines, [], keys)
        return _Part(lines, found, missing)

    def _prefixes(self, part: bytes, lines: list[bytes]) -> Optional[list[bytes]]:
        """Each line's first columns, as they stand there; None = these cannot be told apart so."""
        layout = self._layout
        if not layout.leading or not _is_plain(part):
            return None
        if part.count(b",") != len(lines) * layout.commas:
            return None
        behind = layout.commas + 1 - layout.leading
        return [line.rsplit(b",", behind)[0] for line in lines]

    def _texts(self, part: bytes, lines: list[bytes]) -> list[str]:
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
        return keys

    def _sort(self, prefixes: Collection[Any], new: _New) -> None:
        """By their places, where that is how they are asked for."""
        if self._columns.answer_at is None or not self._layout.in_order:
            commas = self._layout.leading - 1
            if prefixes and set(map(methodcaller("count", b","), prefixes)) != {commas}:
                raise Ragged
            new.prefixes.extend(prefixes)
            return
        apart, places = self._columns.apart, new.places
        try:
            for prefix in prefixes:
                places[prefix.split(b",", apart)[apart]].append(prefix)
        except IndexError:
            raise Ragged from None

    def _ask_at_places(self, places: dict[bytes, list[bytes]]) -> None:
        """Prefixes are taken apart as far only as is needed."""
        layout, (_, _, _, answer_at, apart) = self._layout, self._columns
        assert answer_at is not None
        commas = layout.leading - 1 - apart
        if any(where.count(b",") != commas for where in places):
            raise Ragged
        # A place at a time: what is made of all at once takes new memory, which costs more.
        while places:
            where, names = places.popitem()
            end = -len(where) - 1
            text = b",".join([name[:end] for name in names])
            if b'""' in text or b'""' in where:
                self._ask(names, layout.keys_of_prefixes(b"\n".join(names)))
                continue
            key = tuple(where.replace(b'"', b"").decode(*ENCODING).split(","))
            cells = text.replace(b'"', b"").split(b",")
            whats = [cells[at::apart] for at in range(apart)]
            self._answers.keep(names, answer_at(key, whats))

    def _ask_of_prefixes(self, prefixes: list[bytes]) -> None:
        """As ``_ask_at_places``."""
        layout, answer = self._layout, self._columns.answer
        text = b"\n".join(prefixes)
        if isinstance(answer, ByColumn) and b'""' not in text:
            self._keep(prefixes, answer.answer(layout.columns_of_prefixes(text)))
        else:
            self._ask(prefixes, layout.keys_of_prefixes(text))

    def _ask_of_texts(self, texts: list[str]) -> None:
        """As ``_ask_at_places``."""
        layout, answer_at = self._layout, self._columns.answer_at
        if answer_at is None:
            self._ask(texts, map(layout.key_of_text, texts))
            return
        places: defaultdict[str, list[str]] = defaultdict(list)
        for text in texts:
            places[layout.place_of_text(text)].append(text)
        while places:
            _, names = places.popitem()
            where = layout.key_of_text(names[0])[self._columns.apart :]
            self._answers.keep(names, answer_at(where, layout.whats_of_texts(names)))

    def _ask(self, names: Sequence[Any], keys: Iterable[Key]) -> None:
        _, _, answer, answer_at, apart = self._columns
        if answer_at is None:
            self._keep(names, answer(list(keys)))
            return
        places: defaultdict[Key, tuple[list[Any], list[Key]]] = defaultdict(lambda: ([], []))
        for name, key in zip(names, keys):
            of_place, whats = places[key[apart:]]
            of_place.append(name)
            whats.append(key[:apart])
        for where, (of_place, whats) in places.items():
            columns = [[text.encode(*ENCODING) for text in column] for column in zip(*whats)]
            self._answers.keep(of_place, answer_at(where, columns))

    def _keep(self, names: Sequence[Any], answers: Iterable[bytes]) -> None:
        self._answers.keep(names, map(b",".__add__, answers))

    def _rewritten(self, body: bytes) -> bytes:
        """The chunk read and written as a whole; columns that are there already are replaced."""
        layout, answers = self._layout, self._answers
        reader = csv.reader(StringIO(body.decode(*ENCODING)))
        names = next(reader)
        rows = [row + [""] * (len(names) - len(row)) for row in reader]
        replaced = {*self._columns.added, *(MULTIVALUE + name for name in self._columns.added)}
        kept = [at for at, name in enumerate(names) if name not in replaced]
        keys = [layout.key(row) for row in rows]
        answers.begin()
        found, missing = answers.known(keys)
        new = list(answers.new(missing))
        answers.turn()
        if new:
            self._ask(new, new)
        written = StringIO()
        writer = csv.writer(written)  # quotes what its own line end, \r\n, holds
        lines = []
        for row, added in zip([names, *rows], [layout.added, *answers.all(found, missing)]):
            written.seek(0)
            written.truncate()
            writer.writerow([row[at] for at in kept])
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
