"""The one place where commands ask what the one who searches may see."""

from __future__ import annotations

from collections.abc import Collection
from typing import Callable, Optional

from fmgstate.search.command import Invocation

Permission = Callable[[Invocation], Optional[Collection[str]]]
"""The names of the ADOMs that may be seen; None = all. Raises ``FmgStateError`` for one who may not
search at all."""


def allowed_adoms(_asked: Invocation) -> Optional[Collection[str]]:
    """Everybody may see every ADOM."""
    return None
