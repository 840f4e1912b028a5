"""Hit counts of packages: the oldest first, a few at a time, as each makes FortiManager ask every
FortiGate of the package."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Optional

from fmgstate.collect.ask import AdomNews, News, ask
from fmgstate.collect.due import Due, adoms_before, parted
from fmgstate.collect.forget import forget
from fmgstate.collect.hitcount_task import Sleep, count_devices, count_package
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.keep import fail, keep
from fmgstate.collect.outcome import FAILED, RECENT, Outcome, Spent
from fmgstate.collect.runner import Runner
from fmgstate.collect.scope import HITCOUNTS, INVENTORY, Scope, prefix
from fmgstate.collect.source import Source
from fmgstate.errors import FmgStateError, NotFound
from fmgstate.fortimanager import versions
from fmgstate.inventory.model import Target
from fmgstate.policy.events import hitcount_records
from fmgstate.policy.model import HitCount
from fmgstate.record import Record
from fmgstate.settings import Plan
from fmgstate.store.base import Store

MOST_TASKS = 4
"""So many packages are counted at the same time."""
EARLY = 0.9
"""A run that begins a little early must not skip a whole interval."""
FORMAT = 1


@dataclass(frozen=True)
class Time:
    """``now``: epoch seconds; ``sleep``: waits for so many seconds."""

    now: Callable[[], float] = time.time
    sleep: Sleep = time.sleep


HandOut = Callable[[Sequence[tuple[Due, list[Target]]]], None]
"""Is told which packages are to be counted, the oldest first, and where each is installed."""


def hitcounts(
    source: Source,
    store: Store,
    plan: Plan,
    runner: Runner,
    clock: Time,
    hand_out: Optional[HandOut] = None,
) -> Iterator[Outcome]:
    """Outcomes as they come, of every package that is installed somewhere.

    ``hand_out``: others count, and have the outcomes. Raises only when FortiManager cannot be asked
    at all.
    """
    now = clock.now()
    before = adoms_before(head.key for head in store.heads(prefix(INVENTORY, source.manager)))
    news = ask(source, plan.adoms, InTurn(), before)
    if not versions.has(news.version, versions.HIT_COUNTS):
        yield _too_old(source.manager, news, now)
        return
    for adom, told in news.adoms.items():
        if isinstance(told, FmgStateError):
            scope = Scope(HITCOUNTS, source.manager, adom)
            yield Outcome(scope, FAILED, error=str(told), time=now)
    targets = _targets(source.manager, news)
    old, young = parted(_dues(store, source.manager, targets), now, EARLY * plan.hitcount_seconds)
    for due in young:
        yield Outcome(due.scope, RECENT, records=_records_of(due), time=now)
    oldest_first = sorted(old, key=_fetched)
    if hand_out is None:
        count = partial(_counted, source, store, plan.hitcounts_by_device, clock, targets)
        yield from runner.run(count, oldest_first)
    else:
        hand_out([(due, targets[due.scope]) for due in oldest_first])
    yield from forget(store, source.manager, news, now, (HITCOUNTS,))


def _too_old(manager: str, news: News, now: float) -> Outcome:
    number = ".".join(map(str, news.version[:3]))
    error = NotFound(
        f"FortiManager {number} cannot count hits: versions from 6.4.7 and from 7.0.3 on can.",
        "Upgrade FortiManager, or disable this input.",
    )
    return Outcome(Scope(HITCOUNTS, manager, ""), FAILED, error=str(error), time=now)


def _targets(manager: str, news: News) -> dict[Scope, list[Target]]:
    """The packages that are installed somewhere, and where."""
    return {
        Scope(HITCOUNTS, manager, adom, package.path): [
            Target(one.device, one.vdom) for one in package.assignments
        ]
        for adom, told in news.adoms.items()
        if isinstance(told, AdomNews)
        for package in told.inventory.packages
        if package.kind == "package" and package.assignments
    }


def _dues(store: Store, manager: str, targets: dict[Scope, list[Target]]) -> list[Due]:
    heads = {head.key: head for head in store.heads(prefix(HITCOUNTS, manager))}
    return [Due(scope, "", heads.get(scope.key)) for scope in targets]


def _fetched(due: Due) -> float:
    return float(due.head.outcome.get("fetched", 0.0)) if due.head else 0.0


def _records_of(due: Due) -> int:
    return int(due.head.outcome.get("records", 0)) if due.head else 0


def _counted(
    source: Source,
    store: Store,
    by_device: bool,
    clock: Time,
    targets: dict[Scope, list[Target]],
    due: Due,
) -> Outcome:
    return count_scope(source, store, by_device, clock, targets[due.scope], due)


def count_scope(
    source: Source,
    store: Store,
    by_device: bool,
    clock: Time,
    targets: Sequence[Target],
    due: Due,
) -> Outcome:
    """The hits of one package, counted and kept, or a failure as an outcome."""
    scope, now = due.scope, clock.now()
    with source.counting() as requests:
        spent = Spent(requests)
        try:
            counts = count_package(source, scope.adom, scope.name, clock.sleep)
            records, missing = hitcount_records(counts), ""
            if by_device:
                more, missing = _by_device(source, store, scope, targets, counts, now)
                records += more
            content = {"format": FORMAT, "records": records, "absent": []}
            return keep(store, scope, content, "", now, spent, missing=missing)
        except FmgStateError as error:
            return fail(store, scope, due.head, error, now, spent)


def _by_device(
    source: Source,
    store: Store,
    scope: Scope,
    targets: Sequence[Target],
    counts: list[HitCount],
    now: float,
) -> tuple[list[Record], str]:
    """Each FortiGate's own counters, and what is missing. Of one that did not answer the old ones
    stay, and say since when they are old."""
    found = count_devices(source, scope.adom, targets)
    names = {(one.table, one.policyid): one.name for one in counts}
    named = [
        replace(one, name=names.get((one.table, one.policyid), one.name)) for one in found.counts
    ]
    kept = store.load(scope.key) if found.missing else None
    left = [
        {**record, "not_counted_since": record.get("not_counted_since", now)}
        for record in (kept.content["records"] if kept else ())
        if Target(record.get("device", ""), record.get("vdom", "")) in found.missing
    ]
    return hitcount_records(named) + left, found.text()
