"""One run of an input: refresh, and publish each scope as soon as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from fmgstate.collect import health
from fmgstate.collect.outcome import FAILED, Outcome
from fmgstate.collect.publish import Emit, Publisher
from fmgstate.collect.refresh import refresh
from fmgstate.collect.runner import Runner
from fmgstate.collect.scope import BLOCK, INVENTORY, OBJECTS, PACKAGE
from fmgstate.collect.source import Source
from fmgstate.errors import FmgStateError
from fmgstate.settings import Plan
from fmgstate.store.base import Store

INVENTORY_INPUT, POLICIES_INPUT = "inventory", "policies"

Report = Callable[[Outcome], None]


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
) -> tuple[list[Outcome], int]:
    """All outcomes, and how many events were published. ``kind``: "inventory" publishes the
    inventories, "policies" everything else; each stream is published to in full."""
    publisher = Publisher(store, stream, emit, now, plan.full_set_seconds)
    outcomes = []
    refreshed = refresh(source, store, plan, runner, now, kind == POLICIES_INPUT)
    for outcome in _objects_first(refreshed):
        ours = (outcome.scope.kind == INVENTORY) == (kind == INVENTORY_INPUT)
        outcomes.append(_published(publisher, outcome) if ours else outcome)
        if outcomes[-1].result == FAILED:
            emit(health.of_outcome(outcomes[-1], stream, now))
        report(outcomes[-1])
    return outcomes, publisher.sent


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


def _published(publisher: Publisher, outcome: Outcome) -> Outcome:
    if outcome.result == FAILED:
        return outcome
    try:
        publisher.publish(outcome.scope)
    except FmgStateError as error:
        return replace(outcome, result=FAILED, error=str(error))
    return outcome
