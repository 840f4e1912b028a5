"""Which stored events a search reads: by index, time, host, source and sourcetype."""

import re
from collections.abc import Iterable, Iterator

from standin.index.events import EventStore, Scope, StoredEvent
from standin.knowledge import Knowledge
from standin.spl.context import EventQuery


def stored_events(
    store: EventStore, indexes: list[str], query: EventQuery, knowledge: Knowledge
) -> Iterator[StoredEvent]:
    """Events of these indexes and times, newest first, more than match perhaps."""
    if not indexes:
        return
    conditions = dict(query.metadata)
    kinds = store.kinds() if conditions else []
    sourcetypes = None
    if patterns := conditions.get("sourcetype"):
        stored = {kind for _index, kind, _source, _host in kinds}
        sourcetypes = {
            each for name in patterns for each in knowledge.stored_sourcetypes(name, stored)
        }
    scope = Scope(
        query.earliest,
        query.latest,
        indexes,
        _matching(conditions.get("host"), (host for *_, host in kinds)),
        _matching(conditions.get("source"), (source for _i, _k, source, _h in kinds)),
        sourcetypes,
    )
    for batch in store.scan(scope):
        yield from batch


def _matching(patterns: tuple[str, ...] | None, stored: Iterable[str]) -> set[str] | None:
    """Which stored values patterns mean: ``*`` stands for anything, case does not matter."""
    if not patterns:
        return None
    expression = re.compile(
        "|".join(re.escape(each).replace(r"\*", ".*") for each in patterns),
        re.IGNORECASE | re.DOTALL,
    )
    return {each for each in stored if expression.fullmatch(each)}
