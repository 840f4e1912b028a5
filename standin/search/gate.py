"""Where the rows of a running job pass: counted, kept for previews, held up, ended."""

import threading
from collections.abc import Callable, Iterable, Iterator

from standin.search.table import Table
from standin.spl.values import Row

MOST_KEPT = 50_000
"""Rows that a preview is made of at most: the first ones."""


class Stopped(Exception):
    """A job was cancelled while its rows flowed."""


class Gate:
    """What users do to a job while it runs. ``make``: what the search would find if these rows
    were all; None where it makes no previews. ``is_within``: commands stand behind it."""

    def __init__(self) -> None:
        self.make: Callable[[list[Row]], Table] | None = None
        self.finalized = False
        self.cancelled = False
        self.kept: list[Row] = []
        self.is_within = False
        self._open = threading.Event()
        self._open.set()
        self._watched = False

    @property
    def is_paused(self) -> bool:
        """Whether rows wait here."""
        return not self._open.is_set()

    def pause(self) -> None:
        """Lets no more rows through."""
        self._open.clear()
        self._watched = True

    def unpause(self) -> None:
        """Lets rows through again."""
        self._open.set()

    def finalize(self) -> None:
        """Ends the flow: what comes behind works with the rows so far."""
        self.finalized = self._watched = True
        self._open.set()

    def cancel(self) -> None:
        """Breaks the flow off."""
        self.cancelled = self._watched = True
        self._open.set()

    def within(self, rows: Iterable[Row], *, keep: bool) -> Iterator[Row]:
        """As ``through``, in the middle of a search; ``keep``: copies are kept for previews."""
        self.is_within = True
        passing = self.through(rows)
        return self._keeping(passing) if keep else passing

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, as long as nobody ends the job."""
        for row in rows:
            if self._watched:
                self._open.wait()
                if self.cancelled:
                    raise Stopped
                if self.finalized:
                    return
            yield row

    def _keeping(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if len(self.kept) < MOST_KEPT:
                self.kept.append(dict(row))
            yield row
