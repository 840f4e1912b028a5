"""What changed between two lists of records, and the way back from changes to the list.

The order within a list counts, but one rule inserted at the top must not read as "all rules
changed". So a changed place is told only for records that really moved (the fewest whose moving
explains the new order) or are new; all others keep their order and fill the places in between.
``apply(old, difference(old, new)) == new``, always.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from fmgstate.record import Record

CREATED, MODIFIED, DELETED = "created", "modified", "deleted"
PLACE = "sequence"


@dataclass(frozen=True)
class Change:
    """One record that came, went or changed. ``record``: as it is now, or was when it went.
    ``fields``: name -> (old, new); a value that was or is not there is None."""

    action: str
    record: Record
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def difference(old: Iterable[Record], new: Iterable[Record]) -> list[Change]:
    """Deleted ones first, then created and changed ones in the order of ``new``."""
    before = {record["id"]: record for record in old}
    after = {record["id"]: record for record in new}
    settled = _settled(before, after)
    changes = [Change(DELETED, one) for lasting, one in before.items() if lasting not in after]
    for lasting, record in after.items():
        if lasting not in before:
            changes.append(Change(CREATED, record))
        elif fields := _fields(before[lasting], record, lasting in settled):
            changes.append(Change(MODIFIED, record, fields))
    return changes


def apply(old: Iterable[Record], changes: Iterable[Change]) -> list[Record]:
    """The records after the changes, as ``in_order`` gives them.

    Every record in a change carries its place; the others fill what is left, in their order.
    """
    kept = {record["id"]: record for record in old}
    placed: list[Record] = []
    for change in changes:
        kept.pop(change.record["id"], None)
        if change.action != DELETED:
            placed.append(change.record)
    return in_order([*_filled(kept.values(), placed), *placed])


def in_order(records: Iterable[Record]) -> list[Record]:
    """By list and place; what has no place, by kind and id."""
    return sorted(records, key=lambda one: (one.get("list", ""), one.get(PLACE, 0),
                                            one["kind"], one["id"]))  # fmt: skip


def _fields(old: Record, new: Record, settled: bool) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*old, *new])
    found = {n: (old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)}
    found.pop(PLACE, None)
    if PLACE in new and not settled:  # it may have moved and yet stand on a place of equal number
        found[PLACE] = (old.get(PLACE), new[PLACE])
    return found


def _filled(kept: Iterable[Record], placed: Iterable[Record]) -> Iterator[Record]:
    """The records that no change names, on the places that are left over."""
    taken: dict[str, set[int]] = {}
    for record in placed:
        if PLACE in record:
            taken.setdefault(record["list"], set()).add(record[PLACE])
    free: dict[str, Iterator[int]] = {}
    for record in in_order(kept):
        if PLACE not in record:
            yield record
            continue
        in_list = record["list"]
        if in_list not in free:
            used = taken.get(in_list, set())
            free[in_list] = (place for place in count(1) if place not in used)
        yield {**record, PLACE: next(free[in_list])}


def _settled(before: dict[str, Record], after: dict[str, Record]) -> set[str]:
    """Ids of records that need not have moved: per list, a longest run whose order is the old."""
    by_list: dict[str, list[Record]] = {}
    for record in in_order(after.values()):
        old = before.get(record["id"])
        if PLACE in record and old is not None and old.get("list") == record["list"]:
            by_list.setdefault(record["list"], []).append(record)
    settled: set[str] = set()
    for records in by_list.values():
        places = [before[record["id"]][PLACE] for record in records]
        settled.update(records[index]["id"] for index in _longest_rising(places))
    return settled


def _longest_rising(numbers: list[int]) -> list[int]:
    """Indexes of a longest strictly rising subsequence (patience sorting)."""
    tops: list[int] = []
    top_index: list[int] = []
    before: list[int] = []
    for index, value in enumerate(numbers):
        pile = bisect_left(tops, value)
        before.append(top_index[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            top_index.append(index)
        else:
            tops[pile] = value
            top_index[pile] = index
    found: list[int] = []
    index = top_index[-1] if top_index else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found
