"""HTTP or HTTPS on 127.0.0.1: one loop reads and writes, threads answer.

Handlers that must not wait for a thread (an app's persistent ones) are asked in the loop itself.
"""

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from standin.rest.http import Answer, HttpRequest
from standin.rest.wire import BadRequest, RequestReader, encode

_LOG = logging.getLogger("standin.rest")
_THREADS = 64

Blocking = Callable[[HttpRequest], Answer]
Quick = Callable[[HttpRequest], Awaitable[Answer] | None]


class HttpPort:
    """The server, in threads of its own from ``start`` to ``stop``."""

    def __init__(
        self,
        answer: Blocking,
        certificate: Path | None = None,
        port: int = 0,
        quick: Quick = lambda _request: None,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        self._tls = _tls(certificate) if certificate else None
        self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        self._answer = answer
        self._quick = quick
        self._leave = leave
        self._loop = asyncio.new_event_loop()
        self._threads = ThreadPoolExecutor(_THREADS, "standin rest")
        self._connections: set[_Connection] = set()
        self._thread = threading.Thread(target=self._run, name="standin http port")
        self._started = threading.Event()

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self._socket.getsockname()[1])

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop in which ``quick`` answers run."""
        return self._loop

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Closes the port and every connection, and waits for all threads."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._socket.close()
        self._threads.shutdown(cancel_futures=True)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Connection(self), sock=self._socket, ssl=self._tls, backlog=256
            )
        )
        self._loop.call_soon(self._started.set)
        try:
            self._loop.run_forever()
        finally:
            server.close()
            self._leave()
            for connection in list(self._connections):
                connection.cut()
            pending = asyncio.all_tasks(self._loop)
            for task in pending:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            # Connections and pipes are closed in the loop, some of them a turn later.
            self._loop.run_until_complete(asyncio.sleep(0.01))

    def pass_on(self, request: HttpRequest) -> Answer:
        """The answer to one request of another thread."""
        return asyncio.run_coroutine_threadsafe(self.answer(request), self._loop).result()

    async def answer(self, request: HttpRequest) -> Answer:
        """The answer to one request, from the loop or from a thread."""
        quick = self._quick(request)
        if quick is not None:
            return await quick
        return await self._loop.run_in_executor(self._threads, self._answer, request)


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class _Connection(asyncio.Protocol):
    def __init__(self, port: HttpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._reader = RequestReader("")
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._reader = RequestReader(peer[0] if peer else "")
        self._port._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            _LOG.debug("connection ended: %r", error)
        self._transport = None
        self._port._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        if self._task is None or self._task.done():
            self._next()

    def cut(self) -> None:
        if self._transport:
            self._transport.abort()

    def _next(self) -> None:
        try:
            found = self._reader.next()
        except BadRequest as error:
            self._write(Answer(error.status, "text/plain", str(error).encode()), keep_alive=False)
            return
        if found:
            self._task = self._port.loop.create_task(self._serve(*found))
        elif self._reader.expects_continue and self._transport:
            self._reader.expects_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _serve(self, request: HttpRequest, keep_alive: bool) -> None:
        answer = await self._port.answer(request)
        self._write(answer, keep_alive=keep_alive)
        self._task = None
        if keep_alive and self._transport:
            self._next()

    def _write(self, answer: Answer, *, keep_alive: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        with suppress(ConnectionError):
            self._transport.write(encode(answer, keep_alive=keep_alive))
            if not keep_alive:
                self._transport.close()
