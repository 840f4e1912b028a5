"""The columns of a stream while commands add, move and drop them."""

from __future__ import annotations

from collections.abc import Iterable

from standin.spl.stream import Stream
from standin.spl.values import Row


def known(stream: Stream) -> tuple[list[Row], list[str]]:
    """All rows, and every field in order of first appearance (set columns first)."""
    rows = list(stream.rows)
    names: dict[str, None] = dict.fromkeys(stream.fields or ())
    for row in rows:
        names.update(dict.fromkeys(row))
    return rows, list(names)


def like(stream: Stream, rows: Iterable[Row], *added: str) -> Stream:
    """The same stream with other rows, and columns that they may have now."""
    fields = stream.fields
    if fields is not None and added:
        fields = list(dict.fromkeys([*fields, *added]))
    return Stream(rows, fields, stream.events, notes=stream.notes)


def settled(stream: Stream, rows: list[Row]) -> Stream:
    """The same with rows at hand: columns that are set take in what rows have besides."""
    fields = stream.fields
    if fields is not None:
        names = dict.fromkeys(fields)
        for row in rows:
            if not row.keys() <= names.keys():
                names.update(dict.fromkeys(row))
        fields = list(names)
    return Stream(rows, fields, stream.events, notes=stream.notes)
