"""The default datetime fields, ``date_hour`` to ``date_zone``: a timestamp as an event writes it.

Knowledge Manager Manual, "Use default fields": events whose timestamp is not taken from their
own text have none, and whatever zone props say, the values are those of the text. A number of
seconds names no hour: such events have none (our reading, the page does not name them).
"""

from datetime import datetime
from functools import lru_cache

NAMES = frozenset(
    f"date_{part}" for part in ("hour", "mday", "minute", "month", "second", "wday", "year", "zone")
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def as_written(moment: datetime, zone_minutes: int | None) -> str:
    """What an index keeps of a timestamp: day and time as the text has them, and its zone."""
    zone = "local" if zone_minutes is None else str(zone_minutes)
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()} {zone}"


@lru_cache(maxsize=100_000)
def date_fields(written: str) -> dict[str, str]:
    """All eight fields of a timestamp as ``as_written`` keeps it; none of an empty one."""
    if not written:
        return {}
    text, _blank, zone = written.partition(" ")
    moment = datetime.fromisoformat(text)
    return {
        "date_hour": str(moment.hour),
        "date_mday": str(moment.day),
        "date_minute": str(moment.minute),
        "date_month": _MONTHS[moment.month - 1],
        "date_second": str(moment.second),
        "date_wday": _DAYS[moment.weekday()],
        "date_year": str(moment.year),
        "date_zone": zone,
    }
