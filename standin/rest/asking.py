"""One request to a management port, as a script would make it."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from standin.errors import RestRefused


def ask(
    uri: str, key: str, certificate: Path, method: str, path: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """The reply's JSON, or RestRefused."""
    body = urlencode({"output_mode": "json", **arguments})
    url = f"{uri}{quote(path, safe='/%:')}"
    request = urllib.request.Request(  # noqa: S310  always https
        f"{url}?{body}" if method == "GET" else url,
        method=method,
        data=None if method == "GET" else body.encode(),
        headers={"Authorization": f"Splunk {key}", "Connection": "close"},
    )
    context = ssl.create_default_context(cafile=str(certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(request) as response:
            reply: dict[str, Any] = json.loads(response.read())
            return reply
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode(errors="replace")
        raise RestRefused(error.code, _message_of(text)) from error


def _message_of(body: str) -> str:
    try:
        return str(json.loads(body)["messages"][0]["text"])
    except (ValueError, LookupError, TypeError):
        return body
