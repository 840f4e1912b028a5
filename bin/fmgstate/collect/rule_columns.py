"""The columns that a rule's cells are picked from, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Union

from fmgstate.collect.rule_cells import BETWEEN, FIELDS, FRONT, HIT_FIELDS, LISTS, MORE
from fmgstate.collect.rule_places import AGE, WHERE

TOLD = ("found", "why")
HITS = (*HIT_FIELDS, "hit_time")
META = "meta."
"""Before the name of a meta field."""
ALL = (*TOLD, *FIELDS, *WHERE, *HITS, *LISTS, *MORE, *AGE)
"""Every field there is, beside those of ``META``."""

TABLE, NUMBER = FIELDS.index("table"), FIELDS.index("policyid")
NO_HITS = [b""] * len(HITS)
_NOTHING = -1
"""Where an empty cell stands, behind those of a place: joined to it, the first has its comma."""
_FURTHER = [*(part for name in LISTS for part in (name, f"__mv_{name}")), *MORE]


class Columns:
    """Which cells are wanted, in their order: those of ``fields``, and the age.

    ``names``: as the cells, with ``__mv_…`` behind the name of a field of several values. ``hits``,
    ``further``, ``meta``: whether hit counts are among them, cells of the further part, which meta
    fields. ``pick``: the wanted ones of a row, which is ``first`` of a rule, the cells of
    ``WHERE``, ``AGE`` and ``TOLD``, and where wanted ``HITS`` and those of the further part.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        wanted = list(dict.fromkeys([*fields, *AGE]))
        self.meta = [name[len(META) :] for name in wanted if name.startswith(META)]
        self.further = bool(self.meta) or not set(wanted).isdisjoint(_FURTHER)
        self.hits = not set(wanted).isdisjoint(HITS)
        pairs = ([name, f"__mv_{name}"] if name in LISTS else [name] for name in wanted)
        self.names = [part for pair in pairs for part in pair]
        last = max([TABLE, NUMBER, *(at for at, name in enumerate(FIELDS) if name in wanted)])
        self.splits = min(last + 1, len(FIELDS) - 1)
        own = max([0, *(at for at, name in enumerate(FIELDS) if name in wanted)])
        self.of_front = own < FRONT
        self.own_splits = min(own + 1, FRONT - 1 if self.of_front else len(FIELDS) - 1)
        first = FIELDS[: self.splits + 1]
        known = [*first, *WHERE, *AGE, *TOLD, *(HITS if self.hits else ())]
        if self.further:
            known += [*_FURTHER, *(META + name for name in self.meta)]
        self.nothing_further = [b""] * (len(_FURTHER) + len(self.meta))
        self.no_rule = self.first(BETWEEN * (len(FIELDS) - 1))
        self.pick: Callable[[list[bytes]], Any] = itemgetter(*map(known.index, self.names))
        self._plan = _plan(self.names)

    def pieces(self, found: Sequence[bytes]) -> list[Union[int, bytes]]:
        """What is added for rules of one place, which have the cells ``found`` of ``WHERE``,
        ``AGE`` and ``TOLD``: these, and where a rule's own cells stand in ``first`` and ``HITS``
        behind it, with a comma before each. Only without further cells."""
        cells = [*found, b""]
        return [
            one if isinstance(one, int) else b",".join([cells[at] for at in one])
            for one in self._plan
        ]

    def first(self, row: bytes) -> list[bytes]:
        """A rule's first cells; what is behind the last wanted one stays in one piece."""
        return row.split(BETWEEN, self.splits)


def _plan(names: Sequence[str]) -> list[Union[int, list[int]]]:
    """What ``Columns.pieces`` makes: where a rule's own cell stands, or where those of its place
    do that follow one another."""
    found = (*WHERE, *AGE, *TOLD)
    plan: list[Union[int, list[int]]] = [[_NOTHING]]
    for name in names:
        if name in FIELDS:
            plan.append(FIELDS.index(name))
        elif name in HITS:
            plan.append(HITS.index(name) - len(HITS))
        elif name in found:
            last = plan[-1]
            if isinstance(last, int):
                plan.append([found.index(name)])
            else:
                last.append(found.index(name))
    return plan
