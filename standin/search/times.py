"""Times of a search job: epoch seconds, ISO 8601, ``now`` and relative modifiers."""

import re
from datetime import datetime, timedelta, tzinfo

from standin.search.errors import SearchFailed

_UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "mon": ("mon", "month", "months"),
    "q": ("q", "qtr", "qtrs", "quarter", "quarters"),
    "y": ("y", "yr", "yrs", "year", "years"),
}
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names}
_PART = re.compile(r"(?P<sign>[+-])(?P<count>\d*)(?P<unit>[a-z]+)|@(?P<snap>w[0-7]|[a-z]+)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MONTHS = {"mon": 1, "q": 3, "y": 12}


def moment(text: str, now: float, timezone: tzinfo) -> float | None:
    """Epoch seconds that a job's earliest_time or latest_time means; None when it is empty."""
    text = text.strip()
    if not text:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        return _absolute(text, timezone)
    if text.startswith("rt"):
        raise SearchFailed(f"{text}: the stand-in runs no real-time searches")
    return _relative(text, now, timezone)


def _absolute(text: str, timezone: tzinfo) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise SearchFailed(f"Invalid time {text!r}") from None
    return (found if found.tzinfo else found.replace(tzinfo=timezone)).timestamp()


def _relative(text: str, now: float, timezone: tzinfo) -> float:
    rest = text.removeprefix("now")
    parts = list(_PART.finditer(rest))
    if "".join(part[0] for part in parts) != rest:
        raise SearchFailed(f"Invalid time {text!r}")
    found = datetime.fromtimestamp(now, timezone)
    for part in parts:
        if part["snap"]:
            found = _snapped(found, part["snap"], text)
        else:
            count = int(part["count"] or "1") * (-1 if part["sign"] == "-" else 1)
            found = _moved(found, count, _unit(part["unit"], text))
    return found.timestamp()


def _unit(name: str, text: str) -> str:
    if name not in _NAMES:
        raise SearchFailed(f"Invalid time {text!r}: no unit {name!r}")
    return _NAMES[name]


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _SECONDS:
        seconds = moment.timestamp() + count * _SECONDS[unit]
        return datetime.fromtimestamp(seconds, moment.tzinfo)
    if unit in ("d", "w"):
        return moment + timedelta(days=count * (7 if unit == "w" else 1))
    months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    day = moment.day
    while True:
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1


def _snapped(moment: datetime, name: str, text: str) -> datetime:
    if re.fullmatch(r"w[0-7]", name):
        back = (moment.isoweekday() - int(name[1])) % 7
        return _midnight(moment) - timedelta(days=back)
    unit = _unit(name, text)
    if unit == "w":
        return _midnight(moment) - timedelta(days=moment.isoweekday() % 7)
    zeroed = moment.replace(microsecond=0)
    if unit == "s":
        return zeroed
    if unit in ("m", "h"):
        return zeroed.replace(second=0, minute=0 if unit == "h" else zeroed.minute)
    if unit == "d":
        return _midnight(moment)
    first = 1 if unit == "y" else moment.month - (moment.month - 1) % _MONTHS[unit]
    return _midnight(moment).replace(day=1, month=first)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
