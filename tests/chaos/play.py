"""Hundreds of cycles: edit, spoil, collect, compare with what FortiManager really had."""

from __future__ import annotations

import gc
import logging
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from fmgstate.collect.outcome import CHANGED, CONFIRMED
from fmgstate.collect.scope import Scope, prefix
from fmgstate.settings import Account, Limits, Plan
from simulator.control import Running, running
from tests.chaos.collecting import Heard, Input, Run, everything_in, kept, let_the_pause_pass
from tests.chaos.faults import Faults
from tests.chaos.figures import Figures, kind_of
from tests.chaos.world import World

SESSIONS = 2
IDLE_SECONDS = 3.0
LIMITS = Limits(
    sessions=SESSIONS, session_idle=IDLE_SECONDS, params_per_request=6, page_rows=5,
    connect_timeout=1.0, read_timeout=0.7, attempts=3, backoff=0.01,
)  # fmt: skip
SECRETS = (
    "simulated-psk", "c2ltdWxhdGVkLWFkbWluLXBhc3M", "c2ltdWxhdGVkLXBhc3N3b3JkLWhhc2g",
    "c2ltdWxhdGVkLXVzZXItc2VjcmV0", "c2ltLXJhZGl1cw",
)  # fmt: skip
CALM_CYCLES = 10
FOREVER = Plan(full_set_seconds=1e9)
STORMY, ANEW = Plan(full_set_seconds=10.0), Plan(full_set_seconds=0.0)
FORGET_ABOVE = 20_000


class Chaos:
    """One simulator, one store, three inputs."""

    def __init__(self, simulator: Running, folder: Path, dice: Random, heard: Heard) -> None:
        self.simulator, self.dice, self.heard = simulator, dice, heard
        self.file = folder / "state.db"
        host = f"{simulator.url},{simulator.second_url}"
        login = {"user": simulator.user, "password": simulator.password}
        account = Account(host, ca=simulator.ca, **login)
        self.by_token = Account(host, token=simulator.token, ca=simulator.ca)
        self.policies = Input("policies", "all", account, LIMITS, self.file)
        self.others = [
            Input("inventory", "devices", account, LIMITS, self.file),
            Input("policies", "twice", account, LIMITS, self.file),
        ]
        self.world = World(simulator, dice)
        self.faults = Faults(simulator, self.world, dice)
        self.figures = Figures(edits=self.world.edits, faults=self.faults.struck)
        self.secrets = (*SECRETS, simulator.password, simulator.token)
        self.seen: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.marks: dict[str, str] = {}
        self.unsure_until = 0.0

    def calm(self, cycles: int) -> tuple[float, list[int]]:
        """Median seconds of a cycle when nothing changes and nothing fails, and the requests of
        each. Nothing is sent but that all is well, and no session is left."""
        runs = []
        for _ in range(cycles):
            runs.append(self._checked(self.policies, self.policies.run(FOREVER), {}))
            assert runs[-1].succeeded, runs[-1].errors
            assert [one["health"] for one in runs[-1].events] == ["run"]
        summaries = [run.summary for run in runs if run.summary]
        return statistics.median(r.seconds for r in runs), [one.requests for one in summaries]

    def settle(self) -> None:
        """The first cycle after a storm: everything is told, and equals what FortiManager has."""
        for one in (self.policies, *self.others):
            run = self._checked(one, one.run(FOREVER), self.world.newest())
            assert run.succeeded, run.errors
            self._rebuild(one)
        ours = {
            scope.name: self.world.position(scope, records)
            for scope, records in self._kept().items()
        }
        states = self.world.states
        there = {name: n for name, n in self.world.newest().items() if states[name][-1] is not None}
        assert ours == there

    def cycle(self) -> None:
        """One stormy cycle of the input, sometimes beside another input."""
        for _ in range(self.dice.choice([0, 1, 1, 3])):
            self.world.edit()
        spoilt = self.dice.random() < 0.75
        if spoilt:
            self.faults.arm()
        before, kind = self.world.newest(), self.dice.random()
        other = self.dice.choice(self.others) if kind < 0.3 else None
        with self._editing(), self._beside(other, before):
            run = self._run(kind)
        self.faults.disarm()
        let_the_pause_pass(self.file)
        self.world.record_all()
        self._checked(self.policies, run, before)
        if run.succeeded and other is None:
            self._rebuild(self.policies)
        self.figures.cycles += 1
        self.figures.failed_cycles += not run.succeeded

    def _run(self, kind: float) -> Run:
        if 0.3 <= kind < 0.33:
            self.faults.struck["kill -9"] += 1
            return self.policies.killed(STORMY, self.dice.uniform(0.2, 0.9))
        if 0.33 <= kind < 0.43:
            self.faults.token_race()
            return self.policies.run(STORMY, self.by_token)
        if 0.43 <= kind < 0.55:
            self.faults.struck["killed while publishing"] += 1
            self.policies.lose_after = self.dice.choice([0, 1, 1, 2, 3, 5, 12])
        run = self.policies.run(ANEW if kind > 0.85 else STORMY)
        self.policies.lose_after = None
        return run

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """Edits while FortiManager is read, unless the faults do that."""
        if self.faults.behind_our_back or self.dice.random() < 0.5:
            yield
            return
        over = threading.Event()
        pauses = [self.dice.uniform(0.0, 0.03) for _ in range(self.dice.randint(1, 6))]

        def edit() -> None:
            for pause in pauses:
                if not over.wait(pause):
                    self.world.edit()

        thread = threading.Thread(target=edit)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @contextmanager
    def _beside(self, other: Input | None, before: dict[str, int]) -> Iterator[None]:
        if other is None:
            yield
            return
        runs: list[Run] = []
        thread = threading.Thread(target=lambda: runs.append(other.run(STORMY)))
        thread.start()
        try:
            yield
        finally:
            thread.join()
        [run] = runs
        self.no_secret_in(*run.errors, repr(run.events))
        if run.seconds >= IDLE_SECONDS:
            self.unsure_until = time.monotonic() + 2 * IDLE_SECONDS

    def _checked(self, one: Input, run: Run, before: dict[str, int]) -> Run:
        figures = self.figures
        figures.events += len(run.events)
        figures.failed_scopes += run.summary.failed if run.summary else 0
        figures.requests += run.summary.requests if run.summary else 0
        figures.errors.update(kind_of(error) for error in run.errors)
        self.no_secret_in(*run.errors, repr(run.events), *self.heard.lines)
        self.heard.lines.clear()
        self._compare(run, before)
        self._told_once(run)
        self._within_budget(run)
        if len(one.index) > FORGET_ABOVE:
            one.forget_what_is_proved()
        return run

    def _within_budget(self, run: Run) -> None:
        """Leases are renewed once a minute: a run that is longer than the idle time (a few seconds
        here, not the usual 15 minutes) may lose its own, and says nothing."""
        now = time.monotonic()
        if run.seconds >= IDLE_SECONDS:
            self.unsure_until = now + 2 * IDLE_SECONDS
        stats = self.simulator.side("/stats")
        assert stats["peak_sessions"] <= SESSIONS or now < self.unsure_until, stats
        self.simulator.side("/stats/reset", {})

    def _compare(self, run: Run, before: dict[str, int]) -> None:
        """What is kept is one of the states that were, none older than before, and none older
        than the run where that says that it was confirmed."""
        results = run.told()
        for scope, records in self._kept().items():
            self.figures.compared += 1
            position = self.world.position(scope, records)
            assert position >= 0, f"{scope} is in a state that never was: {records}"
            assert position >= self.seen.get(scope.key, 0), f"{scope} went back in time"
            self.seen[scope.key] = position
            if results.get(scope) in (CHANGED, CONFIRMED):
                assert position >= before.get(scope.name, 0), f"{scope} is older than its time"

    def _kept(self) -> dict[Scope, list[dict[str, Any]]]:
        found = {Scope.parse(k): r for k, r in kept(self.file, "").items() if _is_snapshot(k)}
        return {scope: r for scope, r in found.items() if self.world.is_ours(scope)}

    def _rebuild(self, one: Input) -> None:
        rebuilt, stored = one.rebuilt(), one.kept()
        wrong = sorted(k for k in {*rebuilt, *stored} if rebuilt.get(k) != stored.get(k))
        assert not wrong, f"{one.stream}: events and store differ in {wrong}"
        self.figures.rebuilt += 1

    def _told_once(self, run: Run) -> None:
        """The same id is the same event; a mark of an edit is told as new by one event only."""
        for data in run.events:
            if "event_id" not in data:
                continue
            text = repr(data)
            self.figures.repeated_events += data["event_id"] in self.told
            known = self.told.setdefault(data["event_id"], hash(text))
            assert known == hash(text), f"two events of one id: {text}"
            mark = data.get("changes", {}).get("comments", {}).get("new")
            if mark and mark.startswith("edit "):
                key = f"{data['stream']} {mark}"
                first = self.marks.setdefault(key, data["event_id"])
                assert first == data["event_id"], f"{mark} was told twice: {text}"

    def no_secret_in(self, *texts: str) -> None:
        for text in texts:
            for secret in self.secrets:
                assert secret not in text, f"a secret got out: {text[:200]}"


def _open_files() -> int:
    """0 where the system does not tell."""
    gc.collect()
    here = Path("/proc/self/fd")
    return len(list(here.iterdir())) if here.exists() else 0


def _is_snapshot(key: str) -> bool:
    return key.startswith((prefix("package"), prefix("objects")))


@contextmanager
def _listening() -> Iterator[Heard]:
    heard, root = Heard(), logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(heard)
        root.setLevel(level)


def play(seed: int, folder: Path, seconds: float, most_cycles: int) -> Figures:
    """Storm for ``seconds`` or ``most_cycles``, between two calms. AssertionError if wrong."""
    began, dice = time.monotonic(), Random(seed)
    simulated = running("branch", ha=True, latency_ms=2, seed=seed, idle_timeout=IDLE_SECONDS)
    with _listening() as heard, simulated as simulator:
        chaos = Chaos(simulator, folder, dice, heard)
        figures = chaos.figures
        chaos.settle()
        figures.calm_before, requests = chaos.calm(CALM_CYCLES)
        files = _open_files()
        while figures.cycles < most_cycles and time.monotonic() - began < seconds:
            chaos.cycle()
        chaos.settle()
        figures.calm_after, again = chaos.calm(CALM_CYCLES)
        assert again == requests
        assert _open_files() <= files
        assert figures.calm_after <= 3 * figures.calm_before + 0.25
        chaos.no_secret_in(everything_in(chaos.file))
        until = time.monotonic() + IDLE_SECONDS + 2
        while simulator.side("/stats")["sessions_open"] and time.monotonic() < until:
            time.sleep(0.2)
        assert simulator.side("/stats")["sessions_open"] == 0
        figures.seconds = time.monotonic() - began
    return figures
