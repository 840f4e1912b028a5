"""Tables are read by pages until a short one; pages of many tables share a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fmgstate.errors import BadAnswer
from fmgstate.fortimanager.answer import OK, Answer, Param

PAGES = 4000
"""No table has this many: a server that never sends a short page would be read for ever."""


@dataclass
class _Table:
    """One table while it is read: its rows so far, and its answer once it is known."""

    param: Param
    rows: list[Any] = field(default_factory=list)
    pages: int = 0
    last: list[Any] = field(default_factory=list)
    answer: Any = None

    def page(self, rows: int) -> Param:
        return {**self.param, "range": [len(self.rows), rows]}

    def take(self, answer: Answer, page_rows: int) -> None:
        """Add one page; a refusal or a page that is no list becomes the table's answer."""
        page = [] if answer.code == OK and answer.data is None else answer.data
        if answer.code != OK or not isinstance(page, list):
            self.answer = answer
            return
        self.pages += 1
        again = self.pages > 1 and page == self.last
        if not again:
            self.rows += page
        # Some tables know no range and send all their rows each time.
        if again or len(page) < page_rows or (self.pages == 1 and len(page) > page_rows):
            self.answer = replace(answer, data=self.rows)
        elif len(page) > page_rows or self.pages >= PAGES:
            raise BadAnswer(
                f"{answer.manager} does not keep to the pages asked of {answer.url}"
                f" ({len(self.rows)} rows so far).",
                "The next run reads it again; if it stays, report it with the FortiManager build.",
            )
        self.last = page


def read_tables(
    ask: Callable[[Sequence[Param]], list[Answer]],
    params: Sequence[Param],
    page_rows: int,
    after: Sequence[Param] = (),
) -> list[Answer]:
    """One answer a table, in order, with all of its rows; the first refused page ends a table.

    Then the answers to ``after``, asked behind every round of pages: those of the last round count.
    """
    tables = [_Table(dict(param)) for param in params]
    unread = tables
    last: list[Answer] = []
    while unread:
        answers = ask([*(table.page(page_rows) for table in unread), *after])
        for table, answer in zip(unread, answers):
            table.take(answer, page_rows)
        last = answers[len(unread) :]
        unread = [table for table in unread if table.answer is None]
    return [*(table.answer for table in tables), *last]
