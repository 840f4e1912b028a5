"""The quick way to rules: many keys of one place, all of one table, cells from a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

from fmgstate.collect.rule_cells import BETWEEN
from fmgstate.collect.rule_columns import Columns
from fmgstate.collect.rule_places import Spot
from fmgstate.store.key_files import Table

What = Sequence[bytes]
"""Of an event: ``poluuid``, ``policyuuid``, ``policyid``."""
MOST_DIGITS = 19
"""No number is longer."""


class Look(NamedTuple):
    """A table, where it is, and what is added for its rules: see ``Columns.template``."""

    table: Table
    spot: Spot
    template: Optional[bytes]


def as_usual(columns: Columns, look: Look, whats: Sequence[What]) -> Optional[list[bytes]]:
    """Quick, where all are policies of one table with their numbers and uuids; None = not so."""
    digits = [what[2] for what in whats]
    if look.template is None or not all(map(bytes.isdigit, digits)):
        return None
    if max(map(len, digits)) > MOST_DIGITS:
        return None
    rows = look.table.many(list(map(int, digits)))
    if rows is None:
        return None
    splits, own, template = columns.splits, columns.own, look.template
    found = [row.split(BETWEEN, splits) for row in rows]
    asked = [what[0] or what[1] or cells[0] for what, cells in zip(whats, found)]
    if asked != [cells[0] for cells in found]:
        return None
    return [template % own(cells) for cells in found]
