"""From published events to copies of scopes, a search at a time: what ``fmgload`` does.

Loading again what is loaded changes nothing. A publication of which events are missing is not
used: what is known stays, is said to be behind, and the next full set heals it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from fmgstate.collect.confirmations import digest
from fmgstate.collect.hosts import Collector
from fmgstate.collect.rebuild import Data, Gathered, Known, Rebuilt, newest, pack
from fmgstate.collect.scope import KINDS, Scope
from fmgstate.record import Record

OTHER_STREAM_SECONDS = 3600.0
"""A scope that several inputs publish is taken from another one when its own is silent for that."""
NOT_WHOLE = "Events of its newest publication have not arrived here: it waits for them, or for the next full set."  # noqa: E501
NOT_THE_LAST = "What was published last has not arrived here whole."

_KINDS = tuple(f"{kind}/" for kind in KINDS)


@dataclass(frozen=True)
class Copied:
    """What is known of a copy. ``number``: of the publication that it stands on. ``behind``: why
    it is known to be older than what was published; "" = it is not. Times: epoch seconds.

    ``body``: a digest of the content. ``pieces``: how many documents hold it."""

    scope: str
    stream: str
    number: int
    snapshot_time: float
    changed_time: float
    records: int = 0
    behind: str = ""
    body: str = ""
    pieces: int = 0
    size: int = 0


Content = Callable[[Copied], list[Record]]
Numbers = dict[int, Gathered]


class Loading:
    """``known``: scope -> what is copied. ``content``: its records. Then ``add`` each event's
    text, and ``finish``."""

    def __init__(self, known: Mapping[str, Copied], content: Content) -> None:
        self.copies = dict(known)
        self.freshness: dict[str, dict[str, float]] = {}
        self.collectors: list[Collector] = []
        self.events = self.unread = 0
        self._content = content
        self._seen: dict[str, dict[str, Numbers]] = {}
        self._runs: dict[tuple[str, str, str], Data] = {}

    def add(self, text: str) -> None:
        """One event. What is none of ours is passed over, and counted."""
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise TypeError
            if data.get("health") == "run":
                self._add_run(data)
            elif "publication" in data:
                self._add_published(data, text)
        except (LookupError, TypeError, ValueError):
            self.unread += 1

    def finish(self) -> Iterator[tuple[Copied, Optional[list[Record]]]]:
        """Copies whose content is new, with it; None = FortiManager has the scope no more.
        ``copies`` is complete behind the last one."""
        for key, streams in self._seen.items():
            for stream, numbers in streams.items():
                found = self._advance(key, stream, numbers)
                if found is not None:
                    yield found
        runs = [self._runs[one] for one in sorted(self._runs)]
        for run in runs:
            self._note(run)
        speaking = [run for run in runs if "published" in run]
        for manager, stream in sorted({(one["fortimanager"], one["stream"]) for one in speaking}):
            of = manager, stream
            same = [one for one in speaking if (one["fortimanager"], one["stream"]) == of]
            self._confirm(manager, stream, same)

    def keep(self, copy: Copied) -> None:
        """Note where the content of a copy is by now."""
        self.copies[copy.scope] = copy

    def _add_run(self, data: Data) -> None:
        of = data["fortimanager"], data["stream"], str(data.get("collector", ""))
        known = self._runs.get(of)
        if known is None or float(known["time"]) < float(data["time"]):
            self._runs[of] = data
        self.events += 1

    def _add_published(self, data: Data, text: str) -> None:
        key, stream, number = data["scope"], data["stream"], int(data["publication"])
        if not key.startswith(_KINDS):
            return
        self.events += 1
        known = self.copies.get(key)
        if known is not None and known.stream == stream and number <= known.number:
            return
        numbers = self._seen.setdefault(key, {}).setdefault(stream, {})
        gathered = numbers.setdefault(number, Gathered())
        if data.get("health") == "publication":
            gathered.marker = data
        else:
            gathered.events[data["event_id"]] = pack(text)

    def _advance(
        self, key: str, stream: str, numbers: Numbers
    ) -> Optional[tuple[Copied, Optional[list[Record]]]]:
        known = self.copies.get(key)
        if known is not None and known.stream == stream:
            content, base = self._content, known
            found = newest(numbers, Known(known.number, lambda: content(base)))
        else:
            found = newest(numbers)
            if found and known and found.snapshot_time < known.snapshot_time + OTHER_STREAM_SECONDS:
                return None
        if found is None:
            if known is not None and known.stream == stream:
                self.copies[key] = replace(known, behind=NOT_WHOLE)
            return None
        return self._advanced(key, stream, found, max(numbers) > found.number)

    def _advanced(
        self, key: str, stream: str, found: Rebuilt, more: bool
    ) -> tuple[Copied, Optional[list[Record]]]:
        copy = Copied(
            key, stream, found.number, found.snapshot_time, found.changed_time,
            len(found.records), NOT_WHOLE if more else "",
        )  # fmt: skip
        if found.gone:
            self.copies.pop(key, None)
            return copy, None
        self.copies[key] = copy
        return copy, found.records

    def _note(self, run: Data) -> None:
        """Who collects, and how the input is set."""
        manager, host = run["fortimanager"], str(run.get("collector", ""))
        if "kind" in run:
            self.freshness.setdefault(manager, {})[run["kind"]] = float(run["fresh_seconds"])
        if host:
            self.collectors.append(Collector(manager, host, float(run["time"])))

    def _confirm(self, manager: str, stream: str, runs: Sequence[Data]) -> None:
        """What the last runs say of the copies of a stream. Inputs of several hosts may be called
        alike: each speaks of the ADOMs that it publishes, the newest of those that it does not."""
        newest = max(runs, key=_time)
        speaks = {adom: run for run in sorted(runs, key=_time) for adom in run["published"]}
        by_adom: dict[str, list[Copied]] = {adom: [] for adom in speaks}
        for copy in self.copies.values():
            scope = Scope.parse(copy.scope)
            if copy.stream == stream and scope.manager == manager:
                by_adom.setdefault(scope.adom, []).append(copy)
        for adom, copies in by_adom.items():
            run = speaks.get(adom, newest)
            published = run["published"].get(adom, digest({}))
            if digest({one.scope: one.number for one in copies}) == published:
                confirmed = float(run.get("confirmed_time", _time(run)))
                self._confirm_all(copies, confirmed, run["unconfirmed"])
            elif not any(one.number > round(_time(run) * 1000) for one in copies):
                for one in copies:
                    self.copies[one.scope] = replace(one, behind=one.behind or NOT_THE_LAST)

    def _confirm_all(
        self, copies: list[Copied], time: float, unconfirmed: Mapping[str, Any]
    ) -> None:
        for one in copies:
            confirmed = unconfirmed.get(one.scope, time)
            age = max(one.snapshot_time, confirmed or 0.0)
            self.copies[one.scope] = replace(one, snapshot_time=age, behind="")


def _time(run: Data) -> float:
    return float(run["time"])
