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
from collections.abc import Collection, Iterator, Sequence
from io import StringIO
from itertools import islice
from operator import add, methodcaller
from typing import Any, NamedTuple, Optional, Union

from fmgstate.search.answers import Answers, Columns, Ragged
from fmgstate.search.layout import BETWEEN, ENCODING, Layout
from fmgstate.search.rows import MULTIVALUE

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


class Enricher:
    """Keeps what was answered from chunk to chunk."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._header: Optional[bytes] = None
        self._answers = Answers(columns)

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
                with self._answers.batch():
                    pieces += self._batch(batch)
        except (Irregular, Ragged):
            return [self._rewritten(body)]
        return pieces

    def forget(self) -> None:
        """Answer everything anew from here on."""
        self._answers.forget()

    def _batch(self, parts: Sequence[bytes]) -> list[bytes]:
        """Parts with their columns added; all that is new in them is asked for together."""
        new, answers = _New(defaultdict(list), [], []), self._answers
        read = [self._read(part, new) for part in parts]
        answers.turn()
        if new.places:
            answers.ask_at_places(self._layout, new.places)
        if new.prefixes:
            answers.ask_of_prefixes(self._layout, new.prefixes)
        if new.texts:
            answers.ask_of_texts(self._layout, new.texts)
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

    def _rewritten(self, body: bytes) -> bytes:
        """The chunk read and written as a whole; columns that are there already are replaced."""
        layout, answers = self._layout, self._answers
        reader = csv.reader(StringIO(body.decode(*ENCODING)))
        names = next(reader)
        rows = [row + [""] * (len(names) - len(row)) for row in reader]
        replaced = {*self._columns.added, *(MULTIVALUE + name for name in self._columns.added)}
        kept = [at for at, name in enumerate(names) if name not in replaced]
        keys = [layout.key(row) for row in rows]
        with answers.batch():
            found, missing = answers.known(keys)
            new = list(answers.new(missing))
            answers.turn()
            if new:
                answers.ask(new, new)
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
