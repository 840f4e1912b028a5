"""Times as text: strftime's variables (Search Reference: Date and time format variables)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from standin.spl.errors import Undocumented

VARIABLE = re.compile(r"%(?P<digits>\d?)(?P<letter>:{1,3}z|Ez|.)|%$", re.DOTALL)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAYS, MONTHS = _DAYS, _MONTHS


class Moment:
    """A time in a zone, with nanoseconds as exact as a double of seconds allows."""

    __slots__ = ("epoch", "fraction", "when")

    def __init__(self, epoch: float, timezone: tzinfo) -> None:
        micros = round(epoch * 1_000_000)
        self.epoch, self.fraction = divmod(micros, 1_000_000)
        self.when = datetime.fromtimestamp(self.epoch, timezone)


Part = Callable[[Moment], str]


def _twelve(moment: Moment) -> int:
    return moment.when.hour % 12 or 12


def _week(moment: Moment, first: int) -> int:
    """Weeks since the first Sunday (6) or Monday (0) of the year."""
    when = moment.when
    return (when.timetuple().tm_yday + 6 - (when.weekday() - first) % 7) // 7


def _offset(moment: Moment) -> int:
    return int((moment.when.utcoffset() or timedelta()).total_seconds())


def _zone(moment: Moment, colons: int) -> str:
    seconds = _offset(moment)
    sign, seconds = "-" if seconds < 0 else "+", abs(seconds)
    parts = (f"{seconds // 3600:02}", f"{seconds // 60 % 60:02}", f"{seconds % 60:02}")
    if colons == 3:
        return sign + parts[0]
    return sign + (":" if colons else "").join(parts[: 3 if colons == 2 else 2])


def _subseconds(digits: int) -> Part:
    return lambda moment: f"{moment.fraction:06}000"[:digits]


_SIMPLE: dict[str, Part] = {
    "%": lambda _moment: "%",
    "n": lambda _moment: "\n",
    "t": lambda _moment: "\t",
    "A": lambda moment: _DAYS[moment.when.weekday()],
    "a": lambda moment: _DAYS[moment.when.weekday()][:3],
    "B": lambda moment: _MONTHS[moment.when.month - 1],
    "b": lambda moment: _MONTHS[moment.when.month - 1][:3],
    "h": lambda moment: _MONTHS[moment.when.month - 1][:3],
    "C": lambda moment: f"{moment.when.year // 100:02}",
    "d": lambda moment: f"{moment.when.day:02}",
    "e": lambda moment: f"{moment.when.day:2}",
    "f": lambda moment: f"{moment.fraction:06}",
    "G": lambda moment: f"{moment.when.isocalendar()[0]:04}",
    "g": lambda moment: f"{moment.when.isocalendar()[0] % 100:02}",
    "H": lambda moment: f"{moment.when.hour:02}",
    "I": lambda moment: f"{_twelve(moment):02}",
    "j": lambda moment: f"{moment.when.timetuple().tm_yday:03}",
    "k": lambda moment: f"{moment.when.hour:2}",
    "l": lambda moment: f"{_twelve(moment):2}",
    "M": lambda moment: f"{moment.when.minute:02}",
    "m": lambda moment: f"{moment.when.month:02}",
    "N": _subseconds(9),
    "p": lambda moment: "AM" if moment.when.hour < 12 else "PM",
    "Q": _subseconds(3),
    "S": lambda moment: f"{moment.when.second:02}",
    "s": lambda moment: str(moment.epoch),
    "U": lambda moment: f"{_week(moment, 6):02}",
    "u": lambda moment: str(moment.when.isoweekday()),
    "V": lambda moment: f"{moment.when.isocalendar()[1]:02}",
    "W": lambda moment: f"{_week(moment, 0):02}",
    "w": lambda moment: str(moment.when.isoweekday() % 7),
    "X": lambda moment: f"{moment.when.hour}:{moment.when.minute:02}:{moment.when.second:02}",
    "x": lambda moment: f"{moment.when.month}/{moment.when.day}/{moment.when.year}",
    "Y": lambda moment: str(moment.when.year),
    "y": lambda moment: f"{moment.when.year % 100:02}",
    "Z": lambda moment: moment.when.tzname() or "",
    "z": lambda moment: _zone(moment, 0),
    ":z": lambda moment: _zone(moment, 1),
    "::z": lambda moment: _zone(moment, 2),
    ":::z": lambda moment: _zone(moment, 3),
}
COMPOSITE = {
    "+": "%a %b %e %H:%M:%S %Z %Y",
    "c": "%a %b %e %H:%M:%S %Y",
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
    "T": "%H:%M:%S",
}
"""Variables that stand for several."""


def unknown(variable: str) -> Undocumented:
    return Undocumented(f"{variable!r} is no documented date and time variable")


@lru_cache(maxsize=500)
def _parts(form: str) -> tuple[Part | str, ...]:
    found: list[Part | str] = []
    end = 0
    for variable in VARIABLE.finditer(form):
        if variable.start() > end:
            found.append(form[end : variable.start()])
        found += _variable(variable)
        end = variable.end()
    return (*found, form[end:])


def _variable(variable: re.Match[str]) -> list[Part | str]:
    letter, digits = variable["letter"], variable["digits"]
    if digits:
        if letter not in ("N", "Q") or digits not in "369":
            raise unknown(variable[0])
        return [_subseconds(int(digits))]
    if letter in COMPOSITE:
        return list(_parts(COMPOSITE[letter]))
    if letter not in _SIMPLE:
        raise unknown(variable[0])
    return [_SIMPLE[letter]]


def format_time(epoch: float, form: str, timezone: tzinfo) -> str:
    """``epoch``: seconds. Raises ``Undocumented`` for variables that Splunk does not list and for
    times that no calendar holds (milliseconds, as a rule)."""
    parts = _parts(form)
    try:
        moment = Moment(epoch, timezone)
    except (ValueError, OverflowError, OSError):
        raise Undocumented(f"strftime() takes seconds, not {epoch!r}") from None
    return "".join(part if isinstance(part, str) else part(moment) for part in parts)
