"""The quick way to rules: many keys of one place, all of one table, cells from a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

from fmgstate.collect.rule_cells import BETWEEN
from fmgstate.collect.rule_columns import Columns
from fmgstate.collect.rule_places import Spot
from fmgstate.store.key_files import Table

Whats = Sequence[Sequence[bytes]]
"""Of events: each one's ``poluuid``, each one's ``policyuuid``, each one's ``policyid``."""
MOST_DIGITS = 19
"""No number is longer."""


class Look(NamedTuple):
    """A table, where it is, and what is added for its rules: see ``Columns.template``."""

    table: Table
    spot: Spot
    template: Optional[bytes]


def as_usual(columns: Columns, look: Look, whats: Whats) -> Optional[list[bytes]]:
    """Quick, where all are policies of one table with their numbers and uuids; None = not so."""
    uuids, others, digits = whats
    if look.template is None or not all(map(bytes.isdigit, digits)):
        return None
    if max(map(len, digits)) > MOST_DIGITS:
        return None
    rows = look.table.many(list(map(int, digits)))
    if rows is None:
        return None
    splits, own, template = columns.splits, columns.own, look.template
    found = [row.split(BETWEEN, splits) for row in rows]
    known = [cells[0] for cells in found]
    if known != list(uuids):
        asked = [one or other or own for one, other, own in zip(uuids, others, known)]
        if known != asked:
            return None
    return [template % own(cells) for cells in found]
