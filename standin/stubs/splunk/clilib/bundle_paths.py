"""Stand-in for splunk.clilib.bundle_paths."""

from __future__ import annotations

import os
from typing import Sequence


def make_splunkhome_path(parts: Sequence[str]) -> str:
    """A path below $SPLUNK_HOME; raises ValueError when ``parts`` lead out of it."""
    home = os.path.normpath(os.environ["SPLUNK_HOME"])
    path = os.path.normpath(os.path.join(home, *parts))
    if path != home and not path.startswith(home + os.sep):
        raise ValueError(f"Illegal escape from parent directory '{home}': {path}")
    return path
