"""A task that takes too long is given up: told as what became of its scope, with the cure."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fmgstate.errors import FmgStateError

WHAT = "It took longer than {:g} s, so the worker gave it up."
CURE = "Raise task_seconds in the workers' configuration, or look why FortiManager is slow."


class ScopeGivenUp(FmgStateError):
    """Of one scope: an outcome as any other failure."""


class PollGivenUp(Exception):
    """Of all: nothing on the way may take it for the failure of one scope."""


@contextmanager
def limited(seconds: float, one_scope: bool) -> Iterator[None]:
    """Celery's signal, which comes after ``seconds``, raises one of these within the block. In the
    main thread only."""

    def give_up(*_: Any) -> None:
        sentence = WHAT.format(seconds)
        raise ScopeGivenUp(sentence, CURE) if one_scope else PollGivenUp(f"{sentence} {CURE}")

    before = signal.signal(signal.SIGUSR1, give_up)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
