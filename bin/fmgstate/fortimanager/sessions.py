"""Log-in and log-out of the pool's sessions: leased, and never against a refusal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Optional

from fmgstate.errors import (
    BadAnswer,
    CertificateRefused,
    FmgStateError,
    FortiManagerError,
    LoginRefused,
    PermissionRefused,
    Unreachable,
)
from fmgstate.fortimanager.auth import Auth, Post
from fmgstate.fortimanager.http_status import Busy
from fmgstate.fortimanager.leases import Leases, NoLease
from fmgstate.fortimanager.patience import Patience
from fmgstate.fortimanager.pool import Pool, Slot
from fmgstate.fortimanager.transport import NoConnection
from fmgstate.fortimanager.uninterrupted import uninterrupted

LET_IN_SECONDS = 10.0
LOGINS_AT_ONCE = 2
"""Fewer than the three refusals that lock a user out by default."""
LOGOUT_SECONDS = 5.0
ALL_LOGOUTS_SECONDS = 15.0
LOGOUT_ATTEMPTS = 2
"""The connection kept for a session may have been closed by the other side meanwhile."""
LEASE_TRIES = 300
LEASE_PAUSE = 1.0


class Sessions:
    """Sees to it that a slot has a session. Safe to use from several threads."""

    def __init__(
        self,
        manager: str,
        at_most: int,
        auth: Auth,
        pool: Pool,
        leases: Leases,
        patience: Patience,
        post: Post,
        *,
        hopeless: Callable[[], bool],
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        opened: Callable[[str, str], None],
    ) -> None:
        self._manager, self._at_most = manager, at_most
        self._auth, self._pool, self._leases = auth, pool, leases
        self._patience, self._post, self._hopeless = patience, post, hopeless
        self._sleep, self._clock, self._opened = sleep, clock, opened
        self._going_first = threading.Lock()
        self._going_along = threading.Semaphore(LOGINS_AT_ONCE)
        self._refusal: Optional[FortiManagerError] = None
        self._may_live: list[tuple[str, Optional[str]]] = []
        """Sessions whose log-out was not confirmed, with their leases: tried again at the end."""
        self._let_in_at = float("-inf")

    def admit(self, slot: Slot, address: Callable[[], str]) -> bool:
        """Lease and open a session for ``slot``; False when the thread should use another slot,
        because no more sessions are to be had but some are open."""
        if slot.key is not None:
            self._renew_lease(slot)
            return True
        if slot.lease is None and not self._lease(slot, sharing=True):
            return False
        try:
            self._patience.ask(lambda: self.open(slot, address()), self._hopeless)
        except (LoginRefused, PermissionRefused):
            self._release(slot)
            # With sessions open, the password is right: it is login-max that was reached.
            if self._pool.make_do_without(slot):
                return False
            raise
        except FmgStateError:
            self._release(slot)
            raise
        return True

    def open(self, slot: Slot, address: str) -> None:
        """Log in. A refusal is final: repeating it would lock the user out. So one thread goes
        first; only while its success is recent, others go by twos.

        Raises ``LoginRefused``, ``PermissionRefused``, or ``Unreachable`` when nobody answered.
        """
        if slot.lease is None:
            self._lease(slot, sharing=False)
        with self._going_first:
            first = self._clock() > self._let_in_at + LET_IN_SECONDS
            if first:
                self._log_in(slot, address)
        if not first:
            with self._going_along:
                self._log_in(slot, address)

    def _log_in(self, slot: Slot, address: str) -> None:
        uninterrupted(lambda: self._log_in_whole(slot, address))

    def _log_in_whole(self, slot: Slot, address: str) -> None:
        if self._refusal is not None:
            raise type(self._refusal)(self._refusal.what, self._refusal.cure)
        try:
            key = self._auth.login(self._post)
        except (LoginRefused, PermissionRefused) as refusal:
            self._refusal = self._worded(refusal)
            raise self._refusal from None
        except (Unreachable, BadAnswer) as fault:
            if not isinstance(fault, (NoConnection, Busy, CertificateRefused)):
                slot.lease = None  # a session that nobody knows may live until its idle time-out
            raise
        if key and slot.lease:
            self._opened(slot.lease, key)
        if not self._pool.keep(slot, key, address):
            lease, slot.lease = slot.lease, None
            self._end(key, lease)
            raise self._pool.closed_error()
        self._let_in_at = self._clock()

    def renew(self, slot: Slot, address: str) -> None:
        """Replace a session that may have expired. It is logged out first: if it still lives, it
        must not stay behind."""
        self.discard(slot)
        self._patience.ask(lambda: self.open(slot, address), self._hopeless)

    def discard(self, slot: Slot) -> None:
        """End the slot's session; its lease stays for the next one, unless the session may live."""
        key, slot.key = slot.key, None
        if key is not None and not self._logout(key):
            self._may_live.append((key, slot.lease))
            slot.lease = None

    def close(self) -> None:
        """End all sessions. Never raises; what cannot be logged out ends by its idle time."""
        uninterrupted(self._close)

    def _close(self) -> None:
        ended = [*self._pool.close(), *self._may_live]
        until = time.monotonic() + ALL_LOGOUTS_SECONDS
        threads = []
        for key, lease in ended[1:]:
            thread = threading.Thread(target=self._end, args=(key, lease), daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is going down and allows no more threads
                self._end(key, lease)
            else:
                threads.append(thread)
        for key, lease in ended[:1]:
            self._end(key, lease)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _end(self, key: Optional[str], lease: Optional[str]) -> None:
        """A lease is given back only when the session has surely ended."""
        if (key is None or self._logout(key)) and lease is not None:
            with suppress(FmgStateError):
                self._leases.release(lease)

    def _logout(self, key: str) -> bool:
        for _ in range(LOGOUT_ATTEMPTS):
            with suppress(FmgStateError):
                self._auth.logout(self._post_briefly, key)
                return True
        return False

    def _post_briefly(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        return self._post(path, body, headers, LOGOUT_SECONDS)

    def _lease(self, slot: Slot, sharing: bool) -> bool:
        """Wait for a lease; with ``sharing``, False at once when other sessions can be used."""
        for _ in range(LEASE_TRIES):
            slot.lease = self._leases.acquire(self._manager, self._at_most)
            if slot.lease is not None:
                return True
            if sharing and self._pool.make_do_without(slot, opening=True):
                return False
            if self._pool.closed:
                raise self._pool.closed_error()
            self._sleep(LEASE_PAUSE)
        raise NoLease(
            f"All {self._at_most} sessions allowed for {self._manager} are in use by other inputs"
            f" or were left behind by one that was killed.",
            "Give the inputs longer intervals, or the account more sessions (FortiManager's"
            " login-max is 32); sessions left behind end by themselves.",
        )

    def _renew_lease(self, slot: Slot) -> None:
        if slot.lease is not None:
            self._leases.renew(slot.lease)

    def _release(self, slot: Slot) -> None:
        lease, slot.lease = slot.lease, None
        if lease is not None:
            with suppress(FmgStateError):
                self._leases.release(lease)

    def _worded(self, refusal: FortiManagerError) -> FortiManagerError:
        if self._let_in_at < 0 or not isinstance(refusal, LoginRefused):
            return refusal
        return LoginRefused(
            f"{refusal.what} The same password was accepted a moment ago.",
            "The user is probably locked out for a while, or holds login-max sessions already: end"
            " those from JSON in FortiManager. No further log-in is tried in this run.",
        )
