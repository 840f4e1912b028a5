"""Work that a signal must not break off in the middle: a log-in, whose session would be left
behind unknown, and the log-outs at the end."""

from __future__ import annotations

import contextvars
import threading
from typing import Callable, Optional, TypeVar

T = TypeVar("T")


def uninterrupted(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises; an exception that a signal's handler raised meanwhile is
    raised after it.

    Python runs signal handlers in the main thread only, so the work goes to another one.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: list[T] = []
    failed: list[BaseException] = []
    begun = threading.Event()
    context = contextvars.copy_context()

    def run() -> None:
        begun.set()
        try:
            done.append(context.run(work))
        except BaseException as error:  # noqa: BLE001  handed over to the caller
            failed.append(error)

    thread = threading.Thread(target=run)
    interruption: Optional[BaseException] = None
    waiting = [thread.start]  # what is still to be done; a signal may break off each of them
    while waiting:
        try:
            waiting.pop()()
        except RuntimeError:  # the interpreter is going down and allows no more threads
            return work()
        except BaseException as error:  # noqa: BLE001  raised once the work is over
            interruption = interruption or error
            begun.wait(1.0)  # broken off between start and the thread's first step
        if thread.is_alive():
            waiting.append(thread.join)
    if interruption is not None:
        raise interruption
    if failed:
        raise failed[0]
    return done[0]
