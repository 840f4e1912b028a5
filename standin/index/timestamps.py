"""TIME_PREFIX, TIME_FORMAT, MAX_TIMESTAMP_LOOKAHEAD and TZ: the time in an event's text."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from standin.knowledge.date_fields import as_written
from standin.knowledge.pcre import compiled

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIECES = {
    "%Y": r"(?P<year>\d{4})", "%m": r"(?P<month>\d{1,2})", "%d": r"(?P<day>\d{1,2})",
    "%e": r" ?(?P<day>\d{1,2})", "%b": rf"(?P<name>(?i:{'|'.join(_MONTHS)}))",
    "%H": r"(?P<hour>\d{1,2})", "%M": r"(?P<minute>\d{2})", "%S": r"(?P<second>\d{2})",
    "%s": r"(?P<epoch>\d{9,10})", "%z": r"(?P<zone>[+-]\d{2}:?\d{2}|Z)",
    "%Z": r"(?P<zone>[+-]\d{2}:?\d{2}|Z|UTC|GMT)", "%%": "%",
}  # fmt: skip


class Moment(NamedTuple):
    """Seconds since 1970, and the timestamp as the event's text has it ("": not in the text)."""

    seconds: float
    written: str = ""


class Timestamps:
    """Finds the time of an event as props say.

    Raises ValueError for a format or zone the stand-in does not know. A time without a zone is
    of TZ's; without TZ the stand-in's own zone is UTC.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.format = settings.get("TIME_FORMAT", "")
        self._time = re.compile(r"\s*" + _pattern(self.format))
        self._prefix = compiled(settings.get("TIME_PREFIX", ""))
        self._lookahead = int(settings.get("MAX_TIMESTAMP_LOOKAHEAD", "128"))
        self._zone = _zone(settings.get("TZ", ""))
        found = self._time.groupindex.keys()
        if "epoch" not in found and not ({"year", "day"} <= found and ({"month", "name"} & found)):
            raise ValueError(
                f"TIME_FORMAT={self.format!r}: the stand-in does not know which day it is"
            )

    def find(self, text: str) -> Moment | None:
        """The time, or None when there is no time where it should be."""
        start = self._prefix.search(text)
        if start is None:
            return None
        end = None if self._lookahead <= 0 else start.end() + self._lookahead
        found = self._time.match(text[start.end() : end])
        return None if found is None else _moment(found.groupdict(), self._zone)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"TZ={name!r}: the stand-in does not know this zone") from error


def _pattern(time_format: str) -> str:
    expanded = time_format.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d")
    pattern, position = "", 0
    for match in re.finditer(r"%(?:\d?[NQ]|.)", expanded):
        pattern += re.escape(expanded[position : match.start()])
        position = match.end()
        if match[0][-1] in "NQ":
            pattern += r"(?P<fraction>\d{1,9})"
        elif match[0] in _PIECES:
            pattern += _PIECES[match[0]]
        else:
            raise ValueError(f"TIME_FORMAT={time_format!r}: the stand-in does not know {match[0]}")
    return pattern + re.escape(expanded[position:])


def _moment(found: dict[str, str | None], zone: tzinfo) -> Moment:
    fraction = float("0." + (found.get("fraction") or "0"))
    if found.get("epoch"):
        return Moment(float(str(found["epoch"])) + fraction)
    number = {
        key: int(value)
        for key, value in found.items()
        if value and key not in ("fraction", "zone", "name")
    }
    name = found.get("name")
    moment = datetime(
        number["year"],
        _MONTHS.index(name.lower()) + 1 if name else number["month"],
        number["day"],
        number.get("hour", 0),
        number.get("minute", 0),
        number.get("second", 0),
        tzinfo=UTC if found.get("zone") else zone,
    )
    offset = _offset(found.get("zone"))
    return Moment(moment.timestamp() + fraction - (offset or 0) * 60, as_written(moment, offset))


def _offset(zone: str | None) -> int | None:
    """Minutes east of UTC; None when the text names no zone."""
    if not zone:
        return None
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes
