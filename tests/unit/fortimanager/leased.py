"""Leases in memory, and a client that uses them."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional

from fmgstate.settings import Limits
from tests.unit.fortimanager.far_end import (
    Body,
    Time,
    client_for,
)


class CountedLeases:
    """Leases in memory; ``taken`` of them belong to somebody else."""

    def __init__(self, taken: int = 0) -> None:
        self.taken = taken
        self.out: set[str] = set()
        self.renewed: list[str] = []
        self.asked: list[tuple[str, int]] = []
        self.waiting: Optional[Callable[[], None]] = None
        self._changing = threading.Lock()
        self._made = 0

    def acquire(self, manager: str, at_most: int) -> Optional[str]:
        with self._changing:
            self.asked.append((manager, at_most))
            if len(self.out) + self.taken >= at_most:
                return None
            self._made += 1
            self.out.add(f"lease {self._made}")
            return f"lease {self._made}"

    def renew(self, lease: str) -> None:
        self.renewed.append(lease)

    def release(self, lease: str) -> None:
        self.out.remove(lease)


def with_leases(
    reply: Callable[[Body], Any], leases: CountedLeases, time: Time, **options: Any
) -> tuple[Any, Any]:
    return client_for(reply, Limits(sessions=4), time=time, leases=leases, **options)
