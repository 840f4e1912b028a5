"""Stand-in for splunk.rest: simpleRequest over HTTPS to the management port."""

from __future__ import annotations

import http.client
import ssl
from typing import Any, Dict, Mapping, Optional, Tuple
from urllib.parse import SplitResult, urlencode, urlsplit

import splunk
from splunk.clilib import cli_common


class Response(Dict[str, str]):
    """Headers of a reply by lower-case name, and its status."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})
        self.status = status
        self.reason = reason


def makeSplunkdUri() -> str:
    """The management port's address, with a slash at its end."""
    uri: str = cli_common.getMgmtUri()
    return uri + "/"


def simpleRequest(
    path: str,
    sessionKey: Optional[str] = None,
    getargs: Optional[Mapping[str, Any]] = None,
    postargs: Optional[Mapping[str, Any]] = None,
    method: str = "GET",
    raiseAllErrors: bool = False,
    proxyMode: bool = False,
    rawResult: bool = False,
    timeout: Optional[float] = 30,
    jsonargs: Optional[str] = None,
    token: bool = False,
) -> Tuple[Response, bytes]:
    """One request; raises splunk's exceptions on 401, 403 and 404."""
    headers = {"Connection": "close"}
    key = sessionKey or splunk.getSessionKey()
    if key:
        headers["Authorization"] = f"{'Bearer' if token else 'Splunk'} {key}"
    body: Optional[str] = None
    if jsonargs is not None:
        headers["Content-Type"], body = "application/json", jsonargs
    elif postargs is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(postargs, doseq=True)
    if body is not None and method == "GET":
        method = "POST"
    base = urlsplit(path if "://" in path else cli_common.getMgmtUri() + path)
    query = "&".join(part for part in (base.query, urlencode(getargs or {}, doseq=True)) if part)
    target = base.path + ("?" + query if query else "")
    response, content = _exchange(method, base, target, body, headers, timeout)
    if not proxyMode:
        _raise_for(response.status, target, content, raiseAllErrors)
    return response, content


def _exchange(
    method: str,
    base: SplitResult,
    target: str,
    body: Optional[str],
    headers: Mapping[str, str],
    timeout: Optional[float],
) -> Tuple[Response, bytes]:
    # Splunk's own modules do not verify splunkd's certificate by default either.
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(
        base.hostname or "", base.port, timeout=timeout, context=context
    )
    try:
        connection.request(method, target, body, headers)
        got = connection.getresponse()
        content = got.read()
        return Response(got.status, got.reason, dict(got.getheaders())), content
    finally:
        connection.close()


def _raise_for(status: int, target: str, content: bytes, all_errors: bool) -> None:
    message = content.decode(errors="replace")
    if status == 401:
        raise splunk.AuthenticationFailed(message)
    if status == 403:
        raise splunk.AuthorizationFailed(extendedMessages=message)
    if status == 404:
        raise splunk.ResourceNotFound(target, extendedMessages=message)
    if all_errors and status >= 400:
        raise splunk.RESTException(status, message)


def getWebCertFile() -> None:
    """No certificate of Splunk Web."""


def getWebKeyFile() -> None:
    """No key of Splunk Web."""


__all__ = ["getWebCertFile", "getWebKeyFile", "makeSplunkdUri", "simpleRequest"]
