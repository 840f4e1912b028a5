"""The one place where commands ask what the one who searches may see."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Callable, Optional

from fmgstate.search.command import Invocation
from fmgstate.search.mirror_follow import follow
from fmgstate.settings import store_file

Permission = Callable[[Invocation], Optional[Collection[str]]]
"""The names of the ADOMs that may be seen; None = all. Raises ``FmgStateError`` for one who may not
search at all."""


def permitted(asked: Invocation) -> Optional[Collection[str]]:
    """As splunkd says of the search's session. Raises ``NotAllowed`` without the capability."""
    from fmgstate.search.access import READ, access, app_folder
    from fmgstate.search.splunkd import Splunkd

    uri, key = (str(asked.searchinfo.get(one) or "") for one in ("splunkd_uri", "session_key"))
    with Splunkd(uri, key) as splunkd:
        found = access(splunkd, app_folder())
        found.need(READ)
        told = follow(splunkd, store_file(os.environ))
    if told:
        asked.info(told)
    return found.adoms
