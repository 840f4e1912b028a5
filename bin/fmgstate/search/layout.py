"""Where the deciding fields stand in the lines of a chunk, and how their values are taken out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from operator import itemgetter

from fmgstate.search.rows import quoted

BETWEEN = "\0"
"""Values in one text."""
ENCODING = ("utf-8", "surrogateescape")
Key = tuple[str, ...]


class Layout:
    """Where things stand in the lines under one header. ``fields`` decide what is added; the first
    ``apart`` of them come apart from the rest.

    ``leading``: how many first columns make up the key; 0 = the key is not at the front.
    ``commas``: in each line. ``clashes``: whether a column is there already that is to be added.
    """

    def __init__(
        self, header: bytes, fields: Sequence[str], added: Sequence[str], apart: int
    ) -> None:
        self.ending = b"\r\n" if header.endswith(b"\r") else b"\n"
        line = header.rstrip(b"\r")
        names = next(csv.reader([line.decode(*ENCODING)]))
        self.added = b"," + ",".join(map(quoted, added)).encode("utf-8", "replace")
        self.header = line + self.added + self.ending
        self.commas = len(names) - 1
        self.clashes = not set(names).isdisjoint(added)
        self._at = [names.index(field) if field in names else None for field in fields]
        found = [at for at in self._at if at is not None]
        self.leading = len(found) if sorted(found) == list(range(len(found))) else 0
        self._found = found
        self._before = [at is not None for at in self._at[:apart]]
        self._parts = sum(self._before)
        self.in_order = self._at == list(range(len(fields)))

    def key(self, row: Sequence[str]) -> Key:
        """The deciding fields' values in a row; "" for those that are no column."""
        return tuple("" if at is None else row[at] for at in self._at)

    def texts(self, rows: Iterable[list[str]]) -> Iterable[str]:
        """Of each row the deciding values that are columns, in one text."""
        if not self._found:
            return ("" for _ in rows)
        values = map(itemgetter(*self._found), rows)
        return values if len(self._found) == 1 else map(BETWEEN.join, values)

    def key_of_text(self, text: str) -> Key:
        """As ``key``, from one of ``texts``."""
        values = iter(text.split(BETWEEN))
        return tuple(["" if at is None else next(values) for at in self._at])

    def place_of_text(self, text: str) -> str:
        """What is in ``text`` behind the first ``apart`` fields."""
        return "".join(text.split(BETWEEN, self._parts)[self._parts :])

    def whats_of_texts(self, texts: Sequence[str]) -> list[Sequence[bytes]]:
        """Of each of the first ``apart`` fields its values in ``texts``."""
        columns = zip(*[text.split(BETWEEN, self._parts) for text in texts])
        nothing = [b""] * len(texts)
        return [
            BETWEEN.join(next(columns)).encode(*ENCODING).split(BETWEEN.encode())
            if one
            else nothing
            for one in self._before
        ]

    def columns_of_prefixes(self, text: bytes) -> list[Sequence[str]]:
        """The deciding fields' values in plain lines without quotes in their values."""
        cells = text.decode(*ENCODING).replace('"', "").replace("\n", ",").split(",")
        nothing = [""] * (len(cells) // self.leading)
        return [nothing if at is None else cells[at :: self.leading] for at in self._at]

    def keys_of_prefixes(self, text: bytes) -> Iterable[Key]:
        """As ``key``, from the first columns of plain lines as they stand there, one a line."""
        lines = text.decode(*ENCODING).split("\n")
        rows: Iterable[list[str]] = (row or [""] for row in csv.reader(lines))
        if b'""' not in text:
            rows = (line.replace('"', "").split(",") for line in lines)
        return map(tuple if self.in_order else self.key, rows)
