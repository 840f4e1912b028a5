"""What a command does with one chunk after another, by the kind of its task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from fmgstate.search import rows
from fmgstate.search.answers import Columns
from fmgstate.search.command import MOST_ROWS, Enrich, Generate, Invocation, Task, Transform
from fmgstate.search.enrich import Enricher
from fmgstate.search.rows import Row

Step = Callable[[bytes, bool], "tuple[bool, list[bytes]]"]
"""A chunk's body, and whether it is the last, to: whether there is nothing more, and the reply."""


def step_of(task: Task, asked: Invocation) -> Step:
    """What is done with each chunk."""
    if isinstance(task, Enrich):
        return _enriching(task)
    if isinstance(task, Transform):
        return _transforming(task)
    most = int(asked.searchinfo.get("maxresultrows") or MOST_ROWS)
    return _generating(task, min(most, task.rows_a_reply))


def _enriching(task: Enrich) -> Step:
    enricher = Enricher(Columns(*task[:3], task.answer_at, task.apart))

    def step(body: bytes, last: bool) -> tuple[bool, list[bytes]]:
        if task.before():
            enricher.forget()
        pieces = enricher.chunk(body)
        if last:
            task.after()
        return last, pieces

    return step


def _transforming(task: Transform) -> Step:
    def step(body: bytes, last: bool) -> tuple[bool, list[bytes]]:
        records = rows.read(body.decode("utf-8", "replace"))
        made = [*task.rows(records), *(task.after() if last else ())]
        return last, [rows.write(made).encode("utf-8", "replace")]

    return step


def _generating(task: Generate, most: int) -> Step:
    left: Iterator[Row] = iter(())
    begun = False

    def step(_body: bytes, _last: bool) -> tuple[bool, list[bytes]]:
        nonlocal left, begun
        if not begun:
            left, begun = iter(task.rows()), True
        made = list(islice(left, most))
        return len(made) < most, [rows.write(made).encode("utf-8", "replace")]

    return step
