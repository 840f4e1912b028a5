"""Why a search is refused.

SplError
├── Malformed        the text is no SPL: Splunk would refuse it too
├── Unsupported      perhaps good SPL, but not (yet) understood here
└── Undocumented     understood, but the documentation does not say what must come out
"""

from __future__ import annotations


class SplError(Exception):
    """``position``: offset in the text of the search after macros, or None where it is in data."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at {position})")
        self.message, self.position = message, position


class Malformed(SplError):
    """The text is no SPL: Splunk would refuse it too."""


class Unsupported(SplError):
    """Perhaps good SPL, but this interpreter does not know it."""


class Undocumented(SplError):
    """The documentation does not say what must come out, so nothing does."""
