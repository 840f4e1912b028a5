"""Which hosts collect from which FortiManager, as far as the store knows: where an account is."""

from __future__ import annotations

from typing import NamedTuple, Optional

from fmgstate.collect.scope import prefix
from fmgstate.store.base import Head, Store, head_of

FIRST = "host"
EVERY_SECONDS = 3600.0
"""So often a host that goes on is written down."""


class Collector(NamedTuple):
    """``host``: its name; ``time``: epoch seconds of a run there that is known."""

    manager: str
    host: str
    time: float


def note(store: Store, manager: str, host: str, now: float) -> None:
    """That ``host`` collected from ``manager`` at ``now``."""
    key = prefix(FIRST, manager) + host
    kept = head_of(store, key)
    if is_news(kept.outcome.get("time") if kept else None, now):
        store.note(Head(key, outcome={"manager": manager, "host": host, "time": now}))


def is_news(known: Optional[float], now: float) -> bool:
    """Whether a run at ``now`` is to be written down. ``known``: the last one that was."""
    return known is None or known + EVERY_SECONDS <= now


def known(store: Store) -> list[Collector]:
    """All of them, the newest first."""
    found = [
        Collector(str(facts["manager"]), str(facts["host"]), float(facts["time"]))
        for facts in (head.outcome for head in store.heads(FIRST + "/"))
    ]
    return sorted(found, key=lambda one: one.time, reverse=True)
