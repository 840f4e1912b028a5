"""``fmgload``: published events to the copies that every search head answers from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import time

from fmgstate.collect.freshness import is_stale, seconds_of
from fmgstate.collect.hosts import Collector, is_news
from fmgstate.collect.loading import Copied, Loading
from fmgstate.collect.scope import Scope
from fmgstate.errors import ConfigurationError, StoreError
from fmgstate.record import Record
from fmgstate.search.access import ADMIN, access, app_folder
from fmgstate.search.command import Command, Invocation, Task, Transform
from fmgstate.search.flat_rows import Row, flat
from fmgstate.search.mirror_collection import Collection, Freshness, Manifest, Moved
from fmgstate.search.options import Option
from fmgstate.search.rows import Record as Event
from fmgstate.search.splunkd import Splunkd

NAME = "fmgload"
OPTIONS: tuple[Option, ...] = ()
RAW, PLANE = "_raw", "package"
MOST_NAMED = 5
CLEAN_UP_SECONDS = 3600


def command(clock: Callable[[], float] = time) -> Command:
    """The command."""
    return Command(NAME, OPTIONS, lambda asked: start(asked, clock))


def start(asked: Invocation, clock: Callable[[], float]) -> Task:
    """What one use of the command does: gather the events, then load."""
    told = asked.searchinfo
    splunkd = Splunkd(str(told.get("splunkd_uri", "")), str(told.get("session_key", "")))
    asked.at_end(splunkd.close)
    access(splunkd, app_folder()).need(ADMIN)
    if asked.fields:
        raise ConfigurationError(f"{NAME} takes no arguments.", f"Write ... | {NAME}")
    load = Load(Collection(splunkd), clock())

    def gather(events: Iterator[Event]) -> Iterator[Row]:
        for event in events:
            load.add(event)
        return iter(())

    def finish() -> list[Row]:
        if asked.preview:
            return []
        rows = load.finish()
        for told in behind(rows):
            asked.warn(f"{NAME}: {told}")
        if load.without_raw:
            asked.warn(f"{NAME}: {load.without_raw} events have no {RAW}. Keep that field.")
        return list(map(flat, rows))

    return Transform(gather, [RAW], after=finish)


class Load:
    """One load into the collection."""

    def __init__(self, collection: Collection, now: float) -> None:
        self._collection, self._now = collection, now
        self._before: Manifest = collection.manifest()
        self._loading = Loading(self._before.copies, self._content)
        self.without_raw = 0

    def add(self, event: Event) -> None:
        """One published event as Splunk gives it."""
        text = event.get(RAW)
        if isinstance(text, str) and text:
            self._loading.add(text)
        else:
            self.without_raw += 1

    def finish(self) -> list[Row]:
        """Write what is new; a row for each scope that changed or is behind, and one for all."""
        found: dict[str, tuple[Copied, str]] = {}
        for copy, records in self._loading.finish():
            if records is not None:
                self._loading.keep(self._collection.put(copy, records, self._now))
            found[copy.scope] = copy, "gone" if records is None else "loaded"
        known = self._loading.copies
        for one in known.values():
            if one.behind:
                found.setdefault(one.scope, (one, "behind"))
        self._write(list(known.values()))
        rows = [self._row(known.get(scope, copy), result)
                for scope, (copy, result) in found.items()]  # fmt: skip
        return [*rows, self._summary(rows)]

    def _write(self, copies: list[Copied]) -> None:
        known = self._before
        collectors = _together(known.collectors, self._loading.collectors)
        wrote = list(known.copies.values()), known.freshness, known.collectors
        if (copies, self._freshness(), collectors) == wrote:
            return
        try:
            self._collection.write(copies, self._freshness(), self._now, known.version, collectors)
        except Moved:
            raise StoreError(
                "Another load wrote meanwhile; nothing of this one was kept.",
                "The next one loads it: let only the scheduled search load.",
            ) from None
        if int(self._now / CLEAN_UP_SECONDS) != int(known.time / CLEAN_UP_SECONDS):
            self._collection.clean_up([*copies, *known.copies.values()], self._now)

    def _freshness(self) -> Freshness:
        """What inputs are set to: FortiManager -> kind of input -> seconds."""
        freshness = {**self._before.freshness}
        for manager, kinds in self._loading.freshness.items():
            freshness[manager] = {**freshness.get(manager, {}), **kinds}
        return freshness

    def _summary(self, rows: list[Row]) -> Row:
        """All copies together are as old as the oldest of them."""
        loading, copies = self._loading, list(self._loading.copies.values())
        stale = not copies or any(map(self._is_stale, copies))
        return {
            "scope": "",
            "result": "summary",
            "behind": "",
            "events": loading.events,
            "events_unread": loading.unread,
            "scopes": len(copies),
            "scopes_loaded": sum(row["result"] == "loaded" for row in rows),
            "scopes_gone": sum(row["result"] == "gone" for row in rows),
            "scopes_behind": sum(bool(one.behind) for one in copies),
            "snapshot_time": min((one.snapshot_time for one in copies), default=None),
            "changed_time": max((one.changed_time for one in copies), default=None),
            "stale": stale,
            "plane": PLANE,
        }

    def _row(self, copy: Copied, result: str) -> Row:
        return {
            "scope": copy.scope,
            "result": result,
            "behind": copy.behind,
            "publication": copy.number,
            "records": copy.records,
            "snapshot_time": copy.snapshot_time,
            "changed_time": copy.changed_time,
            "stale": self._is_stale(copy),
            "plane": PLANE,
        }

    def _is_stale(self, copy: Copied) -> bool:
        scope = Scope.parse(copy.scope)
        longest = seconds_of(scope, self._freshness().get(scope.manager, {}))
        return bool(copy.behind) or is_stale(self._now - copy.snapshot_time, longest)

    def _content(self, copy: Copied) -> list[Record]:
        [(_, records)] = self._collection.contents([copy])
        if records is None:
            raise StoreError(
                f"The content of {copy.scope} is not in the KV store.",
                "Is it being replicated? The next load tries again.",
            )
        return records


def behind(rows: Iterable[Row]) -> Iterator[str]:
    """A sentence for each reason why copies are behind, however many they are."""
    scopes: dict[str, list[str]] = {}
    for row in rows:
        if row["behind"]:
            scopes.setdefault(row["behind"], []).append(row["scope"])
    for why, some in scopes.items():
        more = f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
        yield f"{', '.join(some[:MOST_NAMED])}{more}: {why}"


def _together(known: Sequence[Collector], seen: Sequence[Collector]) -> tuple[Collector, ...]:
    """Each host once; a run of one that goes on is no news for a while."""
    found = {(one.manager, one.host): one for one in known}
    for one in seen:
        last = found.get((one.manager, one.host))
        if is_news(last.time if last else None, one.time):
            found[one.manager, one.host] = one
    return tuple(found.values())
