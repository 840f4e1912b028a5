"""How old an answer may be: set per input, needed by commands that know no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from fmgstate.collect.scope import HITCOUNTS, INVENTORY, Scope, prefix
from fmgstate.settings import FRESH_SECONDS
from fmgstate.store.base import Head, Store, head_of

INVENTORY_INPUT, POLICIES_INPUT, HITCOUNTS_INPUT = "inventory", "policies", "hitcounts"
FIRST = "freshness"
CLOCKS_DIFFER = 5.0
"""Seconds that a snapshot may lie ahead; beyond, a clock was set back and its age is not known."""
BEHIND = "behind"
"""In the outcome of a copy."""


def is_behind(head: Head) -> bool:
    """Whether it is a copy that is known to be older than what was published: stale at any age."""
    return bool(head.outcome.get(BEHIND))


def note(store: Store, manager: str, kind: str, seconds: float) -> None:
    """What the input of this kind is set to; the last one counts where there are several."""
    key = prefix(FIRST, manager) + kind
    kept = head_of(store, key)
    if kept is None or kept.outcome != {"seconds": seconds}:
        store.note(Head(key, outcome={"seconds": seconds}))


def seconds_of(scope: Scope, kinds: Mapping[str, float]) -> float:
    """How long a snapshot of this scope is fresh. ``kinds``: kind of input -> what those of its
    FortiManager are set to."""
    kind = {INVENTORY: INVENTORY_INPUT, HITCOUNTS: HITCOUNTS_INPUT}.get(scope.kind, POLICIES_INPUT)
    return float(kinds.get(kind, FRESH_SECONDS))


def is_stale(age: float, longest: float) -> bool:
    """Whether a snapshot of this age is too old, or of a clock that ran ahead. In seconds."""
    return not -CLOCKS_DIFFER <= age <= longest


class Freshness:
    """``seconds``: for every scope, whatever inputs are set to; None = as their inputs are set."""

    def __init__(self, store: Store, seconds: Optional[float]) -> None:
        self._seconds = seconds
        self._set: dict[str, dict[str, float]] = {}
        for head in store.heads(FIRST + "/") if seconds is None else ():
            start, _, kind = head.key.rpartition("/")
            self._set.setdefault(f"{start}/", {})[kind] = head.outcome["seconds"]

    def of(self, scope: Scope) -> float:
        """Seconds after which a snapshot of this scope is stale."""
        if self._seconds is not None:
            return self._seconds
        return seconds_of(scope, self._set.get(prefix(FIRST, scope.manager), {}))
