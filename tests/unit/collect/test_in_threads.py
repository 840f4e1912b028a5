"""Work in threads: when the rest is not wanted any more, nobody waits for what only waits."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

from fmgstate.collect.in_threads import InThreads

LONG = 60.0


def test_leaving_wakes_what_sleeps_and_begins_nothing_more() -> None:
    runner = InThreads(2)
    begun, woken = [], threading.Event()

    def work(item: str) -> str:
        begun.append(item)
        if item == "waits":
            try:
                runner.sleep(LONG)
            except CancelledError:
                woken.set()
                raise
        return item

    results = runner.run(work, ["waits", "returns", *["never"] * 50])
    assert next(results) in ("returns", "never")
    results.close()
    assert woken.is_set()
    assert begun.count("waits") == 1


def test_sleeping_is_waiting_while_the_work_is_wanted() -> None:
    runner = InThreads(2)

    def work(item: int) -> int:
        runner.sleep(0.001)
        return item

    assert sorted(runner.run(work, [1, 2, 3])) == [1, 2, 3]
    assert sorted(runner.run(work, [4])) == [4]
