"""Keeping what was fetched, and noting what was not: the only writers of a scope's snapshot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Optional

from fmgstate.collect import index
from fmgstate.collect.authors import Authors, nobody
from fmgstate.collect.copies import COPIED
from fmgstate.collect.freshness import BEHIND
from fmgstate.collect.outcome import CHANGED, CONFIRMED, FAILED, Outcome, Spent
from fmgstate.collect.pull import Content
from fmgstate.collect.scope import Scope
from fmgstate.errors import FmgStateError, StoreDamaged, StoreError
from fmgstate.record import Record
from fmgstate.store.base import Head, Snapshot, Store, head_of

ZONES = "zones"
"""In the content of an inventory: what the next reading of zones must know of this one."""
_COST = ("fetched", "cost")


def keep(
    store: Store,
    scope: Scope,
    content: Content,
    mark: str,
    now: float,
    spent: Spent,
    who: Callable[[list[Record], float], Authors] = nobody,
    missing: str = "",
) -> Outcome:
    """Save what was fetched if it differs from what is kept; else confirm that.

    ``who``: asked who changed the old records since that time, only where some did change.
    ``missing``: what of the content could not be fetched, and why.
    """
    old = _old(store, scope)
    same = old is not None and _equal(old.content, content)
    noted = old is not None and old.content.get(ZONES) == content.get(ZONES)
    if old is not None and same:
        content = {**old.content, **content}
    elif old is not None:
        content = {**content, "authors": who(old.content["records"], old.head.snapshot_time or now)}
    records = content["records"]
    outcome = Outcome(
        scope, CONFIRMED if same else CHANGED, spent.seconds, spent.requests,
        records=len(records), error=missing, time=now,
    )  # fmt: skip
    changed_time = old.head.changed_time if old is not None and same else now
    facts = {**outcome.facts(), "fetched": now, "cost": spent.requests}
    head = Head(scope.key, now, changed_time, mark, facts)
    if same and noted:
        store.note(head)
    else:
        store.save(Snapshot(head, content), index.rows(scope, records))
    return outcome


def _equal(old: Content, new: Content) -> bool:
    """Whether both say the same; who brought the old one about is no part of it, nor what was
    noted of the reading."""
    return _told(old) == _told(new)


def _told(content: Content) -> Content:
    return {key: value for key, value in content.items() if key not in ("authors", ZONES)}


def confirm(store: Store, scope: Scope, head: Head, now: float) -> Outcome:
    """FortiManager says that nothing moved: what is kept is its state as of ``now``.

    What another process has kept meanwhile is left as it is: it was asked for later.
    """
    if _stored(store, scope) is None:
        error = f"Another input dropped {scope} meanwhile. The next run fetches it anew."
        return Outcome(scope, FAILED, error=error, time=now)
    past = head.outcome
    outcome = Outcome(
        scope, CONFIRMED, records=past.get("records", 0), saved=past.get("cost", 0.0), time=now
    )
    lasting = {key: past[key] for key in _COST if key in past}
    if not overtaken(store, scope, head):
        store.note(replace(head, snapshot_time=now, outcome={**outcome.facts(), **lasting}))
    return outcome


def overtaken(store: Store, scope: Scope, seen: Optional[Head]) -> bool:
    """Whether another process has kept or dropped the scope since ``seen`` was read."""
    return _state(_stored(store, scope)) != _state(seen)


def fail(
    store: Store, scope: Scope, head: Optional[Head], error: FmgStateError, now: float, spent: Spent
) -> Outcome:
    """The old snapshot stays, and grows stale; the outcome says why. A copy stays one, and behind
    where it was.

    ``head``: as far as it was known before.
    """
    with suppress(StoreError):
        head = _stored(store, scope)
    head = head or Head(scope.key)
    records = head.outcome.get("records", 0)
    outcome = Outcome(
        scope, FAILED, spent.seconds, spent.requests, records=records, error=str(error), time=now
    )
    stays = (*_COST, COPIED, BEHIND)
    lasting = {key: head.outcome[key] for key in stays if key in head.outcome}
    with suppress(StoreError):  # the outcome that is returned tells the store's own error
        store.note(replace(head, outcome={**outcome.facts(), **lasting}))
    return outcome


def _stored(store: Store, scope: Scope) -> Optional[Head]:
    return head_of(store, scope.key)


def _state(head: Optional[Head]) -> tuple[str, Optional[float]]:
    return (head.mark, head.changed_time) if head else ("", None)


def _old(store: Store, scope: Scope) -> Optional[Snapshot]:
    try:
        return store.load(scope.key)
    except StoreDamaged:
        return None  # what cannot be read is replaced by what was fetched
