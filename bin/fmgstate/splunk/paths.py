"""Where this host keeps the store: one path, whoever asks (inputs, commands, REST handlers).

Only SPLUNK_HOME decides: ``checkpoint_dir`` is per input, and search commands are not told any.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fmgstate.errors import ConfigurationError

APP = "fortimanager_policy_state"


def store_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The store's file. The store makes it, and its folder, when it is first written."""
    home = environ.get("SPLUNK_HOME", "")
    if not home:
        raise ConfigurationError(
            "SPLUNK_HOME is not set, so the store's place is unknown.",
            "Let Splunk start this, or set SPLUNK_HOME to the folder Splunk is installed in.",
        )
    return Path(home, "var", "lib", "splunk", APP, "state.db")
