"""What a refresh needs of FortiManager, and nothing more; ``fortimanager.client`` has it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from fmgstate.collect.outcome import Count
from fmgstate.fortimanager.answer import Answer


class Source(Protocol):
    """A FortiManager that can be asked."""

    @property
    def manager(self) -> str:
        """Its name: host, and port where that is not 443."""

    def get(self, params: Sequence[dict[str, Any]]) -> list[Answer]:
        """One answer per question, in their order."""

    def tables(
        self, params: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]] = ()
    ) -> list[Answer]:
        """As ``get``, but each question is a table that is read whole, page by page; then the
        answers to ``after``, which are asked once all pages are read."""

    def execute(self, param: dict[str, Any]) -> Answer:
        """The answer to one ``exec``, which may start a task; not sent again once it may have been
        carried out."""

    def counting(self) -> AbstractContextManager[Count]:
        """Counts the requests that this thread makes inside the block."""
