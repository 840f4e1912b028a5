"""What a run confirms of what its stream has published: the ages of copies follow from it.

A scope that did not change publishes nothing. So the event of each run says for every ADOM, in a
digest, which publications a copy must stand on, and which scopes this run did not confirm. A copy
with the same digest is as of the run's time; one with another digest is behind. A run that only
publishes what others asked for says when that was: the time that most scopes have in common.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from fmgstate.collect.scope import KINDS, Scope, prefix
from fmgstate.store.base import Head, Store

MOST_UNCONFIRMED = 20_000
"""Beyond, nothing is said to be confirmed: an event has an end."""


@dataclass(frozen=True)
class Confirmations:
    """``fresh_seconds``: as the input is set. ``digests``: of each ADOM. ``time``: when what was
    published was confirmed, None = by this run. ``unconfirmed``: scope -> when FortiManager last
    confirmed that at another time, None = not known."""

    kind: str
    fresh_seconds: float
    digests: dict[str, str] = field(default_factory=dict)
    unconfirmed: dict[str, Optional[float]] = field(default_factory=dict)
    time: Optional[float] = None

    def facts(self) -> dict[str, Any]:
        """JSON-able, for the run's event."""
        said: dict[str, Any] = {"kind": self.kind, "fresh_seconds": self.fresh_seconds}
        if len(self.unconfirmed) <= MOST_UNCONFIRMED:
            said.update(published=self.digests, unconfirmed=self.unconfirmed)
            said.update({} if self.time is None else {"confirmed_time": self.time})
        return said


def confirmations(
    store: Store, stream: str, manager: str, now: float, kind: str, fresh_seconds: float
) -> Confirmations:
    """Of the run that asked at ``now`` and has published since."""
    start = f"published/{stream}/"
    published = {head.key[len(start) :]: head for head in store.heads(start)}
    kept = {head.key: head for one in KINDS for head in store.heads(prefix(one, manager))}
    numbers: dict[str, dict[str, int]] = {}
    times: dict[str, Optional[float]] = {}
    for key, head in published.items():
        scope = _ours(key, manager)
        if scope is None:
            continue
        numbers.setdefault(scope.adom, {})[key] = head.outcome.get("number", 0)
        confirmed = _confirmed(head, kept.get(key))
        times[key] = None if confirmed is None else min(confirmed, now)
    usual = _usual(times.values(), now)
    unconfirmed = {key: time for key, time in times.items() if time != usual}
    digests = {adom: digest(some) for adom, some in numbers.items()}
    by_others = None if usual == now else usual
    return Confirmations(kind, fresh_seconds, digests, unconfirmed, by_others)


def _usual(times: Iterable[Optional[float]], now: float) -> float:
    """The time that most have; ``now`` as soon as one has it."""
    counts = Counter(time for time in times if time is not None)
    return now if not counts or now in counts else counts.most_common(1)[0][0]


def digest(numbers: Mapping[str, int]) -> str:
    """Of scopes and the numbers of their newest publications."""
    lines: Iterable[str] = (f"{key} {number}\n" for key, number in sorted(numbers.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _ours(key: str, manager: str) -> Optional[Scope]:
    parts = key.split("/")
    if len(parts) != 4 or parts[0] not in KINDS:
        return None
    scope = Scope.parse(key)
    return scope if scope.manager == manager else None


def _confirmed(published: Head, kept: Optional[Head]) -> Optional[float]:
    """When what was published was last confirmed; None = something else is kept by now."""
    if kept is None or published.mark.split(" ", 1)[0] != f"{kept.changed_time}":
        return None
    return kept.snapshot_time
