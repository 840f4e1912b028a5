"""Listening, and what can happen to a listening machine: restart, failover, certificate, clock."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

from simulator.server import certificates
from simulator.server.https import Face, RpcServer
from simulator.server.side_door import Body, Door


class Address:
    """A port that is ours for good: a socket that never listens holds it while nobody does."""

    def __init__(self, port: int) -> None:
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", port))
        self.port: int = self._reserved.getsockname()[1]
        self.server: RpcServer | None = None

    def listen(self, face: Face) -> None:
        if self.server is not None:
            return
        self.server = RpcServer(("127.0.0.1", self.port), face)
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()

    def refuse(self) -> None:
        """Stop listening and cut every connection; the port stays ours."""
        server, self.server = self.server, None
        if server is None:
            return
        server.shutdown()
        server.drop_connections()
        server.server_close()

    def close(self) -> None:
        self.refuse()
        self._reserved.close()


class Host:
    """One FortiManager, or (with a second address) an HA pair of which one listens."""

    def __init__(self, face: Face, folder: Path, ports: list[int], days: int) -> None:
        """OSError when a port is taken."""
        self.face = face
        self._folder = folder
        self._lock = threading.Lock()
        self.addresses: list[Address] = []
        for port in ports:
            self.addresses.append(Address(port))
        self.pems = certificates.make(folder, days)
        self._load()

    def _load(self) -> None:
        self.face.tls.load_cert_chain(self.pems.certificate, self.pems.key)

    def start(self) -> None:
        self.addresses[0].listen(self.face)

    def close(self) -> None:
        for address in self.addresses:
            address.close()

    def doors(self) -> dict[tuple[str, str], Door]:
        return {
            ("POST", "/restart"): self.restart,
            ("POST", "/failover"): self.failover,
            ("POST", "/certificate"): self.certificate,
            ("POST", "/clock"): self.clock,
        }

    def restart(self, body: Body) -> Any:
        """Refuse connections for ``seconds`` (default 1), then listen without any session."""
        with self._lock:
            active = [address for address in self.addresses if address.server is not None]
            for address in active:
                address.refuse()
            ended = self.face.rpc.sessions.expire_all()
            time.sleep(float(body.get("seconds", 1)))
            for address in active:
                address.listen(self.face)
        return {"ok": True, "sessions_ended": ended}

    def failover(self, body: Body) -> Any:
        """The other address listens from now on; sessions are not taken along."""
        with self._lock:
            if len(self.addresses) < 2:
                raise ValueError("start the simulator with --ha to have a second address")
            active = next(one for one in self.addresses if one.server is not None)
            other = next(one for one in self.addresses if one is not active)
            active.refuse()
            ended = self.face.rpc.sessions.expire_all()
            time.sleep(float(body.get("seconds", 0)))
            other.listen(self.face)
        return {"ok": True, "sessions_ended": ended, "port": other.port}

    def certificate(self, body: Body) -> Any:
        """A new certificate of the same CA, valid for ``days`` (negative: expired already)."""
        certificates.renew(self._folder, int(body.get("days", 30)))
        self._load()
        return {"ok": True}

    def clock(self, body: Body) -> Any:
        """FortiManager's clock is ``offset`` seconds off (positive: ahead)."""
        offset = float(body.get("offset", 0))
        self.face.rpc.fm.clock = lambda: time.time() + offset
        return {"ok": True, "now": int(self.face.rpc.fm.clock())}


def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
