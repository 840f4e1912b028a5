"""The HTTPS face: ``POST /jsonrpc``, and ``GET /jsonrpc/<url>`` as its alias."""

from __future__ import annotations

import ast
import contextlib
import json
import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from simulator.faults import AT_THE_WIRE, Faults
from simulator.refusal import Refused, status
from simulator.rpc import Caller, Rpc
from simulator.server import sabotage
from simulator.server.sabotage import Sabotage
from simulator.server.side_door import Door
from simulator.server.statistics import Statistics
from simulator.versions import Version

log = logging.getLogger("simulator")
JSON = "application/json;charset=utf-8"
_NOT_JSON: dict[str, Any] = {"id": None, "result": [{"status": status(-8)}]}
_NOT_FOUND = b"<html><body>Not Found</body></html>"
_CLOUD_LOGIN = "/p/forticloud_jsonrpc_login"
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


@dataclass
class Face:
    """What one or two listening addresses of the same FortiManager share."""

    rpc: Rpc
    statistics: Statistics
    latency: Latency
    faults: Faults
    tls: ssl.SSLContext
    doors: dict[tuple[str, str], Door]


class RpcServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], face: Face) -> None:
        self.face = face
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        """The handshake happens in the connection's own thread, not here."""
        connection, address = super().get_request()
        connection.settimeout(900)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wrapped = self.face.tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        with self._lock:
            self._open.add(wrapped)
        return wrapped, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

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
        path = urlsplit(self.path).path.rstrip("/")
        if path == _CLOUD_LOGIN:
            self._cloud_login(body)
            return
        if path not in ("/jsonrpc", ""):
            sabotage.send(self, 404, _NOT_FOUND, "text/html")
            return
        request = _decoded(body)
        if isinstance(request, dict):
            self._serve(request)
        else:
            sabotage.send(self, 200, _encoded(_NOT_JSON), JSON)

    def _cloud_login(self, body: bytes) -> None:
        """FortiManager Cloud: an OAuth token (here: the API token) is changed into a session."""
        request = _decoded(body)
        token = request.get("access_token") if isinstance(request, dict) else None
        face = self.server.face
        face.statistics.count("cloud login", [_CLOUD_LOGIN])
        try:
            answer: dict[str, Any] = {"session": face.rpc.sessions.cloud_login(str(token)).key}
        except Refused as refused:
            answer = {"result": [{"status": status(refused.code), "url": "sys/login/user"}]}
        sabotage.send(self, 200, _encoded(answer), JSON)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not address.path.startswith("/jsonrpc/"):
            sabotage.send(self, 404, _NOT_FOUND, "text/html")
            return
        url = unquote(address.path[len("/jsonrpc") :])
        self._serve({"method": "get", "params": [{"url": url}], "verbose": 1})

    def _serve(self, request: dict[str, Any]) -> None:
        face = self.server.face
        method, urls = str(request.get("method", "")), _urls(request)
        face.statistics.count(method, urls)
        spoiled = Sabotage(face.faults.strike(AT_THE_WIRE, method, urls))
        if spoiled.instead(self):
            return
        token = self._token()
        with self._token_counted(token):
            answer = self._answer(request, token, len(urls), spoiled)
        spoiled.send(self, _encoded(answer), JSON)
        with contextlib.suppress(OSError):
            self.wfile.flush()
        for fault in spoiled.faults:
            if fault.kind == "door":
                _post(face, fault.door, fault.body)

    def _answer(
        self, request: dict[str, Any], token: str | None, urls: int, spoiled: Sabotage
    ) -> dict[str, Any]:
        face = self.server.face
        caller = face.rpc.caller(request, token)
        queue = caller.session.queue if caller.session else contextlib.nullcontext()
        with queue:
            face.latency.wait(urls)
            answer = face.rpc.answer(request, self._still(caller, request))
            spoiled.delay(answer)
        return answer

    def _still(self, caller: Caller, request: dict[str, Any]) -> Caller:
        """A session may have been ended while its request was queued."""
        if caller.session is None:
            return caller
        return Caller(session=self.server.face.rpc.sessions.find(request.get("session")))

    @contextlib.contextmanager
    def _token_counted(self, token: str | None) -> Any:
        faults = self.server.face.faults
        if token is not None:
            faults.token_request(begins=True)
        try:
            yield
        finally:
            if token is not None:
                faults.token_request(begins=False)

    def _token(self) -> str | None:
        kind, _space, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind.lower() == "bearer":
            return token.strip()
        query = parse_qs(urlsplit(self.path).query).get("access_token")
        version = self.server.face.rpc.fm.version
        refused = version >= _QUERY_TOKEN_REFUSED and not Version(7, 6, 0) <= version < (7, 6, 2)
        return query[0] if query and not refused else None

    def date_time_string(self, timestamp: float | None = None) -> str:
        """FortiManager's clock, which may be off."""
        now = self.server.face.rpc.fm.clock() if timestamp is None else timestamp
        return super().date_time_string(int(now))

    def version_string(self) -> str:
        return "Apache"

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


def _urls(request: dict[str, Any]) -> list[str]:
    params = request.get("params")
    if not isinstance(params, list):
        return []
    return [str(one.get("url", "")) for one in params if isinstance(one, dict)]


def _decoded(body: bytes) -> Any:
    """None when it cannot be read. FortiManager's JSON library also takes 'single quotes', which
    one public client relies on."""
    try:
        return json.loads(body)
    except ValueError:
        pass
    try:
        return ast.literal_eval(body.decode())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _encoded(answer: dict[str, Any]) -> bytes:
    """FortiManager's JSON library writes every slash escaped."""
    return json.dumps(answer).replace("/", "\\/").encode()


def _post(face: Face, path: str, body: dict[str, Any]) -> None:
    try:
        face.doors["POST", path](body)
    except Exception as error:  # noqa: BLE001 (whatever a test's door did wrong is logged)
        log.error("fault door %s: %r", path, error)
