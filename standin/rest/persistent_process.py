"""The long-lived process of one persistent REST handler, asked from the server's loop.

Requests are written as they come and answered one after the other: a handler's process does one
thing at a time, and so do the replies come back in order.
"""

import asyncio
import json
import subprocess
import threading
from collections import deque
from pathlib import Path
from typing import Any

from standin.inputs.script import Interpreter
from standin.splunkd_log import SplunkdLog

_FIRST, _LATER = b"7\n", b"6\n"
_LARGEST = 2**26


class HandlerDied(Exception):
    """The process ended or failed before it answered."""


class HandlerProcess:
    """One process; started with the first request, and anew after it ended."""

    def __init__(
        self, interpreter: Interpreter, script: Path, handler: str, argument: str, log: SplunkdLog
    ) -> None:
        self._interpreter = interpreter
        self._script = script
        self._handler = handler
        self._argument = argument
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.WriteTransport | None = None
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._starting = asyncio.Lock()
        self._reader: asyncio.BaseTransport | None = None
        self._reading: asyncio.Task[None] | None = None
        self._listener: threading.Thread | None = None
        self._first = True
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """The process now running."""
        return self._process.pid if self._process and self._writer else None

    async def ask(self, request: bytes) -> dict[str, Any]:
        """The reply to one request; HandlerDied when there is none."""
        if self._writer is None:
            async with self._starting:
                if self._writer is None:
                    await self._start()
        assert self._writer is not None
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._writer.write(b"%s%d\n%s" % (self._opening(), len(request), request))
        reply = json.loads(await answer)
        if not isinstance(reply, dict):
            raise HandlerDied(f"replied {type(reply).__name__}, not an object")
        if "standin_failed" in reply:
            raise HandlerDied(str(reply["standin_failed"]))
        return reply

    def leave(self) -> None:
        """Closes the pipes; called in the loop, before ``stop``."""
        if self._reading:
            self._reading.cancel()
        for transport in (self._writer, self._reader):
            if transport:
                transport.close()
        self._ended()

    def stop(self, grace: float) -> None:
        """Ends the process: SIGTERM, then SIGKILL."""
        if self._process is None or self._listener is None:
            return
        self._process.terminate()
        self._listener.join(grace)
        if self._listener.is_alive():
            self._process.kill()
            self._listener.join()

    async def _start(self) -> None:
        stubs = Path(__file__).resolve().parent.parent / "stubs"
        driver = stubs / "splunk" / "persistconn" / "appserver.py"
        process = subprocess.Popen(
            self._interpreter.command(driver),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._interpreter.environment(),
            cwd="/",
        )
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LARGEST)
        self._reader, _protocol = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), process.stdout
        )
        writer, _base = await loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
        self._listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
        self._listener.start()
        self._process, self._writer, self._first = process, writer, True
        self.starts += 1
        self._reading = loop.create_task(self._read(reader))

    def _opening(self) -> bytes:
        if not self._first:
            return _LATER
        self._first = False
        command = json.dumps([str(self._script), self._handler, self._argument]).encode()
        return b"%s%d\n%s" % (_FIRST, len(command), command)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                await reader.readuntil(b"\n")
                length = int(await reader.readuntil(b"\n"))
                reply = await reader.readexactly(length)
                answer = self._waiting.popleft()
                if not answer.done():
                    answer.set_result(reply)
        except (asyncio.IncompleteReadError, ValueError, ConnectionError):
            self._ended()

    def _ended(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(HandlerDied("the handler's process ended without a reply"))

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr
        with process.stderr:
            for line in process.stderr:
                text = line.decode(errors="replace").rstrip()
                self._log.write("ERROR", "PersistentScript", f"From {{{self._script}}}: {text}")
        process.wait()
