"""How the refresh of a scope, and of all of them, went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from fmgstate.collect.scope import Scope

CHANGED, CONFIRMED, FAILED, GONE = "changed", "confirmed", "failed", "gone"
RECENT = "recent"


class Count(Protocol):
    """How many requests were made so far."""

    @property
    def requests(self) -> float: ...


class Spent:
    """Seconds since it was made, and the requests of ``count``."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._start = monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self._start

    @property
    def requests(self) -> float:
        return self._count.requests


@dataclass(frozen=True)
class Outcome:
    """One scope's refresh.

    ``result``: changed (fetched, content differs), confirmed (FortiManager says, or the fetched
    content shows, that nothing moved), failed (``error`` says why and the cure; the old snapshot
    is kept), gone (FortiManager has it no more; dropped) or recent (not asked for again: what is
    kept is young enough). ``error`` of one that did not fail: what of it is missing.
    ``requests``: made for it, its share of shared ones included; ``saved``: what it would have cost
    to fetch it anew. ``records``: how many its snapshot holds.
    """

    scope: Scope
    result: str
    seconds: float = 0.0
    requests: float = 0.0
    saved: float = 0.0
    records: int = 0
    error: str = ""
    time: float = 0.0

    def facts(self) -> dict[str, Any]:
        """JSON-able, for the store; the scope is its key there."""
        return {
            "result": self.result,
            "seconds": round(self.seconds, 3),
            "requests": round(self.requests, 2),
            "saved": round(self.saved, 2),
            "records": self.records,
            "error": self.error,
            "time": self.time,
        }


@dataclass(frozen=True)
class RunSummary:
    """All outcomes of one run. ``requests``: all API calls made, log-in and log-out included."""

    outcomes: Sequence[Outcome]
    seconds: float
    requests: int
    events: int = 0

    @property
    def failed(self) -> int:
        return self._count(FAILED)

    @property
    def saved(self) -> float:
        """Requests that asking what moved first made needless."""
        return sum(outcome.saved for outcome in self.outcomes)

    def text(self) -> str:
        """One line for a log or a terminal."""
        return (
            f"{len(self.outcomes)} scopes in {self.seconds:.1f} s: {self._count(CHANGED)} changed, "
            f"{self._count(CONFIRMED)} confirmed, {self._count(GONE)} gone, "
            f"{self.failed} failed; {self.requests} requests "
            f"made, {self.saved:.0f} saved; {self.events} events"
        )

    def _count(self, result: str) -> int:
        return sum(outcome.result == result for outcome in self.outcomes)
