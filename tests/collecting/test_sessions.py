"""Inputs on one store keep to one budget of sessions, whoever holds them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from fmgstate.settings import Account, Limits, Plan
from fmgstate.wiring import refresh_all, session_leases
from simulator.control import running

LIMITS = Limits(sessions=3)


def test_a_refresh_makes_do_with_what_others_leave(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    others = session_leases(file, LIMITS)
    with running("branch", latency_ms=5) as simulator:
        account = Account(simulator.url, simulator.user, simulator.password, ca=simulator.ca)
        for held, most in ((2, 1), (0, 3)):
            leases = [others.acquire(account.manager, LIMITS.sessions) for _ in range(held)]
            simulator.side("/stats/reset", {})
            summary = refresh_all(
                account, Plan(full_set_seconds=0.0), LIMITS, file, lambda outcome: None
            )
            assert summary.failed == 0
            stats = simulator.side("/stats")
            assert (stats["peak_sessions"], stats["sessions_open"]) == (most, 0)
            for lease in leases:
                others.release(lease or "")
    with closing(sqlite3.connect(f"{file}.sessions")) as connection:
        assert list(connection.execute("SELECT manager FROM lease")) == []
