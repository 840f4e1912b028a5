"""``[expose:…]`` of web.conf: which paths of apps Splunk Web passes on to splunkd."""

import re

from standin.home.layers import Confs


class Exposure:
    """Patterns of paths, ``*`` standing for one segment, with their methods."""

    def __init__(self, confs: Confs) -> None:
        self._confs = confs

    def allows(self, method: str, path: str) -> bool:
        """Whether a path (without /services) may be asked for through Splunk Web."""
        for stanza in self._confs.stanzas("web", inherit=False).values():
            if not stanza.name.startswith("expose:"):
                continue
            methods = stanza.settings.get("methods", "GET").replace(" ", "").upper().split(",")
            pattern = stanza.settings.get("pattern", "").strip("/")
            expression = re.escape(pattern).replace(r"\*", "[^/]+")
            if method in methods and re.fullmatch(expression, path):
                return True
        return False
