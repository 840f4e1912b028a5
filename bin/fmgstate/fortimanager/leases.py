"""Sessions are leased where several processes of one host ask the same FortiManager."""

from __future__ import annotations

from typing import Optional, Protocol

from fmgstate.errors import Unreachable


class NoLease(Unreachable):
    """All sessions stayed in use for as long as anybody would wait."""


class Leases(Protocol):
    """Counts the sessions of all processes. Safe to use from several threads and processes.

    A lease that is not renewed runs out after FortiManager's idle time-out: so long does a session
    live that nobody logged out because its process was killed. Methods raise ``StoreError``.
    """

    def acquire(self, manager: str, at_most: int) -> Optional[str]:
        """A new lease, or None at once when ``at_most`` are out for ``manager``."""

    def renew(self, lease: str) -> None:
        """The session is in use: the lease's time starts anew."""

    def release(self, lease: str) -> None:
        """The session has ended. Unknown leases are no error."""


class Unlimited:
    """For a process that is alone: its pool's size is the only limit."""

    def acquire(self, manager: str, at_most: int) -> Optional[str]:  # noqa: ARG002
        """Always."""
        return ""

    def renew(self, lease: str) -> None:
        """Nothing to do."""

    def release(self, lease: str) -> None:
        """Nothing to do."""
