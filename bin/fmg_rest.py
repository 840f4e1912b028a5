"""REST: ``/services/fmgstate/…``, ``…/fmgstate_mirror`` and ``…/fmgstate_refresh``, a process each
that stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Optional

from splunk.persistconn.application import PersistentServerConnectionApplication

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from fmgstate.search.mirror import Mirror
from fmgstate.search.refresh_handler import Refreshing
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


def workers_server(uri: str, session_key: str) -> Optional[Mapping[str, Any]]:
    """Of the Workers tab. Imports the app's ``lib/``: only where workers are used."""
    import import_declare_test  # noqa: F401

    from fmgstate.splunk.splunkd import RestSplunkd
    from fmgstate.splunk.workers_mode import workers_mode

    mode = workers_mode(RestSplunkd(uri, session_key))
    return mode.server if mode else None


class MirrorHandler(PersistentServerConnectionApplication):
    """Made once a process by splunkd."""

    def __init__(self, _command_line: str, _command_arg: str) -> None:
        super().__init__()
        self._mirror = Mirror.of_this_host(os.environ, workers_server)

    def handle(self, in_string: str) -> Reply:
        """The reply to one request."""
        return self._mirror.handle(in_string)


class RefreshHandler(PersistentServerConnectionApplication):
    """Made once a process by splunkd."""

    def __init__(self, _command_line: str, _command_arg: str) -> None:
        super().__init__()
        self._refreshing = Refreshing.of_this_host(os.environ, workers_server)

    def handle(self, in_string: str) -> Reply:
        """The reply to one request."""
        return self._refreshing.handle(in_string)
