"""Now, time zones, relative times (``-1d@d``), absolute ones and spans (``5m``)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from standin.spl.errors import Malformed, Unsupported
from standin.spl.registry import construct

if TYPE_CHECKING:
    from standin.spl.context import LookupTable

_NAMES = {
    "s": "s sec secs second seconds",
    "m": "m min minute minutes mins",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w week weeks",
    "mon": "mon month months",
    "q": "q qtr qtrs quarter quarters",
    "y": "y yr yrs year years",
    "us": "us",
    "ms": "ms",
    "cs": "cs",
    "ds": "ds",
}
UNITS = {name: unit for unit, names in _NAMES.items() for name in names.split()}
"""Every spelling of a unit, with the shortest one."""
SECONDS = {
    "us": 1e-6,
    "ms": 1e-3,
    "cs": 1e-2,
    "ds": 1e-1,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
}
"""Seconds of the units that always have the same."""
_STEP = re.compile(
    r"(?P<sign>[+-])(?=[\da-z])(?P<count>\d*)(?P<unit>[a-z]*)|@(?P<snap>[a-z]+)(?P<day>\d?)"
)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")
_FORMATS = ("%m/%d/%Y:%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z")
_LOCAL_FORMATS = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S")

construct("time", "-1d@d", "Search Reference: Time modifiers", "offsets and snapping, any number")
construct("time", "@w0 … @w7", "Search Reference: Time modifiers", "days of the week; @w is Sunday")
construct("time", "%m/%d/%Y:%H:%M:%S", "Search Reference: Time modifiers", "or timeformat=")
construct("time", "epoch seconds", "Search Reference: Time modifiers")


@dataclass(frozen=True)
class Clock:
    """``now``: epoch seconds, when the search was started. ``tables``: its lookup tables, for the
    lookup() of expressions."""

    now: float = 0.0
    timezone: tzinfo = UTC
    tables: Callable[[str], LookupTable | None] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Span:
    """``unit``: s, m, h, d, w, mon, q, y, us, ms, cs or ds."""

    count: float
    unit: str

    @property
    def seconds(self) -> float | None:
        """None for months, quarters and years, which differ."""
        each = SECONDS.get(self.unit)
        return None if each is None else each * self.count


def parse_span(text: str, position: int | None = None) -> Span:
    """``5m``, ``1mon``, ``30`` (seconds)."""
    found = _SPAN.fullmatch(text.strip())
    unit = found and (found[2] if found[2] in UNITS else found[2].lower() or "s")
    if found is None or unit not in UNITS or not float(found[1]):
        raise Malformed(f"{text!r} is no time span", position)
    count = float(found[1])
    return Span(int(count) if count.is_integer() else count, UNITS[unit])


def relative_time(epoch: float, spec: str, timezone: tzinfo, position: int | None = None) -> float:
    """``spec``: offsets and snaps in any number, from left to right; ``now`` changes nothing."""
    text = spec.strip().lower()
    if text in ("now", "now()", ""):
        return epoch
    if text.startswith("rt") or "-rt" in text:
        raise Unsupported(f"{spec!r}: real-time searches", position)
    at, moment = 0, epoch
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or found.end() == at:
            raise Malformed(f"{spec!r} is no relative time", position)
        moment = _step(moment, found, timezone, spec, position)
        at = found.end()
    return moment


def _step(
    moment: float, found: re.Match[str], timezone: tzinfo, spec: str, position: int | None
) -> float:
    name = found["unit"] if found["sign"] else found["snap"]
    unit = UNITS.get(name or "s")
    if unit is None:
        raise Malformed(f"{spec!r}: {name!r} is no unit of time", position)
    if found["sign"]:
        count = int(found["count"] or 1) * (-1 if found["sign"] == "-" else 1)
        return shifted(moment, count, unit, timezone)
    if found["day"] and unit != "w":
        raise Malformed(f"{spec!r}: only weeks take a day, as @w1", position)
    if found["day"] and int(found["day"]) > 7:
        raise Malformed(f"{spec!r}: days of the week are 0 to 7", position)
    return snapped(moment, unit, timezone, int(found["day"] or 0) % 7)


def shifted(moment: float, count: int, unit: str, timezone: tzinfo) -> float:
    """Days and longer keep the time of day; a month without that day takes its last one."""
    if unit in SECONDS and unit not in ("d", "w"):
        return moment + count * SECONDS[unit]
    local = datetime.fromtimestamp(moment, timezone).replace(tzinfo=None)
    if unit in ("d", "w"):
        return _epoch(local + timedelta(days=count * (7 if unit == "w" else 1)), timezone)
    months = local.year * 12 + local.month - 1 + count * {"mon": 1, "q": 3, "y": 12}[unit]
    year, month = divmod(months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return _epoch(local.replace(year=year, month=month + 1, day=day), timezone)


def snapped(moment: float, unit: str, timezone: tzinfo, weekday: int = 0) -> float:
    """Down to the begin of the unit. ``weekday``: 0 is Sunday."""
    if unit in ("us", "ms", "cs", "ds"):
        return moment // SECONDS[unit] * SECONDS[unit]
    local = datetime.fromtimestamp(moment, timezone).replace(tzinfo=None)
    if unit in _CUTS:
        return _epoch(_CUTS[unit](local), timezone)
    midnight = _CUTS["d"](local)
    back = (midnight.isoweekday() - weekday) % 7
    return _epoch(midnight - timedelta(days=back), timezone)


_CUTS: dict[str, Callable[[datetime], datetime]] = {
    "s": lambda at: at.replace(microsecond=0),
    "m": lambda at: at.replace(second=0, microsecond=0),
    "h": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "d": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0),
    "mon": lambda at: at.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
    "q": lambda at: at.replace(
        month=(at.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    ),
    "y": lambda at: at.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
}


def _epoch(local: datetime, timezone: tzinfo) -> float:
    return local.replace(tzinfo=timezone).timestamp()


def search_time(
    text: str, clock: Clock, position: int | None = None, timeformat: str = _FORMATS[0]
) -> float:
    """What ``earliest=`` and ``latest=`` take: epoch seconds, a relative or an absolute time."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if re.match(r"[+@-]|now\b|rt", text):
        return relative_time(clock.now, text, clock.timezone, position)
    if text == "":
        raise Malformed("A time is missing", position)
    for form in (timeformat, *_FORMATS, *_LOCAL_FORMATS):
        try:
            found = datetime.strptime(text.replace("Z", "+0000"), form)  # noqa: DTZ007
        except ValueError:
            continue
        return found.timestamp() if found.tzinfo else _epoch(found, clock.timezone)
    raise Malformed(f"Invalid value {text!r} for a time term", position)
