"""search and regex: which rows stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from standin.spl import regex as pcre
from standin.spl.columns import like
from standin.spl.errors import Malformed
from standin.spl.numbers import text as written
from standin.spl.parsing import CommandText
from standin.spl.registry import Runnable, command
from standin.spl.search_expression import Condition, compile_search
from standin.spl.step import Step, Wanted
from standin.spl.stream import Stream
from standin.spl.values import Row

if TYPE_CHECKING:
    from standin.spl.context import Context


class EventSearch:
    """``search`` as the first command: reads events. ``condition``: for ``addinfo``."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.wanted: Wanted = None

    def prepare(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def __call__(self, stream: Stream, context: Context) -> Stream:
        query = self.condition.query(context, self.wanted)
        return Stream(context.events(query), events=True, range=(query.earliest, query.latest))


@command("search", "Search Reference: search")
def read_search(command: CommandText) -> Runnable:
    assert command.context is not None
    condition = compile_search(command.text, command.position, command.context, times=command.first)
    if command.first:
        return EventSearch(condition)
    if condition.part.test is None:
        return Step(lambda stream, _context: stream, frozenset())
    return Step(
        lambda stream, _context: like(stream, filter(condition.part.test, stream.rows)),
        condition.reads,
    )


@command("regex", "Search Reference: regex")
def read_regex(command: CommandText) -> Runnable:
    words = command.words()
    field, keep = "_raw", True
    if len(words) == 3 and not words[1].quoted and words[1].text in ("=", "!="):
        field, keep = words[0].text, words[1].text == "="
    elif len(words) != 1:
        raise Malformed('regex takes field="…", field!="…" or "…"', command.position)
    pattern = pcre.compile(words[-1].text, words[-1].position)
    test = _matching(field, pattern.search, keep)
    return Step(
        lambda stream, _context: like(stream, filter(test, stream.rows)), frozenset({field})
    )


def _matching(field: str, found: Callable[[str], object], keep: bool) -> Callable[[Row], bool]:
    def test(row: Row) -> bool:
        value = row.get(field)
        if value is None:
            return not keep
        values = value if isinstance(value, list) else [written(value)]
        return any(found(one) is not None for one in values) == keep

    return test
