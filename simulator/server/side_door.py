"""The side door: plain HTTP on 127.0.0.1 to change what the simulator holds, and to look in."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator.refusal import Refused

log = logging.getLogger("simulator")
Body = dict[str, Any]
Door = Callable[[Body], Any]


class SideDoor(ThreadingHTTPServer):
    """``doors``: (method, path) to a function from the body (or query) to what is answered.

    Answers 200 with ``{"ok": true, …}``, 409 with ``{"error": {code, message}}`` where
    FortiManager would refuse, 404 for an unknown path, 400 for a body that is no JSON object.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, doors: dict[tuple[str, str], Door], port: int = 0) -> None:
        self.doors = doors
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SideDoor

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self._open("GET", address.path, dict(parse_qsl(address.query)))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = None
        if isinstance(body, dict):
            self._open("POST", urlsplit(self.path).path, body)
        else:
            self._send(400, {"error": {"code": -8, "message": "the body is no JSON object"}})

    def _open(self, method: str, path: str, body: Body) -> None:
        door = self.server.doors.get((method, path.rstrip("/")))
        if door is None:
            known = sorted(f"{one} {at}" for one, at in self.server.doors)
            error = {"code": -6, "message": "no such door"}
            self._send(404, {"error": error, "doors": known})
            return
        try:
            self._send(200, door(body))
        except Refused as refused:
            self._send(409, {"error": {"code": refused.code, "message": refused.message}})
        except (KeyError, TypeError, ValueError) as error:
            text = f"{type(error).__name__}: {error}"
            self._send(400, {"error": {"code": -8, "message": text}})

    def _send(self, code: int, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
