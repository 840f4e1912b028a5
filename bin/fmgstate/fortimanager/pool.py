"""Places for sessions: never more than allowed, each used by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Optional

from fmgstate.errors import Unreachable
from fmgstate.fortimanager.pace import Pace

FEWER_SECONDS = 5.0
"""So long the pool makes do with the sessions it has before it tries to open another one."""


@dataclass(eq=False)
class Slot:
    """A place for one session. ``key`` is None until somebody has logged in."""

    key: Optional[str] = field(default=None, repr=False)
    address: str = ""
    """Where the session was opened: the other member of a pair does not know it."""
    lease: Optional[str] = field(default=None, repr=False)


class Pool:
    """Hands out slots, those that are logged in first; who finds none free waits."""

    def __init__(self, manager: str, size: int, clock: Callable[[], float]) -> None:
        self._manager = manager
        self._clock = clock
        self._most = self._size = max(1, size)
        self._fewer_until = 0.0
        self._pace = Pace(size)
        self._slots: list[Slot] = []
        self._free: list[Slot] = []
        self._alone = False
        self._to_be_alone = 0
        self.closed = False
        """Nothing may be asked any more."""
        self._changed = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """A slot for this thread alone. Raises ``Unreachable`` once the pool is closed."""
        slot = self._take()
        try:
            yield slot
        finally:
            with self._changed:
                if slot in self._slots:
                    self._free.append(slot)
                self._changed.notify_all()

    def _take(self) -> Slot:
        with self._changed:
            self._changed.wait_for(self._may_go_on)
            if self.closed:
                raise self.closed_error()
            if not self._free:
                self._slots.append(Slot())
                return self._slots[-1]
            ready = [slot for slot in self._free if slot.key is not None]
            slot = (ready or self._free)[-1]
            self._free.remove(slot)
            return slot

    def _may_go_on(self) -> bool:
        if self.closed:
            return True
        if self._alone or self._to_be_alone:
            return False
        if self._clock() >= self._fewer_until:
            self._size = self._most
        room = bool(self._free) or len(self._slots) < self._size
        return room and self._under_way() < self._pace.allowed

    def _under_way(self) -> int:
        return len(self._slots) - len(self._free) - self._to_be_alone

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For a thread that has a slot: within, no other thread asks anything."""
        with self._changed:
            self._to_be_alone += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.closed or not (self._alone or self._under_way()))
            self._to_be_alone -= 1
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()

    def make_do_without(self, slot: Slot, opening: bool = False) -> bool:
        """Give up a slot that gets no session if others have one, or with ``opening`` are leased
        one; False when none has."""
        with self._changed:
            others = [other for other in self._slots if other is not slot]
            if not any(o.key is not None or (opening and o.lease is not None) for o in others):
                return False
            self._slots = others
            self._size = max(1, len(others))
            self._fewer_until = self._clock() + FEWER_SECONDS
            return True

    def went_well(self, seconds: float) -> None:
        """An answer came after ``seconds`` per question: as many, or more, may be under way."""
        with self._changed:
            self._pace.went_well(seconds)
            self._changed.notify()

    def trouble(self, began: float) -> None:
        """A request that began then met an overload: fewer may be under way."""
        with self._changed:
            self._pace.trouble(began, self._clock())

    def one_at_a_time(self) -> None:
        """From now on only one request may be under way."""
        with self._changed:
            self._pace.one_at_a_time()

    def keep(self, slot: Slot, key: str, address: str) -> bool:
        """Put a new session into its slot; False when the pool has been closed meanwhile."""
        with self._changed:
            if self.closed:
                return False
            slot.key, slot.address = key, address
            return True

    def close(self) -> list[tuple[Optional[str], Optional[str]]]:
        """Hand out no more; gives session and lease of all slots, which the caller must end. A slot
        may have a lease but no session: its last log-in failed."""
        with self._changed:
            self.closed = True
            ended = [(slot.key, slot.lease) for slot in self._slots if slot.key or slot.lease]
            for slot in self._slots:
                slot.key = slot.lease = None
            self._changed.notify_all()
            return ended

    def closed_error(self) -> Unreachable:
        """For whoever still asks."""
        return Unreachable(
            f"The connection to {self._manager} was closed before everything was asked.",
            "This happens when the input stops; the next run goes on.",
        )
