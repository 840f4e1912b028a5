"""Places for sessions: never more than allowed, each used by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Optional

from fmgstate.errors import Unreachable


@dataclass(eq=False)
class Slot:
    """A place for one session. ``key`` is None until somebody has logged in."""

    key: Optional[str] = field(default=None, repr=False)
    worked: bool = False
    """Something was answered in this session."""
    used: float = 0.0
    """When it was last used, by the client's clock."""


class Pool:
    """Hands out slots, those that are logged in first; who finds none free waits."""

    def __init__(self, manager: str, size: int) -> None:
        self._manager = manager
        self._size = size
        self._slots: list[Slot] = []
        self._free: list[Slot] = []
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
                self._free.append(slot)
                self._changed.notify()

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
        return self.closed or bool(self._free) or len(self._slots) < self._size

    def keep(self, slot: Slot, key: str, now: float) -> bool:
        """Put a new session into its slot; False when the pool has been closed meanwhile."""
        with self._changed:
            if self.closed:
                return False
            slot.key, slot.worked, slot.used = key, False, now
            return True

    def close(self) -> list[str]:
        """Hand out no more; gives the keys of all sessions, which the caller must log out."""
        with self._changed:
            self.closed = True
            keys = [slot.key for slot in self._slots if slot.key is not None]
            for slot in self._slots:
                slot.key = None
            self._changed.notify_all()
            return keys

    def closed_error(self) -> Unreachable:
        """For whoever still asks."""
        return Unreachable(
            f"The connection to {self._manager} was closed before everything was asked.",
            "This happens when the input stops; the next run goes on.",
        )
