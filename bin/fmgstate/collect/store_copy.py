"""A host's copy of the store that workers fill: scope by scope, only what moved there.

A copy is the scope as it is kept there, its mark and its ages included, so that whoever must do
without the workers goes on from it. What is known to be older than what the workers keep, or cannot
be held against it, is *behind*: stale, whatever its age.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple, Optional

from fmgstate.collect import index
from fmgstate.collect.copies import COPIED
from fmgstate.collect.freshness import BEHIND, FIRST
from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, KINDS, PACKAGE, Scope, prefix
from fmgstate.errors import StoreDamaged, StoreError
from fmgstate.store.base import Head, Snapshot, Store

ORIGIN = "workers"
"""Under ``copied`` in the outcome of such a copy."""
WHY = "error"
NOT_HERE = "The workers keep something newer, which could not be fetched."
NOT_THERE = "The workers' store does not hold it any more."
KEPT_SECONDS = 900.0
"""What is not there any more, and not known to be gone, is kept so long after the last news of its
FortiManager: a store that lost all is filled again."""

Heads = dict[str, Head]


class Followed(NamedTuple):
    """How many scopes were loaded, only noted, dropped; how many are known to be older."""

    loaded: int = 0
    noted: int = 0
    dropped: int = 0
    behind: int = 0


def follow(there: Store, here: Store) -> Followed:
    """Bring ``here`` up to date. Raises ``StoreError`` where that ends in the middle: what was not
    fetched is behind then."""
    newest, known = _heads(there), _heads(here)
    _follow_freshness(there, here)
    noted = behind = 0
    moved = []
    for key, head in newest.items():
        kept = known.get(key)
        if kept is not None and _is_own(kept, head):
            continue
        if head.snapshot_time is None and kept is not None and kept.snapshot_time is not None:
            behind += _fall_behind(here, kept, str(head.outcome.get(WHY) or NOT_THERE))
        elif head.snapshot_time is None or (kept is not None and _same_content(kept, head)):
            noted += _noted(here, kept, _copied(head))
        else:
            moved.append(key)
    loaded, lacking = _load(there, here, moved, known)
    dropped, left = _without(there, here, newest, known)
    return Followed(loaded, noted, dropped, behind + lacking + left)


def lose(here: Store, why: str) -> int:
    """The workers' store is out of reach: every copy of it is behind; how many there are."""
    return sum(_fall_behind(here, head, why) for head in _heads(here).values())


def _heads(store: Store) -> Heads:
    """Of all scopes: in the order in which they rest on one another."""
    return {head.key: head for kind in KINDS for head in store.heads(prefix(kind))}


def is_copy(head: Head) -> bool:
    """Whether it came from the workers' store."""
    return head.outcome.get(COPIED) == ORIGIN


def _is_own(kept: Head, newest: Head) -> bool:
    """Whether this host's inputs asked later, as they may while the workers' store is away."""
    own = COPIED not in kept.outcome
    return own and (kept.snapshot_time or 0.0) > (newest.snapshot_time or 0.0)


def _same_content(kept: Head, newest: Head) -> bool:
    return is_copy(kept) and (kept.changed_time, kept.mark) == (newest.changed_time, newest.mark)


def _copied(head: Head) -> Head:
    return replace(head, outcome={**head.outcome, COPIED: ORIGIN})


def _noted(here: Store, kept: Optional[Head], head: Head) -> int:
    if kept == head:
        return 0
    here.note(head)
    return 1


def _load(there: Store, here: Store, moved: list[str], known: Heads) -> tuple[int, int]:
    """How many were fetched, and how many are older here because they could not be read."""
    loaded = behind = 0
    for at, key in enumerate(moved):
        try:
            found = there.load(key)
        except StoreDamaged as damage:
            behind += _fall_behind(here, known.get(key), damage.what)
            continue
        except StoreError:
            for other in moved[at:]:
                _fall_behind(here, known.get(other), NOT_HERE)
            raise
        if found is not None:  # else it was dropped meanwhile: the next look sees that
            rows = index.rows(Scope.parse(key), found.content["records"])
            here.save(Snapshot(_copied(found.head), found.content), rows)
            loaded += 1
    return loaded, behind


def _fall_behind(here: Store, head: Optional[Head], why: str) -> int:
    if head is None or not is_copy(head) or head.snapshot_time is None:
        return 0
    outcome: dict[str, Any] = {**head.outcome, BEHIND: True, WHY: why}
    _noted(here, head, replace(head, outcome=outcome))
    return 1


def _without(there: Store, here: Store, newest: Heads, known: Heads) -> tuple[int, int]:
    """What is kept here and not there: how much was dropped, how much is behind."""
    dropped = behind = 0
    listed = _Listed(there, newest)
    for key, head in known.items():
        if key in newest:
            continue
        if listed.is_gone(head) if is_copy(head) else listed.is_older(head):
            here.delete(key)
            dropped += 1
        else:
            behind += _fall_behind(here, head, NOT_THERE)
    return dropped, behind


class _Listed:
    """What the inventories there say of scopes that are not there."""

    def __init__(self, there: Store, newest: Heads) -> None:
        self._there, self._newest = there, newest
        self._paths: dict[str, set[str]] = {}

    def is_older(self, head: Head) -> bool:
        """Whether its ADOM was read there after this host's own inputs asked for it."""
        inventory = self._newest.get(_inventory(head.key))
        return inventory is not None and (inventory.snapshot_time or 0.0) > (
            head.snapshot_time or 0.0
        )

    def is_gone(self, head: Head) -> bool:
        """Whether FortiManager has it no more, or had nothing to say of it for long."""
        scope = Scope.parse(head.key)
        if scope.kind in (PACKAGE, BLOCK, HITCOUNTS) and self.is_older(head):
            return scope.name not in self._paths_of(_inventory(head.key))
        last = max(self._times(scope.manager), default=0.0)
        return last > (head.snapshot_time or 0.0) + KEPT_SECONDS

    def _times(self, manager: str) -> Iterator[float]:
        start = prefix(INVENTORY, manager)
        for key, head in self._newest.items():
            if key.startswith(start):
                yield head.snapshot_time or 0.0

    def _paths_of(self, inventory: str) -> set[str]:
        if inventory not in self._paths:
            found = self._there.load(inventory)
            records = found.content["records"] if found else ()
            self._paths[inventory] = {one["path"] for one in records if one["kind"] == "package"}
        return self._paths[inventory]


def _inventory(key: str) -> str:
    scope = Scope.parse(key)
    return Scope(INVENTORY, scope.manager, scope.adom).key


def _follow_freshness(there: Store, here: Store) -> None:
    """How old answers may be, as the inputs that publish them are set."""
    known = {head.key: head for head in here.heads(FIRST + "/")}
    for head in there.heads(FIRST + "/"):
        _noted(here, known.get(head.key), head)
