"""``fmgrefresh`` where workers refresh: leaves a request for them, shows what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic, sleep, time
from typing import Any

from fmgstate.collect.known_names import matches
from fmgstate.errors import ConfigurationError, FmgStateError
from fmgstate.search.command import Generate, Invocation, Task
from fmgstate.search.flat_rows import Row, flat
from fmgstate.search.splunkd import Splunkd, SplunkdError
from fmgstate.settings import APP, Account

NAME = "fmgrefresh"
ENDPOINT = "/services/fmgstate_refresh"
ACCOUNTS = f"/servicesNS/nobody/{APP}/configs/conf-{APP}_account"
NOT_FOUND = 404
NOBODYS = "-"
"""The FortiManager's name is all that is wanted of an account."""
POLL_SECONDS = 0.2
SILENT_SECONDS = 30.0
"""After so long without news it is said that it goes on."""
LONG_SECONDS = 10.0
"""After so long it is said that no worker has taken a request."""
COLUMNS = (
    "time", "fortimanager", "adom", "kind", "name", "result", "worker", "records", "seconds",
    "requests", "error", "snapshot_time", "changed_time", "stale", "plane",
)  # fmt: skip
NO_WORKER = (
    "No worker has taken the request in {:g} s. Is one running? Start it on a worker host: "
    "python -m fmgstate worker run <configuration file>."
)

Adoms = Callable[[str], Sequence[str]]
"""A FortiManager to the ADOMs that are asked for; empty = all. Raises ``FmgStateError``."""


def start(asked: Invocation, splunkd: Callable[[], Splunkd], adoms: Adoms) -> Task:
    """What one use of the command does. ``splunkd``: gives a new connection."""
    options = asked.options
    with splunkd() as port:
        manager = _manager(options["account"], port)
        _not_copied(port)  # names are held against what is here
        wanted = list(adoms(manager))
        body = {"fortimanager": manager, "what": options["what"], "adoms": wanted}
        name = str(_told(lambda: port.post(ENDPOINT, body))["request"])
    following = Following(name, manager, float(options["wait"]), options["package"])

    def rows() -> Iterator[Row]:
        with splunkd() as port:
            for row in following.rows(port, asked.warn):
                yield flat(row)
        with splunkd() as port:
            not_copied = _not_copied(port)
        if not_copied:
            asked.warn(f"{NAME}: searches here do not see it yet: {not_copied}")
        (asked.info if following.result == "done" else asked.warn)(following.sentence())

    return Generate(rows, rows_a_reply=1)  # each row is seen as it comes


class Following:
    """One request from its beginning to its end."""

    def __init__(self, name: str, manager: str, wait: float, package: str) -> None:
        self._name, self._manager, self._wait = name, manager, wait
        self._package = package
        self._open: set[str] = set()
        self._done: dict[str, bool] = {}
        self._taken = self._all_handed_out = False
        self.error, self.result, self._why = "", "", ""

    def rows(self, port: Splunkd, warn: Callable[[str], None]) -> Iterator[Row]:
        """A row for each step and each scope, and one for the whole."""
        began = told = monotonic()
        seen = 0
        while not self.result:
            events = self._events(port, seen)
            seen += len(events)
            for event in events:
                yield from self._row(event)
            if events:
                told = monotonic()
            elif monotonic() - told > SILENT_SECONDS:
                told = monotonic()
                yield self._step("waiting", time=time(), records=len(self._done))
            if self._ended(monotonic() - began):
                break
            if not self._taken and monotonic() - began > LONG_SECONDS:
                warn(f"{NAME}: {NO_WORKER.format(LONG_SECONDS)}")
            sleep(POLL_SECONDS)
        yield self._step(self.result, time=time(), records=len(self._done), error=self.error)

    def _events(self, port: Splunkd, first: int) -> list[dict[str, Any]]:
        told = _told(lambda: port.get(ENDPOINT, request=self._name, first=f"{first}"))
        return list(told["events"])

    def sentence(self) -> str:
        """How it ended."""
        failed = sum(self._done.values())
        told = (
            f"{NAME}: {self._manager}: {len(self._done)} scopes asked for, {failed} of them failed."
        )
        return f"{told} {self.error}".rstrip()

    def _ended(self, seconds: float) -> bool:
        left = self._open - set(self._done)
        if self.error:
            self.result = "failed"
        elif self._all_handed_out and not left:
            self.result = "failed" if any(self._done.values()) else "done"
        elif seconds >= self._wait:
            self.result, self.error = "unfinished", self._unfinished(left)
        return bool(self.result)

    def _unfinished(self, left: set[str]) -> str:
        if not self._taken:
            return NO_WORKER.format(self._wait)
        what = f"{len(left)} scopes are" if self._all_handed_out else "It is"
        return (
            f"{what} not done after {self._wait:g} s; workers go on. Give wait=<seconds> to wait."
        )

    def _row(self, event: dict[str, Any]) -> Iterator[Row]:
        kind, by = event["event"], str(event.get("by", ""))
        if kind == "waiting":
            self._open |= set(event["scopes"])
        elif kind == "asked":
            self._all_handed_out = True
        elif kind == "failed":
            self.error = str(event["error"])
        elif kind == "done":
            scope, row = str(event["scope"]), event["row"]
            if scope not in self._done:
                self._done[scope] = row["result"] == "failed"
                if not row["name"] or matches(self._package, row["name"]):
                    yield _row({**row, "worker": by, "time": event["time"]})
        elif kind == "taken" and not self._taken:
            self._taken = True
            yield self._step("taken", by, time=event["time"])
        elif kind == "queued" or (kind == "later" and event["why"] != self._why):
            self._why = str(event.get("why", ""))
            yield self._step(kind, by, time=event["time"], error=self._why)

    def _step(self, result: str, by: str = "", **more: Any) -> Row:
        return _row({"fortimanager": self._manager, "result": result, "worker": by, **more})


def _not_copied(port: Splunkd) -> str:
    """Has this host's copy brought up to date; why that was not done, or not within the time that
    splunkd is waited for."""
    try:
        return str(_told(lambda: port.get(ENDPOINT, copy="1")).get("error", ""))
    except FmgStateError as error:
        return str(error)


def _row(told: Row) -> Row:
    """All rows have the same columns."""
    return {**dict.fromkeys(COLUMNS, ""), **told}


def _manager(wanted: str, port: Splunkd) -> str:
    """The FortiManager that is meant, by an account's name or its own."""
    known = [str(one) for one in _told(lambda: port.get(ENDPOINT))["fortimanagers"]]
    accounts = _accounts(port)
    named = accounts.get(wanted, wanted)
    if named in known:
        return named
    if not wanted and len(known) == 1:
        return known[0]
    there = f"The workers collect from: {', '.join(sorted(known)) or 'none'}."
    if not wanted:
        raise ConfigurationError(
            f"{NAME}: the workers collect from several FortiManagers.",
            f"Give account=<name>. {there}",
        )
    raise ConfigurationError(f"{NAME}: the workers do not collect from {named}.", there)


def _accounts(port: Splunkd) -> dict[str, str]:
    """Names of the accounts on this host, and their FortiManagers."""
    try:
        told = port.get(ACCOUNTS, count="0")
    except SplunkdError as error:
        if error.status == NOT_FOUND:
            return {}
        raise
    return {
        str(one["name"]): Account(str(one["content"]["host"]), token=NOBODYS).manager
        for one in told["entry"]
        if one["name"] != "default" and one["content"].get("host")
    }


def _told(ask: Callable[[], Any]) -> dict[str, Any]:
    """What the handler says; its own sentence where it refuses."""
    try:
        found: dict[str, Any] = ask()
    except SplunkdError as error:
        sentence = error.what.partition(f" with status {error.status}: ")[2]
        if not sentence:
            raise
        raise FmgStateError(f"{NAME}: {sentence.rstrip('.')}.") from None
    return found
