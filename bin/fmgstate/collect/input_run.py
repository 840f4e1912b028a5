"""What one run of an input is asked for, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from fmgstate.collect.event import Event
from fmgstate.collect.outcome import Outcome
from fmgstate.errors import StoreDamaged
from fmgstate.settings import Account, Limits, Plan, StoreFile


def _nothing(_outcome: Outcome) -> Any:
    pass


@dataclass(frozen=True)
class InputRun:
    """``kind``: "inventory", "policies" or "hitcounts". ``stream``: the input's name; each stream
    is published to in full. ``emit`` returns only when the events are out. ``report``: called for
    each scope. ``set_aside``: called when a damaged store was moved away and a new one begun.
    """

    kind: str
    stream: str
    account: Account
    plan: Plan
    limits: Limits
    store_file: StoreFile
    emit: Callable[[list[Event]], Any]
    report: Callable[[Outcome], Any] = _nothing
    set_aside: Optional[Callable[[StoreDamaged, Path], Any]] = None
