"""What the inputs do: check what is entered, and one run from FortiManager to splunkd."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any, Callable

from splunklib.modularinput import InputDefinition, ValidationDefinition

from fmgstate.collect import health
from fmgstate.collect.input_run import InputRun
from fmgstate.collect.outcome import FAILED, Outcome, RunSummary
from fmgstate.errors import ConfigurationError, FmgStateError, StoreDamaged
from fmgstate.settings import (
    FRESH_SECONDS,
    HITCOUNT_SECONDS,
    POLL_SECONDS,
    Limits,
    Plan,
    store_file,
)
from fmgstate.splunk import accounts, logs
from fmgstate.splunk.splunkd import RestSplunkd, Splunkd
from fmgstate.splunk.stopping import leave_when_told
from fmgstate.splunk.stream import EventStream
from fmgstate.splunk.workers_mode import PublishesOnly, workers_mode

MOST_SESSIONS = 25
LEAST_SECONDS = 10
LEAST_HITCOUNT_SECONDS = 300
"""FortiManager asks every FortiGate each time."""
INDEX = "fortimanager"

Parameters = Mapping[str, Any]


Run = Callable[[InputRun], RunSummary]
"""``fmgstate.wiring.run_input``, or what stands in for it in a test."""


def validate(kind: str, definition: ValidationDefinition) -> None:
    """Raises ``ConfigurationError``, which names the cure, when the input cannot work like this."""
    asked = definition.metadata
    check(kind, definition.parameters, RestSplunkd(asked["server_uri"], asked["session_key"]))


def stream(kind: str, definition: InputDefinition) -> None:
    """One run of each stanza (Splunk starts a process for each); ends the process on failure."""
    from fmgstate.wiring import run_input

    leave_when_told()
    asked = definition.metadata
    splunkd = RestSplunkd(asked["server_uri"], asked["session_key"])
    events = EventStream(sys.stdout.buffer)
    try:
        succeeded = [
            collect(kind, name, parameters, splunkd, events, run_input)
            for name, parameters in definition.inputs.items()
        ]
    finally:
        events.close()
    if not all(succeeded):
        sys.exit(1)


def collect(
    kind: str, name: str, parameters: Parameters, splunkd: Splunkd, events: EventStream, run: Run
) -> bool:
    """One run of one stanza, logged; False when nothing could be done."""
    log = logs.open_log(kind)
    try:
        asked = _asked(kind, name, parameters, splunkd, events, log)
        mode = workers_mode(splunkd)
    except FmgStateError as error:
        events.write([health.of_failed_run("", name, str(error), time())])
        log.error('input="%s" result=failed error="%s"', name, _one_line(str(error)))
        return False
    if mode:
        run = PublishesOnly(mode, run, log)
    try:
        summary = run(asked)
    except FmgStateError as error:
        log.error('input="%s" result=failed error="%s"', name, _one_line(str(error)))
        return False
    except Exception:
        log.exception('input="%s" result=failed error="This is a defect of the app."', name)
        return False
    log.info('input="%s" result=done summary="%s"', name, _one_line(summary.text()))
    return True


def _asked(
    kind: str,
    name: str,
    parameters: Parameters,
    splunkd: Splunkd,
    events: EventStream,
    log: logging.Logger,
) -> InputRun:
    """What is to be run, as account and stanza say. Raises ``FmgStateError``."""
    logs.set_level(log, splunkd)
    account = accounts.account(splunkd, str(parameters.get("account") or ""))
    logs.hide(log, account)
    _warn_of_missing_index(str(parameters.get("index") or INDEX), splunkd, name, log)
    return InputRun(
        kind=kind,
        stream=name,
        account=account,
        plan=_plan(kind, parameters),
        limits=_limits(kind, parameters),
        store_file=store_file(os.environ),
        emit=events.write,
        report=lambda outcome: _report(outcome, name, log),
        set_aside=lambda damage, moved_to: _warn_of_damage(damage, moved_to, name, log),
    )


def check(kind: str, parameters: Parameters, splunkd: Splunkd) -> None:
    """``validate`` without splunklib's wrapping."""
    _plan(kind, parameters)
    _limits(kind, parameters)
    accounts.account(splunkd, str(parameters.get("account") or ""))


def _plan(kind: str, parameters: Parameters) -> Plan:
    if kind == "hitcounts":
        every = _whole(parameters, "interval", HITCOUNT_SECONDS, LEAST_HITCOUNT_SECONDS)
        return Plan(
            adoms=_adoms(parameters),
            fresh_seconds=2.0 * every,  # a count takes a while, and one may fail
            hitcount_seconds=float(every),
            hitcounts_by_device=_is_set(parameters, "by_device"),
        )
    every = _whole(parameters, "interval", POLL_SECONDS, LEAST_SECONDS)
    fresh = _whole(parameters, "fresh_seconds", FRESH_SECONDS, LEAST_SECONDS)
    if fresh < every:
        raise ConfigurationError(
            f"'Fresh for' ({fresh} s) is shorter than the interval ({every} s): "
            "every answer would be stale before the next poll.",
            f"Set 'Fresh for' to {every} or more, or the interval to {fresh} or less.",
        )
    return Plan(adoms=_adoms(parameters), fresh_seconds=float(fresh))


def _limits(kind: str, parameters: Parameters) -> Limits:
    if kind != "policies":
        return Limits()
    sessions = _whole(parameters, "sessions", Limits().sessions, 1)
    if sessions > MOST_SESSIONS:
        raise ConfigurationError(
            f"'Sessions' is {sessions}, which is more than {MOST_SESSIONS}.",
            f"Enter a whole number from 1 to {MOST_SESSIONS}.",
        )
    return Limits(sessions=sessions)


def _adoms(parameters: Parameters) -> tuple[str, ...]:
    names = [name.strip() for name in str(parameters.get("adoms") or "").split(",")]
    for name in filter(None, names):
        if any(letter in "/\\*?\"'<>" for letter in name):
            raise ConfigurationError(
                f"{name!r} cannot be the name of an ADOM.",
                "Enter the names as FortiManager shows them, separated by commas.",
            )
    return tuple(dict.fromkeys(filter(None, names)))


def _is_set(parameters: Parameters, name: str) -> bool:
    """A checkbox, as Splunk's pages and configuration files write it."""
    return str(parameters.get(name) or "").strip().lower() in ("1", "true", "t", "yes", "y", "on")


def _whole(parameters: Parameters, name: str, default: float, least: int) -> int:
    entered = str(parameters.get(name) or "").strip()
    if not entered:
        return int(default)
    if not (entered.isascii() and entered.isdigit() and int(entered) >= least):
        raise ConfigurationError(
            f"{name!r} is {entered!r}, which is no whole number of at least {least}.",
            f"Enter a number such as {int(default)}.",
        )
    return int(entered)


def _warn_of_missing_index(index: str, splunkd: Splunkd, name: str, log: logging.Logger) -> None:
    if not splunkd.has_index(index):
        log.warning(
            'input="%s" This host does not know the index "%s". If this is a heavy forwarder, make '
            "sure that the indexers have it; otherwise create it. Events for an index that the "
            "indexers do not have are dropped.",
            name,
            index,
        )


def _warn_of_damage(damage: StoreDamaged, moved_to: Path, name: str, log: logging.Logger) -> None:
    log.warning(
        'input="%s" %s The file was moved to %s; a new store is being filled from FortiManager.',
        name,
        damage.what,
        moved_to,
    )


def _report(outcome: Outcome, name: str, log: logging.Logger) -> None:
    failed = outcome.result == FAILED
    partly = logging.WARNING if outcome.error else logging.DEBUG
    log.log(
        logging.ERROR if failed else partly,
        'input="%s" scope="%s" result=%s seconds=%.3f requests=%.2f saved=%.2f records=%d%s',
        name,
        outcome.scope,
        outcome.result,
        outcome.seconds,
        outcome.requests,
        outcome.saved,
        outcome.records,
        f' error="{_one_line(outcome.error)}"' if outcome.error else "",
    )


def _one_line(text: str) -> str:
    return " ".join(text.replace('"', "'").split())
