"""Scopes that FortiManager no longer has are dropped, but only where it showed what it has."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Optional

from fmgstate.collect.ask import AdomNews, News
from fmgstate.collect.copies import COPIED, is_published_copy
from fmgstate.collect.freshness import Freshness, is_stale
from fmgstate.collect.outcome import GONE, Outcome
from fmgstate.collect.scope import (
    BLOCK,
    HITCOUNTS,
    INVENTORY,
    KINDS,
    OBJECTS,
    PACKAGE,
    Scope,
    prefix,
)
from fmgstate.store.base import Head, Store


def forget(
    store: Store,
    manager: str,
    news: News,
    now: float,
    kinds: Sequence[str] = KINDS,
    seen: Optional[Container[str]] = None,
) -> Iterator[Outcome]:
    """Drop packages and blocks of ADOMs that were read, and ADOMs when all were listed.

    An ADOM that is not listed may be one that this input's user may not see, and another one's may:
    it is dropped when nobody has confirmed it for so long that it is stale. Copies of it are not
    this input's to drop, nor is any copy of what other hosts publish. ``seen``: the keys that were
    there before FortiManager was asked. What another input has kept since may be newer than the
    news.
    """
    fresh = _fresh_adoms(store, manager, now)
    for kind in kinds:
        for head in store.heads(prefix(kind, manager)):
            scope = Scope.parse(head.key)
            if _is_others(head, scope, news):
                continue
            if _gone(scope, news, fresh) and (seen is None or head.key in seen):
                store.delete(head.key)
                yield Outcome(scope, GONE, records=head.outcome.get("records", 0), time=now)


def _is_others(head: Head, scope: Scope, news: News) -> bool:
    """Whether it is a copy, and not for this input's news to end."""
    return is_published_copy(head) or (COPIED in head.outcome and scope.adom not in news.adoms)


def _fresh_adoms(store: Store, manager: str, now: float) -> set[str]:
    """Those that somebody has read lately: inputs that publish policies read inventories, too."""
    freshness, found = Freshness(store, None), set()
    longest = max(freshness.of(Scope(kind, manager, "")) for kind in (INVENTORY, OBJECTS))
    for head in store.heads(prefix(INVENTORY, manager)):
        age = None if head.snapshot_time is None else now - head.snapshot_time
        if age is not None and not is_stale(age, longest):
            found.add(Scope.parse(head.key).adom)
    return found


def _gone(scope: Scope, news: News, fresh: Container[str]) -> bool:
    told = news.adoms.get(scope.adom)
    if told is None:
        return news.all_adoms and scope.adom not in fresh
    if not isinstance(told, AdomNews):
        return False
    if scope.kind in (PACKAGE, HITCOUNTS):
        return scope.name not in told.marks.packages
    return scope.kind == BLOCK and scope.name not in told.marks.blocks
