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
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from operator import add, itemgetter, methodcaller
from typing import Any, NamedTuple

from fmgstate.search.rows import MULTIVALUE, quoted

Key = tuple[str, ...]
Answer = Callable[[Sequence[Key]], Iterable[bytes]]
"""Keys, each one once, to what is added for them: ``len(added)`` cells of CSV, commas between."""

PART_BYTES = 512 * 1024
"""So much of a chunk is worked on at once: lists of its lines stay small."""
MOST_KEPT = 50_000
"""So many answers are kept from one part to the next."""

_ENCODING = ("utf-8", "surrogateescape")


class Irregular(Exception):
    """The lines cannot be told apart this way."""


class Columns(NamedTuple):
    """``fields``: of the events, that decide what is added; "" is given for those that an event
    does not have. ``added``: names of the columns."""

    fields: Sequence[str]
    added: Sequence[str]
    answer: Answer


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
            self._layout = _Layout(header, self._columns)
        if self._layout.clashes:
            return [self._rewritten(body)]
        try:
            parts = [self._part(part) for part in _parts(body, start)]
        except Irregular:
            return [self._rewritten(body)]
        return [self._layout.header, *parts]

    def forget(self) -> None:
        """Answer everything anew from here on."""
        self._kept = {}

    def _part(self, part: bytes) -> bytes:
        ending = self._layout.ending
        if part.count(b"\r") != (part.count(b"\n") if ending == b"\r\n" else 0):
            raise Irregular
        lines = part.split(ending)
        if not lines[-1]:
            del lines[-1]
        if len(self._kept) > MOST_KEPT:
            self.forget()
        try:
            keys = self._prefixes(part, lines)
        except Irregular:
            keys = self._read(lines)
        answers = map(self._kept.__getitem__, keys)
        return ending.join(map(add, lines, answers)) + ending

    def _prefixes(self, part: bytes, lines: list[bytes]) -> Sequence[Any]:
        """Each line's first columns, as they stand there."""
        layout = self._layout
        if not layout.leading or not _is_plain(part):
            raise Irregular
        if part.count(b",") != len(lines) * layout.commas:
            raise Irregular
        behind = layout.commas + 1 - layout.leading
        keys = [line.rsplit(b",", behind)[0] for line in lines]
        new = list(set(keys).difference(self._kept))
        if new:
            self._ask(new, layout.unquoted(new))
        return keys

    def _read(self, lines: list[bytes]) -> Sequence[Any]:
        """Each line's deciding values, read by the csv module."""
        layout = self._layout
        texts = [line.decode(*_ENCODING) for line in lines]
        try:
            keys = list(map(layout.present, csv.reader(texts, strict=True)))
        except (csv.Error, IndexError):
            raise Irregular from None
        if len(keys) != len(lines):
            raise Irregular
        new = list(set(keys).difference(self._kept))
        if new:
            self._ask(new, map(layout.complete, new))
        return keys

    def _ask(self, names: Sequence[Any], keys: Iterable[Key]) -> None:
        answers = self._columns.answer(list(keys))
        self._kept.update(zip(names, map(b",".__add__, answers)))

    def _rewritten(self, body: bytes) -> bytes:
        """The chunk read and written as a whole; columns that are there already are replaced."""
        layout = self._layout
        reader = csv.reader(StringIO(body.decode(*_ENCODING)))
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
            lines.append(written.getvalue()[:-2].encode(*_ENCODING) + added)
        return b"\n".join(lines) + b"\n"


class _Layout:
    """Where things stand in the lines under one header.

    ``leading``: how many first columns make up the key; 0 = the key is not at the front.
    ``commas``: in each line. ``clashes``: whether a column is there already that is to be added.
    """

    def __init__(self, header: bytes, columns: Columns) -> None:
        self.ending = b"\r\n" if header.endswith(b"\r") else b"\n"
        line = header.rstrip(b"\r")
        names = next(csv.reader([line.decode(*_ENCODING)]))
        self.added = b"," + ",".join(map(quoted, columns.added)).encode("utf-8", "replace")
        self.header = line + self.added + self.ending
        self.commas = len(names) - 1
        self.clashes = not set(names).isdisjoint(columns.added)
        self._at = [names.index(field) if field in names else None for field in columns.fields]
        found = [at for at in self._at if at is not None]
        self.leading = len(found) if sorted(found) == list(range(len(found))) else 0
        self._found = found
        self._in_order = self._at == list(range(len(columns.fields)))
        self.present: Callable[[Sequence[str]], Any] = itemgetter(*found) if found else tuple

    def key(self, row: Sequence[str]) -> Key:
        """The deciding fields' values in a row; "" for those that are no column."""
        return tuple("" if at is None else row[at] for at in self._at)

    def complete(self, present: Any) -> Key:
        """As ``key``, from what ``present`` picked."""
        values = iter((present,) if len(self._found) == 1 else present)
        return tuple("" if at is None else next(values) for at in self._at)

    def unquoted(self, prefixes: Sequence[bytes]) -> Iterable[Key]:
        """As ``key``, from the first columns of plain lines as they stand there."""
        if set(map(methodcaller("count", b","), prefixes)) != {self.leading - 1}:
            raise Irregular
        text = b"\n".join(prefixes).decode(*_ENCODING)
        lines = text.replace('"', "").split("\n")
        rows: Iterable[list[str]] = (line.split(",") for line in lines)
        if '""' in text:
            rows = csv.reader(text.split("\n"))
        return map(tuple if self._in_order else self.key, rows)


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
