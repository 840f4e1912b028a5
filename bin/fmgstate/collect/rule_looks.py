"""The quick way to rules: many keys of one place, all of one table, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple, Optional, Union

from fmgstate.collect.rule_cells import BETWEEN
from fmgstate.collect.rule_columns import NO_HITS, Columns
from fmgstate.collect.rule_places import Spot
from fmgstate.store.key_files import Table

Whats = Sequence[Sequence[bytes]]
"""Of events: each one's ``poluuid``, each one's ``policyuuid``, each one's ``policyid``."""
MOST_DIGITS = 19
"""No number is longer."""
IMPLICIT = b"0"


class Look(NamedTuple):
    """A table, where it is, and what is added for its rules: see ``Columns.pieces``."""

    table: Table
    spot: Spot
    pieces: Sequence[Union[int, bytes]]


def some_as_usual(columns: Columns, look: Look, whats: Whats) -> list[Optional[bytes]]:
    """The cells of those that are policies of this table with their number and uuid, with a comma
    before each; None for each of the others."""
    usual = _usual(look.table, whats)
    found: list[Optional[bytes]] = [None] * len(whats[0])
    if usual:
        some = [[column[at] for at in usual] for column in whats]
        for at, cells in zip(usual, all_as_usual(columns, look, some) or ()):
            found[at] = cells
    return found


def hits(
    spot: Spot, table: str, numbers: Sequence[int], uuids: Sequence[bytes]
) -> Sequence[Sequence[bytes]]:
    """Columns of ``HITS`` of policies of one table. Those of an earlier policy with the same number
    are not its."""
    tables, hit_time = spot.hits()
    counts = tables.get(table)
    all_counted = counts.many(numbers) if counts else None
    if all_counted:
        of_uuids, *columns = zip(*[row.split(BETWEEN) for row in all_counted])
        if of_uuids == tuple(uuids):
            return [*columns, [hit_time] * len(numbers)]
    counted = counts.some(numbers) if counts else {}
    found = []
    for number, uuid in zip(numbers, uuids):
        cells = NO_HITS
        if number in counted:
            of_uuid, *own = counted[number].split(BETWEEN)
            if not of_uuid or not uuid or of_uuid == uuid:
                cells = [*own, hit_time]
        found.append(cells)
    return list(zip(*found))


def all_as_usual(columns: Columns, look: Look, whats: Whats) -> Optional[list[bytes]]:
    """The cells of each, with a comma before each, where all of them are policies of this table
    with their number and uuid; None = one of them is not."""
    uuids, others, digits = whats
    if IMPLICIT in digits or b"" in digits or not b"".join(digits).isdigit():
        return None
    if max(map(len, digits)) > MOST_DIGITS:
        return None
    numbers = list(map(int, digits))
    rows = (look.table.fronts if columns.of_front else look.table.many)(numbers)
    if rows is None:
        return None
    splits = columns.own_splits
    cells: list[Sequence[bytes]] = list(zip(*[row.split(BETWEEN, splits) for row in rows]))
    known = cells[0]
    if known != tuple(uuids):
        asked = [one or other or own for one, other, own in zip(uuids, others, known)]
        if list(known) != asked:
            return None
    if columns.hits:
        cells += hits(look.spot, look.table.name, numbers, known)
    count = len(rows)
    parts: Iterable[Iterable[bytes]] = [
        cells[piece] if isinstance(piece, int) else repeat(piece, count) for piece in look.pieces
    ]
    return list(map(b",".join, zip(*parts)))


def _usual(table: Table, whats: Whats) -> list[int]:
    """Which ones are."""
    numbers = [int(one) if one.isdigit() and len(one) <= MOST_DIGITS else -1 for one in whats[2]]
    rows = table.some(numbers)
    return [
        at
        for at, (number, uuid, other) in enumerate(zip(numbers, *whats[:2]))
        if number in rows and (uuid or other or None) in (None, rows[number].split(BETWEEN, 1)[0])
    ]
