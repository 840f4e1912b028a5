"""Runs what is due. In a cluster the captain gives each run to one member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import Protocol

from standin.errors import StandinError
from standin.scheduler.actions import Acted
from standin.scheduler.alerts import Throttle, triggered
from standin.scheduler.saved import SavedSearch
from standin.spl.errors import SplError
from standin.spl.values import Row


@dataclass(frozen=True)
class Finished:
    """A finished job. ``fields``: columns in order."""

    sid: str
    fields: list[str]
    rows: list[Row]


class Member(Protocol):
    """A search head, as far as the scheduler needs it."""

    name: str

    def saved_searches(self) -> list[SavedSearch]: ...

    def dispatch(self, search: SavedSearch, scheduled: float) -> Finished:
        """Runs it as of its scheduled time; raises SplError or StandinError."""

    def condition(self, finished: Finished, text: str) -> list[Row]: ...

    def act(self, search: SavedSearch, action: str, finished: Finished) -> Acted: ...


@dataclass(frozen=True)
class Run:
    """What became of one scheduled run. ``alerted``: results that its actions were given."""

    search: str
    scheduled: float
    member: str
    sid: str = ""
    results: int = 0
    triggered: bool = False
    alerted: int = 0
    acted: list[Acted] = field(default_factory=list)
    error: str = ""


class Scheduler:
    """One for a search head, or one for a whole cluster (then it stands for the captain)."""

    def __init__(self, members: Sequence[Member], zone: tzinfo, began: float) -> None:
        self._members, self._zone, self._began = list(members), zone, began
        self._last: dict[tuple[str, str, str], float] = {}
        self._turn = 0
        self._throttle = Throttle()
        self.runs: list[Run] = []

    def run_due(self, now: float) -> list[Run]:
        """Everything scheduled up to ``now`` that did not run yet, in the order of its time.

        With realtime_schedule = 1 only the newest of the missed times is run.
        """
        due: list[tuple[float, SavedSearch]] = []
        for search in self._members[0].saved_searches():
            times = self._times(search, now)
            due += [(time, search) for time in (times if search.continuous else times[-1:])]
            if times:
                self._last[search.owner, search.app, search.name] = times[-1]
        done = [self._run(search, time) for time, search in sorted(due, key=_by_time)]
        self.runs += done
        return done

    def _times(self, search: SavedSearch, now: float) -> list[float]:
        if search.cron is None:
            return []
        found = []
        last = self._last.get((search.owner, search.app, search.name), self._began)
        at = search.cron.after(last, self._zone)
        while at <= now:
            found.append(at)
            at = search.cron.after(at, self._zone)
        return found

    def _run(self, search: SavedSearch, time: float) -> Run:
        member = self._members[self._turn % len(self._members)]
        self._turn += 1
        try:
            finished = member.dispatch(search, time)
            return self._alert(member, search, time, finished)
        except (SplError, StandinError) as error:
            return Run(search.name, time, member.name, error=str(error))

    def _alert(self, member: Member, search: SavedSearch, time: float, finished: Finished) -> Run:
        is_alert = triggered(search, finished.rows, partial(member.condition, finished))
        told = None
        acted: list[Acted] = []
        if is_alert and search.actions:
            told = self._throttle.let_through(search, finished.rows, time)
        if told is not None:
            # alert.digest_mode = 0: once for each result
            for part in [told] if search.digest else [[row] for row in told]:
                one = Finished(finished.sid, finished.fields, part)
                acted += [member.act(search, name, one) for name in search.actions]
        return Run(search.name, time, member.name, finished.sid, len(finished.rows), is_alert,
                   len(told or ()), acted)  # fmt: skip


def _by_time(one: tuple[float, SavedSearch]) -> tuple[float, str, str]:
    return one[0], one[1].app, one[1].name
