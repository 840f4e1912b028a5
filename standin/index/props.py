"""props.conf at index time: line breaking, TRUNCATE and timestamps of one sourcetype."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from standin.home.layers import Confs
from standin.home.tree import SYSTEM_DEFAULTS

Complain = Callable[[str], None]
_FALSE = ("0", "false", "f", "no", "n")


class Timestamps:
    """Finds the time of an event as TIME_PREFIX and TIME_FORMAT say."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.format = settings.get("TIME_FORMAT", "")
        self._time = re.compile(r"\s*" + _pattern(self.format))
        self._prefix = re.compile(settings.get("TIME_PREFIX", ""))
        self._lookahead = int(settings.get("MAX_TIMESTAMP_LOOKAHEAD", "128"))

    def find(self, text: str) -> float | None:
        """Seconds since 1970, or None when there is no time where it should be."""
        start = self._prefix.search(text)
        if start is None:
            return None
        end = None if self._lookahead < 0 else start.end() + self._lookahead
        found = self._time.match(text[start.end() : end])
        return None if found is None else _seconds(found.groupdict())


@dataclass(frozen=True)
class Sourcetype:
    """What props say of one sourcetype."""

    truncate: int
    merge_lines: bool
    line_breaker: re.Pattern[str]
    timestamps: Timestamps | None
    current_time: bool

    @property
    def breaks_at_line_ends(self) -> bool:
        """Whether LINE_BREAKER is the one Splunk ships."""
        return self.line_breaker.pattern == SYSTEM_DEFAULTS["props"]["default"]["LINE_BREAKER"]

    def events(self, text: str, complain: Complain) -> list[str]:
        """One piece of unbroken data as events, cut at TRUNCATE bytes."""
        return [self._cut(part, complain) for part in self._broken(text, complain) if part.strip()]

    def time(self, text: str, sent: float | None, now: float, complain: Complain) -> float:
        """The time of an event: as sent by the input, else as found, else now."""
        if self.current_time or self.timestamps is None:
            return now if sent is None else sent
        found = self.timestamps.find(text)
        if found is None:
            complain(
                f"DateParserVerbose - Failed to parse timestamp by TIME_FORMAT="
                f"{self.timestamps.format!r} in: {text[:120]!r}"
            )
            return now if sent is None else sent
        if sent is not None and abs(sent - found) >= 1:
            complain(
                f"DateParserVerbose - the input sent _time={sent}, TIME_FORMAT finds {found}"
                f" in: {text[:120]!r}"
            )
            return sent
        return found if sent is None else sent

    def _broken(self, text: str, complain: Complain) -> list[str]:
        inner = text.strip("\r\n")
        if self.breaks_at_line_ends and "\n" not in inner and "\r" not in inner:
            return [inner]
        if not self.line_breaker.search(inner):
            return [inner]
        if self.merge_lines:
            complain(
                "AggregatorMiningProcessor - an event of several lines with "
                "SHOULD_LINEMERGE=true is kept whole here; splunkd would look for dates to "
                f"break it: set SHOULD_LINEMERGE = false. It begins: {text[:120]!r}"
            )
            return [inner]
        parts, start = [], 0
        for match in self.line_breaker.finditer(inner):
            parts.append(inner[start : match.start(1)])
            start = match.end(1)
        return [*parts, inner[start:]]

    def _cut(self, text: str, complain: Complain) -> str:
        if not self.truncate or len(text) * 4 <= self.truncate:
            return text
        data = text.encode()
        if len(data) <= self.truncate:
            return text
        complain(
            f"LineBreakingProcessor - Truncating line because limit of {self.truncate} bytes "
            f"has been exceeded with a line length >= {len(data)}"
        )
        return data[: self.truncate].decode(errors="ignore")


def sourcetype(confs: Confs, name: str) -> Sourcetype:
    """Props of one sourcetype, in global context."""
    stanza = confs.stanza("props", name)
    settings = confs.defaults("props") if stanza is None else stanza.settings
    timestamps = None
    if settings.get("TIME_FORMAT"):
        timestamps = Timestamps(settings)
    return Sourcetype(
        truncate=int(settings["TRUNCATE"]),
        merge_lines=settings["SHOULD_LINEMERGE"].lower() not in _FALSE,
        line_breaker=re.compile(settings["LINE_BREAKER"]),
        timestamps=timestamps,
        current_time=settings.get("DATETIME_CONFIG", "").upper() in ("CURRENT", "NONE"),
    )


_PIECES = {
    "%Y": r"(?P<year>\d{4})", "%m": r"(?P<month>\d{1,2})", "%d": r"(?P<day>\d{1,2})",
    "%H": r"(?P<hour>\d{1,2})", "%M": r"(?P<minute>\d{2})", "%S": r"(?P<second>\d{2})",
    "%s": r"(?P<epoch>\d{9,11})", "%z": r"(?P<zone>[+-]\d{2}:?\d{2}|Z)",
    "%Z": r"(?P<zone>[+-]\d{2}:?\d{2}|Z|UTC|GMT)", "%%": "%",
}  # fmt: skip


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


def _seconds(found: dict[str, str | None]) -> float:
    fraction = float("0." + (found.get("fraction") or "0"))
    if found.get("epoch"):
        return float(str(found["epoch"])) + fraction
    number = {
        key: int(value) for key, value in found.items() if value and key not in ("fraction", "zone")
    }
    moment = datetime(
        number["year"],
        number["month"],
        number["day"],
        number.get("hour", 0),
        number.get("minute", 0),
        number.get("second", 0),
        tzinfo=UTC,
    )
    return moment.timestamp() + fraction - _offset(found.get("zone"))


def _offset(zone: str | None) -> float:
    if not zone or zone[0] not in "+-":
        return 0.0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return float(-seconds if zone[0] == "-" else seconds)
