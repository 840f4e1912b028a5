"""Text as a time: strptime (Search Reference: Date and Time functions)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from standin.spl.errors import Undocumented
from standin.spl.time_format import COMPOSITE, DAYS, MONTHS, VARIABLE, unknown

_FIRST = 365 * 86400
"""Nothing before January 1, 1971."""
_NAMED_ZONES = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET"), 0),
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
    "BST": 1,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "JST": 9,
    "AEST": 10,
}


def _names(names: tuple[str, ...]) -> str:
    return "|".join(f"{name}|{name[:3]}" for name in names)


_ZONE = r"(?P<zone>Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)"
_PATTERNS = {
    "%": "%",
    "A": f"(?:{_names(DAYS)})",
    "B": f"(?P<month_name>{_names(MONTHS)})",
    "d": r"(?P<day>\d{1,2})",
    "f": r"(?P<fraction>\d{1,9})",
    "H": r"(?P<hour>\d{1,2})",
    "I": r"(?P<twelve>\d{1,2})",
    "j": r"(?P<yearday>\d{1,3})",
    "M": r"(?P<minute>\d{1,2})",
    "m": r"(?P<month>\d{1,2})",
    "p": r"(?P<half>[AaPp][Mm])",
    "S": r"(?P<second>\d{1,2})",
    "s": r"(?P<epoch>\d+(?:\.\d+)?)",
    "U": r"\d{1,2}",
    "u": r"\d",
    "Y": r"(?P<year>\d{4})",
    "y": r"(?P<short>\d{2})",
    "Z": r"(?P<name>[A-Za-z]+)",
    "z": _ZONE,
    "n": r"\s*",
    "t": r"\s*",
}
_SAME = {"a": "A", "b": "B", "h": "B", "e": "d", "k": "H", "l": "I", "N": "f", "Q": "f", "w": "u"}
_SAME |= {":z": "z", "::z": "z", ":::z": "z", "V": "U", "W": "U"}
_LIKE = {"x": "%m/%d/%Y", "X": "%H:%M:%S"}


@lru_cache(maxsize=500)
def _pattern(form: str) -> re.Pattern[str]:
    try:
        return re.compile(_source(form), re.IGNORECASE)
    except re.error:
        raise Undocumented(f"the format {form!r} says something twice") from None


def _source(form: str) -> str:
    found: list[str] = []
    end = 0
    for variable in VARIABLE.finditer(form):
        literal = form[end : variable.start()]
        piece = _variable(variable)
        if "<fraction>" in piece and literal.endswith("."):
            literal, piece = literal[:-1], rf"(?:\.{piece})?"
        found += [_literal(literal), piece]
        end = variable.end()
    return "".join([*found, _literal(form[end:])])


def _literal(text: str) -> str:
    return re.sub(r"(?:\\\s)+|\s+", lambda _found: r"\s*", re.escape(text))


def _variable(variable: re.Match[str]) -> str:
    letter = variable["letter"]
    composite = {**COMPOSITE, **_LIKE}.get(letter)
    if composite is not None and not variable["digits"]:
        return _source(composite)
    letter = _SAME.get(letter, letter)
    if letter not in _PATTERNS or (variable["digits"] and letter != "f"):
        raise unknown(variable[0])
    spaces = r"\s*" if letter in ("d", "H", "I") else ""
    return spaces + _PATTERNS[letter]


def parse_time(text: str, form: str, zone: tzinfo, now: float) -> float | None:
    """Epoch seconds; None where the text does not fit, has no day, or lies before 1971. A format
    without any date means today; text after the end of the format does not matter."""
    found = _pattern(form).match(text.lstrip())
    if found is None:
        return None
    parts = found.groupdict()
    if parts.get("epoch"):
        return float(parts["epoch"])
    try:
        when = _datetime(parts, zone, now)
    except ValueError:
        return None
    epoch = None if when is None else when.timestamp()
    return None if epoch is None or epoch < _FIRST else epoch


def _datetime(parts: dict[str, str | None], zone: tzinfo, now: float) -> datetime | None:
    date = _date(parts, datetime.fromtimestamp(now, zone))
    if date is None:
        return None
    fraction = (parts.get("fraction") or "").ljust(6, "0")[:6]
    hour, minute, second = _hour(parts), _number(parts, "minute"), _number(parts, "second")
    if hour > 23 or minute > 59 or second > 60:
        return None
    year, month, day = date
    clock = (hour, minute, min(second, 59), int(fraction))
    when = datetime(year, month, day, *clock, tzinfo=_zone(parts, zone))
    return when + timedelta(seconds=second == 60)


def _number(parts: dict[str, str | None], name: str) -> int:
    return int(parts.get(name) or 0)


def _hour(parts: dict[str, str | None]) -> int:
    if not parts.get("twelve"):
        return _number(parts, "hour")
    hour = _number(parts, "twelve")
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if (parts.get("half") or "").lower() == "pm" else 0)


def _date(parts: dict[str, str | None], today: datetime) -> tuple[int, int, int] | None:
    year, month = _year(parts), _month(parts)
    if parts.get("yearday"):
        first = datetime(year or today.year, 1, 1, tzinfo=today.tzinfo)
        day = first + timedelta(days=_number(parts, "yearday") - 1)
        return day.year, day.month, day.day
    if not parts.get("day"):
        return None if year or month else (today.year, today.month, today.day)
    return year or today.year, month or today.month, _number(parts, "day")


def _year(parts: dict[str, str | None]) -> int | None:
    if parts.get("year"):
        return _number(parts, "year")
    if not parts.get("short"):
        return None
    short = _number(parts, "short")
    return short + (1900 if short >= 69 else 2000)


def _month(parts: dict[str, str | None]) -> int | None:
    name = parts.get("month_name")
    if name:
        return [month[:3].lower() for month in MONTHS].index(name[:3].lower()) + 1
    return _number(parts, "month") or None


def _zone(parts: dict[str, str | None], zone: tzinfo) -> tzinfo:
    offset, name = parts.get("zone"), parts.get("name")
    if name:
        if name.upper() not in _NAMED_ZONES:
            raise Undocumented(f"the time zone {name!r} is not known: use %z")
        return timezone(timedelta(hours=_NAMED_ZONES[name.upper()]))
    if not offset:
        return zone
    if offset.upper() == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(6, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
    return timezone(timedelta(seconds=-seconds if offset[0] == "-" else seconds))
