"""One worker child's session with one FortiManager, out of the budget that all workers share.

A child has one session a FortiManager, as it does one thing at a time. It is leased before work
begins: work that finds all sessions in use is handed back, instead of waiting in the child.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from redis import Redis

from fmgstate.fortimanager.leases import Leases, NoLease
from fmgstate.store.redis_server import errors_of

WANTED_SECONDS = 3.0
"""So long does another child know that a session is wanted."""


class Seat:
    """The leases of a client whose pool holds one session. ``at_most``: of all workers together.
    ``ended``: is told which lease was given back."""

    def __init__(
        self,
        leases: Leases,
        manager: str,
        at_most: int,
        ended: Callable[[str], None] = lambda lease: None,  # noqa: ARG005
    ) -> None:
        self._leases, self._manager, self._at_most = leases, manager, at_most
        self._ended = ended
        self._ahead: Optional[str] = None
        self._held: Optional[str] = None

    @property
    def held(self) -> Optional[str]:
        """The lease of the session there is, or of one that may still live."""
        return self._held

    def take(self) -> bool:
        """Whether a session may be used: there is one, or one more is within the budget."""
        if self._ahead is None and self._held is None:
            self._ahead = self._leases.acquire(self._manager, self._at_most)
        return self._ahead is not None or self._held is not None

    def leave(self) -> None:
        """Give back what was leased and not used."""
        lease, self._ahead = self._ahead, None
        if lease is not None:
            self._leases.release(lease)

    def acquire(self, manager: str, at_most: int) -> str:  # noqa: ARG002  the pool's, which is 1
        """The lease that was taken. Raises ``NoLease`` when it was lost and there is no other."""
        lease, self._ahead = self._ahead, None
        self._held = lease or self._leases.acquire(manager, self._at_most)
        if self._held is None:
            raise NoLease(
                f"All {self._at_most} sessions allowed for {manager} are in use by other workers.",
                "The next poll goes on; give it more sessions (login-max is 32) if it stays.",
            )
        return self._held

    def renew(self, lease: str) -> None:
        """The session is in use."""
        self._leases.renew(lease)

    def release(self, lease: str) -> None:
        """The session has ended."""
        if lease == self._held:
            self._held = None
        self._ended(lease)
        self._leases.release(lease)


class Wanted:
    """Tells children with an idle session that another child waits for one."""

    def __init__(self, redis: Redis, place: str, prefix: str) -> None:
        self._redis, self._place, self._start = redis, place, f"{prefix}:wanted:"

    def tell(self, manager: str) -> None:
        """A session with ``manager`` is wanted now."""
        with errors_of(self._place):
            self._redis.set(self._start + manager, "1", px=int(WANTED_SECONDS * 1000))

    def said(self, manager: str) -> bool:
        """Whether somebody wanted one a moment ago."""
        with errors_of(self._place):
            return bool(self._redis.exists(self._start + manager))
