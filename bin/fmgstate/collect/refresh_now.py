"""A refresh that a person asks for: one at a time of a FortiManager, whoever else asks meanwhile.

Who comes while another's refresh runs waits for it. As that one began before the question, one more
is made, by the first of those who wait; the others share it: nobody is shown what was read before
they asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Optional

from fmgstate.collect.freshness import Freshness, is_stale
from fmgstate.collect.known_names import check, matches
from fmgstate.collect.outcome import CONFIRMED, FAILED, Outcome
from fmgstate.collect.scope import BLOCK, INVENTORY, PACKAGE, Scope, prefix
from fmgstate.errors import ConfigurationError, StoreError
from fmgstate.store.base import Store, head_of
from fmgstate.store.leases import SessionLeases

POLL_SECONDS = 0.25
NEW_ADOM = "One that is new is found when adom is left out."
NEW_TO_SOME = "One that is new is found by the inputs, or by a user who sees every ADOM."
NEW_PACKAGE = "One that is new is found when package is left out."
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


def meant(
    store: Store,
    manager: str,
    adoms: Sequence[str],
    package: str,
    allowed: Optional[Collection[str]],
) -> tuple[str, ...]:
    """The ADOMs that are to be asked for; empty = all. ``allowed``: those that may be seen, None =
    all. Raises ``ConfigurationError`` with the nearest names for what is not known here, as far as
    anything is: FortiManager is not asked about names that are misspelt."""
    inventories = {
        Scope.parse(head.key).adom: head
        for head in store.heads(prefix(INVENTORY, manager))
        if head.snapshot_time is not None
    }
    known = [adom for adom in inventories if allowed is None or adom in allowed]
    if not inventories:
        starred = [name for name in adoms if "*" in name]
        if starred:
            raise ConfigurationError(
                f"Nothing was collected yet, so {starred[0]} matches no ADOM.",
                "Write whole names, or leave adom out.",
            )
        return tuple(dict.fromkeys(adoms or sorted(allowed or ())))
    for name in adoms:
        check("ADOM", name, known, NEW_ADOM if allowed is None else NEW_TO_SOME)
    chosen = [adom for adom in known if any(matches(name, adom) for name in adoms or ("",))]
    if package:
        paths = [
            scope.name
            for kind in (PACKAGE, BLOCK)
            for scope in _scopes(store, kind, manager)
            if scope.adom in chosen
        ]
        check("policy package or block", package, paths, NEW_PACKAGE)
    return tuple(chosen) if adoms or allowed is not None else ()


def _scopes(store: Store, kind: str, manager: str) -> Iterator[Scope]:
    return (Scope.parse(head.key) for head in store.heads(prefix(kind, manager)))


def without_trace(store: Store, manager: str, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes as they come. Of an ADOM that nobody collects and that could not be read nothing
    is kept: it may not be there at all."""
    before = {head.key for head in store.heads(prefix(INVENTORY, manager))}
    for outcome in outcomes:
        key = outcome.scope.key
        if outcome.scope.kind == INVENTORY and outcome.result == FAILED and key not in before:
            head = head_of(store, key)
            if head is not None and head.snapshot_time is None:
                store.delete(key)
        yield outcome


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
        "stale": age is None or is_stale(age, longest),
        "plane": "package",
    }
