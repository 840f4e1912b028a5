"""The few things that this app needs from splunkd, and how it asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Protocol
from urllib.parse import quote, urlsplit

from solnlib.conf_manager import ConfManager
from solnlib.soln_exceptions import ConfManagerException, ConfStanzaNotExistException
from solnlib.splunk_rest_client import SplunkRestClient
from splunklib.binding import HTTPError

from fmgstate.settings import APP

NOT_FOUND = 404


class Splunkd(Protocol):
    def stanza(self, conf: str, name: str) -> Optional[Mapping[str, Any]]:
        """A stanza of one of the app's own conf files, secrets in clear; None when missing.

        ``conf`` without the app's name: "account" or "settings".
        """

    def has_index(self, name: str) -> bool:
        """False when this host does not know the index; True also when it cannot be asked."""


class RestSplunkd:
    """splunkd behind its REST API, asked with the session key an input is started with."""

    def __init__(self, server_uri: str, session_key: str) -> None:
        parts = urlsplit(server_uri)
        self._session_key = session_key
        self._where = {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}

    def stanza(self, conf: str, name: str) -> Optional[Mapping[str, Any]]:
        file = f"{APP}_{conf}"
        realm = f"__REST_CREDENTIAL__#{APP}#configs/conf-{file}"
        manager = ConfManager(self._session_key, APP, realm=realm, **self._where)
        try:
            found: Mapping[str, Any] = manager.get_conf(file).get(name)
        except (ConfManagerException, ConfStanzaNotExistException):
            return None
        return found

    def has_index(self, name: str) -> bool:
        client = SplunkRestClient(self._session_key, APP, **self._where)
        try:
            client.get(f"data/indexes/{quote(name, safe='')}", output_mode="json")
        except HTTPError as error:
            return bool(error.status != NOT_FOUND)
        return True
