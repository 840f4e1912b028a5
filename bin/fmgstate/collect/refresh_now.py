"""A refresh that a person asks for: one at a time of a FortiManager, whoever else asks meanwhile.

Who comes while another's refresh runs waits for it. As that one began before the question, one more
is made, by the first of those who wait; the others share it: nobody is shown what was read before
they asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fmgstate.collect.freshness import CLOCKS_DIFFER, Freshness
from fmgstate.collect.outcome import CONFIRMED, Outcome
from fmgstate.collect.scope import Scope, prefix
from fmgstate.errors import StoreError
from fmgstate.store.base import Store, head_of
from fmgstate.store.leases import SessionLeases

POLL_SECONDS = 0.25
Row = dict[str, Any]


class Busy(StoreError):
    """Others are refreshing for longer than one was willing to wait."""


@dataclass(frozen=True)
class Asked:
    """``kinds``: of the scopes that are asked for, the first for each ADOM. ``adoms``: empty = all.
    ``time``: of the question, epoch seconds."""

    manager: str
    adoms: tuple[str, ...]
    kinds: tuple[str, ...]
    time: float

    def is_answered(self, store: Store) -> bool:
        """Whether all that is asked for was asked of FortiManager since."""
        heads = store.heads(prefix(self.kinds[0], self.manager))
        found = {Scope.parse(head.key).adom: head.outcome.get("time", 0.0) for head in heads}
        wanted = self.adoms or tuple(found)
        return bool(wanted) and all(found.get(adom, 0.0) >= self.time for adom in wanted)

    def kept(self, store: Store) -> Iterator[Outcome]:
        """How the refresh of each scope went, as the one who made it noted."""
        for kind in self.kinds:
            for head in store.heads(prefix(kind, self.manager)):
                scope, facts = Scope.parse(head.key), head.outcome
                if not self.adoms or scope.adom in self.adoms:
                    yield Outcome(
                        scope,
                        str(facts.get("result", CONFIRMED)),
                        records=int(facts.get("records", 0)),
                        error=str(facts.get("error", "")),
                    )


@dataclass(frozen=True)
class Clock:
    """``now``: seconds, from any point. ``sleep``: waits for so many."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@contextmanager
def alone(
    leases: SessionLeases, manager: str, seconds: float, clock: Clock
) -> Iterator[Callable[[], None]]:
    """Waits until nobody else refreshes this FortiManager, and keeps others waiting meanwhile.

    Gives what must be called from time to time to keep them waiting. Raises ``Busy`` after
    ``seconds``.
    """
    end = clock.now() + seconds
    while (lease := leases.acquire(f"refresh {manager}", 1)) is None:
        if clock.now() >= end:
            raise Busy(
                f"Another refresh of {manager} has been running for {seconds:g} s.",
                "Ask again later, or give wait=<seconds>.",
            )
        clock.sleep(POLL_SECONDS)
    held = lease

    def go_on() -> None:
        with suppress(StoreError):  # it ran out: then two of them refresh, which does no harm
            leases.renew(held)

    try:
        yield go_on
    finally:
        leases.release(held)


def row(store: Store, outcome: Outcome, now: float) -> Row:
    """An outcome as fields, and how old the scope is now."""
    scope = outcome.scope
    head = head_of(store, scope.key)
    taken = head.snapshot_time if head else None
    age = None if taken is None else now - taken
    longest = Freshness(store, None).of(scope)
    return {
        "fortimanager": scope.manager,
        "adom": scope.adom,
        "kind": scope.kind,
        "name": scope.name,
        "result": outcome.result,
        "records": outcome.records,
        "seconds": round(outcome.seconds, 3),
        "requests": round(outcome.requests, 2),
        "error": outcome.error,
        "snapshot_time": taken,
        "changed_time": head.changed_time if head else None,
        "stale": age is None or not -CLOCKS_DIFFER <= age <= longest,
        "plane": "package",
    }
