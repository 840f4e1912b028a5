"""Scopes that FortiManager no longer has are dropped, but only where it showed what it has."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Optional

from fmgstate.collect.ask import AdomNews, News
from fmgstate.collect.outcome import GONE, Outcome
from fmgstate.collect.scope import BLOCK, HITCOUNTS, KINDS, PACKAGE, Scope, prefix
from fmgstate.store.base import Store


def forget(
    store: Store,
    manager: str,
    news: News,
    now: float,
    kinds: Sequence[str] = KINDS,
    seen: Optional[Container[str]] = None,
) -> Iterator[Outcome]:
    """Drop packages and blocks of ADOMs that were read, and ADOMs when all were listed.

    ``seen``: the keys that were there before FortiManager was asked. What another input has kept
    since may be newer than the news.
    """
    for kind in kinds:
        for head in store.heads(prefix(kind, manager)):
            scope = Scope.parse(head.key)
            if _gone(scope, news) and (seen is None or head.key in seen):
                store.delete(head.key)
                yield Outcome(scope, GONE, records=head.outcome.get("records", 0), time=now)


def _gone(scope: Scope, news: News) -> bool:
    told = news.adoms.get(scope.adom)
    if told is None:
        return news.all_adoms
    if not isinstance(told, AdomNews):
        return False
    if scope.kind in (PACKAGE, HITCOUNTS):
        return scope.name not in told.marks.packages
    return scope.kind == BLOCK and scope.name not in told.marks.blocks
