"""Inputs over one store, as splunkd runs them, and all that comes out of them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Optional

from fmgstate.collect.difference import in_order
from fmgstate.collect.event import Event
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import RunSummary
from fmgstate.collect.rebuild import rebuild
from fmgstate.collect.scope import Scope, prefix
from fmgstate.errors import FmgStateError
from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import open_store, run_input
from tests.chaos import one_run

KINDS = {"policies": ("objects", "block", "package", "findings"), "inventory": ("inventory",)}
Data = dict[str, Any]
Records = dict[str, list[Data]]


class Killed(Exception):
    """The pipe to splunkd broke while events were written."""


@dataclass
class Run:
    """One run of one input. ``error``: why it could not be made at all."""

    summary: Optional[RunSummary]
    error: str
    seconds: float
    events: list[Data]

    @property
    def succeeded(self) -> bool:
        return self.summary is not None and not self.summary.failed

    @property
    def errors(self) -> list[str]:
        found = [one.error for one in self.summary.outcomes if one.error] if self.summary else []
        return [*found, self.error] if self.error else found

    def told(self) -> dict[Scope, str]:
        """Scope -> the result of its refresh."""
        return {one.scope: one.result for one in self.summary.outcomes} if self.summary else {}


@dataclass
class Heard(logging.Handler):
    """Everything that is logged by anybody, debugging included."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        logging.Handler.__init__(self, logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    __hash__ = logging.Handler.__hash__


class Input:
    """One stanza. ``index``: what splunkd got of it, in order, some of it twice."""

    def __init__(self, kind: str, stream: str, account: Account, limits: Limits, file: Path):
        self.kind, self.stream, self.file = kind, stream, file
        self.account, self.limits = account, limits
        self.index: list[Data] = []
        self.lose_after: Optional[int] = None

    def run(self, plan: Plan, account: Optional[Account] = None) -> Run:
        began, before = time.monotonic(), len(self.index)
        summary, error = None, ""
        try:
            summary = run_input(
                InputRun(self.kind, self.stream, account or self.account, plan, self.limits,
                         self.file, self._emit)
            )  # fmt: skip
        except FmgStateError as failure:
            error = f"{failure} {failure!r}"
        except Killed:
            error = "killed"
        return Run(summary, error, time.monotonic() - began, self.index[before:])

    def killed(self, plan: Plan, seconds: float) -> Run:
        """A run in a process that is killed after ``seconds``, if it is not done by then."""
        began, before = time.monotonic(), len(self.index)
        given = {"stream": self.stream, "account": asdict(self.account), "plan": asdict(plan),
                 "limits": asdict(self.limits), "store": str(self.file)}  # fmt: skip
        command = [sys.executable, one_run.__file__]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                out, error = process.communicate(json.dumps(given), seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                out, error = process.communicate()
        whole = out[: out.rfind("\n") + 1].splitlines()
        self.index += [json.loads(line)["data"] for line in whole]
        return Run(None, f"killed {error}", time.monotonic() - began, self.index[before:])

    def _emit(self, events: list[Event]) -> None:
        for event in events:
            if self.lose_after == 0:
                raise Killed
            if self.lose_after is not None:
                self.lose_after -= 1
            self.index.append(json.loads(json.dumps(event.data)))

    def rebuilt(self) -> Records:
        """What the events prove."""
        found = rebuild(self.index, self.stream)
        return {key: one.records for key, one in found.items() if not one.gone}

    def kept(self) -> Records:
        """What the store has of this input's kind."""
        return {
            key: in_order(records)
            for kind in KINDS[self.kind]
            for key, records in kept(self.file, prefix(kind)).items()
        }

    def forget_what_is_proved(self) -> None:
        """Drop events of publications before each scope's newest full set: a long run's memory."""
        newest: dict[str, int] = {}
        for data in self.index:
            if data.get("health") == "publication" and data["set"] == "full":
                newest[data["scope"]] = max(newest.get(data["scope"], 0), data["publication"])
        self.index = [
            data
            for data in self.index
            if data.get("publication", 0) >= newest.get(data.get("scope", ""), 0) > 0
        ]


def kept(file: Path, beginning: str) -> Records:
    """Scope key -> its records in the store."""
    with open_store(file) as store:
        snapshots = [store.load(head.key) for head in store.heads(beginning)]
        return {one.head.key: one.content["records"] for one in snapshots if one}


def let_the_pause_pass(file: Path) -> None:
    """After a refused log-in the next one waits for a minute or more: not here."""
    with open_store(file) as store:
        for head in store.heads("login/"):
            store.delete(head.key)


def everything_in(file: Path) -> str:
    """The store's pages as they are, and once more unpacked."""
    files = [path for path in file.parent.rglob("*") if path.is_file()]
    pages = [path.read_bytes().decode("latin-1") for path in files]
    with open_store(file) as store:
        heads = store.heads()
        pages += [json.dumps(head.outcome) for head in heads]
        pages += [repr(store.load(head.key)) for head in heads]
    return "\n".join(pages)
