"""The side door's part for faults, limits and timetables."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

from simulator.faults import KINDS
from simulator.rpc import Rpc
from simulator.server.side_door import Body, Door

log = logging.getLogger("simulator")
_LIMITS = ("idle_timeout", "login_max", "login_max_code", "lockout_threshold", "lockout_seconds",
           "lockout_code")  # fmt: skip


class FaultDoors:
    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.faults = rpc.faults
        self.sessions = rpc.sessions

    def table(self) -> dict[tuple[str, str], Door]:
        return {
            ("POST", "/faults"): self.add,
            ("GET", "/faults"): self.list,
            ("POST", "/faults/clear"): self.clear,
            ("POST", "/sessions/expire"): self.expire,
            ("POST", "/limits"): self.limits,
            ("GET", "/unknown"): self.unknown,
        }

    def add(self, body: Body) -> Any:
        return {"ok": True, "id": self.faults.add(body).id}

    def list(self, body: Body) -> Any:
        return {"faults": self.faults.records(), "kinds": KINDS}

    def clear(self, body: Body) -> Any:
        return {"ok": True, "cleared": self.faults.clear(int(body.get("id", 0)))}

    def expire(self, body: Body) -> Any:
        """Every session is over, at once."""
        return {"ok": True, "ended": self.sessions.expire_all()}

    def unknown(self, body: Body) -> Any:
        """Requests answered -6, with how often."""
        return {"unknown": dict(self.rpc.unknown)}

    def limits(self, body: Body) -> Any:
        """Set any of the limits of sessions and log-ins."""
        for name, value in body.items():
            if name not in _LIMITS:
                raise ValueError(f"{name} is none of {', '.join(_LIMITS)}")
            setattr(self.sessions.limits, name, type(getattr(self.sessions.limits, name))(value))
        return {"ok": True, **{name: getattr(self.sessions.limits, name) for name in _LIMITS}}


def read_timetable(path: str) -> list[tuple[float, str, Body]]:
    """``[{"at": seconds after the start, "door": "/faults", "body": {…}}, …]`` in order of time.

    ValueError when the file holds anything else.
    """
    try:
        rows = json.loads(Path(path).read_text())
        found = [(float(row["at"]), str(row["door"]), dict(row.get("body") or {})) for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no timetable: {error!r}") from None
    return sorted(found, key=lambda row: row[0])


def follow(timetable: list[tuple[float, str, Body]], doors: dict[tuple[str, str], Door]) -> None:
    """Do what the timetable says, in a thread of its own."""

    def run() -> None:
        started = time.monotonic()
        for at, path, body in timetable:
            time.sleep(max(0.0, started + at - time.monotonic()))
            try:
                doors["POST", path](body)
            except Exception as error:  # noqa: BLE001 (the rest of the timetable goes on)
                log.error("timetable %s %s: %r", at, path, error)

    threading.Thread(target=run, daemon=True).start()
