"""One event for the index, free of Splunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """``time``: epoch seconds; ``host``: the FortiManager; ``data``: JSON-able."""

    time: float
    sourcetype: str
    host: str
    source: str
    data: dict[str, Any]
