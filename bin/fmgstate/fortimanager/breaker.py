"""A FortiManager that does not answer is left alone for a while instead of being asked by all."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fmgstate.errors import Unreachable
from fmgstate.fortimanager.transport import NoConnection

FAILURES = 5
PAUSE, LONGEST_PAUSE = 30.0, 300.0


class Breaker:
    """Opens after ``FAILURES`` in a row. After a pause one request goes through as a probe: if it
    is answered, all may; if not, the next pause is twice as long, up to ``longest_pause`` seconds.
    Safe to use from threads."""

    def __init__(
        self, manager: str, clock: Callable[[], float], longest_pause: float = LONGEST_PAUSE
    ) -> None:
        self._manager = manager
        self._clock, self._longest_pause = clock, longest_pause
        self._changing = threading.Lock()
        self._failures = 0
        self._pause = PAUSE
        self._until = 0.0
        self._probing = False
        self._last = ""

    @property
    def open(self) -> bool:
        """Whether only a probe may go through, if anything."""
        return self._failures >= FAILURES

    def check(self) -> None:
        """Raises ``Unreachable`` unless a request may go out. After this, one of ``answered``,
        ``failed`` or ``given_up`` must follow."""
        with self._changing:
            if not self.open:
                return
            left = self._until - self._clock()
            if left > 0 or self._probing:
                raise NoConnection(
                    f"{self._manager} is left alone for {max(left, 1):.0f} s after"
                    f" {self._failures} failures in a row. The last one: {self._last}",
                    "It is tried again by itself.",
                )
            self._probing = True

    def answered(self) -> None:
        """Something came back, if only a refusal."""
        with self._changing:
            self._failures, self._pause, self._probing = 0, PAUSE, False

    def failed(self, error: Unreachable) -> None:
        """Nothing usable came back."""
        with self._changing:
            self._failures += 1
            self._last = error.what
            if self._probing:
                self._pause = min(2 * self._pause, self._longest_pause)
            if self.open:
                self._until = self._clock() + self._pause
            self._probing = False

    def given_up(self) -> None:
        """The request ended for a reason of our own: it says nothing about FortiManager."""
        with self._changing:
            self._probing = False
