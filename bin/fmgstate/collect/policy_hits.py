"""How often policies were hit, for findings: only what was counted lately is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Optional

from fmgstate.collect.freshness import Freshness
from fmgstate.collect.scope import HITCOUNTS, Scope
from fmgstate.inventory.model import Target
from fmgstate.policy.effective import FORWARD, GLOBAL, SECURITY
from fmgstate.policy.model import Policy
from fmgstate.record import Record
from fmgstate.store.base import Store, head_of

LONGEST_SECONDS = 86_400.0
"""Older counts say nothing of today, unless hits are counted even less often than that."""
TABLES = {*FORWARD, *SECURITY, *GLOBAL}

Hits = dict[int, int]


class PolicyHits:
    """Counters as they are kept. ``now``: epoch seconds."""

    def __init__(self, store: Store, now: float) -> None:
        self._store, self._now = store, now
        self._freshness = Freshness(store, None)

    def version(self, package: Scope) -> Optional[float]:
        """When the package's counters last changed; None = not counted, or too long ago."""
        scope = replace(package, kind=HITCOUNTS)
        head = head_of(self._store, scope.key)
        if head is None or head.snapshot_time is None:
            return None
        longest = max(LONGEST_SECONDS, self._freshness.of(scope))
        return head.changed_time if self._now - head.snapshot_time <= longest else None

    def records(self, package: Scope) -> Optional[list[Record]]:
        """The package's counters; None = not known."""
        if self.version(package) is None:
            return None
        snapshot = self._store.load(replace(package, kind=HITCOUNTS).key)
        found: Optional[list[Record]] = snapshot.content["records"] if snapshot else None
        return found


def hits(
    records: Optional[Sequence[Record]], policies: Iterable[Policy], target: Target
) -> Optional[Hits]:
    """policyid -> hits, of policies whose hits are known; None = of none.

    The FortiGate's own counters where they were asked for and it answered, else those of all
    FortiGates of the package together. Counters of an earlier policy with the same id say nothing.
    """
    if records is None:
        return None
    uuids = {one.policyid: one.uuid for one in policies}
    own, together = Hits(), Hits()
    for record in records:
        policyid, counted = record["policyid"], record.get("uuid")
        if record["table"] not in TABLES or policyid not in uuids:
            continue
        if counted and uuids[policyid] and counted != uuids[policyid]:
            continue
        if "device" not in record:
            together[policyid] = record["hits"]
        elif _is_of(record, target) and "not_counted_since" not in record:
            own[policyid] = record["hits"]
    return {**together, **own}


def _is_of(record: Record, target: Target) -> bool:
    return Target(record["device"], record.get("vdom", "")) == target
