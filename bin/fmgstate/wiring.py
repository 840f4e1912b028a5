"""Where the pieces are put together. Implementations are imported inside the functions: an answer
from the store must not pay for the import of what talks to FortiManager."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any, Optional

from fmgstate.errors import FmgStateError, StoreDamaged
from fmgstate.settings import Account, Limits, Plan, StoreFile

if TYPE_CHECKING:
    from pathlib import Path

    from fmgstate.collect.answer import Answers
    from fmgstate.collect.audit_rows import AuditRows
    from fmgstate.collect.copies import Copies
    from fmgstate.collect.decisions import Decisions
    from fmgstate.collect.input_run import InputRun
    from fmgstate.collect.outcome import Outcome, RunSummary
    from fmgstate.collect.rules import Rules
    from fmgstate.collect.state_rows import StateRows
    from fmgstate.store.base import Store
    from fmgstate.store.key_files import KeyFiles
    from fmgstate.store.leases import SessionLeases

SetAside = Callable[[StoreDamaged, "Path"], None]
REFRESH_LIVES = 120.0
"""Seconds that a refresh keeps others waiting after its last sign of life."""


def run_input(asked: InputRun) -> RunSummary:
    """One run of an input: refresh, and publish what is new to ``emit``."""
    from socket import gethostname

    from fmgstate.collect import health, hosts
    from fmgstate.collect.confirmations import confirmations

    now, manager, stream = time(), asked.account.manager, asked.stream
    try:
        with healthy_store(asked.store_file, asked.set_aside) as store:
            summary = _run(asked, store, now)
            refresh_key_files(store, asked.store_file)
            fresh = asked.plan.fresh_seconds
            confirmed = confirmations(store, stream, manager, now, asked.kind, fresh)
            hosts.note(store, manager, gethostname(), now)
    except FmgStateError as error:
        asked.emit([health.of_failed_run(manager, stream, str(error), now)])
        raise
    asked.emit([health.of_run(manager, stream, summary, now, confirmed, gethostname())])
    return summary


def _run(asked: InputRun, store: Store, now: float) -> RunSummary:
    from fmgstate.collect.freshness import POLICIES_INPUT
    from fmgstate.collect.hitcounts import Time
    from fmgstate.collect.in_threads import InThreads
    from fmgstate.collect.lockout import respecting_lockout
    from fmgstate.collect.outcome import RunSummary
    from fmgstate.collect.run import at_once, run
    from fmgstate.fortimanager.client import Client

    started, kind, stream, plan = monotonic(), asked.kind, asked.stream, asked.plan
    emit, report, limits = asked.emit, asked.report, asked.limits
    leases = session_leases(asked.store_file, limits)
    attempt = respecting_lockout(store, asked.account.manager, now)
    with attempt, Client(asked.account, limits, leases=leases) as client:
        runner = InThreads(at_once(kind, limits))
        clock = Time(sleep=runner.sleep)
        outcomes, sent = run(kind, stream, client, store, plan, runner, now, emit, report, clock)
    if kind == POLICIES_INPUT:  # when FortiManager's sessions are given back
        from fmgstate.collect.find import find
        from fmgstate.collect.risk_table import installed

        manager = asked.account.manager
        more = find(stream, manager, store, plan, now, emit, report, installed())
        outcomes, sent = [*outcomes, *more[0]], sent + more[1]
    return RunSummary(outcomes, monotonic() - started, client.requests_made, sent)


def refresh_all(
    account: Account,
    plan: Plan,
    limits: Limits,
    store_file: StoreFile,
    report: Callable[[Outcome], None],
    set_aside: Optional[SetAside] = None,
) -> RunSummary:
    """One refresh of everything into the store; nothing is published."""
    from fmgstate.collect.in_threads import InThreads
    from fmgstate.collect.lockout import respecting_lockout
    from fmgstate.collect.outcome import RunSummary
    from fmgstate.collect.refresh import refresh
    from fmgstate.fortimanager.client import Client

    started, outcomes = monotonic(), []
    with healthy_store(store_file, set_aside) as store:
        leases = session_leases(store_file, limits)
        attempt = respecting_lockout(store, account.manager, time())
        with attempt, Client(account, limits, leases=leases) as client:
            for outcome in refresh(client, store, plan, InThreads(limits.sessions), time()):
                report(outcome)
                outcomes.append(outcome)
        refresh_key_files(store, store_file)
    return RunSummary(outcomes, monotonic() - started, client.requests_made)


def refresh_now(
    account: Account, plan: Plan, hitcounts: bool, store_file: StoreFile, wait_seconds: float
) -> Iterator[dict[str, Any]]:
    """Rows of a refresh that somebody asks for, as they come; of the one that another made since,
    where there is one. Nothing is published: the inputs' next run does."""
    from fmgstate.collect import refresh_now as now_asked
    from fmgstate.collect.scope import BLOCK, HITCOUNTS, INVENTORY, OBJECTS, PACKAGE
    from fmgstate.store.leases import SessionLeases

    kinds = (HITCOUNTS,) if hitcounts else (INVENTORY, OBJECTS, BLOCK, PACKAGE)
    asked = now_asked.Asked(account.manager, plan.adoms, kinds, time())
    leases = SessionLeases(f"{store_file}.refreshes", REFRESH_LIVES)
    alone = now_asked.alone(
        leases, account.manager, wait_seconds, now_asked.Clock(monotonic, sleep)
    )
    with open_store(store_file) as store, alone as go_on:
        made = asked.kept(store) if asked.is_answered(store) else None
        new = _outcomes(account, plan, hitcounts, store, store_file)
        for outcome in made or now_asked.without_trace(store, account.manager, new):
            go_on()
            yield now_asked.row(store, outcome, time())
        if made is None:
            refresh_key_files(store, store_file)


def _outcomes(
    account: Account, plan: Plan, hitcounts: bool, store: Store, store_file: StoreFile
) -> Iterator[Outcome]:
    from fmgstate.collect.hitcounts import Time
    from fmgstate.collect.hitcounts import hitcounts as count
    from fmgstate.collect.in_threads import InThreads
    from fmgstate.collect.lockout import respecting_lockout
    from fmgstate.collect.refresh import refresh
    from fmgstate.collect.run import at_once
    from fmgstate.fortimanager.client import Client

    limits = Limits()
    attempt = respecting_lockout(store, account.manager, time())
    with attempt, Client(account, limits, leases=session_leases(store_file, limits)) as client:
        runner = InThreads(at_once("hitcounts" if hitcounts else "policies", limits))
        if hitcounts:
            yield from count(client, store, plan, runner, Time(sleep=runner.sleep))
        else:
            yield from refresh(client, store, plan, runner, time())


def session_leases(store_file: StoreFile, limits: Limits) -> SessionLeases:
    """The sessions of all processes that share this store, counted in a file beside it."""
    from fmgstate.store.leases import SessionLeases

    return SessionLeases(f"{store_file}.sessions", limits.session_idle)


@contextmanager
def open_store(store_file: StoreFile) -> Iterator[Store]:
    """The store on disk, closed at the end."""
    from fmgstate.store.on_disk import OnDiskStore

    store = OnDiskStore(store_file)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def healthy_store(store_file: StoreFile, set_aside: Optional[SetAside] = None) -> Iterator[Store]:
    """As ``open_store``; a damaged file is moved away first, so that collecting goes on."""
    try:
        with open_store(store_file) as store:
            store.heads()
    except StoreDamaged as damage:
        from fmgstate.store.damage import set_aside as move_away

        moved_to = move_away(store_file)
        if set_aside:
            set_aside(damage, moved_to)
    with open_store(store_file) as store:
        yield store


def answers(store: Store, fresh_seconds: Optional[float] = None) -> Answers:
    """Answers as of now."""
    from fmgstate.collect.answer import Answers

    return Answers(store, time(), fresh_seconds)


def rules(
    store_file: StoreFile,
    fields: Sequence[str],
    allowed_adoms: Optional[Collection[str]] = None,
    fresh_seconds: Optional[float] = None,
) -> Rules:
    """Rules for events as of now, from the files beside the store where they hold; to be closed."""
    from fmgstate.collect.rules import Rules
    from fmgstate.store.on_disk import OnDiskStore

    store, files = OnDiskStore(store_file), key_files(store_file)
    return Rules(store, files, fields, time(), allowed_adoms, fresh_seconds)


def decisions(
    store_file: StoreFile,
    allowed_adoms: Optional[Collection[str]] = None,
    fresh_seconds: Optional[float] = None,
) -> Decisions:
    """Which rules decide flows as of now; compiled rule bases are kept beside the store."""
    from fmgstate.collect.decisions import Decisions
    from fmgstate.store.key_files import KeyFiles
    from fmgstate.store.on_disk import OnDiskStore

    store, compiled = OnDiskStore(store_file), KeyFiles(f"{store_file}.compiled")
    files = key_files(store_file)
    return Decisions(store, files, compiled, time(), allowed_adoms, fresh_seconds)


def state_rows(
    store_file: StoreFile,
    allowed_adoms: Optional[Collection[str]] = None,
    fresh_seconds: Optional[float] = None,
) -> StateRows:
    """The state as rows, as of now; to be closed."""
    from fmgstate.collect.state_rows import StateRows
    from fmgstate.store.on_disk import OnDiskStore

    store, files = OnDiskStore(store_file), key_files(store_file)
    return StateRows(store, files, time(), allowed_adoms, fresh_seconds)


def audit_rows(
    store_file: StoreFile,
    allowed_adoms: Optional[Collection[str]] = None,
    fresh_seconds: Optional[float] = None,
    seconds: float = 60.0,
) -> AuditRows:
    """Findings as rows as of now, worked out within ``seconds`` of processor time; to be closed."""
    from fmgstate.collect.audit_rows import AuditRows
    from fmgstate.collect.risk_table import installed
    from fmgstate.store.on_disk import OnDiskStore

    store, files = OnDiskStore(store_file), key_files(store_file)
    return AuditRows(store, files, installed(), time(), allowed_adoms, fresh_seconds, seconds)


@contextmanager
def copies(store_file: StoreFile, now: float) -> Iterator[Copies]:
    """Copies of what other hosts published, in this host's store; ready for look-ups at the end."""
    from fmgstate.collect.copies import Copies

    with healthy_store(store_file) as store:
        yield Copies(store, now)
        refresh_key_files(store, store_file)


def key_files(store_file: StoreFile) -> KeyFiles:
    """What is looked up by key, rendered, one file a scope beside the store."""
    from fmgstate.store.key_files import KeyFiles

    return KeyFiles(f"{store_file}.keys")


def refresh_key_files(store: Store, store_file: StoreFile) -> None:
    """Bring these files up to date. Where they cannot be written, look-ups do without."""
    from fmgstate.collect.rule_files import refresh

    with suppress(OSError, FmgStateError):
        refresh(store, key_files(store_file))
