"""Five cron fields, as savedsearches.conf.spec has them: numbers only, no names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from standin.errors import StandinError

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = ("minute", "hour", "day of month", "month", "day of week")
_PART = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?\Z")
_FURTHEST = timedelta(days=366 * 5)


@dataclass(frozen=True)
class Cron:
    """Values that each field allows; Sunday is 0."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Raises StandinError that names the field."""
        parts = text.split()
        if len(parts) != len(_RANGES):
            raise StandinError(f"cron_schedule {text!r} has {len(parts)} fields, not 5")
        minutes, hours, days, months, weekdays = (
            _values(*each, text) for each in zip(parts, _RANGES, _NAMES, strict=True)
        )
        if parts[2] != "*" and parts[4] != "*":
            raise StandinError(f"cron_schedule {text!r} limits both the day of month and the day "
                               "of week: what Splunk makes of that is not documented")  # fmt: skip
        sunday_is_0 = frozenset(day % 7 for day in weekdays)
        return cls(text, minutes, hours, days, months, sunday_is_0)

    def after(self, moment: float, zone: tzinfo) -> float:
        """The first time after ``moment`` (epoch seconds) that it names."""
        at = datetime.fromtimestamp(moment, zone).replace(second=0, microsecond=0)
        end = at + _FURTHEST
        at += timedelta(minutes=1)
        while at < end:
            if at.month not in self.months or not self._day(at):
                at = at.replace(hour=0, minute=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at += timedelta(minutes=1)
            elif at.timestamp() > moment:
                return at.timestamp()
            else:
                at += timedelta(minutes=1)
        raise StandinError(f"cron_schedule {self.text!r} never comes")

    def _day(self, at: datetime) -> bool:
        return at.day in self.days and at.isoweekday() % 7 in self.weekdays


def _values(text: str, limits: tuple[int, int], name: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.match(part)
        if match is None:
            raise StandinError(f"cron_schedule {whole!r}: {name} {part!r} is not understood")
        span, step = match.groups()
        if step is not None and (int(step) == 0 or ("-" not in span and span != "*")):
            raise StandinError(f"cron_schedule {whole!r}: {name} {part!r} is not understood")
        low, _, high = ("-".join(map(str, limits)) if span == "*" else span).partition("-")
        first, last = int(low), int(high or low)
        if not limits[0] <= first <= last <= limits[1]:
            raise StandinError(f"cron_schedule {whole!r}: {name} {part!r} is not between "
                               f"{limits[0]} and {limits[1]}")  # fmt: skip
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)
