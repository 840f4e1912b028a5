"""Which scopes there are, in which order, and which of them moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Optional

from fmgstate.collect.ask import AdomNews, News, version_of
from fmgstate.collect.keep import fail, keep
from fmgstate.collect.outcome import Outcome, Spent
from fmgstate.collect.pull import inventory_content
from fmgstate.collect.scope import BLOCK, INVENTORY, KINDS, OBJECTS, PACKAGE, Scope, prefix
from fmgstate.errors import FmgStateError
from fmgstate.store.base import Head, Store


@dataclass(frozen=True)
class Due:
    """A scope, what FortiManager says of its version now, and what is kept of it.

    ``versioned`` False: it says nothing, so the scope is fetched each time.
    """

    scope: Scope
    mark: str
    head: Optional[Head]
    versioned: bool = True

    def moved(self, now: float, longest: float) -> bool:
        """Whether it must be fetched. After ``longest`` seconds it is in any case: a version that
        FortiManager did not raise must not hide a change for ever."""
        if self.head is None or self.head.snapshot_time is None or self.head.mark != self.mark:
            return True
        if not self.versioned:
            return True
        # A fetch that lies ahead was made before the clock was set back.
        return not 0.0 <= now - self.head.outcome.get("fetched", 0.0) < longest


@dataclass(frozen=True)
class Nothing:
    """No request can be laid to an ADOM that was not read."""

    requests: float = 0.0


def known(store: Store, manager: str) -> dict[str, Head]:
    """The heads of all scopes of one FortiManager. Others' are not read: with many of them, each
    poll would cost as much as all together."""
    return {head.key: head for kind in KINDS for head in store.heads(prefix(kind, manager))}


def adoms_before(heads: Iterable[str]) -> list[str]:
    """The ADOMs whose inventories are known, from the keys of their heads."""
    start = prefix(INVENTORY)
    return [Scope.parse(key).adom for key in heads if key.startswith(start)]


def inventories(
    store: Store, manager: str, heads: dict[str, Head], news: News, now: float
) -> Iterator[Outcome]:
    """Each ADOM's inventory came with the news: it only has to be kept."""
    for adom, told in news.adoms.items():
        scope = Scope(INVENTORY, manager, adom)
        spent = Spent(told if isinstance(told, AdomNews) else Nothing())
        try:
            if isinstance(told, FmgStateError):
                raise told
            content = inventory_content(told.inventory, told.zones)
            yield keep(store, scope, content, "", now, spent, missing=told.missing)
        except FmgStateError as error:
            yield fail(store, scope, heads.get(scope.key), error, now, spent)


def dues(manager: str, heads: dict[str, Head], news: News) -> list[Due]:
    """Everything that policies are made of; objects first, as policies are published with what
    their names stand for."""
    told = {adom: one for adom, one in news.adoms.items() if isinstance(one, AdomNews)}
    marked = [(Scope(OBJECTS, manager, adom), one.marks.objects) for adom, one in told.items()]
    for adom, one in told.items():
        for kind, marks in ((BLOCK, one.marks.blocks), (PACKAGE, one.marks.packages)):
            marked += [(Scope(kind, manager, adom, path), mark) for path, mark in marks.items()]
    return [
        Due(scope, mark, heads.get(scope.key), versioned=bool(version_of(mark)))
        for scope, mark in marked
    ]


def parted(all_dues: list[Due], now: float, longest: float) -> tuple[list[Due], list[Due]]:
    """Those that moved, and those that did not."""
    moved = [(due, due.moved(now, longest)) for due in all_dues]
    return [due for due, has in moved if has], [due for due, has in moved if not has]
