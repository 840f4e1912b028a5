"""Whoever answers asks here, at most once a minute, that this host's copy be brought up to date.

Imported by every search: nothing but what is needed to ask.
"""

from __future__ import annotations

from time import time
from typing import Any, Optional, Protocol

from fmgstate.collect.copying import looked
from fmgstate.errors import FmgStateError
from fmgstate.settings import StoreFile

LOOK_SECONDS = 60.0
WAIT_SECONDS = 1.5
"""So long is waited for a load at most; a longer one goes on without."""
ENDPOINT = "/services/fmgstate_mirror"
DONE, LOADING = "done", "loading"
GOES_ON = (
    "The copy of what other hosts publish is being brought up to date. Until then answers come "
    "from the old one, as old as their rows say."
)


class Port(Protocol):
    """splunkd's management port, as far as it is needed here."""

    def post(self, path: str) -> Any:
        """The JSON it answers. Raises ``FmgStateError``."""


def follow(splunkd: Port, file: StoreFile, now: Optional[float] = None) -> str:
    """Have the copy brought up to date where that was not done lately; a sentence where that goes
    on or fails, "" otherwise. Never raises: then answers come from what is here, with its age."""
    if (time() if now is None else now) < looked(file) + LOOK_SECONDS:
        return ""
    try:
        told = splunkd.post(ENDPOINT)
    except FmgStateError as error:
        return f"The copy of what other hosts publish could not be brought up to date: {error}"
    if not isinstance(told, dict):
        return ""
    return GOES_ON if told.get("state") == LOADING else str(told.get("error", ""))
