"""Asking again: after pauses that grow and spread, only so often, and not for everybody at once."""

from __future__ import annotations

import itertools
import threading
from typing import Callable, TypeVar

from fmgstate.errors import BadAnswer, CertificateRefused, Unreachable
from fmgstate.fortimanager.leases import NoLease
from fmgstate.settings import Limits

ATTEMPTS_AT_BAD_ANSWER = 2
LONGEST_PAUSE = 30.0
RETRIES_PER_REQUEST = 0.2
"""In the long run this share of the requests may be repeats: more would make an overload worse."""

T = TypeVar("T")


class Patience:
    """Repeats what may pass by itself; reading twice does no harm. Safe to use from threads."""

    def __init__(
        self,
        limits: Limits,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._limits = limits
        self._sleep, self._clock, self._random = sleep, clock, random
        self._counting = threading.Lock()
        self._most_repeats = self._repeats = 2.0 * limits.sessions + 4

    def ask(self, ask: Callable[[], T], hopeless: Callable[[], bool]) -> T:
        """The result of ``ask``, repeated on faults unless ``hopeless``."""
        began = self._clock()
        with self._counting:
            self._repeats = min(self._repeats + RETRIES_PER_REQUEST, self._most_repeats)
        for attempt in itertools.count(1):
            try:
                return ask()
            except (CertificateRefused, NoLease):
                raise
            except Unreachable:
                late = self._clock() - began > self._limits.read_timeout
                if attempt >= self._limits.attempts or late or hopeless() or not self.may_repeat():
                    raise
            except BadAnswer:
                most = min(ATTEMPTS_AT_BAD_ANSWER, self._limits.attempts)
                if attempt >= most or hopeless() or not self.may_repeat():
                    raise
            self.pause(attempt - 1)
        raise AssertionError("the loop above only ends by return or raise")

    def may_repeat(self) -> bool:
        """Takes one from the budget of repeats that all requests share; False when it is empty."""
        with self._counting:
            if self._repeats < 1:
                return False
            self._repeats -= 1
            return True

    def pause(self, repeat: int) -> None:
        """Wait before the repeat with this number, the first one being 0."""
        pause = min(self._limits.backoff * 2**repeat, LONGEST_PAUSE)
        self._sleep(pause * (0.5 + self._random()))
