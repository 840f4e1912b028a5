"""A signal in the middle of a log-in or log-out waits until it is over."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Optional

import pytest

from fmgstate.fortimanager.uninterrupted import uninterrupted


def test_a_signal_is_raised_after_the_work() -> None:
    done = []

    def work() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.2)
        done.append("whole")

    def leave(_number: int, _frame: Optional[FrameType]) -> None:
        sys.exit(143)

    before = signal.signal(signal.SIGUSR1, leave)
    try:
        with pytest.raises(SystemExit) as left:
            uninterrupted(work)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (left.value.code, done) == (143, ["whole"])


def test_what_the_work_returns_or_raises_comes_back() -> None:
    assert uninterrupted(lambda: 7) == 7
    with pytest.raises(KeyError, match="no"):
        uninterrupted(lambda: {}["no"])


def test_other_threads_need_no_help() -> None:
    seen: list[threading.Thread] = []
    thread = threading.Thread(
        target=lambda: uninterrupted(lambda: seen.append(threading.current_thread()))
    )
    thread.start()
    thread.join()
    assert seen == [thread]
