"""The sample app of these tests, packed, and clients of a stand-in that runs it."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from splunklib import client

from standin import Standin
from tests.splunk.sample_package import pack

APP = "rest_app"
PASSWORD = "correct horse"
NS = f"/servicesNS/nobody/{APP}"


def rest_app(folder: Path, **options: Any) -> Standin:
    """A stand-in with the sample app, not yet started."""
    package = pack(Path(__file__).parent / APP, folder / "rest_app-1.0.0.tar.gz")
    return Standin(
        folder / "splunk", packages=[package], admin_password=PASSWORD, grace=5.0, **options
    )


def where(splunk: Standin) -> dict[str, Any]:
    host, _colon, port = splunk.uri.removeprefix("https://").partition(":")
    return {"scheme": "https", "host": host, "port": int(port)}


def service(splunk: Standin, **more: Any) -> client.Service:
    """A client that knows a name and a password, as people connect."""
    given = {"username": "admin", "password": PASSWORD, "app": APP, "owner": "nobody", **more}
    return client.connect(**where(splunk), **given)


class Got(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    splunk: Standin,
    method: str,
    path: str,
    fields: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Got:
    """One plain HTTPS request; ``fields`` go into the URL of a GET, else into a form."""
    encoded = urlencode(fields or {}, doseq=True)
    url = f"{splunk.uri}{path}"
    if method == "GET" and encoded:
        url += f"?{encoded}"
    elif body is None and method != "GET":
        body = encoded.encode()
    given = {"Authorization": f"Splunk {key or splunk.session_key}"} if key != "" else {}
    request = urllib.request.Request(url, body, {**given, **(headers or {})}, method=method)
    context = ssl.create_default_context(cafile=str(splunk.home.auth / "server.pem"))
    try:
        with urllib.request.urlopen(request, context=context) as response:
            return Got(response.status, response.read(), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Got(error.code, error.read(), dict(error.headers))
