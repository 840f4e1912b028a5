"""How many requests may be under way at once: fewer after trouble, then more again."""

from __future__ import annotations

SLOWER = 3.0
"""Latency holds while an answer takes at most this many times the usual."""
_MEMORY = 0.1


class Pace:
    """Between 1 and ``most``. Not safe by itself: the pool guards it."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most)
        self.allowed = self._most
        self._good = 0
        self._cut = float("-inf")
        self._usual = 0.0

    def went_well(self, seconds: float) -> None:
        """An answer came after ``seconds`` per question. One more is allowed after a round of
        good ones that were not slower than usual."""
        holds = not self._usual or seconds <= SLOWER * self._usual
        self._usual += (seconds - self._usual) * (_MEMORY if self._usual else 1.0)
        self._good = self._good + 1 if holds else 0
        if self._good >= self.allowed and self.allowed < self._most:
            self.allowed, self._good = self.allowed + 1, 0

    def trouble(self, began: float, now: float) -> None:
        """A request that began at ``began`` met an overload: half as many are allowed. Those that
        were under way together met the same one, which counts once."""
        if began >= self._cut:
            self.allowed, self._good, self._cut = max(1, self.allowed // 2), 0, now

    def one_at_a_time(self) -> None:
        """For good."""
        self._most = self.allowed = 1
