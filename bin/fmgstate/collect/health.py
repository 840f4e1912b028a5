"""How collecting goes, as events: a stall must be seen in Splunk, not only in a log file."""

from __future__ import annotations

from typing import Optional

from fmgstate.collect.confirmations import Confirmations
from fmgstate.collect.event import Event
from fmgstate.collect.outcome import FAILED, Outcome, RunSummary
from fmgstate.collect.publication import SOURCETYPE, source, time_text


def of_outcome(outcome: Outcome, stream: str, now: float) -> list[Event]:
    """One event for a scope that failed or of which something is missing, none otherwise."""
    if not outcome.error:
        return []
    scope = outcome.scope
    data = {
        "time": time_text(now),
        "health": "scope_failed" if outcome.result == FAILED else "scope_incomplete",
        "fortimanager": scope.manager,
        "adom": scope.adom,
        "stream": stream,
        "scope": scope.key,
        "error": outcome.error,
        "seconds": round(outcome.seconds, 3),
    }
    return [Event(now, SOURCETYPE + "health", scope.manager, source(scope), data)]


def of_run(
    manager: str,
    stream: str,
    summary: RunSummary,
    now: float,
    confirmed: Optional[Confirmations] = None,
    collector: str = "",
) -> Event:
    """What one run did, and what it confirms of what was published. ``collector``: the host."""
    results = [outcome.result for outcome in summary.outcomes]
    data = {
        "time": time_text(now),
        "health": "run",
        "fortimanager": manager,
        "stream": stream,
        "seconds": round(summary.seconds, 3),
        "requests": summary.requests,
        "requests_saved": round(summary.saved, 2),
        "events": summary.events,
        **{f"scopes_{result}": results.count(result) for result in sorted(set(results))},
        **({"collector": collector} if collector else {}),
        **(confirmed.facts() if confirmed else {}),
    }
    return Event(now, SOURCETYPE + "health", manager, "fortimanager", data)


def of_failed_run(manager: str, stream: str, error: str, now: float) -> Event:
    """The run could not be made at all."""
    data = {
        "time": time_text(now),
        "health": "run_failed",
        "fortimanager": manager,
        "stream": stream,
        "error": error,
    }
    return Event(now, SOURCETYPE + "health", manager, "fortimanager", data)


def of_findings_left(manager: str, stream: str, left: int, done: int, now: float) -> Event:
    """The time of this run was used up before all packages were looked at."""
    data = {
        "time": time_text(now),
        "health": "findings_left",
        "fortimanager": manager,
        "stream": stream,
        "packages_left": left,
        "packages_done": done,
    }
    return Event(now, SOURCETYPE + "health", manager, "fortimanager", data)
