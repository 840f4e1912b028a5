"""One run of an input: refresh, and publish each scope as soon as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Optional

from fmgstate.collect import health
from fmgstate.collect.due import known
from fmgstate.collect.freshness import HITCOUNTS_INPUT, INVENTORY_INPUT, POLICIES_INPUT
from fmgstate.collect.freshness import note as note_freshness
from fmgstate.collect.hitcounts import MOST_TASKS, Time, hitcounts
from fmgstate.collect.outcome import CHANGED, FAILED, GONE, RECENT, Outcome
from fmgstate.collect.publish import Emit, Publisher
from fmgstate.collect.refresh import refresh
from fmgstate.collect.runner import Runner
from fmgstate.collect.scope import BLOCK, FINDINGS, HITCOUNTS, INVENTORY, OBJECTS, PACKAGE, Scope
from fmgstate.collect.source import Source
from fmgstate.errors import Defect, FmgStateError
from fmgstate.settings import Limits, Plan
from fmgstate.store.base import Store

PUBLISHED = {
    INVENTORY_INPUT: (INVENTORY,),
    POLICIES_INPUT: (OBJECTS, BLOCK, PACKAGE),
    HITCOUNTS_INPUT: (HITCOUNTS,),
}
"""Which scopes each kind of input publishes."""

_FACTS = ("result", "records", "error", "time")

Report = Callable[[Outcome], None]


def at_once(kind: str, limits: Limits) -> int:
    """How many scopes this kind of input asks for at the same time."""
    return min(limits.sessions, MOST_TASKS) if kind == HITCOUNTS_INPUT else limits.sessions


def run(
    kind: str,
    stream: str,
    source: Source,
    store: Store,
    plan: Plan,
    runner: Runner,
    now: float,
    emit: Emit,
    report: Report,
    clock: Optional[Time] = None,
) -> tuple[list[Outcome], int]:
    """All outcomes, and how many events were published. ``kind``: "inventory", "policies" or
    "hitcounts"; each stream is published to in full."""
    if kind == HITCOUNTS_INPUT:
        collected = hitcounts(source, store, plan, runner, clock or Time())
    else:
        collected = refresh(source, store, plan, runner, now, kind == POLICIES_INPUT)
    return publish_all(kind, stream, source.manager, store, collected, plan, now, emit, report)


def publish_kept(
    kind: str,
    stream: str,
    manager: str,
    store: Store,
    plan: Plan,
    now: float,
    emit: Emit,
    report: Report,
) -> tuple[list[Outcome], int]:
    """As ``run``, of what others keep in the store: FortiManager is not asked."""
    return publish_all(kind, stream, manager, store, kept(store, manager), plan, now, emit, report)


def kept(store: Store, manager: str) -> list[Outcome]:
    """What is kept of one FortiManager, as the outcome of its last refresh. One that failed is an
    outcome with its error, and what is kept of it may not have been published yet."""
    found = []
    for head in known(store, manager).values():
        facts = {key: head.outcome[key] for key in _FACTS if key in head.outcome}
        scope = Scope.parse(head.key)
        if facts.get("result") == FAILED and head.snapshot_time is not None:
            found.append(Outcome(scope, RECENT, time=head.snapshot_time))
        found.append(Outcome(scope, **facts))
    return found


def publish_all(
    kind: str,
    stream: str,
    manager: str,
    store: Store,
    collected: Iterable[Outcome],
    plan: Plan,
    now: float,
    emit: Emit,
    report: Report,
) -> tuple[list[Outcome], int]:
    """Each scope as its outcome comes; all outcomes, and how many events there were."""
    note_freshness(store, manager, kind, plan.fresh_seconds)
    publisher = Publisher(store, stream, emit, now, plan.full_set_seconds)
    outcomes: list[Outcome] = []
    for outcome in chain(_objects_first(collected), _left_behind(publisher, outcomes, now)):
        ours = outcome.scope.kind in PUBLISHED[kind]
        outcomes.append(published(publisher, outcome) if ours else outcome)
        if outcomes[-1].error:
            emit(health.of_outcome(outcomes[-1], stream, now))
        report(outcomes[-1])
    for outcome in _met_by_blocks(outcomes):
        again = published(publisher, outcome)
        if again.error:
            emit(health.of_outcome(again, stream, now))
            report(again)
    return outcomes, publisher.sent


def _met_by_blocks(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Packages that may have been published before a block that stands in them was there."""
    changed = {one.scope.adom for one in outcomes
               if one.scope.kind == BLOCK and one.result == CHANGED}  # fmt: skip
    return [
        one
        for one in outcomes
        if one.scope.kind == PACKAGE and not one.error and one.scope.adom in changed
    ]


def _left_behind(
    publisher: Publisher, outcomes: Sequence[Outcome], now: float
) -> Iterator[Outcome]:
    """What another input dropped before this one could say so.

    Not what this run was shown: the other one's user may merely not see it. Nor anything of an ADOM
    that could not be read.
    """
    shown = {outcome.scope for outcome in outcomes}
    unread = {one.scope.adom for one in outcomes if one.result == FAILED and not one.scope.name}
    for scope in publisher.left_behind():
        if scope.kind != FINDINGS and scope not in shown and scope.adom not in unread:
            yield Outcome(scope, GONE, time=now)


def _objects_first(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """An ADOM's policies wait for its objects: they are published with what names stand for."""
    known: set[str] = set()
    waiting: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        adom = outcome.scope.adom
        if outcome.scope.kind in (PACKAGE, BLOCK) and adom not in known:
            waiting.setdefault(adom, []).append(outcome)
            continue
        yield outcome
        if outcome.scope.kind == OBJECTS:
            known.add(adom)
            yield from waiting.pop(adom, ())
    for left in waiting.values():
        yield from left


def published(publisher: Publisher, outcome: Outcome) -> Outcome:
    """The outcome of a scope that was published, unless it had failed: failed where that did."""
    if outcome.result == FAILED:
        return outcome
    try:
        publisher.publish(outcome.scope)
    except FmgStateError as error:
        return replace(outcome, result=FAILED, error=str(error))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return replace(outcome, result=FAILED, error=str(Defect(error)))
    return outcome
