"""Tables are read by pages until a short one; pages of many tables share a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fmgstate.errors import BadAnswer
from fmgstate.fortimanager.answer import OK, Answer, Param

PAGES = 4000
"""No table has this many: a server that never sends a short page would be read for ever."""
REREADINGS = 3
LEAST_CAP = 100
CAPS = (50, 128)
"""Caps are multiples of these."""
ENOUGH_WHOLE = 3
"""So many tables of one length that were doubted in vain: it is no cap."""


class PageSize:
    """Rows to ask for a page: as set, or fewer from where one FortiManager was seen to cap pages.
    Safe to use from several threads."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._longest = 0
        self._whole: Counter[int] = Counter()

    def capped_at(self, rows: int) -> None:
        """A page came with only so many rows of a table that has more."""
        self.rows = min(self.rows, rows)

    def came(self, rows: int) -> None:
        """A page of so many rows came: there is no cap below."""
        self._longest = max(self._longest, rows)

    def was_whole(self, rows: int) -> None:
        """A table of so many rows was doubted, and had no more."""
        self._whole[rows] += 1

    def may_be_cap(self, rows: int) -> bool:
        """Whether a page this long, but shorter than asked, may have been cut by FortiManager.

        No answer tells whether there are more rows. A question for ``count`` would cost every table
        one more; so only a length that somebody would choose as a cap is doubted, and one more page
        is asked for: that is about one table in forty of those that have so many rows. It is not
        where a longer page came before, nor where a few tables of this length had no more rows.
        """
        if rows < max(LEAST_CAP, self._longest) or self._whole[rows] >= ENOUGH_WHOLE:
            return False
        return any(rows % step == 0 for step in CAPS)


@dataclass
class _Table:
    """One table while it is read: its rows so far, and its answer once it is known."""

    param: Param
    size: PageSize
    rows: list[dict[str, Any]] = field(default_factory=list)
    pages: int = 0
    asked: int = 0
    overlap: int = 0
    last: list[dict[str, Any]] = field(default_factory=list)
    doubted: bool = False
    readings: int = 1
    answer: Any = None

    def page(self) -> Param:
        """The question for the next page. It begins with the last row that was read, if that can
        be known again: a row removed meanwhile would move the next one into the page before."""
        self.asked = self.size.rows
        known = self.asked > 1 and self.rows and _identity(self.rows[-1]) is not None
        self.overlap = 1 if known else 0
        return {**self.param, "range": [len(self.rows) - self.overlap, self.asked]}

    def take(self, answer: Answer) -> None:
        """Add one page; a refusal or a page that is no list of rows becomes the table's answer."""
        page = [] if answer.code == OK and answer.data is None else answer.data
        if answer.code != OK or not _is_table(page):
            self.answer = answer
            return
        self.pages += 1
        self.size.came(len(page))
        again = self.pages > 1 and page == self.last
        if not again and self._moved(page):
            self._begin_anew(answer)
            return
        if not again:
            self._add(page[self.overlap :])
        # Some tables know no range and send all their rows each time.
        if again or self._ends_with(page) or (self.pages == 1 and len(page) > self.asked):
            self.answer = replace(answer, data=self.rows)
        elif len(page) > self.asked or self.pages >= PAGES:
            raise BadAnswer(
                f"{answer.manager} does not keep to the pages asked of {answer.url}"
                f" ({len(self.rows)} rows so far).",
                "The next run reads it again; if it stays, report it with the FortiManager build.",
            )
        self.doubted = len(page) < self.asked
        self.last = page

    def _moved(self, page: list[dict[str, Any]]) -> bool:
        """Whether the page begins with another row than the one that was read last."""
        first = _identity(page[0]) if page else None
        return self.overlap == 1 and first != _identity(self.rows[-1])

    def _begin_anew(self, answer: Answer) -> None:
        if self.readings > REREADINGS:
            raise BadAnswer(
                f"{answer.url} of {answer.manager} was changed during each of"
                f" {self.readings} readings.",
                "The next run reads it again; nothing of a half-read state was kept.",
            )
        self.readings += 1
        self.rows, self.last, self.pages, self.doubted = [], [], 0, False

    def _add(self, page: list[dict[str, Any]]) -> None:
        if self.doubted and page:
            self.size.capped_at(len(self.last))
        elif self.doubted:
            self.size.was_whole(len(self.last))
        self.rows += page

    def _ends_with(self, page: list[dict[str, Any]]) -> bool:
        return len(page) < self.asked and not self.size.may_be_cap(len(page))


def _is_table(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(row, dict) for row in data)


def _identity(row: dict[str, Any]) -> Any:
    """What tells a row from the others of its table; None when nothing does."""
    return row.get("name") if row.get("oid") is None else row["oid"]


def read_tables(
    ask: Callable[[Sequence[Param]], list[Answer]],
    params: Sequence[Param],
    size: PageSize,
    after: Sequence[Param] = (),
) -> list[Answer]:
    """One answer a table, in order, with all of its rows; the first refused page ends a table.

    A page shorter than asked is the last one, unless its length may be a cap: then a further one
    is asked for. ``size`` learns the cap, for all tables of this FortiManager that are read later.
    Pages overlap by a row where rows have an ``oid`` or ``name``: a table that moved while it was
    read is read anew. ``BadAnswer`` when it never stands still.

    Then the answers to ``after``, asked behind every round of pages: those of the last round count.
    """
    tables = [_Table(dict(param), size) for param in params]
    unread = tables
    last: list[Answer] = []
    while unread:
        answers = ask([*(table.page() for table in unread), *after])
        for table, answer in zip(unread, answers):
            table.take(answer)
        last = answers[len(unread) :]
        unread = [table for table in unread if table.answer is None]
    return [*(table.answer for table in tables), *last]
