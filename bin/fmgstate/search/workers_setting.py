"""Whether workers refresh, as the Workers tab says: answers then come from their store's copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, Optional

from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.settings import APP

NOT_FOUND = 404
TRUE = ("1", "true", "t", "yes", "on")
PATH = f"/servicesNS/nobody/{APP}/configs/conf-{APP}_settings/workers"

FindServer = Callable[[str, str], Optional[Mapping[str, Any]]]
"""splunkd's address and a session key that may read passwords, to what ``RedisServer`` is made of;
None = workers are switched off. Raises ``FmgStateError``."""


def no_workers(_uri: str, _session_key: str) -> None:
    """Where the app has no workers."""


def uses_workers(splunkd: Splunkd) -> bool:
    """One lean request, without any secret. Raises ``SplunkdError``."""
    try:
        told = splunkd.get(PATH)
        settings = told["entry"][0]["content"]
        return str(settings.get("use_workers") or "").strip().lower() in TRUE
    except SplunkdError as error:
        if error.status == NOT_FOUND:
            return False
        raise
    except (LookupError, TypeError, AttributeError):
        raise SplunkdError("splunkd's answer on the Workers tab cannot be read.") from None
