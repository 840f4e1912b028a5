"""Which stored events a search reads: by index, time, host, source and sourcetype."""

from collections.abc import Iterator

from standin.index.events import EventStore, StoredEvent
from standin.spl.context import EventQuery

_COLUMNS = {"host": "host", "source": "source"}


def stored_events(
    store: EventStore, indexes: list[str], query: EventQuery
) -> Iterator[StoredEvent]:
    """Events of these indexes and times, newest first, more than match perhaps."""
    if not indexes:
        return
    marks = ", ".join("?" for _ in indexes)
    conditions, values = [f"idx IN ({marks})"], list[str | float](indexes)
    if query.earliest is not None:
        conditions.append("time >= ?")
        values.append(query.earliest)
    if query.latest is not None:
        conditions.append("time < ?")
        values.append(query.latest)
    for field, patterns in query.metadata:
        if field in _COLUMNS and patterns:
            likes = [rf"{_COLUMNS[field]} LIKE ? ESCAPE '\'" for _ in patterns]
            conditions.append(f"({' OR '.join(likes)})")
            values += [_like(pattern) for pattern in patterns]
    statement = (
        "SELECT id, time, indextime, idx, host, source, sourcetype, raw FROM events"  # noqa: S608
        f" WHERE {' AND '.join(conditions)} ORDER BY time DESC, id DESC"
    )
    for record in store._query(statement, values):  # type: ignore[arg-type]
        yield StoredEvent(*record)


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")
