"""What a running job has found so far."""

import threading
import time
from collections.abc import Callable

from standin.errors import StandinError
from standin.search.gate import Gate
from standin.search.table import Table
from standin.spl.errors import SplError
from standin.spl.values import Row

DUTY_CYCLE = 0.25
"""limits.conf, [search] preview_duty_cycle: previews take at most this part of the time."""


class Previews:
    """The previews of one job. ``number``: how many were made."""

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()
        self._rows = 0
        self._latest = Table()
        self._began = time.monotonic()
        self._spent = 0.0

    def latest(self, gate: Gate, results: Table) -> Table:
        """The newest preview; ``results``: rows that the job itself has put out so far."""
        make = gate.make
        if make is None:
            return results
        with self._lock:
            rows = list(gate.kept)
            if len(rows) > self._rows and self._may():
                try:
                    self._renew(rows, make)
                except (SplError, StandinError):
                    # The search itself will say it, if it comes to the same.
                    gate.make = None
        return results if len(results.rows) > len(self._latest.rows) else self._latest

    def _may(self) -> bool:
        return self._spent <= DUTY_CYCLE * (time.monotonic() - self._began)

    def _renew(self, rows: list[Row], make: Callable[[list[Row]], Table]) -> None:
        began = time.monotonic()
        self._latest = make([dict(row) for row in rows])
        self._rows = len(rows)
        self.number += 1
        self._spent += time.monotonic() - began
