"""A refused log-in is not tried again at once: FortiManager locks users out that fail too often.

Each run is a process of its own, so what the last one was told is kept in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone

from fmgstate.errors import LoginRefused, StoreError
from fmgstate.store.base import Head, Store, head_of

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 600.0
"""Seconds. FortiManager's default lets three attempts fail, then locks for 60 s."""


@contextmanager
def respecting_lockout(store: Store, manager: str, now: float) -> Iterator[None]:
    """Runs the block unless the last log-in was refused too short a time ago.

    Raises ``LoginRefused`` then, and what the block raises; pauses double with each refusal.
    """
    key = f"login/{manager}"
    head = head_of(store, key)
    refused = head.outcome if head else {"times": 0, "until": 0.0}
    if now < refused["until"] <= now + LONGEST_PAUSE:
        until = datetime.fromtimestamp(refused["until"], timezone.utc).strftime("%H:%M:%S")
        raise LoginRefused(
            f"{manager} refused the last {refused['times']} log-ins; the next is tried after"
            f" {until} UTC, so that the user is not locked out.",
            "Check user and password in the account meanwhile.",
        )
    try:
        yield
    except LoginRefused:
        times = refused["times"] + 1
        until_then = now + min(FIRST_PAUSE * 2 ** (times - 1), LONGEST_PAUSE)
        with suppress(StoreError):  # the refusal itself is what must be told
            store.note(Head(key, outcome={"times": times, "until": until_then}))
        raise
    if refused["times"]:
        store.delete(key)
