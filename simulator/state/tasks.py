"""Tasks: work that takes a while, whose progress is a function of the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.faults import FOR_TASKS, Faults

STATES = (
    "pending",
    "running",
    "cancelling",
    "cancelled",
    "done",
    "error",
    "aborting",
    "aborted",
    "warning",
    "to_continue",
    "unknown",
)


@dataclass
class Task:
    """``lines``: the devices or things worked on. ``result``: what ``/sys/task/result`` answers.

    ``finish`` runs once, when the task is first seen done. Times are epoch seconds.
    """

    id: int
    title: str
    source: str
    user: str
    adom: int
    started: float
    seconds: float
    lines: list[dict[str, Any]]
    result: Any = None
    failed: str = ""
    hangs: bool = False
    finish: Callable[[], None] | None = field(default=None, repr=False)

    def done(self, now: float) -> bool:
        over = not self.hangs and now >= self.started + self.seconds
        if over and self.finish is not None:
            finish, self.finish = self.finish, None
            finish()
        return over

    def percent(self, now: float) -> int:
        if self.done(now):
            return 100
        return min(99, int(100 * (now - self.started) / max(self.seconds, 0.001)))

    def record(self, now: float, history_in_line: bool) -> dict[str, Any]:
        """The row ``/task/task/<id>`` answers, states as words."""
        percent = self.percent(now)
        over = percent == 100
        state = ("error" if self.failed else "done") if over else "running"
        end = int(self.started + self.seconds) if over else 0
        history = self._history(state, percent)
        lines = [self._line(line, state, percent, end) for line in self.lines]
        row: dict[str, Any] = {
            "adom": self.adom,
            "end_tm": end,
            "flags": 0,
            "id": self.id,
            "line": lines,
            "num_done": len(lines) if over and not self.failed else 0,
            "num_err": len(lines) if over and self.failed else 0,
            "num_lines": len(lines),
            "num_warn": 0,
            "percent": percent,
            "pid": 0,
            "src": self.source,
            "start_tm": int(self.started),
            "state": state,
            "title": self.title,
            "tot_percent": percent * len(lines),
            "user": self.user,
        }
        if history_in_line:
            for line in lines:
                line["history"] = history
        else:
            row["history"] = history
        return row

    def _history(self, state: str, percent: int) -> list[dict[str, Any]]:
        detail = self.failed if state == "error" else f"{self.title} {state}"
        return [
            {
                "detail": detail,
                "name": self.title,
                "percent": percent,
                "state": STATES.index(state),
                "vdom": None,
            }
        ]

    def _line(self, line: dict[str, Any], state: str, percent: int, end: int) -> dict[str, Any]:
        detail = self.failed if state == "error" else f"{self.title} {state}"
        return {
            "detail": detail,
            "end_tm": end,
            "err": 1 if state == "error" else 0,
            "ip": "",
            "name": "",
            "oid": 0,
            "percent": percent,
            "poid": 0,
            "start_tm": int(self.started),
            "state": state,
            "vdom": "",
            **line,
        }


class Tasks:
    def __init__(self) -> None:
        self.by_id: dict[int, Task] = {}
        self._next = 1001
        self.faults: Faults | None = None

    def start(self, **facts: Any) -> Task:
        """A new task of these ``Task`` attributes; a fault may let it fail or hang."""
        task = Task(id=self._next, **facts)
        for fault in self.faults.strike(FOR_TASKS, "exec", [task.title]) if self.faults else ():
            task.hangs = fault.kind == "task hangs"
            if fault.kind == "task fails":
                task.failed, task.finish = fault.message or "simulated failure", None
        self._next += 1
        self.by_id[task.id] = task
        return task
