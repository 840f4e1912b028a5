"""Sessions that children left behind, killed or while FortiManager was out: their supervisor logs
them out, and gives their leases back.

Each child tells it over a socket, which ends with the child; nothing is written to disk.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

from redis import Redis

from fmgstate.errors import FmgStateError
from fmgstate.fortimanager.ending import end_session
from fmgstate.store.redis_server import errors_of
from fmgstate.workers.configuration import Configuration, Manager

SOCKET = "FMGSTATE_SESSIONS_SOCKET"
"""The environment variable that names the socket."""

AGAIN_SECONDS = 5.0

log = logging.getLogger("fmgstate.supervisor")


class Teller:
    """In a child: tells what it opened and ended. Without a supervisor it tells nobody."""

    def __init__(self, path: str) -> None:
        self._line: Optional[socket.socket] = None
        if path:
            with suppress(OSError):
                self._line = socket.socket(socket.AF_UNIX)
                self._line.connect(path)

    @classmethod
    def of_environment(cls) -> Teller:
        """Where the supervisor said."""
        return cls(os.environ.get(SOCKET, ""))

    def opened(self, manager: str, lease: str, key: str) -> None:
        """This child holds a session."""
        self._tell({"manager": manager, "lease": lease, "key": key})

    def ended(self, lease: str) -> None:
        """It does so no more."""
        self._tell({"lease": lease})

    def left(self, lease: str) -> None:
        """A session whose log-out was not confirmed: whoever listens may try again."""
        self._tell({"lease": lease, "left": "yes"})

    def close(self) -> None:
        """This child ends."""
        if self._line is not None:
            self._line.close()

    def _tell(self, what: dict[str, str]) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.sendall(json.dumps(what).encode() + b"\n")


class LeftSessions:
    """In the supervisor: listens at ``path``, where only this user may connect."""

    def __init__(self, configuration: Configuration, path: Path) -> None:
        self._configuration, self.path = configuration, path
        self._server = configuration.redis
        self._closed = threading.Event()
        self._redis: Redis = self._server.connect()
        path.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            self._door.bind(str(path))
        finally:
            os.umask(before)
        self._door.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._closed.set()
        self._door.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._door.accept()
                threading.Thread(target=self._listen, args=(line,), daemon=True).start()

    def _listen(self, line: socket.socket) -> None:
        """Until the child is gone."""
        held: dict[str, dict[str, Any]] = {}
        with suppress(OSError, ValueError), line, line.makefile("rb") as lines:
            for text in lines:
                told = json.loads(text)
                if told.get("key"):
                    held[told["lease"]] = told
                    continue
                ended = held.pop(told["lease"], None)
                if ended and told.get("left"):
                    threading.Thread(target=self._end, args=(ended,), daemon=True).start()
        for one in held.values():
            threading.Thread(target=self._end, args=(one,), daemon=True).start()

    def _end(self, left: dict[str, Any]) -> None:
        """Again and again: while FortiManager is out, nobody can be logged out."""
        name = left["manager"]
        manager = self._configuration.manager(name)
        until = time.monotonic() + manager.limits.session_idle
        while time.monotonic() < until:
            error = self._tried(manager, left)
            if not error:
                log.info("A session with %s that a child left behind was logged out.", name)
                return
            if self._closed.wait(AGAIN_SECONDS):
                break
        log.warning("A session with %s ends by its idle time: %s", name, error)

    def _tried(self, manager: Manager, left: dict[str, Any]) -> str:
        try:
            end_session(manager.account, manager.limits, left["key"])
            with errors_of(self._server.place):
                self._redis.zrem(f"{self._server.prefix}:sessions:{manager.name}", left["lease"])
        except FmgStateError as error:
            return str(error)
        return ""
