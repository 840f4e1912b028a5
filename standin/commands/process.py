"""The process of one command in one search: requests in, replies out."""

from __future__ import annotations

import queue
import subprocess
import threading
from contextlib import suppress

from standin.commands.frames import Frame, read_frame
from standin.errors import StandinError

_STDERR_KEPT = 1 << 16
_GRACE_S = 5.0


class NoAnswer(StandinError):
    """A command gave no reply within its time."""


class CommandProcess:
    """Writes in a thread of its own, so that a command may answer before it has read all."""

    def __init__(self, command: list[str], environment: dict[str, str], patience: float) -> None:
        self.patience = patience
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, cwd="/",
        )  # fmt: skip
        self._requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[Frame | Exception | None] = queue.SimpleQueue()
        self._stderr = bytearray()
        self._threads = [threading.Thread(target=each, daemon=True)
                         for each in (self._write, self._read, self._listen)]  # fmt: skip
        for thread in self._threads:
            thread.start()

    def send(self, frame: Frame) -> None:
        """One request; does not wait until it is read."""
        self._requests.put(frame.encoded())

    def reply(self) -> Frame | None:
        """The next reply; None when the process ended without one."""
        try:
            reply = self._replies.get(timeout=self.patience)
        except queue.Empty:
            raise NoAnswer(f"no answer within {self.patience:g} s") from None
        if isinstance(reply, Exception):
            raise reply
        return reply

    def finish(self) -> int:
        """Closes standard input and waits for the end; the exit code."""
        self._requests.put(None)
        try:
            code = self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            code = self.stop()
        self._tidy()
        return code

    def stop(self) -> int:
        """SIGTERM, then SIGKILL."""
        self._requests.put(None)
        self._process.terminate()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._tidy()
        return self._process.returncode

    @property
    def errors(self) -> list[str]:
        """Lines that the command wrote to standard error."""
        return self._stderr.decode(errors="replace").splitlines()

    def _tidy(self) -> None:
        for thread in self._threads:
            thread.join(_GRACE_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with suppress(OSError, ValueError):
            while (data := self._requests.get()) is not None:
                pipe.write(data)
                pipe.flush()
        with suppress(OSError, ValueError):
            pipe.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        try:
            while (frame := read_frame(pipe)) is not None:
                self._replies.put(frame)
        except (StandinError, OSError, ValueError) as error:
            self._replies.put(error)
        self._replies.put(None)

    def _listen(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        with suppress(OSError, ValueError):
            for line in pipe:
                room = _STDERR_KEPT - len(self._stderr)
                self._stderr += line[: max(0, room)]
