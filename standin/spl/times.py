"""Now, time zones, relative times (``-1d@d``) and spans (``5m``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True)
class Clock:
    """``now``: epoch seconds, when the search was started."""

    now: float = 0.0
    timezone: tzinfo = UTC
