"""What a package's change means for traffic, worked out when the change is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import thread_time
from typing import Any, Optional

from fmgstate.collect.basis import Basis, States
from fmgstate.collect.scope import Scope
from fmgstate.errors import Defect
from fmgstate.inventory.model import Target
from fmgstate.inventory.zones import NOTHING_KNOWN, Zones
from fmgstate.policy.enforced import Enforced
from fmgstate.policy.package_traffic import (
    NONE,
    OUT_OF_TIME,
    PackageTraffic,
    not_known,
    nothing,
    package_traffic,
)
from fmgstate.record import Record
from fmgstate.store.base import Snapshot, Store

TRAFFIC_SECONDS = 10.0
"""Processor time that one run spends on this at most, and what it has begun."""
BEFORE_THIS_VERSION = "what the package stood on before was not kept by an earlier version"
NOT_KEPT = "the objects or policy blocks that the package stands on, now or before, are not kept"

BLOCK_LATER = "a policy block had not been collected yet when the package was published before"

Clock = Callable[[], float]


class TrafficOfChange:
    """For one stream and one run."""

    def __init__(
        self,
        store: Store,
        stream: str,
        seconds: float = TRAFFIC_SECONDS,
        clock: Clock = thread_time,
    ) -> None:
        self._states = States(store, stream)
        self._seconds, self._clock = seconds, clock
        self._spent = 0.0

    @property
    def out_of_time(self) -> bool:
        return self._spent >= self._seconds

    def of(
        self, scope: Scope, old: Snapshot, basis: Basis, records: list[Record]
    ) -> Optional[PackageTraffic]:
        """From what was published to this; None when nothing that people or FortiGates see
        differs."""
        moved = old.content["records"] != records
        versions, place = old.head.outcome.get("versions"), old.content.get("place")
        if versions is None or place is None:
            return not_known(BEFORE_THIS_VERSION) if moved else None
        if self.out_of_time:
            return not_known(OUT_OF_TIME)
        started = self._clock()
        try:
            found = self._of(scope, old, versions, place, basis, records, moved)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            found = not_known(str(Defect(error)))
        finally:
            self._spent += self._clock() - started
        if moved:
            return found or nothing()
        return None if found is None or found.told["effect"] == NONE else found

    def _of(
        self,
        scope: Scope,
        old: Snapshot,
        versions: dict[str, Any],
        place: dict[str, Any],
        basis: Basis,
        records: list[Record],
        moved: bool,
    ) -> Optional[PackageTraffic]:
        before = self._states.enforced(scope, versions, place, old.content["records"])
        after = self._states.enforced(scope, basis.versions, basis.place, records)
        if before is None or after is None:
            return not_known(NOT_KEPT)
        if "groups" not in place:  # nobody changed what an earlier version did not collect
            same = replace(before.state, dnat=after.state.dnat)
            before = replace(before, state=same, groups=after.groups)
        before, after = knowing_the_same_zones(before, after)
        if before.lacks(after):  # nobody changed anything by that
            return not_known(BLOCK_LATER) if moved else None
        deadline = self._clock() + self._seconds - self._spent
        return package_traffic(before, after, lambda: self._clock() < deadline)


def knowing_the_same_zones(before: Enforced, after: Enforced) -> tuple[Enforced, Enforced]:
    """Nobody changed anything by zones that became known, or are not told any more: where either
    state does not know all of a target's zones, both take those of the one that knows more."""
    ways = before.zones, after.zones
    same: dict[Target, Zones] = {}
    for target in {*before.zones, *after.zones}:
        told = [way.get(target, NOTHING_KNOWN) for way in ways]
        if any(one.unknown for one in told):
            same[target] = min(reversed(told), key=lambda one: (bool(one.unknown), not one.members))
    if not same:
        return before, after
    return (
        replace(before, zones={**before.zones, **same}),
        replace(after, zones={**after.zones, **same}),
    )
