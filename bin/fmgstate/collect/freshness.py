"""How old an answer may be: set per input, needed by commands that know no input."""

from __future__ import annotations

from typing import Optional

from fmgstate.collect.scope import HITCOUNTS, INVENTORY, Scope, prefix
from fmgstate.settings import FRESH_SECONDS
from fmgstate.store.base import Head, Store, head_of

INVENTORY_INPUT, POLICIES_INPUT, HITCOUNTS_INPUT = "inventory", "policies", "hitcounts"
FIRST = "freshness"
CLOCKS_DIFFER = 5.0
"""Seconds that a snapshot may lie ahead; beyond, a clock was set back and its age is not known."""


def is_behind(head: Head) -> bool:
    """Whether it is a copy that is known to be older than what was published: stale at any age."""
    return bool(head.outcome.get("behind"))


def note(store: Store, manager: str, kind: str, seconds: float) -> None:
    """What the input of this kind is set to; the last one counts where there are several."""
    key = prefix(FIRST, manager) + kind
    kept = head_of(store, key)
    if kept is None or kept.outcome != {"seconds": seconds}:
        store.note(Head(key, outcome={"seconds": seconds}))


class Freshness:
    """``seconds``: for every scope, whatever inputs are set to; None = as their inputs are set."""

    def __init__(self, store: Store, seconds: Optional[float]) -> None:
        self._seconds = seconds
        self._set = {} if seconds is not None else {
            head.key: head.outcome["seconds"] for head in store.heads(FIRST + "/")
        }  # fmt: skip

    def of(self, scope: Scope) -> float:
        """Seconds after which a snapshot of this scope is stale."""
        if self._seconds is not None:
            return self._seconds
        kind = {INVENTORY: INVENTORY_INPUT, HITCOUNTS: HITCOUNTS_INPUT}.get(
            scope.kind, POLICIES_INPUT
        )
        return float(self._set.get(prefix(FIRST, scope.manager) + kind, FRESH_SECONDS))
