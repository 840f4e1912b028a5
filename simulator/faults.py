"""Faults on demand: what goes wrong, for which requests, how often.

A fault is asked for through the side door (``POST /faults``) or by a timetable file. ``KINDS`` says
what each does. Faults whose kind is in ``AT_THE_WIRE`` spoil the way an answer travels; the others
change what is answered, or what happens right after.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

KINDS = {
    "503": "HTTP 503 with an HTML page; the request is not looked at",
    "html": "HTTP 200 with an HTML page instead of JSON; the request is not looked at",
    "drop before": "the connection is closed; the request is not looked at",
    "drop unanswered": "the request is carried out, then the connection is closed unanswered",
    "drop middle": "half of the answer, then the connection is closed",
    "drop after": "the whole answer, then the connection is closed though it was to be kept",
    "half json": "an answer whose JSON stops in the middle, as if it were whole",
    "endless": "the head of an answer, then one space after another for `seconds` (600)",
    "slow": "`seconds` more before the answer",
    "slow rows": "`seconds` more for each row of the answer",
    "code": "every matching url is answered `code` (and `message`)",
    "no rights": "every matching url is answered -11, as to a user without the right",
    "token race": "-11 while another token request is under way",
    "runtime error": "`result` as one object with code -1 and the message of a runtime error",
    "door": "after the answer, `body` is posted to the side door at `door`",
    "task fails": "the next task ends with the error `message`",
    "task hangs": "the next task never ends",
}
AT_THE_WIRE = frozenset(
    ("503", "html", "drop before", "drop unanswered", "drop middle", "drop after", "half json",
     "endless", "slow", "slow rows", "door")
)  # fmt: skip
FOR_TASKS = frozenset(("task fails", "task hangs"))


@dataclass
class Fault:
    """``url``: a regular expression a request's url must contain (empty = every request).
    ``method``: as in the request (empty = any). ``after``: matches let pass first. ``times``:
    how often it strikes (0 = until cleared). ``chance``: of a match, from 0 to 1."""

    kind: str
    url: str = ""
    method: str = ""
    after: int = 0
    times: int = 1
    chance: float = 1.0
    seconds: float = 600.0
    code: int = -1
    message: str = ""
    door: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}: {', '.join(KINDS)}")
        self._pattern = re.compile(self.url)

    def matches(self, method: str, url: str) -> bool:
        return (not self.method or self.method == method) and bool(self._pattern.search(url))

    @property
    def spent(self) -> bool:
        return bool(self.times) and self.struck >= self.times

    def record(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


class Faults:
    """Thread-safe. The same seed and the same order of requests give the same faults."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next = 1
        self._token_requests = 0

    def add(self, facts: Mapping[str, Any]) -> Fault:
        """ValueError or TypeError when ``facts`` are no fault."""
        fault = Fault(**{**facts, "struck": 0})
        with self._lock:
            fault.id, self._next = self._next, self._next + 1
            self._faults.append(fault)
        return fault

    def clear(self, number: int = 0) -> int:
        """Take back one fault, or (0) all; how many there were."""
        with self._lock:
            kept = [one for one in self._faults if number and one.id != number]
            gone = len(self._faults) - len(kept)
            self._faults = kept
            return gone

    def records(self) -> list[dict[str, Any]]:
        with self._lock:
            return [one.record() for one in self._faults]

    def strike(self, kinds: Iterable[str], method: str, urls: Iterable[str]) -> list[Fault]:
        """The faults of these kinds that strike a request for these urls, now counted."""
        if not self._faults:
            return []
        wanted, given = set(kinds), list(urls) or [""]
        with self._lock:
            return [
                fault
                for fault in self._faults
                if fault.kind in wanted
                and any(fault.matches(method, url) for url in given)
                and self._counted(fault)
            ]

    def _counted(self, fault: Fault) -> bool:
        if fault.spent:
            return False
        if fault.after > 0:
            fault.after -= 1
            return False
        if fault.chance < 1.0 and self._random.random() >= fault.chance:
            return False
        fault.struck += 1
        return True

    def token_request(self, begins: bool) -> None:
        """A request with a token begins or ends: the token race needs two at once."""
        with self._lock:
            self._token_requests += 1 if begins else -1

    @property
    def token_requests(self) -> int:
        return self._token_requests
