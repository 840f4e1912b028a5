"""Faults at the wire: spoiling the way an answer travels."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from simulator.faults import Fault

HTML = b"<!DOCTYPE html>\n<html><head><title>FortiManager</title></head><body>Sign in</body></html>"
BUSY = b"<html><head><title>503 Service Unavailable</title></head><body>Busy.</body></html>"
Sleep = Callable[[float], None]


@dataclass
class Sabotage:
    """The faults that struck one request, sorted by when they act."""

    faults: list[Fault]
    sleep: Sleep = field(default=time.sleep)

    def find(self, *kinds: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.kind in kinds), None)

    def instead(self, handler: BaseHTTPRequestHandler) -> bool:
        """Whether the request was spoiled without being looked at."""
        if self.find("drop before"):
            hang_up(handler)
        elif self.find("503"):
            send(handler, 503, BUSY, "text/html")
        elif self.find("html"):
            send(handler, 200, HTML, "text/html")
        else:
            return False
        return True

    def delay(self, answer: dict[str, Any]) -> None:
        """Slow answers, while the session's queue is held."""
        for fault in self.faults:
            if fault.kind == "slow":
                self.sleep(fault.seconds)
            elif fault.kind == "slow rows":
                self.sleep(fault.seconds * rows_of(answer))

    def send(self, handler: BaseHTTPRequestHandler, body: bytes, kind: str) -> None:
        """Send ``body``, whole or spoiled."""
        if self.find("drop unanswered"):
            hang_up(handler)
        elif self.find("drop middle"):
            head(handler, 200, len(body), kind)
            handler.wfile.write(body[: len(body) // 2])
            hang_up(handler)
        elif self.find("endless"):
            self._never_end(handler, body, kind)
        elif self.find("half json"):
            send(handler, 200, body[: len(body) // 2], kind)
        else:
            send(handler, 200, body, kind)
            if self.find("drop after"):
                hang_up(handler)

    def _never_end(self, handler: BaseHTTPRequestHandler, body: bytes, kind: str) -> None:
        fault = self.find("endless")
        until = time.monotonic() + (fault.seconds if fault else 0)
        head(handler, 200, 1 << 40, kind)
        with contextlib.suppress(OSError):
            handler.wfile.write(body[:1])
            while time.monotonic() < until:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                self.sleep(0.2)
        hang_up(handler)


def rows_of(answer: dict[str, Any]) -> int:
    results = answer.get("result")
    if not isinstance(results, list):
        return 0
    return sum(len(one["data"]) for one in results if isinstance(one.get("data"), list))


def head(handler: BaseHTTPRequestHandler, code: int, size: int, kind: str) -> None:
    handler.send_response(code)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(size))
    if handler.close_connection:
        handler.send_header("Connection", "close")
    handler.end_headers()


def send(handler: BaseHTTPRequestHandler, code: int, body: bytes, kind: str) -> None:
    head(handler, code, len(body), kind)
    handler.wfile.write(body)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """What was written leaves; then the connection is gone, without a TLS farewell."""
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.wfile.flush()
    with contextlib.suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)
