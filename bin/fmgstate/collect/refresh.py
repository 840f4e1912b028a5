"""One refresh: ask what moved, fetch only that, keep it. A failed scope is an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Optional, Union

from fmgstate.collect.ask import AdomNews, News, ask, version_of
from fmgstate.collect.authors import authors
from fmgstate.collect.due import Due, adoms_before, dues, inventories, known, parted
from fmgstate.collect.forget import forget
from fmgstate.collect.in_turn import InTurn
from fmgstate.collect.keep import confirm, fail, keep, overtaken
from fmgstate.collect.outcome import Outcome, Spent
from fmgstate.collect.pull import pull
from fmgstate.collect.runner import Runner
from fmgstate.collect.source import Source
from fmgstate.collect.zones import with_zones
from fmgstate.errors import Defect, FmgStateError
from fmgstate.fortimanager.versions import Version
from fmgstate.settings import Plan
from fmgstate.store.base import Store

VDOMS_AT_ONCE = 260
"""The inventories of so many are read and kept together: 20 requests where no zone is known."""

HandOut = Callable[[Version, Sequence[Due]], None]
"""Is told which scopes moved, and of which version FortiManager is: others read them."""


def refresh(
    source: Source,
    store: Store,
    plan: Plan,
    runner: Runner,
    now: float,
    policies: bool = True,
    hand_out: Optional[HandOut] = None,
) -> Iterator[Outcome]:
    """Outcomes as they come: inventories first, then what did not move.

    ``now``: epoch seconds before the first question; what is confirmed is confirmed as of then.
    ``policies`` False: inventories only. ``hand_out``: what moved is not read here, and has no
    outcome here. Raises only when FortiManager cannot be asked at all.
    """
    heads = known(store, source.manager)
    # A poll mostly finds nothing: one session will do. The first run needs them all anyway.
    news = ask(source, plan.adoms, InTurn() if heads else runner, adoms_before(heads))
    for some in _parts(news):
        told = with_zones(source, store, some, runner, now, plan.full_set_seconds)
        yield from inventories(store, source.manager, heads, told, now)
    if policies:
        moved, still = parted(dues(source.manager, heads, news), now, plan.full_set_seconds)
        yield from (confirm(store, due.scope, due.head, now) for due in still if due.head)
        if hand_out is None:
            yield from runner.run(partial(fetch, source, store, news.version, now), moved)
        else:
            hand_out(news.version, moved)
    yield from forget(store, source.manager, news, now, seen=heads)


def _parts(news: News) -> Iterator[News]:
    """The news by a few ADOMs. A poll that is ended before it has read the zones of all devices, as
    tasks are that take too long, has kept those of some: the next one goes on from there."""
    part: dict[str, Union[AdomNews, FmgStateError]] = {}
    vdoms = 0
    for adom, told in news.adoms.items():
        part[adom] = told
        if isinstance(told, AdomNews):
            vdoms += sum(len(device.vdoms) for device in told.inventory.devices)
        if vdoms >= VDOMS_AT_ONCE:
            yield replace(news, adoms=part)
            part, vdoms = {}, 0
    if part:
        yield replace(news, adoms=part)


def fetch(source: Source, store: Store, version: Version, now: float, due: Due) -> Outcome:
    """One scope that moved: read anew and kept, or a failure as an outcome."""
    with source.counting() as count:
        spent = Spent(count)
        try:
            since = _since(due)
            pulled = pull(source, due.scope, version, due.mark, since)
            if overtaken(store, due.scope, due.head):
                # Another input's reading may be newer than this one; the next is newer than both.
                pulled = pull(source, due.scope, version, pulled.mark, since)
            content, mark, told = pulled
            who = partial(authors, source, due.scope, new=content["records"], told=told)
            return keep(store, due.scope, content, mark, now, spent, who)
        except FmgStateError as error:
            return fail(store, due.scope, due.head, error, now, spent)
        except Exception as error:  # noqa: BLE001  one odd scope must not stop the others
            return fail(store, due.scope, due.head, Defect(error), now, spent)


def _since(due: Due) -> Optional[float]:
    """When a scope that somebody edited was as it is kept; None for any other."""
    if due.head is None or version_of(due.head.mark) == version_of(due.mark):
        return None
    return due.head.snapshot_time
