"""One running modular input: its processes, one after another."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from standin.inputs.stream import BrokenStream, Sent, StreamParser
from standin.splunkd_log import SplunkdLog

_LEVEL = re.compile(r"(DEBUG|INFO|WARN|ERROR|FATAL)\s+(.*)", re.DOTALL)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Launch:
    """How to start the program: command line, environment, standard input."""

    command: list[str]
    environment: dict[str, str]
    stdin: bytes = field(repr=False)


class InputProcess:
    """Runs an input again and again until stopped.

    ``interval`` seconds lie between two starts; below 0 the input runs once, at 0 it is started
    again as soon as it ends.
    """

    def __init__(
        self,
        label: str,
        launch: Callable[[], Launch],
        interval: float,
        take: Callable[[list[Sent]], None],
        log: SplunkdLog,
    ) -> None:
        self.label = label
        self.starts = 0
        self.exit_codes: list[int] = []
        self._launch = launch
        self._interval = interval
        self._take = take
        self._log = log
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=f"standin {label}")

    def start(self) -> None:
        """Starts the first process and goes on in a thread."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Process id while a process runs."""
        with self._lock:
            running = self._process is not None and self._process.poll() is None
            return self._process.pid if running and self._process else None

    def ask_to_stop(self) -> None:
        """SIGTERM to the running process; none is started after this."""
        self._stop.set()
        self._signal(signal.SIGTERM)

    def stop(self, grace: float) -> None:
        """Stops for good: SIGTERM, and SIGKILL to what is left after ``grace`` seconds."""
        self.ask_to_stop()
        self._thread.join(grace)
        if self._thread.is_alive():
            self._log.write(
                "WARN",
                "ModularInputs",
                f"{self.label} did not stop on SIGTERM in time: killed",
            )
            self._signal(signal.SIGKILL)
            self._thread.join()

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            if self._process is not None:
                # The whole group: a grandchild that holds stdout open would keep us waiting.
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            self._run_once()
            if self._interval < 0:
                return
            self._stop.wait(max(0.0, began + self._interval - time.monotonic()))

    def _run_once(self) -> None:
        launch = self._launch()
        with self._lock:
            if self._stop.is_set():
                return
            process = self._process = subprocess.Popen(
                launch.command,
                env=launch.environment,
                cwd="/",
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self.starts += 1
        assert process.stdin
        assert process.stdout
        assert process.stderr
        errors = threading.Thread(
            target=self._read_errors, args=(process.stderr,), name=f"standin {self.label} stderr"
        )
        errors.start()
        try:
            with suppress(BrokenPipeError), process.stdin:
                process.stdin.write(launch.stdin)
            self._read_events(process.stdout)
        except BaseException:
            self._signal(signal.SIGKILL)
            raise
        finally:
            self._end(process, errors)

    def _end(self, process: subprocess.Popen[bytes], errors: threading.Thread) -> None:
        code = process.wait()
        self._signal(signal.SIGKILL)
        errors.join()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        self.exit_codes.append(code)
        level = "INFO" if code == 0 or self._stop.is_set() else "ERROR"
        self._log.write(level, "ExecProcessor", f"{self.label} ended with exit code {code}")

    def _read_events(self, stdout: IO[bytes]) -> None:
        parser = StreamParser()
        broken = False
        while chunk := os.read(stdout.fileno(), _CHUNK):
            if broken:
                continue
            try:
                self._take(parser.feed(chunk))
            except (BrokenStream, ValueError) as error:
                broken = True
                self._log.write(
                    "ERROR",
                    "ModularInputs",
                    f"{self.label}: the rest of its output is ignored: {error}",
                )
        self._take(parser.close())

    def _read_errors(self, stderr: IO[bytes]) -> None:
        for line in stderr:
            text = line.decode(errors="replace").rstrip()
            found = _LEVEL.fullmatch(text)
            level, message = (found[1], found[2]) if found else ("ERROR", text)
            self._log.write(level, "ExecProcessor", f'message from "{self.label}" {message}')
