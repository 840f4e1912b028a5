"""A web server that sends exactly the bytes a test wants, and certificates of every kind."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import socketserver
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Optional

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket, bytes], None]
"""Answers one request on an open connection, which is closed afterwards."""


def answer(body: bytes, status: str = "200 OK", *headers: str) -> Talk:
    """One whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    raw = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection, _: connection.sendall(raw)


@dataclass
class Pki:
    """A CA, and server certificates signed by it; all as paths of PEM files."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    ca: x509.Certificate

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    @classmethod
    def made_in(cls, folder: Path) -> Pki:
        key = ec.generate_private_key(ec.SECP256R1())
        ca = _certificate(f"CA of {folder.name}", key, None, key, None, 365)
        (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, ca)

    def server(self, address: str = "127.0.0.1", days: int = 30) -> ssl.SSLContext:
        """A server's context with a certificate for ``address``, expired for negative ``days``."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate("fmg.example.com", key, self.ca, self.key, address, days)
        path = self.folder / f"{address}{days}.pem"
        path.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: Optional[x509.Certificate],
    signer: ec.EllipticCurvePrivateKey,
    address: Optional[str],
    days: int,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    until = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - dt.timedelta(days=400))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    )
    if address:
        names = [x509.IPAddress(ipaddress.ip_address(address))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@dataclass
class Running:
    """A server that runs: its port and the requests it got."""

    port: int
    requests: list[bytes]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def serving(talk: Talk, context: Optional[ssl.SSLContext]) -> Iterator[Running]:
    """A server on 127.0.0.1 that answers each request by ``talk``; plain without ``context``."""
    running = Running(0, [])

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(10)
            with suppress(OSError):
                if context:
                    with context.wrap_socket(self.request, server_side=True) as connection:
                        self.talk(connection)
                else:
                    self.talk(self.request)

        def talk(self, connection: socket.socket) -> None:
            request = _request(connection)
            running.requests.append(request)
            talk(connection, request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        running.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join(10)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part or part.startswith(b"\x16\x03"):
            return received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
