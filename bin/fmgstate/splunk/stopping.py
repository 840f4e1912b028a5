"""Being stopped by splunkd, as an exception: every ``finally`` runs, sessions are logged out."""

from __future__ import annotations

import signal
import sys
from typing import Any, NoReturn

AGAIN_SECONDS = 0.01


def leave_when_told() -> None:
    """From now on SIGTERM ends the main thread with ``SystemExit(143)``, wherever it is."""
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, _leave)
        sys.unraisablehook = _not_lost


def _leave(_number: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _not_lost(lost: Any) -> None:
    """Python drops what is raised in a finalizer or a weak reference's callback: ask once more."""
    if isinstance(lost.exc_value, SystemExit) and sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(lost)
