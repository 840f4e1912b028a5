"""Splunk Web asked as a browser asks it: cookies kept, redirections seen."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.parse import urlencode

from standin import Standin

RAW = "/en-US/splunkd/__raw"
LOGIN = "/en-US/account/login"


class Page(NamedTuple):
    status: int
    body: str
    headers: Message

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Browser:
    """``form_key``: what its scripts read from the cookie and send with a change."""

    def __init__(self, splunk: Standin) -> None:
        self._splunk = splunk
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            _Stay(),
            urllib.request.HTTPCookieProcessor(self.cookies),
        )

    @property
    def form_key(self) -> str:
        found = [each for each in self.cookies if each.name.startswith("splunkweb_csrf_token_")]
        return str(found[0].value) if found else ""

    def ask(
        self,
        method: str,
        path: str,
        fields: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        encoded = urlencode(fields or {}, doseq=True)
        url = f"{self._splunk.web_uri}{path}"
        body = None if method == "GET" else encoded.encode()
        if method == "GET" and encoded:
            url += f"?{encoded}"
        request = urllib.request.Request(url, body, headers or {}, method=method)
        try:
            with self._opener.open(request) as reply:
                return Page(reply.status, reply.read().decode(), reply.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.read().decode(), error.headers)

    def log_in(self, user: str, password: str, back: str = "", **headers: str) -> Page:
        form = self.ask("GET", LOGIN, {"return_to": back})
        (cval,) = re.findall(r'name="cval" value="(\d+)"', form.body)
        fields = {"cval": cval, "return_to": back, "username": user, "password": password}
        return self.ask("POST", LOGIN, fields, headers)

    def raw(self, method: str, path: str, **fields: Any) -> Page:
        """One request through the proxy, as Splunk's own scripts send it."""
        headers = {"X-Splunk-Form-Key": self.form_key, "X-Requested-With": "XMLHttpRequest"}
        return self.ask(method, f"{RAW}{path}", {"output_mode": "json", **fields}, headers)


def logged_in(splunk: Standin, user: str, password: str) -> Browser:
    browser = Browser(splunk)
    assert browser.log_in(user, password).status == 303
    return browser
