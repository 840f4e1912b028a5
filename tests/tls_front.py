"""TLS in front of a plain server on loopback, as a terminating proxy does it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standin.rest import certificate


@contextmanager
def tls_front(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """The port that speaks TLS for ``port``, and the file of its certificate's authority."""
    pem = folder / "front.pem"
    certificate.make(pem)
    authority = folder / "front-ca.pem"
    text = pem.read_text()
    authority.write_text(text[text.index("-----BEGIN CERTIFICATE-----") :])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    front = _Front(port, context)
    thread = threading.Thread(target=front.run, daemon=True)
    thread.start()
    front.ready.wait(10)
    try:
        yield front.port, authority
    finally:
        front.stop()
        thread.join(10)


class _Front:
    def __init__(self, behind: int, context: ssl.SSLContext) -> None:
        self._behind, self._context = behind, context
        self.port = 0
        self.ready = threading.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def run(self) -> None:
        asyncio.run(self._serve())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self._ended.wait()
        server.close()
        for one in self._open:
            one.transport.abort()
        await asyncio.sleep(0.05)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", self._behind)
        self._open |= {writer, outer}
        await asyncio.gather(_pass(reader, outer), _pass(inner, writer))


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(1 << 16):
            sink.write(piece)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.transport.abort()
