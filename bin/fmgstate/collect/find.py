"""The last part of a run that publishes policies: what is found in them, worked out and published.

Policies never wait for it. What the time did not suffice for is said, and the next run's first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import thread_time

from fmgstate.collect import health
from fmgstate.collect.findings import FINDINGS_SECONDS, Audit, Clock
from fmgstate.collect.outcome import CONFIRMED, FAILED, Outcome
from fmgstate.collect.publish import Emit, Publisher
from fmgstate.collect.risk_table import risk_table
from fmgstate.collect.run import Report, published
from fmgstate.collect.scope import FINDINGS, Scope, prefix
from fmgstate.errors import FmgStateError
from fmgstate.settings import Plan
from fmgstate.store.base import Store


def find(
    stream: str,
    manager: str,
    store: Store,
    plan: Plan,
    now: float,
    emit: Emit,
    report: Report,
    table: Path,
    seconds: float = FINDINGS_SECONDS,
    clock: Clock = thread_time,
) -> tuple[list[Outcome], int]:
    """Outcomes of the packages that were looked at, and how many events were published.

    ``table``: of risk rules. ``seconds``: how long by ``clock`` it may take.
    """
    publisher = Publisher(store, stream, emit, now, plan.full_set_seconds)
    outcomes: list[Outcome] = []
    whole = Scope(FINDINGS, manager, "")

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if outcome.error:
            emit(health.of_outcome(outcome, stream, now))
        report(outcome)

    try:
        rules = risk_table(table)
        for wrong in rules.wrong:
            tell(Outcome(whole, FAILED, error=wrong, time=now))
        audit = Audit(store, rules, now, seconds, clock)
        for outcome in audit.outcomes(manager, plan.adoms):
            tell(outcome)
        if audit.left:
            emit([health.of_findings_left(manager, stream, audit.left, len(outcomes), now)])
    except FmgStateError as error:
        tell(Outcome(whole, FAILED, error=str(error), time=now))
    for scope in _published(store, publisher, manager, plan.adoms):
        outcome = published(publisher, Outcome(scope, CONFIRMED, time=now))
        if outcome.error:
            tell(outcome)
    return outcomes, publisher.sent


def _published(
    store: Store, publisher: Publisher, manager: str, adoms: tuple[str, ...]
) -> Iterator[Scope]:
    """All findings that are kept, and those that were published and are kept no more."""
    for head in store.heads(prefix(FINDINGS, manager)):
        scope = Scope.parse(head.key)
        if not adoms or scope.adom in adoms:
            yield scope
    yield from (scope for scope in publisher.left_behind() if scope.kind == FINDINGS)
