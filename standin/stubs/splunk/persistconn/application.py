"""Stand-in for splunk.persistconn.application: the base class of persistent REST handlers."""

from __future__ import annotations

from typing import Any


class PersistentServerConnectionApplication:
    """To be subclassed; made once a process with ``(command_line, command_arg)``."""

    def handle(self, in_string: str) -> Any:
        """The reply to one request: a dict (or its JSON) with ``payload`` and ``status``."""
        raise NotImplementedError("PersistentServerConnectionApplication.handle")

    def handleStream(self, handle: Any, in_string: str) -> None:
        """Streaming requests are not known to the stand-in."""
        raise NotImplementedError("the stand-in does not stream")

    def done(self) -> None:
        """Called when no more requests will come."""
