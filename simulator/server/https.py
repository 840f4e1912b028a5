"""The HTTPS face: ``POST /jsonrpc``, and ``GET /jsonrpc/<url>`` as its alias."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from simulator.refusal import status
from simulator.rpc import Caller, Rpc
from simulator.server.certificates import Certificates
from simulator.server.statistics import Statistics
from simulator.versions import Version

log = logging.getLogger("simulator")
_NOT_JSON: dict[str, Any] = {"id": None, "result": [{"status": status(-8)}]}
_QUERY_TOKEN_REFUSED = Version(7, 4, 7)


@dataclass
class Latency:
    """Seconds one request costs, and each of its urls; a session's requests wait for each other."""

    request: float = 0.0
    url: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, urls: int) -> None:
        seconds = self.request + self.url * urls
        if seconds > 0:
            self.sleep(seconds)


class RpcServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(
        self,
        address: tuple[str, int],
        rpc: Rpc,
        statistics: Statistics,
        latency: Latency,
        certificates: Certificates,
    ) -> None:
        self.rpc = rpc
        self.statistics = statistics
        self.latency = latency
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates.certificate, certificates.key)
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        """The handshake happens in the connection's own thread, not here."""
        connection, address = super().get_request()
        connection.settimeout(300)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wrapped = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("connection of %s broke off: %r", client_address, sys.exc_info()[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    server: RpcServer

    def setup(self) -> None:
        self.request.do_handshake()
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if urlsplit(self.path).path.rstrip("/") not in ("/jsonrpc", ""):
            self._send(404, b"<html><body>Not Found</body></html>", "text/html")
            return
        try:
            request = json.loads(body)
        except ValueError:
            request = None
        self._send_json(self._answer(request) if isinstance(request, dict) else _NOT_JSON)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not address.path.startswith("/jsonrpc/"):
            self._send(404, b"<html><body>Not Found</body></html>", "text/html")
            return
        url = unquote(address.path[len("/jsonrpc") :])
        self._send_json(self._answer({"method": "get", "params": [{"url": url}], "verbose": 1}))

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        server = self.server
        params = request.get("params")
        urls = (
            [str(one.get("url", "")) for one in params if isinstance(one, dict)]
            if isinstance(params, list)
            else []
        )
        server.statistics.count(str(request.get("method", "")), urls)
        caller = server.rpc.caller(request, self._token())
        queue = caller.session.queue if caller.session else contextlib.nullcontext()
        with queue:
            server.latency.wait(len(urls))
            return server.rpc.answer(request, self._still(caller, request))

    def _still(self, caller: Caller, request: dict[str, Any]) -> Caller:
        """A session may have been ended while its request was queued."""
        if caller.session is None:
            return caller
        return Caller(session=self.server.rpc.sessions.find(request.get("session")))

    def _token(self) -> str | None:
        kind, _space, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind.lower() == "bearer":
            return token.strip()
        query = parse_qs(urlsplit(self.path).query).get("access_token")
        version = self.server.rpc.fm.version
        refused = version >= _QUERY_TOKEN_REFUSED and not Version(7, 6, 0) <= version < (7, 6, 2)
        return query[0] if query and not refused else None

    def _send_json(self, answer: dict[str, Any]) -> None:
        # FortiManager's JSON library writes every slash escaped.
        text = json.dumps(answer).replace("/", "\\/")
        self._send(200, text.encode(), "application/json;charset=utf-8")

    def _send(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "Apache"

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
