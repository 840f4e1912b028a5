"""splunkd's management port, asked over one connection, with nothing but sockets.

A search command has a few milliseconds: ``http.client`` alone would take ten to import. Splunk's
SDK does not verify the certificate of a splunkd on the same host, whose session key it was handed
by that very splunkd; nor does this. Any other host's certificate must chain to Splunk's authority.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
from contextlib import suppress
from typing import Any, Optional

from fmgstate.errors import ConfigurationError, FmgStateError

NUMERIC = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
"""Looking a name up would import what encodes those of other alphabets."""
LOOPBACK = (*NUMERIC, "localhost")
SECONDS = 10.0
_MOST_BYTES = 64 << 20
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
"""What a URL or a form holds as it is: most questions need no ``urllib.parse``."""


class SplunkdError(FmgStateError):
    """splunkd did not answer, or not as it should. ``status``: of HTTP, 0 = there was none."""

    def __init__(self, what: str, cure: str = "", status: int = 0) -> None:
        super().__init__(what, cure)
        self.status = status


class Splunkd:
    """``uri``: "https://127.0.0.1:8089". Connects when first asked; use it in ``with``."""

    def __init__(self, uri: str, session_key: str, ca_file: Optional[str] = None) -> None:
        scheme, _, rest = uri.partition("://")
        host, _, port = rest.rstrip("/").rpartition(":")
        if scheme not in ("https", "http") or not host or not port.isdigit():
            raise ConfigurationError(f"splunkd's address {uri!r} cannot be read.")
        self._tls, self._host, self._port = scheme == "https", host.strip("[]"), int(port)
        self._key, self._ca = session_key, ca_file
        self._socket: Optional[socket.socket] = None

    def __enter__(self) -> Splunkd:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str, **arguments: str) -> Any:
        """The JSON behind ``path``. Raises ``SplunkdError``."""
        return self._json("GET", path, arguments)

    def post(self, path: str, body: Any = None, **arguments: str) -> Any:
        """As ``get``; ``body`` is sent as JSON, else the arguments as a form."""
        return self._json("POST", path, arguments, body)

    def delete(self, path: str, **arguments: str) -> Any:
        """As ``get``."""
        return self._json("DELETE", path, arguments)

    def _json(self, method: str, path: str, arguments: dict[str, str], body: Any = None) -> Any:
        query = _form({"output_mode": "json", **arguments})
        data, kind = b"", "application/x-www-form-urlencoded"
        target = _quoted(path)
        if method == "POST" and body is None:
            data = query.encode()
        else:
            target = f"{target}?{query}"
        if body is not None:
            data, kind = json.dumps(body).encode(), "application/json"
        status, answer = self._exchange(method, target, data, kind)
        if status >= 400:
            raise SplunkdError(_refusal(path, status, answer), _cure(status), status)
        try:
            return json.loads(answer) if answer.strip() else None
        except ValueError:
            raise SplunkdError(f"splunkd's answer to {path} is no JSON.", status=status) from None

    def _exchange(self, method: str, target: str, data: bytes, kind: str) -> tuple[int, bytes]:
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Authorization: Splunk {self._key}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(data)}\r\nAccept: application/json\r\n\r\n"
        )
        fresh = self._socket is None
        try:
            return self._talk(head.encode() + data)
        except (OSError, ValueError, EOFError) as error:
            self.close()
            if fresh or not isinstance(error, (OSError, EOFError)):
                raise self._unreachable(error) from None
        # A kept connection that was closed meanwhile: once more, on a new one.
        try:
            return self._talk(head.encode() + data)
        except (OSError, ValueError, EOFError) as error:
            self.close()
            raise self._unreachable(error) from None

    def _talk(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = self._connect()
        self._socket.sendall(request)
        _acknowledge_at_once(self._socket)
        with self._socket.makefile("rb") as stream:
            status, headers = _head(stream)
            body = _body(stream, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, body

    def _connect(self) -> socket.socket:
        plain = self._dialled()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._tls:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # Splunk's own certificates name no host
        if self._host in LOOPBACK:
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(self._ca or _splunks_authority())
        try:
            return context.wrap_socket(plain)
        except OSError:
            plain.close()
            raise

    def _dialled(self) -> socket.socket:
        family = NUMERIC.get(self._host)
        if family is None:
            return socket.create_connection((self._host, self._port), SECONDS)
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(SECONDS)
            plain.connect((self._host, self._port))
        except OSError:
            plain.close()
            raise
        return plain

    def _unreachable(self, error: Exception) -> SplunkdError:
        why = type(error).__name__
        where = f"{self._host}:{self._port}"
        return SplunkdError(f"splunkd at {where} gave no answer ({why}).", "Look at splunkd.log.")


def _acknowledge_at_once(connection: socket.socket) -> None:
    """A server that does not send small pieces at once (Nagle) waits with its first answer until
    the session tickets before it are acknowledged, which Linux puts off for 40 ms. No other system
    has the option, nor puts it off so long."""
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, 1)


def _form(arguments: dict[str, str]) -> str:
    if _PLAIN.issuperset("".join([*arguments, *arguments.values()])):
        return "&".join([f"{name}={value}" for name, value in arguments.items()])
    from urllib.parse import urlencode

    return urlencode(arguments)


def _quoted(path: str) -> str:
    if _PLAIN.issuperset(path.replace("/", "")):
        return path
    from urllib.parse import quote

    return quote(path, safe="/%:")


def _splunks_authority() -> str:
    return os.path.join(os.environ.get("SPLUNK_HOME", ""), "etc", "auth", "cacert.pem")  # noqa: PTH118


def _head(stream: Any) -> tuple[int, dict[str, str]]:
    line = stream.readline(65536)
    if not line:
        raise EOFError
    parts = line.split(None, 2)
    if len(parts) < 2 or not line.startswith(b"HTTP/1."):
        raise ValueError
    headers = {}
    while (line := stream.readline(65536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(parts[1]), headers


def _body(stream: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(_chunks(stream))
    length = headers.get("content-length")
    size = _MOST_BYTES if length is None else int(length)
    body: bytes = stream.read(size)
    if length is not None and len(body) < size:
        raise EOFError
    return body


def _chunks(stream: Any) -> Any:
    while True:
        size = int(stream.readline(1024).split(b";")[0], 16)
        piece = stream.read(size)
        if len(piece) < size:
            raise EOFError
        stream.readline(1024)
        if not size:
            return
        yield piece


def _refusal(path: str, status: int, answer: bytes) -> str:
    try:
        text = str(json.loads(answer)["messages"][0]["text"])
    except (ValueError, LookupError, TypeError):
        text = ""
    return f"splunkd refused {path} with status {status}{': ' + text if text else ''}."


def _cure(status: int) -> str:
    return "Log in again." if status == 401 else ""
