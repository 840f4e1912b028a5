"""The way to FortiManager and back: HTTPS by ``requests``. The only module that imports it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Optional, Protocol

import certifi
import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from fmgstate.errors import BadAnswer, ConfigurationError, FmgStateError, Unreachable
from fmgstate.fortimanager.addresses import host_of, proxies, proxy_name
from fmgstate.fortimanager.answer import decode
from fmgstate.fortimanager.http_status import http_error
from fmgstate.fortimanager.secrets import Censor
from fmgstate.fortimanager.tls import bounded, refusal, time_is_up, verifying_context
from fmgstate.settings import Account, Limits

ANSWER_BYTES = 128 * 1024 * 1024
ANSWER_TIMEOUTS = 3
"""One answer may take this many read timeouts in all, however steadily it trickles."""
_CHUNK = 256 * 1024
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}

_FAULTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    UnicodeError,
)


class NoConnection(Unreachable):
    """Not even a connection came about: nothing was asked."""


class Transport(Protocol):
    """Carries one request. Safe to use from several threads."""

    @property
    def address(self) -> str:
        """Host and port that requests go to now; a session is known at one address only."""

    def post(
        self,
        path: str,
        body: dict[str, Any],
        headers: Mapping[str, str],
        seconds: Optional[float] = None,
    ) -> dict[str, Any]:
        """The reply's JSON object, its ``result`` without secrets. Raises ``FortiManagerError``.

        ``path``: of FortiManager's own, or a whole https url of another host.
        ``seconds``: a shorter time-out than usual, for connecting and for the whole answer.
        """

    def close(self) -> None:
        """Let go of connections. Never raises."""


class HttpsTransport:
    """HTTPS with verified certificates; no proxy, CA or password is taken from the environment.

    ``address``: host and port, of the account unless given.
    """

    def __init__(self, account: Account, limits: Limits, censor: Censor, address: str = "") -> None:
        self.address = address or account.manager
        self._account = account
        self._limits = limits
        self._censor = censor
        self._opening = threading.Lock()
        self._session: Optional[requests.Session] = None

    def post(
        self,
        path: str,
        body: dict[str, Any],
        headers: Mapping[str, str],
        seconds: Optional[float] = None,
    ) -> dict[str, Any]:
        """As ``Transport.post`` says."""
        session = self._opened()
        limits = self._limits
        read = min(seconds or limits.read_timeout, limits.read_timeout)
        with bounded(seconds or ANSWER_TIMEOUTS * limits.read_timeout):
            try:
                with session.post(
                    f"https://{self.address}{path}",
                    data=json.dumps(body).encode(),
                    headers={**_HEADERS, **headers},
                    timeout=(min(limits.connect_timeout, read), read),
                    verify=True,
                    stream=True,
                    allow_redirects=False,
                ) as response:
                    raw = self._body(response)
                    if response.status_code != 200:
                        raise http_error(self.address, response.status_code, self._excerpt(raw))
            except _FAULTS as fault:
                raise self._explained(fault) from None
        return self._decoded(raw)

    def close(self) -> None:
        """As ``Transport.close`` says."""
        with self._opening:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _opened(self) -> requests.Session:
        with self._opening:
            if self._session is None:
                self._session = self._new_session()
            return self._session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.proxies = proxies(self._account.proxy)
        adapter = _VerifyingAdapter(
            verifying_context(host_of(self.address), self._account.ca, certifi.where()),
            self._limits.sessions,
        )
        session.mount("https://", adapter)
        return session

    def _body(self, response: requests.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in _chunks(response):
            size += len(part)
            if size > ANSWER_BYTES:
                raise BadAnswer(
                    f"The answer of {self.address} is larger than {ANSWER_BYTES // 2**20} MiB.",
                    "Lower the number of rows a page and of questions a request.",
                )
            parts.append(part)
        if response.raw.length_remaining:
            raise self._broke_off("half an answer")
        return b"".join(parts)

    def _decoded(self, raw: bytes) -> dict[str, Any]:
        try:
            return decode(raw, self._censor.own())
        except ValueError:
            raise BadAnswer(
                f"{self.address} sent something that is no FortiManager answer,"
                f" beginning with: {self._excerpt(raw)!r}.",
                "Check that the host is a FortiManager and that no proxy or portal answers for it.",
            ) from None

    def _excerpt(self, raw: bytes) -> str:
        return self._censor.excerpt(raw[:4000].decode("utf-8", "replace"))

    def _explained(self, fault: BaseException) -> FmgStateError:
        causes = list(_causes(fault))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return refusal(self.address, cause)
        for types, kind, what, cure in _SENTENCES:
            for cause in causes:
                if isinstance(cause, types):
                    return kind(what.format(**self._facts(cause)), cure)
        if time_is_up():
            _, kind, what, cure = _TIMEOUTS
            return kind(what.format(**self._facts(fault)), cure)
        return self._broke_off(type(causes[-1]).__name__)

    def _facts(self, cause: BaseException) -> dict[str, str]:
        return {
            "host": self.address,
            "proxy": proxy_name(self._account.proxy),
            "connect": f"{self._limits.connect_timeout:g} s",
            "read": f"{self._limits.read_timeout:g} s",
            "in_all": f"{ANSWER_TIMEOUTS * self._limits.read_timeout:g} s",
            "reason": str(getattr(cause, "reason", None) or "no reason given"),
        }

    def _broke_off(self, how: str) -> Unreachable:
        return Unreachable(
            f"The connection to {self.address} broke off ({how}).",
            "The next run asks again; if it stays, check the network between here and there.",
        )


_Sentence = tuple[tuple[type[BaseException], ...], type[FmgStateError], str, str]
_TIMEOUTS: _Sentence = (
    (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, socket.timeout),
    Unreachable,
    "{host} did not finish its answer in time ({read} without a sign of life, {in_all} in all).",
    "FortiManager may be overloaded: lower the number of sessions or rows a page.",
)
_SENTENCES: tuple[_Sentence, ...] = (
    (
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidHeader,
            requests.exceptions.InvalidProxyURL,
            requests.exceptions.InvalidSchema,
            urllib3.exceptions.LocationParseError,
            UnicodeError,
        ),
        ConfigurationError,
        "The address or the token for {host} cannot be used as it is.",
        "Check the account's host, proxy and token for blanks and odd characters.",
    ),
    (
        (requests.exceptions.ProxyError,),
        NoConnection,
        "The proxy {proxy} gave no way to {host}.",
        "Check the proxy's address, user and password, and that it allows this host.",
    ),
    (
        (socket.gaierror,),
        NoConnection,
        "The host name {host} is unknown here.",
        "Check its spelling in the account and this host's DNS.",
    ),
    (
        (ConnectionRefusedError,),
        NoConnection,
        "{host} refuses connections on this port.",
        "Check the port in the account (443 when none is given), and that HTTPS access is allowed.",
    ),
    (
        (requests.exceptions.ConnectTimeout,),
        NoConnection,
        "{host} did not accept a connection within {connect}.",
        "Check address, routing and firewalls between here and FortiManager.",
    ),
    (
        (urllib3.exceptions.NewConnectionError,),
        NoConnection,
        "There is no way from here to {host}.",
        "Check address, routing and this host's network.",
    ),
    _TIMEOUTS,
    (
        (ssl.SSLError,),
        Unreachable,
        "TLS with {host} failed ({reason}).",
        "Check that the port speaks HTTPS and allows TLS 1.2 or later.",
    ),
)
"""What a fault means, the telling ones first."""


class _VerifyingAdapter(HTTPAdapter):
    """Uses one TLS context for direct and proxied connections, whatever a call or variable says."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        base: Any = super()
        base.init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        base: Any = super()
        return base.proxy_manager_for(proxy, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Keep the context's own CAs: the usual way would add the public ones to them."""
        conn.cert_reqs = "CERT_REQUIRED"


def _chunks(response: requests.Response) -> Iterator[bytes]:
    parts: Iterator[bytes] = response.iter_content(_CHUNK)
    return parts


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """The fault and everything it was raised from or carries, outermost first."""
    seen: list[BaseException] = []
    todo: list[Any] = [fault]
    while todo and len(seen) < 20:
        one = todo.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
