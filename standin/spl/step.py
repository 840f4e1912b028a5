"""A command made ready to run, with the fields it reads.

Events are made lazily: a search that ends in ``stats count BY user`` needs two fields of a
hundred. Each command says what it needs; from the last command backwards that gives what the
events must have. A command that says nothing needs everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.spl.stream import Stream

if TYPE_CHECKING:
    from standin.spl.context import Context

Wanted = frozenset[str] | None
"""Fields by name or with ``*``; None: all of them."""


@dataclass(frozen=True)
class Step:
    """``reads``: fields the command looks at (None: all). ``makes``: fields it always sets itself,
    whatever they held before. ``passes``: other fields go through (False for stats, table, …)."""

    run: Callable[[Stream, Context], Stream]
    reads: Wanted = None
    makes: frozenset[str] = frozenset()
    passes: bool = True

    def __call__(self, stream: Stream, context: Context) -> Stream:
        return self.run(stream, context)

    def needs(self, after: Wanted) -> Wanted:
        """What must come in so that ``after`` can go out."""
        if self.reads is None:
            return None
        if not self.passes:
            return self.reads
        return None if after is None else (after - self.makes) | self.reads


def needs(runnable: object, after: Wanted) -> Wanted:
    """The same of any runnable: one that says nothing needs all."""
    says = getattr(runnable, "needs", None)
    return None if says is None else says(after)
