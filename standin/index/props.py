"""props.conf at index time: line breaking, TRUNCATE and timestamps of one kind of event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from standin.home.layers import Confs
from standin.home.tree import SYSTEM_DEFAULTS
from standin.index.timestamps import Moment, Timestamps
from standin.knowledge.pcre import Match, Pattern, compiled
from standin.knowledge.stanza_match import StanzaMatch

Complain = Callable[[str], None]
_TRUE = ("1", "true", "t", "yes", "y")
_FALSE = ("0", "false", "f", "no", "n")
_SHIPPED_BREAKER = SYSTEM_DEFAULTS["props"]["default"]["LINE_BREAKER"]


@dataclass(frozen=True)
class Sourcetype:
    """What props say of one kind of event, most often of one sourcetype."""

    truncate: int
    merge_lines: bool
    line_breaker: Pattern
    breaks_at_line_ends: bool
    timestamps: Timestamps | None
    current_time: bool
    date_fields: bool

    def events(self, text: str, complain: Complain) -> list[str]:
        """One piece of unbroken data as events, cut at TRUNCATE bytes."""
        return [self._cut(part, complain) for part in self._broken(text, complain) if part.strip()]

    def time(self, text: str, sent: float | None, now: float, complain: Complain) -> Moment:
        """The time of an event: as sent by the input, else as found, else now."""
        if sent is not None:
            self._compare(text, sent, complain)
            return Moment(sent)
        found = self._found(text, complain)
        if found is None:
            return Moment(now)
        return found if self.date_fields else Moment(found.seconds)

    def _compare(self, text: str, sent: float, complain: Complain) -> None:
        if self.current_time or self.timestamps is None:
            return
        found = self._found(text, complain)
        if found is not None and abs(sent - found.seconds) >= 1:
            complain(
                f"DateParserVerbose - the input sent _time={sent}, TIME_FORMAT finds "
                f"{found.seconds} in: {text[:120]!r}"
            )

    def _found(self, text: str, complain: Complain) -> Moment | None:
        if self.current_time or self.timestamps is None:
            if not self.current_time:
                complain(
                    "DateParserVerbose - the stand-in looks for no time without TIME_FORMAT, as "
                    f"datetime.xml would; the event gets the time it arrived: {text[:120]!r}"
                )
            return None
        found = self.timestamps.find(text)
        if found is None:
            complain(
                f"DateParserVerbose - Failed to parse timestamp by TIME_FORMAT="
                f"{self.timestamps.format!r} in: {text[:120]!r}"
            )
        return found

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
            end, next_start = _break(match)
            parts.append(inner[start:end])
            start = next_start
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


def _break(match: Match) -> tuple[int, int]:
    """Where one event ends and the next one starts: at the leftmost group that matched."""
    spans = [
        (match.start(number), match.end(number))
        for number in range(1, len(match.groups()) + 1)
        if match.group(number) is not None
    ]
    if match.groups() and match.group(1) is not None:
        return spans[0]
    return min(spans) if spans else (match.start(), match.start())


def by_settings(settings: Mapping[str, str]) -> Sourcetype:
    """What these settings mean; ValueError for what the stand-in does not know."""
    date_config = settings.get("DATETIME_CONFIG", "").upper()
    if date_config not in ("", "CURRENT", "NONE", "/ETC/DATETIME.XML"):
        raise ValueError(f"DATETIME_CONFIG={settings['DATETIME_CONFIG']!r}: not known here")
    return Sourcetype(
        truncate=int(settings["TRUNCATE"]),
        merge_lines=settings["SHOULD_LINEMERGE"].lower() not in _FALSE,
        line_breaker=compiled(settings["LINE_BREAKER"]),
        breaks_at_line_ends=settings["LINE_BREAKER"] == _SHIPPED_BREAKER,
        timestamps=Timestamps(settings) if settings.get("TIME_FORMAT") else None,
        current_time=date_config in ("CURRENT", "NONE"),
        date_fields=_extra_time_fields(settings.get("ADD_EXTRA_TIME_FIELDS", "")),
    )


def _extra_time_fields(value: str) -> bool:
    """``all`` or a boolean; with ``none`` and ``subseconds`` there are no date fields."""
    value = value.lower()
    if value not in ("", "all", "none", "subseconds", *_TRUE, *_FALSE):
        raise ValueError(f"ADD_EXTRA_TIME_FIELDS={value!r}: not known here")
    return value not in ("none", "subseconds", *_FALSE)


def sourcetype(confs: Confs, name: str) -> Sourcetype:
    """Props of one sourcetype, in global context."""
    match = StanzaMatch(confs.stanzas("props", inherit=False), confs.defaults("props"))
    return by_settings(match.settings(name, "", ""))
