"""Stand-in for splunk.clilib.cli_common: where the management port is."""

from __future__ import annotations

import os


def getMgmtUri() -> str:
    """https://host:port of splunkd, from mgmtHostPort in web.conf."""
    path = os.path.join(os.environ["SPLUNK_HOME"], "etc", "system", "local", "web.conf")
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _equals, value = line.partition("=")
            if key.strip() == "mgmtHostPort":
                return "https://" + value.strip()
    raise KeyError(f"no mgmtHostPort in {path}")
