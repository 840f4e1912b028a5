"""REST: ``/services/fmgstate/…`` and ``/services/fmgstate_mirror``, a process each that stays."""

from __future__ import annotations

import os
import sys

from splunk.persistconn.application import PersistentServerConnectionApplication

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from fmgstate.search.mirror import Mirror
from fmgstate.search.rest import Rest
from fmgstate.search.rest_reply import Reply


class Handler(PersistentServerConnectionApplication):
    """Made once a process by splunkd."""

    def __init__(self, _command_line: str, _command_arg: str) -> None:
        super().__init__()
        self._rest = Rest.of_this_host(os.environ)

    def handle(self, in_string: str) -> Reply:
        """The reply to one request."""
        return self._rest.handle(in_string)


class MirrorHandler(PersistentServerConnectionApplication):
    """Made once a process by splunkd."""

    def __init__(self, _command_line: str, _command_arg: str) -> None:
        super().__init__()
        self._mirror = Mirror.of_this_host(os.environ)

    def handle(self, in_string: str) -> Reply:
        """The reply to one request."""
        return self._mirror.handle(in_string)
